# SPDX-License-Identifier: BSD-2-Clause
"""The command as a whole, on a toy system whose source tree is written here (conftest.py)."""
import json

import pytest

from voyageur import cli

TREE = "source tree"


def of_tree(said):
    """The one row of the toy system's source tree."""
    row, = [r for r in said.rows("netbsd") if r["evidence"] == TREE]
    return row


def test_a_driver_that_builds(port, driver, toy, wanted):
    """Compiled, linked, and the kernel has all that the module wants."""
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={toy()}")
    row = of_tree(said)
    assert said.texts() == [] and row["status"] == "ok", said.out
    assert (row["errors"], row["warnings"], row["unknown"]) == (0, 0, [])
    assert row["release"] == "10.99.12" and row["files"] == 2 and row["machine"] == "toy"
    assert row["symbols"] == len(wanted) and row["declared"] == []
    assert row["os_lines"] >= 10 and row["overlay"] == ["missing.h"]
    assert said.status == 0 and said.result["ok"] and said.result["driver"] == "driver"
    assert said.result["rows"]["fail"] == 0


def test_the_tree_may_be_named_by_its_sys(port, driver, toy):
    """As /usr/src/sys instead of /usr/src."""
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={toy() / 'sys'}")
    assert of_tree(said)["status"] == "ok" and said.status == 0


def test_a_symbol_that_the_kernel_has_not(port, driver, toy, wanted):
    """Fails, and is named."""
    names = [n for n in wanted if n != "pdk_timer_arm"]
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={toy(names)}")
    assert of_tree(said)["unknown"] == ["pdk_timer_arm"]
    assert of_tree(said)["status"] == "fail" and said.status == 1 and not said.result["ok"]


def test_a_static_function_is_no_export(port, driver, toy, wanted):
    """Nor is a call, or a name in a comment."""
    tree = toy([n for n in wanted if n != "pdk_timer_arm"])
    with open(tree / "sys/kern/more.c", "w", encoding="utf-8") as f:
        f.write("/*\npdk_timer_arm(int a)\n{ */\nstatic void\npdk_timer_arm(int a)\n{\n}\n\n"
                "void\nother(void)\n{\n\tpdk_timer_arm(1);\n}\n")
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={tree}")
    assert of_tree(said)["unknown"] == ["pdk_timer_arm"]


def test_a_symbol_that_is_only_declared(port, driver, toy, wanted):
    """Is known, and is told apart."""
    tree = toy([n for n in wanted if n != "pdk_timer_arm"])
    (tree / "sys/kern/timer.h").write_text("void\tpdk_timer_arm(int);\n")
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={tree}")
    assert of_tree(said)["declared"] == ["pdk_timer_arm"] and said.status == 0


@pytest.mark.parametrize("line", ["{}\n", "0000000000001000 T {}\n", "{} T 1000 10\n"])
def test_a_list_of_symbols(port, driver, toy, tmp_path, line, wanted):
    """Names, or what nm prints; it counts instead of the tree."""
    names = tmp_path / "symbols"
    names.write_text("".join(line.format(n) for n in wanted))
    tree = toy([])
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={tree}", "--symbols",
                f"netbsd={names}")
    assert of_tree(said)["unknown"] == [] and said.status == 0


def test_what_a_kernel_lacks_itself_is_not_in_its_list(port, driver, toy, tmp_path, wanted):
    """nm's U is a symbol that is wanted."""
    names = tmp_path / "symbols"
    names.write_text("".join(f"{'U' * 1:>18} {n}\n" if n == "memcpy" else f"0010 T {n}\n"
                             for n in wanted))
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={toy()}", "--symbols",
                f"netbsd={names}")
    assert of_tree(said)["unknown"] == ["memcpy"] and said.status == 1


def test_a_warning_in_the_system_s_build_is_an_error(port, driver, toy):
    """One that only this system's headers bring about."""
    tree = toy()
    with open(tree / "sys/sys/device.h", "a", encoding="utf-8") as f:
        f.write("#define nitems(a) -1\n#undef nitems\n"
                "int good_detach(int) __attribute__((__unused__));\n")
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={tree}")
    assert said.status == 1 and of_tree(said)["errors"] > 0
    assert {r["status"] for r in said.rows("any")} <= {"ok", "skip"}


def test_a_shim_that_is_not_whole(port, driver, toy):
    """A driver with a radio needs a file that the toy system has not."""
    folder = driver({"#include <pdk.h>\n": "#include <pdk.h>\n#include <pdk80211.h>\n"})
    said = port(folder, "--os", "netbsd", "--src", f"netbsd={toy()}")
    assert said.status == 1
    assert "there is no such file: Toy's shim is not whole" in said.texts("error")


