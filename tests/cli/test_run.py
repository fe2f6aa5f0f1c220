# SPDX-License-Identifier: BSD-2-Clause
"""voy run on a simulated card, from outside: events, verdict, status, and nothing left."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from processes import wait_none, with_command
from voyageur import control

ROOT = pathlib.Path(__file__).resolve().parents[2]
VOY = ROOT / "voy"
NOBODY = 65534


def until(process, kind, **members):
    """Read events until one of this kind (and members); all read so far."""
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if seen[-1]["event"] == kind and all(seen[-1].get(k) == v for k, v in members.items()):
            return seen
    raise AssertionError(f"no {kind} {members} in {seen}; {process.stderr.read()}")


def rest(process):
    """The remaining events, the result last; and the exit status."""
    out, _ = process.communicate(timeout=200)
    return [json.loads(line) for line in out.splitlines()], process.returncode


def test_edu_runs_to_its_last_state(voy):
    """Events in order, on one clock, the result last, its ok the exit status."""
    said = voy("run", "edu", "--json")
    assert said.status == 0 and said.result["ok"] is True, said.err
    assert said.result["reached"] == "tested" and said.result["violations"] == 0
    kinds = [e["event"] for e in said.events]
    assert kinds.count("result") == 1
    assert kinds.index("listening") < kinds.index("start") < kinds.index("state")
    states = [e["state"] for e in said.events if e["event"] == "state"]
    assert states == ["attached", "tested"]
    assert all(isinstance(e["t"], float) for e in said.events)
    assert all(e.get("source") == "sim" for e in said.events if e["event"] == "listening")


def test_edu_for_a_person(voy):
    """Lines, no JSON, nothing on stderr."""
    said = voy("run", "edu")
    assert said.status == 0 and not said.err
    assert "state tested" in said.out and "{" not in said.out
    assert said.out.splitlines()[-1].split("] ")[1].startswith("ok: reached tested in ")


def test_until_ends_the_run_there(voy, firmware):
    """An earlier state."""
    said = voy("run", "iwm", "--until", "attached", "--json")
    assert said.result["ok"] and said.result["reached"] == "attached", firmware
    assert not any(e.get("state") == "alive" for e in said.events)


def test_unknown_state_lists_the_states(voy):
    """Of this driver."""
    said = voy("run", "edu", "--until", "flying", "--json")
    assert said.status != 0 and said.result["ok"] is False
    assert "flying" in said.result["error"] and "tested" in said.result["error"]


def test_from_another_folder_and_through_a_link(voy, tmp_path):
    """A relative link to a link."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "one").symlink_to(VOY)
    (tmp_path / "bin/two").symlink_to("../one")
    said = voy("run", "edu", "--json", program="bin/two")
    assert said.result["ok"]


def test_a_program_by_its_path(voy):
    """Somebody else's, without voy.json: it has to be told the card."""
    program = ROOT / "build/gcc/bin/run-edu"
    said = voy("run", program, "--json")
    assert said.status == 1 and "--model" in said.result["error"]
    assert voy("run", program, "--model", "edu", "--json").result["ok"]


def test_on_a_server_that_runs_already(voy, tmp_path):
    """--on unix:PATH, twice on one server, one after the other."""
    card = voy.start("sim", "edu", "--socket", tmp_path / "card", "--json")
    try:
        until(card, "listening")
        for _ in range(2):
            assert voy("run", "edu", "--on", f"unix:{tmp_path}/card", "--json").result["ok"]
    finally:
        card.send_signal(signal.SIGTERM)
        events, status = rest(card)
    assert status == 0 and events[-1]["ok"] and not (tmp_path / "card").exists()


def test_two_runs_on_one_socket_one_is_told(voy, tmp_path):
    """The second fails at once, clearly; the first is not disturbed."""
    card = voy.start("sim", "edu", "--socket", tmp_path / "card", "--json")
    until(card, "listening")
    first = voy.start("run", "edu", "--on", f"unix:{tmp_path}/card", "--stay", "--json")
    try:
        until(first, "state", state="tested")
        second = voy("run", "edu", "--on", f"unix:{tmp_path}/card", "--json", "--timeout", 100)
        assert second.status != 0 and second.result["error"]
        assert not second.result["error"].startswith("timeout")
    finally:
        first.send_signal(signal.SIGINT)
        events, status = rest(first)
        card.send_signal(signal.SIGTERM)
        rest(card)
    assert status == 0 and events[-1]["ok"]


