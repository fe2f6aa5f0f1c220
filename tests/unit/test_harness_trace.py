# SPDX-License-Identifier: BSD-2-Clause
"""The trace: what is in it, and the file of it."""
import json

import pytest

from harness_run import Card, fake


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def events_of(path):
    """The file, parsed and checked against what the trace event format demands."""
    with open(path, encoding="utf-8") as f:
        doc = json.load(f)
    for e in doc["traceEvents"]:
        assert {"name", "ph", "ts", "pid", "tid"} <= set(e)
        assert e["ph"] in "BEbeiMC"
        assert e["ph"] not in "be" or (e["cat"] and e["id"])
        assert e["ph"] != "i" or e["s"] in "tg"
    return doc["traceEvents"]


def test_the_file_has_every_access_of_the_run(card, tmp_path, variant):
    path = tmp_path / "t.json"
    run = fake(card, "burst", "--trace", str(path), variant=variant)
    assert run.status == 0, run.stderr
    events = events_of(path)
    burst = [e for e in events if e["name"] == "read4 bar0+0x008 EDU_FACT"]
    assert len(burst) == 2 * 5000, "two threads read 5000 times each, more than a ring holds"
    names = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert {"life", "intr", "burst-0", "burst-1"} <= names
    assert [e["args"]["bytes"] for e in events if e["ph"] == "C"] == [4096, 0]
    begins, ends = ([e for e in events if e["ph"] == ph and e["cat"] in ("intr", "intr-end")]
                    for ph in "BE")
    assert len(begins) == len(ends) == 3
    assert any(e["name"] == "hot" and e["s"] == "g" for e in events)


def test_accesses_of_a_thread_are_in_order_and_have_values(card, tmp_path):
    path = tmp_path / "t.json"
    assert fake(card, "ok", "--trace", str(path)).status == 0
    mine = [e for e in events_of(path) if e.get("cat") in ("read4", "write4")
            and "EDU_LIVE" in e["name"]]
    assert [(e["name"], e["args"]["value"]) for e in mine] == [
        ("write4 bar0+0x004 EDU_LIVE", "0x12345678"),
        ("read4 bar0+0x004 EDU_LIVE", "0xedcba987")]
    times = [e["ts"] for e in mine]
    assert times == sorted(times)


def test_a_dma_object_is_a_slice_from_its_allocation_to_its_end(card, tmp_path):
    path = tmp_path / "t.json"
    assert fake(card, "ok", "--trace", str(path)).status == 0
    life = [e for e in events_of(path) if e.get("cat") == "DMA object"]
    assert [e["ph"] for e in life] == ["b", "e"]
    assert life[0]["id"] == life[1]["id"] and life[0]["name"] == life[1]["name"]
    assert life[0]["args"]["bytes"] == 4096 and life[0]["ts"] < life[1]["ts"]


def test_the_life_cycle_is_a_track_of_its_own(card, tmp_path):
    path = tmp_path / "t.json"
    assert fake(card, "ok", "--trace", str(path)).status == 0
    events = events_of(path)
    tid, = {e["tid"] for e in events if e.get("args", {}).get("name") == "life cycle"}
    track = [e for e in events if e["tid"] == tid and e["ph"] in "BE"]
    assert [e["name"] for e in track if e["ph"] == "B"] == [
        "opening the device", "attach", "attach_late", "run", "waiting for the driver", "detach",
        "closing the device", "done"]
    assert [e["ph"] for e in track] == ["B"] + ["E", "B"] * 7, "one ends where the next begins"
    assert not any(e["tid"] == tid for e in events if e["ph"] == "i")


def test_a_full_disk_fails_the_run_orderly(card):
    run = fake(card, "ok", "--trace", "/dev/full")
    assert run.status == 1 and "/dev/full" in run.result["error"]
    assert "No space left" in run.result["error"] and run.states() == ["attached", "warm", "hot"]
    assert not run.all("crash")


def test_a_disk_that_fills_up_during_the_run_ends_it(card):
    run = fake(card, "burst", "--stay", "--trace", "/dev/full")
    assert run.status == 1 and "No space left" in run.result["error"]


def test_a_path_that_cannot_be_written_fails_before_the_device_is_touched(card, tmp_path):
    run = fake(card, "ok", "--trace", str(tmp_path / "no" / "t.json"))
    assert run.status == 1 and not run.all("start")
    assert "No such file or directory" in run.result["error"]


def test_a_crash_leaves_a_file_that_can_be_opened(card, tmp_path):
    path = tmp_path / "t.json"
    run = fake(card, "crash-intr", "--trace", str(path))
    assert run.status == 139
    assert any("EDU_IRQ_ACK" in e["name"] for e in events_of(path))


def test_the_number_of_entries_shown_can_be_chosen(card):
    run = fake(card, "crash-attach", "--trace-last", "5")
    assert len(run.one("crash")["trace"]) == 5
    run = fake(card, "crash-attach", "--trace-last", "0")
    assert run.one("crash")["trace"] == []


def test_entries_of_all_threads_are_merged_by_time(card):
    run = fake(card, "crash-attach")
    trace = run.one("crash")["trace"]
    assert {t["thread"] for t in trace} == {"life", "intr"}
    times = [t["t"] for t in trace]
    assert times == sorted(times)


def test_the_dma_objects_address_is_below_the_limit_and_the_same_on_both_sides(card):
    run = fake(card, "crash-attach")
    words = run.one("crash")["dma"][0].split()
    iova, va = int(words[3], 16), int(words[5], 16)
    assert iova == va and iova < 1 << 28