def test_sources_are_those_that_voy_json_names(port, driver, toy):
    """Another program's file beside them is not compiled; the name is voy.json's, too."""
    folder = driver(more={"other.c": "#error not the driver's\n",
                          "voy.json": '{"name": "chosen", "sources": ["goo*.c"]}'})
    said = port(folder, "--os", "netbsd", "--src", f"netbsd={toy()}")
    assert said.status == 0 and said.result["driver"] == "chosen" and of_tree(said)["files"] == 2


def test_files_that_are_compiled_together_stay_apart(port, driver, toy):
    """Each has its own static names and its folder's headers; what is wrong in one is told of
    that one, by its own name, and once by each compiler of each machine."""
    more = {f"more{i}.c": '#include <pdk.h>\n#include "good.h"\nint more%d(void);\nstatic int\n'
                          "own(void)\n{\n\treturn sizeof(struct good_desc);\n}\n\n"
                          "int\nmore%d(void)\n{\n\treturn own();\n}\n" % (i, i)
            for i in range(9)}
    more["more4.c"] += "#error wrong\n"
    more["more7.c"] += "static int\nunused(void)\n{\n\treturn 0;\n}\n"
    folder = driver(more=more)
    said = port(folder, "--os", "netbsd", "--src", f"netbsd={toy()}")
    told = [(e["file"], e["kind"], e["line"]) for e in said.events if e["event"] == "diagnostic"]
    rows = [r for r in said.rows() if r["status"] != "skip"]
    assert rows and {(r["status"], r["errors"], r["warnings"]) for r in rows} == {("fail", 1, 1)}
    assert sorted(set(told)) == [(str(folder / "more4.c"), "error", 15),
                                 (str(folder / "more7.c"), "warning", 16)]
    assert len(told) == 2 * len(rows) and {r["files"] for r in rows} == {10, 11}


def test_generated_headers(port, driver, toy, tmp_path):
    """An empty opt_*.h that a header wants, *_if.h of the tree's own *_if.m, links to machines."""
    port(driver(), "--os", "netbsd", "--src", f"netbsd={toy()}")
    gen, = (tmp_path / "out/gen").iterdir()
    assert (gen / "opt_toy.h").read_text() == ""
    assert "DEVICE_PROBE_MADE" in (gen / "device_if.h").read_text()
    assert (gen / "machine/machine.h").is_file()


# ---- header sets that are not there ----

def test_no_header_set_at_all_is_no_success(port, driver):
    """Each is a skip with its mend, and the run fails."""
    said = port(driver())
    skips = [r for r in said.rows() if r["system"] != "any"]
    assert {r["system"] for r in skips} == {"netbsd", "openbsd", "freebsd", "dragonfly"}
    assert all(r["status"] == "skip" and r["text"] and r["mend"] for r in skips)
    assert said.status == 1 and not said.result["ok"]
    assert "no system was checked" in said.result["error"]


def test_a_missing_set_beside_another_is_a_skip(port, driver, toy):
    """The run is about what is there."""
    said = port(driver(), "--src", f"netbsd={toy()}")
    assert said.status == 0 and said.result["ok"]
    skipped = {r["system"] for r in said.rows() if r["status"] == "skip" and r["system"] != "any"}
    assert skipped == {"openbsd", "freebsd", "dragonfly"}
    mends = [r["mend"] for r in said.rows("dragonfly")]
    assert mends == ["--src dragonfly=/usr/src"]


def test_a_system_that_was_asked_for_has_to_be_checked(port, driver, toy):
    """--os makes a skip a failure."""
    said = port(driver(), "--os", "netbsd", "--os", "dragonfly", "--src", f"netbsd={toy()}")
    assert said.status == 1 and "not checked: dragonfly" in said.result["error"]


def test_one_machine_only(port, driver, toy):
    """For the systems, the contract is for all; one that no system has is refused."""
    folder, tree = driver(), toy()
    said = port(folder, "--os", "netbsd", "--src", f"netbsd={tree}", "--machine", "toy")
    assert [r["machine"] for r in said.rows("netbsd")] == ["toy"] and said.status == 0
    assert {r["machine"] for r in said.rows("any")} > {"macppc"}
    said = port(folder, "--os", "netbsd", "--src", f"netbsd={tree}", "--machine", "vax")
    assert said.status == 1 and said.rows() == []
    assert "--machine vax: not a machine of netbsd; one of toy" in said.result["error"]


@pytest.mark.parametrize("name", ["gcc", "clang"])
def test_one_compiler_only(port, driver, toy, name):
    """For the systems; what the contract asks of the driver clang reads in any case."""
    said = port(driver(), "--os", "netbsd", "--src", f"netbsd={toy()}", "--compiler", name)
    rows = [r for r in said.rows("netbsd") if r["evidence"] == TREE]
    assert {r["compiler"] for r in rows} <= {name}
    assert "clang" in {r["compiler"] for r in said.rows("any")}
    assert "gcc" in {r["compiler"] for r in said.rows("any")} or name == "clang"


