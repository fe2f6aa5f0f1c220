# SPDX-License-Identifier: BSD-2-Clause
"""voy run --record FILE, and --on replay:FILE: the same run again, without a device."""
import ctypes
import json
import os
import signal
import struct
import subprocess
import zlib

import pytest

from processes import children, name
from voyageur import fetch, paths, procs, recording

# What is the same each time: not times, nor what a simulated card says of itself.
KINDS = ("state", "info", "log", "error", "violation", "sta", "net")
REPLAYS = 100
LIMIT = 200


def story(events):
    """What happened, without when."""
    told = []
    for e in events:
        if e["event"] in KINDS and e.get("source") != "sim":
            told.append({k: v for k, v in e.items() if k not in ("t", "ms", "seconds", "took")})
    return [json.dumps(e) for e in told]


def record(voy, driver, path, *args):
    said = voy("run", driver, "--record", path, "--json", *args)
    assert said.status == 0, said.err
    return said


def again(voy, driver, path, *args):
    return voy("run", driver, "--on", f"replay:{path}", "--json", *args)


@pytest.mark.parametrize("driver", ["edu", "em", "conform"])
def test_a_driver_does_the_same_again(voy, tmp_path, driver):
    """The events are the same, and no card is started; conform looks at the clock and at its flags
    between delays, in threads beside each other."""
    path = tmp_path / "a.rec"
    first = record(voy, driver, path)
    second = again(voy, driver, path)
    assert second.status == 0, second.err
    assert story([e for e in first.events if e["event"] != "net"]) == story(second.events)
    assert second.result["reached"] == first.result["reached"]
    assert "violations" not in second.result
    assert not [e for e in second.events if e.get("source") == "sim"]
    assert oct(os.stat(path).st_mode & 0o777) == "0o600", "a passphrase may be in it"


def test_a_station_joins_again_a_hundred_times(voy, tmp_path, firmware):
    """Threads, time-outs, DMA, the key exchange's random numbers: all as it was."""
    path = tmp_path / "iwm.rec"
    first = record(voy, "iwm", path, "--until", "associated")
    told = story(first.events)
    assert '"state": "associated"' in " ".join(told)
    # Without the firmware file: it is in the recording.
    env = procs.environment({"VOY_FIRMWARE_PATH": "/nowhere", "HOME": "/nowhere",
                             "XDG_CACHE_HOME": "/nowhere", "VOY_CACHE": "/nowhere"})
    for number in range(REPLAYS):
        p = subprocess.run([paths.program("run-iwm"), "--device", f"replay:{path}", "--json"],
                           capture_output=True, text=True, timeout=LIMIT, env=env, check=False)
        events = [json.loads(line) for line in p.stdout.splitlines()]
        assert p.returncode == 0, f"replay {number}: {p.stderr}"
        assert story(events) == told, f"replay {number}"
        assert events[-1]["reached"] == "associated"


def test_frames_of_the_host_are_recorded(voy, tmp_path, firmware):
    """A lease, a command's packets and their answers; none of them needs a network again."""
    try:
        ping = (fetch.busybox(), "ping", "-c", "2", "-W", "10", "10.0.2.2")
    except fetch.cache.CacheError as e:
        pytest.skip(str(e))
    path = tmp_path / "iwm.rec"
    first = record(voy, "iwm", path, "--", *ping)
    assert " 2 packets received" in first.out
    second = again(voy, "iwm", path)
    assert second.status == 0, second.err
    assert second.result["reached"] == "ip"
    assert [e for e in story(first.events) if '"event": "net"' not in e] == story(second.events)


def test_suspend_and_cycles_are_recorded(voy, tmp_path):
    """What the recorded run was told, a replay does."""
    path = tmp_path / "edu.rec"
    first = record(voy, "edu", path, "--cycles", "3")
    second = again(voy, "edu", path)
    assert second.status == 0, second.err
    assert second.result["cycles"] == first.result["cycles"] == 3
    assert story(first.events) == story(second.events)


def test_a_run_that_failed_fails_again(voy, tmp_path):
    """The device goes away in the middle: so it does in the replay, with the same words."""
    path = tmp_path / "edu.rec"
    with voy.start("run", "edu", "--record", path, "--stay", "--json") as p:
        until_tested(p)
        card, = (pid for pid in children(p.pid) if name(pid) == "voy-sim")
        os.kill(card, signal.SIGKILL)
        events = [json.loads(line) for line in p.stdout]
        assert p.wait(timeout=LIMIT) == 1
    lost = events[-1]["error"]
    second = again(voy, "edu", path)
    assert second.status == 1 and second.result["error"] == lost, second.err


