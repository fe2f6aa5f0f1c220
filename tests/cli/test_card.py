# SPDX-License-Identifier: BSD-2-Clause
"""A simulated card that does not come up."""
import queue
import subprocess

import pytest

from voyageur import card
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
