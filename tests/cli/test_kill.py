# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of the harness at random moments: the card survives, the next run is clean at once."""
import os
import pathlib
import random
import subprocess
import time

import pytest

from voyageur import harness, procs

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


@pytest.mark.slow
def test_a_harness_killed_at_random_moments_leaves_a_card_that_works(sim):
    """A hundred times on one card, from exec to long after attach, then a clean run at once."""
    card = sim("edu")
    began = time.monotonic()
    assert run_edu(card.target).wait(30) == 0
    whole = time.monotonic() - began
    before = descriptors(card.child.pid)
    chance = random.Random(7260)
    for _ in range(TIMES):
        p = run_edu(card.target, stay=True)
        time.sleep(chance.uniform(0, 1.2 * whole))
        p.kill()
        p.wait()
    assert run_edu(card.target).wait(30) == 0
    assert descriptors(card.child.pid) <= before
    card.stop()
    assert card.child.status == 0
