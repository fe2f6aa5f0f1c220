# SPDX-License-Identifier: BSD-2-Clause
"""voy run --trace and voy trace: what a driver did, as a file for Perfetto and as text."""
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
    """A run that was killed leaves half a line."""
    whole = voy("trace", traced).out
    traced.write_bytes(traced.read_bytes()[:-200])
    said = voy("trace", traced)
    assert said.status == 0 and said.out and whole.startswith(said.out)


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


def test_the_802_11_states_are_a_track(voy, tmp_path, firmware):
    """Each state of the station ends where the next begins."""
    path = tmp_path / "iwm.json"
    said = voy("run", "iwm", "--until", "associated", "--trace", path)
    assert said.status == 0, said.err
    states = records(voy("trace", path, "--json", "--grep", r"^.{13}802\.11 "))
    begun = [r["name"] for r in states if r["phase"] == "B"]
    assert begun[:2] == ["idle", "scanning"] and begun[-2:] == ["running", "down"]
    assert [r["phase"] for r in states] == ["B"] + ["E", "B"] * (len(begun) - 1)


def test_every_register_has_a_name(voy, tmp_path, firmware):
    """What the driver's table lacks would be a bare offset."""
    path = tmp_path / "iwm.json"
    assert voy("run", "iwm", "--until", "alive", "--trace", path).status == 0
    said = voy("trace", path, "--json", "--grep", "(read|write)[124] bar")
    seen = {r["name"] for r in records(said)}
    assert len(seen) > 50
    assert not [name for name in seen if len(name.split()) < 3]