def test_a_socket_with_nobody_behind_it(voy, tmp_path):
    """Left by a server that was killed."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "card"))
    said = voy("run", "edu", "--on", f"unix:{tmp_path}/card", "--json")
    assert said.status != 0 and "card" in said.result["error"]


def test_a_card_s_complaint_fails_the_run(voy):
    """A fault that strikes while it attaches: error, no hang, nothing left."""
    said = voy("run", "edu", "--set", "fault.close_after=3", "--timeout", 100, "--json")
    assert said.status != 0 and said.result["error"]
    assert not said.result["error"].startswith("timeout")


def test_an_unknown_setting_is_named(voy):
    """By the simulated card itself, before anything runs."""
    said = voy("run", "edu", "--set", "nosuch=1", "--json")
    assert said.status != 0 and "voy-sim" in said.result["error"]
    assert "nosuch" in said.result["error"]


def test_cycles_in_one_process(voy):
    """Attach and detach, again and again."""
    said = voy("run", "edu", "--cycles", 5, "--json")
    assert said.result["ok"] and said.result["reached"] == "tested"
    assert sum(e["event"] == "state" and e["state"] == "attached" for e in said.events) == 5


def test_trace_is_written_or_the_reason_said(voy, tmp_path):
    """A file of the user's; a full disk."""
    assert voy("run", "edu", "--trace", "t", "--json").result["ok"]
    assert (tmp_path / "t").stat().st_size > 1000
    said = voy("run", "edu", "--trace", "/dev/full", "--json")
    assert said.status != 0 and "/dev/full" in said.result["error"]


def test_a_command_runs_while_the_driver_is_up(voy):
    """It can talk to the harness; its status decides."""
    code = ("import os; from voyageur import control; "
            "a = control.ask(os.environ['VOY_CONTROL'], {'cmd': 'status'}); "
            "print(os.environ['VOY_DRIVER'], a['ok'])")
    said = voy("run", "edu", "--json", "--", "/usr/bin/python3", "-c", code)
    assert said.status == 0, said.err
    assert [e["text"] for e in said.events if e["event"] == "output"] == ["edu True"]
    assert any("moves no frames of a host" in e.get("text", "") for e in said.events)


def test_a_failing_command_fails_the_run_with_its_status(voy):
    """And the driver was taken down in order."""
    said = voy("run", "edu", "--json", "--", "sh", "-c", "exit 7")
    assert said.status == 7 and not said.result["ok"] and said.result["command_status"] == 7
    assert said.result["reached"] == "tested"
    missing = voy("run", "edu", "--json", "--", "/nonexistent")
    assert missing.status == 1 and "/nonexistent" in missing.result["error"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_is_an_orderly_end(voy, number):
    """Detach, result, status; nothing left (the fixture looks)."""
    p = voy.start("run", "edu", "--stay", "--json")
    until(p, "state", state="tested")
    p.send_signal(number)
    events, status = rest(p)
    assert events[-1]["event"] == "result" and events[-1]["ok"] and status == 0


def test_control_socket_at_a_given_path(voy, tmp_path):
    """Mode 0600, and gone afterwards."""
    p = voy.start("run", "edu", "--stay", "--json", "--control", tmp_path / "ctl")
    until(p, "state", state="tested")
    assert (tmp_path / "ctl").stat().st_mode & 0o777 == 0o600
    assert control.ask(tmp_path / "ctl", {"cmd": "status"})["ok"]
    p.send_signal(signal.SIGINT)
    assert rest(p)[1] == 0 and not (tmp_path / "ctl").exists()


def test_under_gdb_without_a_terminal(voy):
    """It runs, and its status is the driver's."""
    if not os.path.exists("/usr/bin/gdb"):
        pytest.skip("gdb is not installed")
    said = voy("run", "edu", "--gdb")
    assert said.status == 0 and "tested" in said.out, said.out + said.err


def test_kill_of_voy_takes_all_with_it_and_the_next_run_sweeps(voy):
    """SIGKILL gives no chance to tidy up; the kernel and the next run do it."""
    p = voy.start("run", "edu", "--stay", "--json")
    until(p, "state", state="tested")
    p.kill()
    p.communicate()
    wait_none(lambda: with_command(str(voy.runtime)))
    assert voy("run", "edu", "--json").result["ok"]


@pytest.mark.root
def test_as_a_plain_user(voy):
    """A tree of theirs, built by somebody else; no root, no capabilities."""
    with tempfile.TemporaryDirectory(dir="/tmp") as d:
        os.chmod(d, 0o755)
        shutil.copytree(ROOT, f"{d}/tree", symlinks=True, ignore=shutil.ignore_patterns(
            ".git", "asan", "tsan", "clang", "__pycache__", ".voy-lock"))
        for path, _, names in os.walk(d):
            for name in (".", *names):
                os.chown(os.path.join(path, name), NOBODY, NOBODY, follow_symlinks=False)
        p = subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             "--inh-caps=-all", f"{d}/tree/voy", "run", "edu", "--json"],
            capture_output=True, text=True, timeout=250, cwd="/", check=False,
            env=voy.environment(HOME=f"{d}/tree", XDG_RUNTIME_DIR=""), stdin=subprocess.DEVNULL)
        assert p.returncode == 0, p.stdout + p.stderr
        assert json.loads(p.stdout.splitlines()[-1])["ok"]


