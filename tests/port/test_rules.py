# SPDX-License-Identifier: BSD-2-Clause
"""The contract's rules: a driver that breaks one is refused by voy port with the rule's text.

Each driver is the good one (good/) with one thing changed.  The checked shim refuses what can only
be seen while a driver runs: tests/conformance.
"""
import pytest

INCLUDE = "#include <pdk.h>\n"
FILTER = "	sc->sc_cause = bus_space_read_4(sc->sc_st, sc->sc_sh, 0);\n"
TICK = "	len = htole16(sc->sc_cause & 0xfff);\n"
DETACH = "	pdk_intr_disestablish(dev);\n"
MEMBER = "	uint16_t	len;\n	uint8_t		flags[2];\n"


def rows_of_contract(said):
    """The driver's own rows."""
    rows = [r for r in said.rows() if r["evidence"] == "contract"]
    assert {r["machine"] for r in rows} == {"amd64", "i386", "macppc", "sparc64", "evbarm"}
    return rows


def test_the_good_driver_keeps_all_rules(port, driver):
    """And so none of the messages below comes from what was not changed."""
    said = port(driver())
    assert said.texts() == []
    assert {r["status"] for r in rows_of_contract(said)} <= {"ok", "skip"}


@pytest.mark.parametrize("what,changes,rule", [
    ("tsleep", {INCLUDE: INCLUDE + "int tsleep(const void *, int, const char *, int);\n",
                DETACH: DETACH + "\ttsleep(sc, 0, \"x\", 1);\n"},
     "tsleep is no part of the pdk: a driver calls the pdk's functions only"),
    ("libc", {INCLUDE: INCLUDE + "int printf(const char *, ...);\n",
              DETACH: DETACH + "\tprintf(\"%d\\n\", 1);\n"},
     "printf is no part of the pdk: a driver calls the pdk's functions only, never a system's or "
     "libc's"),
    ("lock in FILTER", {FILTER: FILTER + "	pdk_lock(&sc->sc_dev);\n	pdk_unlock(&sc->sc_dev);\n"},
     "pdk_lock() is called in FILTER (good_filter -> pdk_lock): FILTER is a hard interrupt: no "
     "lock"),
    ("allocation in FILTER, by way of a function",
     {"static int\ngood_filter": "static void *\nmore(void)\n{\n	return pdk_zalloc(4, PDK_NOWAIT)"
                                 ";\n}\n\nstatic int\ngood_filter",
      FILTER: FILTER + "	if (more() != NULL)\n		return PDK_INTR_DONE;\n"},
     "pdk_zalloc() is called in FILTER (good_filter -> more -> pdk_zalloc)"),
    ("lock in TIMER", {TICK: TICK + "	pdk_lock(&sc->sc_dev);\n"},
     "pdk_lock() is called in TIMER (good_tick -> pdk_lock): TIMER is entered with the lock"),
    ("read without conversion", {"le64toh(d->addr) > 5": "d->addr > 5"},
     "addr, a member of a structure of the device's, is in the device's byte order: read it "
     "through"),
    ("written without conversion", {"d->len |= htole16(1);": "d->len |= 1;"},
     "len, a member of a structure of the device's, is in the device's byte order: give it what "
     "htole16()"),
    ("a variable without conversion", {"len = htole16(sc->sc_cause & 0xfff);":
                                       "len = sc->sc_cause & 0xfff;"},
     "len, a member of a structure of the device's, is in the device's byte order: give it"),
    ("initialised without conversion", {".len = htole16(3)": ".len = 3"},
     "len, a member of a structure of the device's, is in the device's byte order: give it"),
    ("an element of an array", {"d->key[0] = d->key[1];": "d->key[0] = sc->sc_cause;"},
     "key, a member of a structure of the device's, is in the device's byte order: give it"),
    ("a member of a union", {"le16toh(d->u.half[1]) == 3": "d->u.half[1] == 3"},
     "half, a member of a structure of the device's, is in the device's byte order: read it"),
    ("arithmetic", {"d->len |= htole16(1);": "d->len++;"},
     "len, a member of a structure of the device's, is in the device's byte order"),
    ("bytes as a number", {"*d = fresh;": "len = *(uint16_t *)d->flags;"},
     "cast of a uint8_t * to uint16_t *: reads several bytes at once"),
    ("a bit-field", {MEMBER: "	uint16_t	len : 12, rest : 4;\n	uint8_t		flags[2];\n",
                     "d->len = len;": "", "d->len |= htole16(1);": "", ".len = htole16(3), ": ""},
     "struct good_desc.rest is a bit-field, whose bits have another order"),
    ("a long", {MEMBER: MEMBER + "	long		more;\n"},
     "struct good_desc.more is long, whose size is not the same on all machines"),
    ("a structure that is not packed, read", {"} __packed;\n\n#endif": "};\n\n#endif"},
     "addr of struct good_desc is converted as one of the device's, but the structure is not "
     "__packed"),
    ("the same, written", {"} __packed;\n\n#endif": "};\n\n#endif",
                           "d->len = len;": "d->len = htole16(4);"},
     "len of struct good_desc is converted as one of the device's, but the structure is not "
     "__packed"),
    ("what comes from the device taken for what goes to it", {"d->len |= htole16(1);":
                                                              "d->len |= le16toh(1);"},
     "len, a member of a structure of the device's, is in the device's byte order: give it what "
     "htole16()"),
    ("a pointer", {MEMBER: MEMBER + "	void		*more;\n"},
     "struct good_desc.more is void *, whose size is not the same on all machines"),
])
def test_a_broken_rule_is_named(port, driver, what, changes, rule):
    """With the rule's text, and the run fails."""
    said = port(driver(changes))
    assert said.status == 1 and not said.result["ok"]
    assert any(rule in text for text in said.texts("rule")), (what, said.texts())


