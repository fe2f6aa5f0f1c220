# SPDX-License-Identifier: BSD-2-Clause
"""The lab guest: what a command does in it comes out whole, and every failure says why."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

import lab
from lab import accel, tsc
from lab.guest import find_program
from processes import children, command, wait_gone
from voyageur import doctor, fetch

TOOLS = pathlib.Path(lab.__file__).resolve().parents[1]
TRICKY = bytes(range(256)) * 3 + b"\r\n\0\r\n no newline at the end"


def script(path, text):
    """An executable script."""
    path.write_text(text)
    path.chmod(0o755)
    return path


def descendants_named(word):
    """Command lines of this process's living descendants that contain `word`."""
    found, todo = [], children(os.getpid())
    while todo:
        pid = todo.pop()
        todo += children(pid)
        found.append(command(pid))
    return [line for line in found if word in line]


@pytest.mark.lab
def test_status_and_both_outputs_pass_through_binary_clean(guest_parts, tmp_path):
    data = tmp_path / "data"
    data.write_bytes(TRICKY)
    before = set(os.listdir("/proc/self/fd"))
    lines = []
    r = lab.run([f"cat {data}; cat {data} {data} >&2; exit 42"], files=[data],
                on_stdout=lines.append)
    assert (r.status, r.stdout, r.stderr) == (42, TRICKY, TRICKY * 2)
    assert lines[-1] == " no newline at the end"
    assert "Linux version" in r.dmesg and r.qemu == ""
    assert set(os.listdir("/proc/self/fd")) == before
    assert not descendants_named("qemu")


@pytest.mark.lab
def test_emulated_guest_has_not_to_find_out_how_fast_its_clock_runs(guest_parts):
    """A busy machine would have it err, by any factor."""
    if accel.choose(fetch.qemu(), fetch.kernel()) == "kvm" or not tsc.khz():
        pytest.skip("this machine's guests know the rate by themselves, or there is none to know")
    r = lab.run(["true"])
    told = re.search(r"tsc_early_khz=(\d+)", r.dmesg)[1]
    # Of the processor, and if that is another, of the counter, which counts.
    assert re.findall(r"tsc: Detected ([\d.]+) MHz", r.dmesg)[-1] == f"{int(told) / 1000:.3f}"
    assert abs(int(told) - tsc.khz()) < int(told) / 1000


@pytest.mark.lab
def test_program_of_the_host_runs_with_its_libraries(guest_parts):
    r = lab.run(["/usr/bin/python3.11", "--version"] if os.path.exists("/usr/bin/python3.11")
                else ["/usr/bin/env", "--version"])
    assert r.status == 0, r.stderr
    assert r.stdout


@pytest.mark.lab
def test_time_limit_kills_the_guest_and_leaves_nothing(guest_parts):
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(lab.LabError, match="did not end within 5 s"):
        lab.run(["sleep", "1000"], timeout=5)
    assert not descendants_named("qemu")
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.lab
def test_kernel_panic_is_named_with_the_last_kernel_lines(guest_parts):
    with pytest.raises(lab.LabError, match="panicked: sysrq triggered crash") as e:
        lab.run(["echo last words; sleep 2; echo c >/proc/sysrq-trigger; sleep 30"])
    assert "sysrq: Trigger a crash" in e.value.log and e.value.said == "last words"