def until_tested(process):
    """Read its events until the driver is in its last state."""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "state" and event["state"] == "tested":
            return
    raise AssertionError(process.stderr.read())


def same_end(first, second):
    """One failed run's result is the other's, but for its times and its target."""
    assert first.status == second.status != 0, second.err
    one, other = ({k: v for k, v in run.result.items() if k not in ("t", "seconds", "target")}
                  for run in (first, second))
    assert one.pop("violations") == other.pop("violations", 0)
    assert one == other


# close_after=4: a write of attach; 12, 22: of the interrupt handler.
@pytest.mark.parametrize("fault", ["close_after=3", "close_after=4", "close_after=12", "close_after=22",
                                   "nonsense_after=5", "gone_after=5", "gone_after=0"])
def test_a_device_that_was_lost_is_lost_again(voy, tmp_path, fault):
    """Before the driver was attached, the user's name of the card is told instead of its socket."""
    path = tmp_path / "edu.rec"
    first = voy("run", "edu", "--record", path, "--json", "--set", f"fault.{fault}")
    second = again(voy, "edu", path)
    same_end(first, second)
    assert story(first.events) == story(second.events)


def test_what_was_held_back_when_the_device_was_lost_is_told_again(voy, tmp_path):
    """What the driver, or the device, never saw for want of a sync, which a replay cannot find."""
    path = tmp_path / "edu.rec"
    first = voy("run", "edu", "--dma=check", "--record", path, "--json", "--set", "fault.close_after=20")
    assert "the driver does not see" in "".join(story(first.events)), first.err
    second = again(voy, "edu", path)
    same_end(first, second)
    assert story(first.events) == story(second.events)


@pytest.mark.parametrize("fault", ["reset:1", "reset:1+", "pdk_dma_alloc:1", "pdk_intr_alloc:1+"])
def test_what_the_host_failed_in_fails_again(voy, tmp_path, fault):
    """In the same words."""
    path = tmp_path / "edu.rec"
    first = voy("run", "edu", "--record", path, "--json", env={"VOY_FAULT": fault})
    assert "fault: call 1 of " in "".join(story(first.events))
    second = again(voy, "edu", path)
    same_end(first, second)
    assert story(first.events) == story(second.events)


def test_what_the_card_complained_of_is_why_again(voy, tmp_path):
    """The driver noticed nothing, neither then nor now, and a replay has no card."""
    path, program = tmp_path / "toy.rec", paths.program("run-gallery-dma")
    bug = {"VOY_BUG": "map_unloaded_too_early"}
    first = voy("run", program, "--model", "edu", "--dma=strict", "--record", path, "--json", env=bug)
    assert first.result["error"].startswith("simulated card: dma-unmapped: DMA "), first.err
    assert first.result["violations"] > 0 and "dma-unmapped" in first.err
    second = voy("run", program, "--on", f"replay:{path}", "--json", env=bug)
    same_end(first, second)
    told, again_ = ([{k: v for k, v in e.items() if k != "t"} for e in run.events
                     if e["event"] == "violation"] for run in (first, second))
    assert told == again_ and second.err == first.err
    third = voy("run", program, "--on", f"replay:{path}", "--json",
                env={"VOY_BUG": "ring_freed_too_early"})
    assert "does otherwise than in the recording" in third.result["error"], third.err
    assert "violations" not in third.result, "the card did not complain of this driver"


def test_what_was_found_in_dma_is_told_again(voy, tmp_path):
    """With its places, though a replay checks nothing, for people and for programs."""
    path, program = tmp_path / "toy.rec", paths.program("run-gallery-dma")
    bug = {"VOY_BUG": "ring_postread_missing"}
    first = voy("run", program, "--model", "edu", "--dma=check", "--record", path, "--json", env=bug)
    found = [{k: v for k, v in e.items() if k != "t"} for e in first.events if e["event"] == "dma"]
    second = voy("run", program, "--on", f"replay:{path}", "--json", env=bug)
    same_end(first, second)
    assert found == [{k: v for k, v in e.items() if k != "t"}
                     for e in second.events if e["event"] == "dma"]
    report = first.err[:first.err.index("gallery-dma0: ")]
    assert len(found) == 1 and report.startswith("DMA: missing POSTREAD: ")
    assert report in voy("run", program, "--on", f"replay:{path}", env=bug).err


