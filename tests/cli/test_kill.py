# SPDX-License-Identifier: BSD-2-Clause
"""Ends that nobody planned: kill -9 at random moments, Ctrl-C; the next run is clean at once."""
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

from processes import wait_none, wait_until
from voyageur import harness, procs, pytest_run

BIN = pathlib.Path(__file__).resolve().parents[2] / "build/gcc/bin"
TIMES = 100


def descriptors(pid):
    """How many files a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def run_edu(target, **how):
    """A run-edu without a `voy` around it."""
    return subprocess.Popen([BIN / "run-edu", *harness.arguments(target, **how)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            stdin=subprocess.DEVNULL, env=procs.environment())


def ours(voy):
    """The processes, (pid, command), that this test's `voy` has running."""
    return pytest_run.strays(f"XDG_RUNTIME_DIR={voy.runtime}")


@pytest.mark.slow
def test_a_harness_killed_at_random_moments_leaves_a_card_that_works(sim):
    """A hundred times on one card, from exec to long after attach, then a clean run at once."""
    card = sim("edu")
    began = time.monotonic()
    assert run_edu(card.target).wait(200) == 0
    whole = time.monotonic() - began
    before = descriptors(card.child.pid)
    chance = random.Random(7260)
    for _ in range(TIMES):
        p = run_edu(card.target, stay=True)
        time.sleep(chance.uniform(0, 1.2 * whole))
        p.kill()
        p.wait()
    assert run_edu(card.target).wait(200) == 0
    assert descriptors(card.child.pid) <= before
    card.stop()
    assert card.child.status == 0


@pytest.mark.slow
def test_voy_killed_at_random_moments_takes_all_with_it(voy):
    """While it starts, runs and ends: no process stays, and the next run sweeps the rest."""
    chance = random.Random(802)
    for _ in range(15):
        p = voy.start("run", "edu", "--json")
        time.sleep(chance.uniform(0.03, 0.35))
        p.kill()
        p.communicate()
    wait_none(lambda: ours(voy))
    assert voy("run", "edu", "--json").result["ok"]


@pytest.mark.lab
@pytest.mark.usefixtures("lab")
def test_ctrl_c_ends_the_guest(voy):
    """A run in the lab is given up while the guest boots; no QEMU stays."""
    p = voy.start("run", "edu", "--on", "lab", "--json")
    while not any("qemu-system" in command for _, command in ours(voy)):
        assert p.poll() is None, p.communicate()[0]
        time.sleep(0.01)
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=200)
    result = json.loads(out.splitlines()[-1])
    assert p.returncode == 1 and result["error"] == "interrupted"
    assert not ours(voy)


# Leaves a daemon that nobody who is kind gets rid of.
LEAVES = """
setsid sh -c 'trap "" HUP INT TERM; : >$1; exec sleep 7260' sh "$1" &
until [ -e "$1" ]; do sleep 0.01; done
echo up; $2
"""
STAYS = "exec sleep 7261"


def kill(p, _voy):
    """kill -9."""
    p.kill()


def ctrl_c(p, _voy):
    """As the terminal does it."""
    p.send_signal(signal.SIGINT)


def terminate(p, _voy):
    """As init does it."""
    p.terminate()


def driver_ends(_p, voy):
    """The driver goes first, as when its time is over."""
    harnesses = [pid for pid, command in ours(voy) if "/bin/run-edu" in command]
    os.kill(harnesses[0], signal.SIGKILL)


@pytest.mark.parametrize("end", [kill, ctrl_c, terminate, driver_ends])
def test_nothing_that_a_command_has_started_outlives_the_run(voy, tmp_path, end):
    """When that is ended by force."""
    p = voy.start("run", "edu", "--json", "--", "sh", "-c", LEAVES, "sh", tmp_path / "up", STAYS)
    assert any(json.loads(line).get("text") == "up" for line in p.stdout)
    wait_until(lambda: any(command == "sleep 7260" for _, command in ours(voy)), "the daemon")
    end(p, voy)
    out, _ = p.communicate(timeout=200)
    if end is kill:
        wait_none(lambda: ours(voy))
        assert voy("run", "edu", "--json").result["ok"]
    else:
        assert json.loads(out.splitlines()[-1])["event"] == "result" and not ours(voy)


def test_nor_what_it_leaves_behind_when_it_ends(voy, tmp_path):
    """Without the driver's network it would be of no use."""
    said = voy("run", "edu", "--json", "--", "sh", "-c", LEAVES, "sh", tmp_path / "up", "")
    assert (tmp_path / "up").exists() and said.result["ok"], said.err
    assert not ours(voy)


def test_nor_what_it_leaves_in_a_namespace(voy, tmp_path):
    """That of the driver's network, which for a plain user is one of another user namespace."""
    said = voy("run", "em", "--json", "--", "sh", "-c", LEAVES, "sh", tmp_path / "up", "")
    assert (tmp_path / "up").exists() and said.result["ok"], said.out + said.err
    assert not ours(voy)