@pytest.mark.lab
def test_killed_caller_takes_the_guest_with_it(guest_parts):
    env = dict(os.environ, PYTHONPATH=str(TOOLS))
    p = subprocess.Popen([sys.executable, "-m", "lab", "--", "sleep 1000"], env=env,
                         stdin=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 120
        while not descendants_named("accel") and time.monotonic() < end:
            time.sleep(0.05)
        assert descendants_named("memory-backend-memfd")
    finally:
        p.send_signal(signal.SIGKILL)
        p.wait()
    end = time.monotonic() + 120
    while _all_with("memory-backend-memfd", "voy.ctl") and time.monotonic() < end:
        time.sleep(0.05)
    assert not _all_with("memory-backend-memfd", "voy.ctl")


def _all_with(*words):
    """Processes of the machine, started by an ended caller (parent 1), with all these words."""
    found = []
    for d in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (d / "cmdline").read_bytes().decode(errors="replace")
            parent = (d / "stat").read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        if parent == "1" and all(w in line for w in words):
            found.append(line)
    return found


def test_missing_socket_of_a_card_is_told_before_anything_is_started(tmp_path):
    with pytest.raises(lab.LabError, match="no such socket; start the simulated card first"):
        lab.run(["true"], device={"socket": tmp_path / "none"})


def test_more_cards_than_the_bus_takes_are_told(tmp_path):
    with pytest.raises(lab.LabError, match="29 cards: the guest's bus has room for 28"):
        lab.run(["true"], device=[{"socket": tmp_path}] * 29)


@pytest.mark.lab
def test_socket_that_nobody_serves_is_told(guest_parts, tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
    with pytest.raises(lab.LabError, match="Connection refused"):
        lab.run(["true"], device={"socket": path})


@pytest.mark.lab
def test_card_whose_process_ends_stops_the_run(guest_parts):
    card = subprocess.Popen(["sleep", "1"], stdin=subprocess.DEVNULL)
    with pytest.raises(lab.LabError, match="simulated card's process ended"):
        lab.run(["sleep", "1000"], watch=card)
    card.wait()


@pytest.mark.lab
def test_unknown_kernel_module_is_named(guest_parts):
    with pytest.raises(lab.LabError, match="kernel module no_such_thing.*not in Debian's kernel"):
        lab.run(["true"], modules=["no_such_thing"])


@pytest.mark.lab
def test_qemu_without_vfio_user_is_explained(guest_parts, tmp_path, monkeypatch):
    fake = script(tmp_path / "qemu", "#!/bin/sh\n"
                  "[ \"$1\" = --version ] && echo QEMU emulator version 7.2.1 && exit\n"
                  "echo \"qemu: -device x: 'vfio-user-pci' is not a valid device model name\" >&2\n"
                  "exit 1\n")
    monkeypatch.setenv("VOY_QEMU", str(fake))
    monkeypatch.setenv("VOY_ACCEL", "tcg")
    path = tmp_path / "s"
    path.touch()
    with pytest.raises(lab.LabError, match="has no vfio-user-pci; QEMU 10.1 or newer"):
        lab.run(["true"], device={"socket": path})


def test_missing_qemu_is_named_with_the_variable_to_mend(tmp_path, monkeypatch):
    monkeypatch.setenv("VOY_QEMU", str(tmp_path / "nowhere"))
    with pytest.raises(lab.LabError, match="nowhere .VOY_QEMU.: not a program.*unset VOY_QEMU"):
        lab.run(["true"])


class FakeKernel:
    """As much of a kernel as the KVM trial looks at."""
    image = "/dev/null"


class FakeQemu:
    """A QEMU that is a script."""
    version = (99, 0)

    def __init__(self, path):
        self.argv = [str(path)]

    def environ(self):
        return dict(os.environ)


def told_of_kvm():
    """What a doctor says of it: status, and the first half of the sentence."""
    check = next(c for c in doctor.lab() if c["check"] == "kvm")
    return check["status"], check["text"].partition(";")[0]


def test_kvm_that_hangs_is_noticed_and_remembered(empty_cache, tmp_path, monkeypatch):
    """And told by a doctor."""
    monkeypatch.delenv("VOY_ACCEL", raising=False)
    monkeypatch.setattr(accel, "DEVICE", "/dev/null")
    count = tmp_path / "count"
    q = FakeQemu(script(tmp_path / "q", f"#!/bin/sh\necho x >>{count}\nexec sleep 1000\n"))
    for _ in range(2):
        assert accel.choose(q, FakeKernel, limit=1.0, device="/dev/null") == "tcg"
    assert count.read_text() == "x\n"
    assert not descendants_named("sleep 1000")
    assert told_of_kvm() == ("warn", "KVM: no kernel runs with /dev/null here")


def test_kvm_that_works_is_used_and_one_without_permission_is_not(empty_cache, tmp_path,
                                                                 monkeypatch):
    monkeypatch.delenv("VOY_ACCEL", raising=False)
    q = FakeQemu(script(tmp_path / "q", "#!/bin/sh\nexit 0\n"))
    assert accel.choose(q, FakeKernel, device=str(tmp_path / "no-kvm")) == "tcg"
    assert accel.choose(q, FakeKernel, device="/dev/null") == "kvm"


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"key": 1, "accel": "kvm"}',
                                  '{"key": {}, "accel": "kvm"}'])