@pytest.mark.plain("the crash is a sanitizer's there")
def test_a_crash_in_a_replay_shows_the_dma_state(voy, tmp_path):
    """The driver has as many objects as in the recorded run, and told the device as much."""
    path, program, bug = tmp_path / "toy.rec", paths.program("run-gallery-replay"), {"VOY_BUG": "crash"}
    runs = (voy("run", program, "--model", "edu", "--record", path, "--json", env=bug),
            voy("run", program, "--on", f"replay:{path}", "--json", env=bug))
    (then,), (now,) = ([e for e in run.events if e["event"] == "crash"] for run in runs)
    assert [line.split(" at ")[0] for line in then["dma"]] == \
        [line.split(" at ")[0] for line in now["dma"]] != []


def test_limits_are_those_of_the_recorded_run(voy, tmp_path):
    """Who wants others says so."""
    path, program = tmp_path / "toy.rec", paths.program("run-gallery-contain")
    bug = {"VOY_BUG": "leaks_dma_memory"}
    first = voy("run", program, "--model", "edu", "--memory", "16", "--record", path, "--json",
                env=bug)
    assert "with these 1048576 bytes it has 17 MiB" in first.result["error"], first.err
    same_end(first, voy("run", program, "--on", f"replay:{path}", "--json", env=bug))
    more = voy("run", program, "--on", f"replay:{path}", "--memory", "64", "--json", env=bug)
    assert "does otherwise than in the recording" in more.result["error"]


def test_a_command_that_failed_is_why_again(voy, tmp_path):
    """The driver did well; the run did not."""
    path = tmp_path / "edu.rec"
    first = voy("run", "edu", "--record", path, "--json", "--", "sh", "-c", "exit 7")
    assert first.result["error"] == "sh: the command ended with status 7", first.err
    second = again(voy, "edu", path)
    same_end(first, second)
    assert second.result["command_status"] == 7


def test_a_run_that_was_refused_leaves_an_older_recording_alone(voy, tmp_path):
    """What came of it is no part of that, and its card's name is none of that one's."""
    path = tmp_path / "edu.rec"
    record(voy, "edu", path)
    before = path.read_bytes()
    for bad in (("--until", "nowhere"), ("--trace", tmp_path / "no" / "trace"),
                ("--control", tmp_path / "no" / "control")):
        said = voy("run", "edu", "--record", path, "--json", *bad)
        assert said.status == 1 and str(bad[1]) in said.result["error"], said.err
        assert path.read_bytes() == before


