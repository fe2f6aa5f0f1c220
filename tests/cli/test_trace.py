# SPDX-License-Identifier: BSD-2-Clause
"""voy run --trace and voy trace: what a driver did, as a file for Perfetto and as text."""
import collections
import json

import pytest


@pytest.fixture
def traced(voy, tmp_path):
    """The file of a whole run of edu."""
    path = tmp_path / "edu.json"
    assert voy("run", "edu", "--trace", path).status == 0
    return path


def records(said):
    assert said.status == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def test_what_the_driver_runs_is_named_after_its_functions(voy, traced):
    """Task, bottom half and wait are slices: each begins, ends and lasts."""
    seen = records(voy("trace", traced, "--json"))
    for name in ("task edu_task", "intr edu_bh", "wait sleep"):
        begins = [r for r in seen if r["name"] == name and r["phase"] == "B"]
        ends = [r for r in seen if r["name"] == name and r["phase"] == "E"]
        assert begins and len(begins) == len(ends), name
        assert all(r["seconds"] >= 0 for r in ends)
    assert [r["t"] for r in seen] == sorted(r["t"] for r in seen)
    assert {r["thread"] for r in seen if r["name"] == "task edu_task"} == {"worker"}


def test_lines_for_a_person_and_only_those_wanted(voy, traced):
    """--grep goes over the lines as they are shown; a register has its name."""
    everything = voy("trace", traced).out.splitlines()
    found = voy("trace", traced, "--grep", "EDU_INTR_ACK").out.splitlines()
    assert found and all("write4 bar0+0x064 EDU_INTR_ACK  0x" in line for line in found)
    assert [line for line in everything if "EDU_INTR_ACK" in line] == found
    assert any("> task edu_task" in line for line in everything)
    assert any(line.endswith(" s") and "< task edu_task" in line for line in everything)
    assert any("+ DMA object: pdk_dma  iova 0x" in line for line in everything)
    assert voy("trace", traced, "--grep", "nothing like it").out == ""


def test_what_was_cut_off_is_shown_as_far_as_it_goes(voy, traced):
    """A run that was killed leaves half a line; that the rest is missing is said."""
    whole = voy("trace", traced)
    assert whole.err == ""
    lines = traced.read_bytes().splitlines(keepends=True)
    for left in (traced.read_bytes()[:-200], b"".join(lines[:-1])):
        traced.write_bytes(left)
        said = voy("trace", traced)
        assert said.status == 0 and said.out and whole.out.startswith(said.out)
        assert f"voy: {traced}: it has no end" in said.err


@pytest.mark.parametrize("spoil, message", [
    (lambda data: data.replace(b'"ts":', b'"when":', 7), "line 2: damaged"),
    (lambda data: b"register 0x20 is 1\n", "no trace; voy run DRIVER --trace FILE"),
    (lambda data: b"", "no trace"),
])
def test_what_is_no_trace_or_a_damaged_one(voy, traced, spoil, message):
    """The file, the place and what to do are named."""
    traced.write_bytes(spoil(traced.read_bytes()))
    said = voy("trace", traced)
    assert said.status == 1 and f"voy: {traced}: {message}" in said.err and not said.out


def test_what_cannot_be_read(voy, tmp_path):
    """A missing file, and a pattern that is none."""
    said = voy("trace", tmp_path / "none")
    assert said.status == 1 and "none: No such file" in said.err
    said = voy("trace", tmp_path / "none", "--grep", "(")
    assert said.status == 1 and "--grep (: no regular expression" in said.err


def well_formed(path):
    """The file by the rules of the format, as the UI applies them; its events in order of time."""
    events = json.loads(path.read_text())["traceEvents"]
    for e in events:
        assert {"name", "ph", "ts", "pid", "tid"} <= set(e) and e["ph"] in "BEbeiMC", e
        assert e["ph"] != "i" or e["s"] in "tg", e
    events.sort(key=lambda e: e["ts"])
    running, alive = collections.Counter(), collections.Counter()
    for e in events:
        if e["ph"] in "BE":
            running[e["tid"]] += 1 if e["ph"] == "B" else -1
            assert running[e["tid"]] >= 0, f"ends what did not begin: {e}"
        elif e["ph"] in "be":
            alive[e["cat"], e["id"]] += 1 if e["ph"] == "b" else -1
            assert alive[e["cat"], e["id"]] in (0, 1), f"not one life after the other: {e}"
    tracks = {e["tid"] for e in events if e["ph"] == "M" and e.get("cat")}
    assert not any(alive.values()), "all memory was given back"
    assert {tid for tid, n in running.items() if n} <= tracks, "only a track's last state goes on"
    return events


def test_what_is_in_the_file(voy, tmp_path, firmware):
    """Threads, registers, DMA memory, interrupts, tasks, timers, and both tracks of states."""
    path = tmp_path / "iwm.json"
    said = voy("run", "iwm", "--until", "associated", "--trace", path)
    assert said.status == 0, said.err
    events = well_formed(path)
    threads = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert {"life", "intr", "worker", "life cycle", "802.11"} <= threads
    begun = {e["cat"]: e["name"] for e in events if e["ph"] == "B" and "cat" in e}
    assert {"intr", "task", "wait", "life cycle", "802.11"} <= set(begun), begun
    assert any(e["name"] == "timer arm" for e in events)
    assert {e["cat"] for e in events if e["ph"] == "b"} == {"DMA object", "DMA given"}
    assert any(e["name"] == "write4 bar0+0x020 CSR_RESET" for e in events)
    assert {e["name"] for e in events if e["ph"] == "C"} == {"DMA memory"}
    # Each state of the station ends where the next begins.
    states = records(voy("trace", path, "--json", "--grep", r"^.{13}802\.11 "))
    begun = [r["name"] for r in states if r["phase"] == "B"]
    assert begun[:2] == ["idle", "scanning"] and begun[-2:] == ["running", "down"]
    assert [r["phase"] for r in states] == ["B"] + ["E", "B"] * (len(begun) - 1)


def test_timers_and_threads_beside_each_other(voy, tmp_path):
    """Of conform, which has some of all that a driver may have."""
    path = tmp_path / "conform.json"
    assert voy("run", "conform", "--trace", path).status == 0
    events = well_formed(path)
    fired = [e for e in events if e["ph"] == "B" and e.get("cat") == "timer"]
    assert any(e["name"] == "timer timer0" for e in fired), {e["name"] for e in fired}
    assert len({e["tid"] for e in events if e["ph"] == "i"}) > 3, "threads"


@pytest.mark.parametrize("driver, until, least", [("iwm", "alive", 50), ("em", "ip", 40)])
def test_every_register_has_a_name(voy, tmp_path, request, driver, until, least):
    """What the driver's table lacks would be a bare offset."""
    if driver == "iwm":
        request.getfixturevalue("firmware")
    path = tmp_path / "trace.json"
    said = voy("run", driver, "--until", until, "--trace", path)
    assert said.status == 0, said.err
    said = voy("trace", path, "--json", "--grep", "(read|write)[124] bar")
    seen = {r["name"] for r in records(said)}
    assert len(seen) > least
    assert not [name for name in seen if len(name.split()) < 3]
    if driver == "em":
        assert {f"write4 bar0+{0x5200 + 4 * n:#x} MTA[{n}]" for n in range(128)} <= seen
        assert "write4 bar0+0x540c RAH[1]" in seen, "each eight bytes behind the one before"