def test_the_wrapper_is_quick(voy):
    """Not a time, but what costs time: with all there, sh starts no other program but Python."""
    p = subprocess.run(["sh", "-x", str(VOY), "--help"], capture_output=True, text=True,
                       timeout=120, check=True)
    for word in ("dpkg", "apt", "sudo", "mktemp", "sed", "+ id"):
        assert word not in p.stderr


def test_interrupts_that_never_come_end_in_an_error(voy):
    """Within the driver's own patience, not ours."""
    said = voy("run", "edu", "--set", "fault.no_irq=1", "--timeout", 200, "--json")
    assert said.status != 0 and said.result["error"]
    assert not said.result["error"].startswith("timeout")


def test_a_firmware_file_that_is_cut_short_is_named(voy, tmp_path, firmware):
    """VOY_FIRMWARE_PATH comes first; the driver says where the file ends."""
    (tmp_path / firmware.name).write_bytes(firmware.read_bytes()[:4096])
    said = voy("run", "iwm", "--json", env={"VOY_FIRMWARE_PATH": tmp_path})
    assert said.status != 0
    assert f"firmware: {firmware.name}: truncated at byte" in said.result["error"]


def test_no_firmware_and_no_way_to_get_it(voy, tmp_path):
    """An empty cache and a mirror that is not there: what is missing, and the ways out."""
    if os.path.exists("/lib/firmware/iwlwifi-7260-17.ucode"):
        pytest.skip("this machine has the firmware installed")
    said = voy("run", "iwm", "--json", env={"VOY_CACHE": tmp_path / "cache",
                                            "VOY_DEBIAN_MIRROR": "http://127.0.0.1:9/debian"})
    assert said.status == 1
    error = said.result["error"]
    assert error.startswith("firmware: iwlwifi-7260-17.ucode: cannot be had: ")
    assert "VOY_DEBIAN_MIRROR" in error and "VOY_FIRMWARE_PATH" in error


@pytest.mark.lab
@pytest.mark.usefixtures("lab")
def test_a_command_beside_the_driver_in_the_guest(voy, tmp_path):
    """It starts in the wanted state, its output are events, its status is the run's."""
    script = "echo one; echo 'two \"2\"' >&2; uname -m; exit 3"
    said = voy("run", "edu", "--on", "lab", "--json", "--trace", tmp_path / "trace", "--", "sh",
               "-c", script, timeout=250)
    assert said.status == 3 and said.result["command_status"] == 3
    assert said.result["ok"] is False and "status 3" in said.result["error"]
    assert said.result["reached"] == "tested"
    output = [e["text"] for e in said.events if e["event"] == "output"]
    assert output == ["one", 'two "2"', "x86_64"]
    kinds = [e.get("state") or e["event"] for e in said.events]
    assert kinds.index("tested") < kinds.index("output")
    assert (tmp_path / "trace").stat().st_size > 1000