def test_a_recording_that_nothing_can_be_put_into(voy, tmp_path):
    """It has gone through a pipe: what of the run its replay will not know is told."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
        said = voy("run", "edu", "--record", path, "--json", "--", "false")
        data = cat.stdout.read()
    assert data.startswith(b"VOYREC") and b"VNTE" not in data
    error, = [e["text"] for e in said.events if e["event"] == "error"]
    assert error.startswith(f"--record: {path}: no file that more can be put into"), said.err


def test_a_run_that_was_stopped_is_stopped_again(voy, tmp_path):
    """A signal came from outside: it is in the recording, too."""
    path = tmp_path / "edu.rec"
    with voy.start("run", "edu", "--record", path, "--stay", "--json") as p:
        until_tested(p)
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=LIMIT)
        assert p.returncode == 0
    second = again(voy, "edu", path)
    assert second.status == 0 and second.result["reached"] == "tested", second.err


@pytest.mark.parametrize("spoil, message", [
    (lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:],
     "damaged at byte 16 of {size}: block 0 has a wrong checksum"),
    (lambda data: data[:data.rindex(b"VNTE") - 1], "damaged at byte 16 of {size}: block 0 is cut off"),
    (lambda data: data[:-1], "damaged at byte {note} of {size}: its note should have"),
    (lambda data: data[:-1] + b"]", "damaged at byte {note} of {size}: its note has a wrong checksum"),
    (lambda data: data[:16], "damaged at byte 16 of 16: it ends without its last block"),
    (lambda data: data[:8] + b"\x63" + data[9:],
     "a recording of version 99, and this program reads"),
    (lambda data: b"register 0x20 is 1\n", "no recording; voy run DRIVER --record FILE"),
])
def test_a_damaged_recording_is_refused(voy, tmp_path, spoil, message):
    """Before anything is run, with the place of the damage."""
    path = tmp_path / "edu.rec"
    record(voy, "edu", path)
    whole = path.read_bytes()
    data = spoil(whole)
    path.write_bytes(data)
    said = again(voy, "edu", path)
    assert said.status == 1
    message = f"recording: {path}: " + message.format(size=len(data), note=whole.rindex(b"VNTE"))
    assert said.result["error"].startswith(message), said.result
    assert not [e for e in said.events if e["event"] == "start"]


def test_a_request_may_come_before_the_driver_begins(voy, tmp_path):
    """The first turn of the recording is then another's: put into one here."""
    path, zstd = tmp_path / "edu.rec", ctypes.CDLL("libzstd.so.1")
    record(voy, "edu", path)
    data = path.read_bytes()
    _, _, length, packed, _, _ = recording.BLOCK.unpack_from(data, recording.FILE_HEAD)
    at, plain = recording.FILE_HEAD + recording.BLOCK.size, ctypes.create_string_buffer(length)
    assert zstd.ZSTD_decompress(plain, length, data[at:at + packed], packed) == length
    first = plain.raw.index(b"\0\3\1") + 1         # the end of its head, the turn of thread 1
    more = plain.raw[:first] + b"\3\xc0\x84\x3d" + b"\x1a\6\0" + plain.raw[first:]
    room = ctypes.create_string_buffer(2 * len(more) + 1000)
    size = zstd.ZSTD_compress(room, len(room), more, len(more), 1)
    body = room.raw[:size]
    head = struct.pack("<IIII", 0, len(more), len(body), recording.LAST)
    path.write_bytes(data[:recording.FILE_HEAD] + b"VBLK" + head +
                     struct.pack("<I", zlib.crc32(head + body)) + body)
    said = again(voy, "edu", path, "--timeout", "20")
    assert said.status == 0, said.err


def test_of_another_driver(voy, tmp_path):
    """Not every driver can do what one did."""
    path = tmp_path / "edu.rec"
    record(voy, "edu", path)
    said = again(voy, "iwm", path)
    assert said.status == 1
    assert 'its driver is "edu", which the driver iwm is not' in said.result["error"]


def test_a_divergence_names_the_driver_from_another_folder(voy, tmp_path):
    """Where paths of sources are whole, the harness's own functions are none of the driver's."""
    path, program = tmp_path / "toy.rec", paths.program("run-gallery-replay")
    record(voy, program, path, "--model", "edu")
    said = voy("run", program, "--on", f"replay:{path}", "--json", env={"VOY_BUG": "other_value"})
    assert said.status == 1
    assert "; in toy_write at /" in said.result["error"], said.result
    assert said.result["error"].count("/harness/") == 0


@pytest.mark.parametrize("args, message", [
    (("--until", "attached"), "--until: not with --on replay:"),
    (("--dma=check",), "--dma: not with --on replay:"),
    (("--set", "fault=none"), "--set: not with --on replay:"),
    (("--", "true"), "-- COMMAND: not with --on replay:"),
    (("--record", "other"), "--record: not with --on replay:"),
])
def test_a_replay_takes_no_other_options(voy, tmp_path, args, message):
    """It would be another run."""
    path = tmp_path / "edu.rec"
    path.write_bytes(b"")
    said = voy("run", "edu", "--on", f"replay:{path}", *args)
    assert said.status == 1 and message in said.err


def test_where_there_is_none(voy, tmp_path):
    """A file that is missing, one that cannot be written."""
    said = voy("run", "edu", "--on", "replay:none.rec")
    assert said.status == 1 and "none.rec: no such file" in said.err
    said = voy("run", "edu", "--on", "replay:")
    assert said.status == 1 and "names no recording" in said.err
    said = voy("run", "edu", "--record", tmp_path / "no" / "edu.rec")
    assert said.status == 1 and "cannot be written: No such file" in said.err


def test_with_a_trace_and_under_a_sanitizer(voy, tmp_path):
    """A replay is a run as any other: it can be looked at, and its driver checked."""
    path, trace = tmp_path / "edu.rec", tmp_path / "edu.json"
    record(voy, "edu", path)
    said = again(voy, "edu", path, "--trace", trace)
    assert said.status == 0, said.err
    assert "EDU_INTR_ACK" in voy("trace", trace).out
