# SPDX-License-Identifier: BSD-2-Clause
"""A driver with something that is due again at once: recorded, it comes as far as it does plainly."""
import pytest

from exhibit import Bug

DONE = '"reached": "ticked"'
BUGS = [Bug("timer_hurries", DONE), Bug("timer_writes", DONE), Bug("task_comes_again", DONE),
        Bug("lock_is_spun", DONE)]


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_others_have_their_turn(gallery, tmp_path, bug):
    """While it is recorded and replayed, too, where threads go one after the other."""
    path = tmp_path / "hurry.rec"
    for how in ({}, {"args": ["--record", path]}, {"on": f"replay:{path}"}):
        run, result, said = gallery("hurry").run(bug, **how)
        assert result["ok"] and run.stderr() == "", said
        bug.check(said)


def test_clean(gallery):
    """Without any of it."""
    gallery("hurry").clean()
