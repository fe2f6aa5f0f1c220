# SPDX-License-Identifier: BSD-2-Clause
"""Programs that do not come up, and one that was up before."""
import queue
import signal
import subprocess

import pytest

from voyageur import card, group
from voyageur.errors import VoyError


def test_what_others_said_meanwhile_is_not_lost(tmp_path):
    """The air around it is one of them; and the reason is the card's own."""
    inbox = queue.SimpleQueue()
    others = [("air", "event", {"event": "radio"}), ("voy", "news", 1)]
    for message in others:
        inbox.put(message)
    with pytest.raises(VoyError, match="voy-sim edu: .*nonsense"):
        card.Card("edu", tmp_path, inbox, ["nonsense=1"], stderr=subprocess.PIPE)
    assert [inbox.get_nowait(), inbox.get_nowait()] == others


def test_the_program_that_has_ended_is_named(tmp_path):
    """Not the one that was being started meanwhile."""
    with group.Group(keep_stderr=True) as programs:
        programs.run("card", "voy-sim", ["edu", "--json", "--socket", tmp_path / "s"])
        programs._programs[0].stop(signal.SIGKILL)
        with pytest.raises(VoyError, match="^voy-sim was killed by SIGKILL"):
            programs.run("ap", "voy-ap", ["--air", tmp_path / "none"])