# ---- wrong usage ----

@pytest.mark.parametrize("source,why", [
    ("netbsd={tmp}/nothing", "no such folder; give the Toy source tree"),
    ("netbsd={tmp}", "there is no sys/param.h in it; give the Toy source tree"),
    ("netbsd", "not of the form NAME=DIR"), ("netbsd=", "not of the form NAME=DIR"),
    ("linux=/usr/src", "NAME one of netbsd, openbsd, freebsd, dragonfly")])
def test_a_wrong_source_is_explained(port, driver, toy, tmp_path, source, why):
    """At once, in JSON and on stderr."""
    toy()
    (tmp_path / "empty").mkdir()
    text = source.format(tmp=tmp_path / "empty")
    said = port(driver(), "--src", text)
    assert said.status == 1 and not said.result["ok"] and said.rows() == []
    assert why in said.result["error"] and why in said.err and text in said.err


@pytest.mark.parametrize("version", ["#define OpenBSD 202510\n", "", "#define __NetBSD_Version__ "
                                     "1099001200\n#define __DragonFly_version 600400\n"])
def test_a_tree_of_another_system_is_refused(port, driver, toy, version):
    """By what its sys/param.h defines."""
    said = port(driver(), "--src", f"netbsd={toy(version=version)}")
    assert said.status == 1 and "is not Toy's" in said.result["error"] and said.rows() == []


def test_a_tree_that_is_not_whole_is_refused(port, driver, toy):
    """What the kernel's sources always have is missing."""
    tree = toy()
    (tree / "sys/kern/subr_autoconf.c").unlink()
    said = port(driver(), "--src", f"netbsd={tree}")
    assert said.status == 1 and "subr_autoconf.c is missing" in said.result["error"]


@pytest.mark.parametrize("given,why", [
    (("--symbols", "netbsd={tmp}/none"), "give a file with one name a line"),
    (("--symbols", "netbsd={tmp}/empty"), "there is no name in it"),
    (("--symbols", "netbsd"), "not of the form NAME=FILE"),
    (("--os", "openbsd", "--src", "netbsd={tmp}"), "--os leaves netbsd out")])
def test_wrong_options_are_explained(port, driver, tmp_path, given, why):
    """Before anything is compiled."""
    (tmp_path / "empty").write_text("# nothing\n")
    said = port(driver(), *(g.format(tmp=tmp_path) for g in given))
    assert said.status == 1 and why in said.result["error"] and said.rows() == []


@pytest.mark.parametrize("name,why", [("nonesuch", "no such driver"),
                                      ("./nonesuch", "no such folder"),
                                      (".", None)])
def test_a_wrong_driver_is_explained(port, tmp_path, monkeypatch, name, why):
    """By name or by path; a folder without C is none, either."""
    monkeypatch.chdir(tmp_path)
    said = port(name if why else "./")
    assert said.status == 1 and (why or "no C file of a driver there") in said.result["error"]


def test_a_folder_that_cannot_be_written(port, driver, tmp_path, capsys):
    """Where objects would go."""
    (tmp_path / "file").write_text("")
    status = cli.main(["port", "--no-fetch", str(driver()), "--json",
                       "--out", str(tmp_path / "file/x")])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert status == 1 and "--out" in last["error"]


# ---- for people ----

def test_the_table(no_headers, driver, toy, tmp_path, capsys):
    """Says on what evidence a row stands, what was skipped, and the verdict in the last line."""
    status = cli.main(["port", "--no-fetch", str(driver()), "--src", f"netbsd={toy()}", "--out",
                       str(tmp_path / "o")])
    out = capsys.readouterr().out
    assert status == 0 and out.splitlines()[-1] == "ok"
    line, = [x for x in out.splitlines() if x.startswith("netbsd") and TREE in x]
    assert "10.99.12" in line and "source tree + 1 of overlay" in line and line.endswith("ok")
    assert "skipped: dragonfly source tree: no source tree given; --src dragonfly=/usr/src" in out


def test_troubles_come_before_the_table(no_headers, driver, tmp_path, capsys):
    """With place and text; the last line says how many rows failed."""
    folder = driver({"return sc->sc_cause != 0 ?": "return sc->sc_cause != nothing ?"})
    status = cli.main(["port", "--no-fetch", str(folder), "--out", str(tmp_path / "o")])
    lines = capsys.readouterr().out.splitlines()
    assert status == 1 and lines[-1].startswith("failed: ") and "rows failed" in lines[-1]
    assert any("good.c:" in x and "error: use of undeclared identifier 'nothing'" in x
               for x in lines)