def test_the_place_is_told(port, driver):
    """File and line, also when clang names the file only once."""
    folder = driver({"le64toh(d->addr) > 5": "d->addr > 5"})
    line = (folder / "good.c").read_text().splitlines().index(
        "	if (d->addr > 5 && le16toh(d->u.half[1]) == 3)") + 1
    places = [(e["file"], e["line"]) for e in port(folder).events if e["event"] == "diagnostic"]
    assert places == [(str(folder / "good.c"), line)]


def test_a_system_s_header_is_refused(port, driver):
    """Also one that libc and every BSD have."""
    said = port(driver({INCLUDE: INCLUDE + "#include <linux/types.h>\n"}))
    assert said.status == 1
    assert any("linux/types.h: a driver includes the pdk's headers and its own only" in t
               for t in said.texts("rule"))


def test_what_32_bits_cannot_hold_is_a_warning_there(port, driver):
    """A number of 64 bits that is printed as a long compiles on two, and on the others not."""
    said = port(driver({"*d = fresh;": 'pdk_printf(&sc->sc_dev, "%lu", le64toh(d->addr));'}))
    status = {r["machine"]: r["status"] for r in rows_of_contract(said) if r["compiler"] == "clang"}
    assert status == {"amd64": "ok", "sparc64": "ok", "i386": "fail", "macppc": "fail",
                      "evbarm": "fail"}


def test_layout_is_compared_on_every_machine(port, driver):
    """The members of a structure with holes are where each compiler puts them, not where added."""
    said = port(driver({"} __packed;\n\n#endif": "} __packed __aligned(64);\n\n#endif"}))
    assert said.status == 1
    assert any("struct good_desc: size is not 32" in t for t in said.texts("error"))


def test_a_warning_is_an_error(port, driver):
    """And is counted as a warning."""
    said = port(driver({FILTER: FILTER + "	int unused;\n"}))
    rows = rows_of_contract(said)
    assert said.status == 1
    assert all(r["status"] in ("fail", "skip") for r in rows)
    assert all((r["errors"], r["warnings"]) == (0, 1) for r in rows if r["status"] == "fail")


def test_what_does_not_compile_is_an_error(port, driver):
    """Told for every machine."""
    said = port(driver({FILTER: FILTER + "	sc->sc_nothing = 1;\n"}))
    rows = [r for r in rows_of_contract(said) if r["status"] != "skip"]
    assert rows and all(r["status"] == "fail" and r["errors"] == 1 for r in rows)
