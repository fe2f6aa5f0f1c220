# SPDX-License-Identifier: BSD-2-Clause
"""Programs of tools/sim that belong together, and what becomes of what they say last."""
import os
import signal
import threading
import time

import pytest

from voyageur import aircfg


class Over(Exception):
    """What a signal raises in the main thread, as SystemExit and KeyboardInterrupt are."""


@pytest.fixture
def usr1():
    """SIGUSR1 raises Over."""
    def over(*_):
        raise Over
    before = signal.signal(signal.SIGUSR1, over)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("seconds", [None, 60])
def test_a_wait_that_a_signal_ends_loses_no_event(tmp_path, usr1, seconds):
    """The last one, too, though it takes a while to pass on."""
    said = []

    def emit(event):
        if event["event"] == "result":
            time.sleep(0.3)
        said.append(event["event"])

    with pytest.raises(Over), aircfg.Air(tmp_path, emit=emit) as air:
        assert air.wait(0) is None
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        air.wait(seconds)
    assert said[-1] == "result"
    assert air.status == {"air": 0}