def test_a_verdict_that_is_damaged_or_of_another_boot_is_none(empty_cache, monkeypatch, kept):
    """Then a doctor does not know it, either."""
    monkeypatch.setattr(accel, "DEVICE", "/dev/null")
    empty_cache.mkdir()
    (empty_cache / accel.NAME).write_text(kept)
    assert accel.found() is None
    assert told_of_kvm() == ("ok", "KVM: /dev/null is there")


def test_accelerator_override_is_checked(monkeypatch):
    monkeypatch.setenv("VOY_ACCEL", "turbo")
    with pytest.raises(lab.LabError, match="VOY_ACCEL=turbo: must be kvm or tcg"):
        accel.choose(FakeQemu("/bin/true"), FakeKernel)


def test_child_dies_with_its_parent(tmp_path):
    code = ("import sys, time; sys.path.insert(0, sys.argv[1])\n"
            "from lab import qemu\n"
            "p = qemu.start(['sleep', '1000'])\n"
            "print(p.pid, flush=True); time.sleep(1000)\n")
    p = subprocess.Popen([sys.executable, "-c", code, str(TOOLS)], stdout=subprocess.PIPE)
    child = int(p.stdout.readline())
    p.kill()
    p.wait()
    p.stdout.close()
    wait_gone(child)


def run_and_kill_the_card(sim, path):
    """A guest that reads of it, before and after; what became of that."""
    card = subprocess.Popen([sim, "i7260", "--socket", path], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL)
    try:
        while not path.exists():
            time.sleep(0.01)
        read = "od -An -tx1 -N4 /sys/bus/pci/devices/$VOY_BDF/config"
        return lab.run([f"{read}; echo; sleep 1000 & i=0; while {read} | grep -q 86; do "
                        "sleep 0.1; done; " + read], device={"socket": path},
                       on_stdout=lambda line: card.kill())
    finally:
        card.kill()
        card.wait()


@pytest.mark.lab
def test_card_that_is_killed_reads_all_ones_and_is_reported(guest_parts, tmp_path):
    """QEMU 11.1 has a fault of its own: when the card goes in the middle of an access it may
    report that twice, which ends it."""
    sim = find_program("voy-sim")
    if not sim:
        pytest.skip("voy-sim is not built")
    r, why = None, ""
    for i in range(3):
        try:
            r = run_and_kill_the_card(sim, tmp_path / str(i))
            break
        except lab.LabError as e:
            why = str(e)
            assert "error_setv: Assertion `*errp == NULL' failed" in why
    assert r is not None, why
    assert r.card_left and r.status == 0
    assert r.stdout.split() == [b"86", b"80", b"b1", b"08", b"ff", b"ff", b"ff", b"ff"]


@pytest.mark.lab
def test_device_is_bound_to_vfio_pci_and_its_group_given_to_the_plain_user(guest_parts):
    r = lab.run(["id -u; stat -c %U /dev/vfio/[0-9]*; ulimit -l; cat /sys/bus/pci/devices/"
                 "$VOY_BDF/vendor; readlink /sys/bus/pci/devices/$VOY_BDF/driver; "
                 "echo x >/dev/stderr; exit 5"], device="edu", user=True)
    assert (r.status, r.stderr) == (5, b"x\n")
    *words, driver = r.stdout.split()
    assert words == [b"1000", b"voy", b"8192", b"0x1234"]
    assert driver.endswith(b"/vfio-pci")


@pytest.mark.lab
def test_background_process_holding_the_output_does_not_keep_the_guest(guest_parts):
    r = lab.run(["sleep 1000 & echo done; no-such-command-at-all"], timeout=250)
    assert (r.status, r.stdout) == (127, b"done\n")
    assert b"not found" in r.stderr


@pytest.mark.lab
def test_driver_runs_through_vfio_as_a_plain_user_of_the_guest(guest_parts):
    if not find_program("run-edu"):
        pytest.skip("run-edu is not built")
    r = lab.run(["run-edu", "--json", "--device", "$VOY_BDF"], device="edu", user=True)
    assert r.status == 0, r.stdout + r.stderr
    assert b'"ok":true' in r.stdout.replace(b" ", b"")
