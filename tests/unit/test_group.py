# SPDX-License-Identifier: BSD-2-Clause
"""Programs of tools/sim that belong together, and what becomes of what they say last."""
import os
import signal
import sys
import threading
import time

import pytest

from voyageur import aircfg, group, procs, pytest_run


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


@pytest.mark.parametrize("first", ["listening", "result"])
def test_what_is_raised_over_an_event_ends_the_group(tmp_path, first):
    """As where nobody reads them any more; no event comes after it, and the last counts, too."""
    said = []

    def emit(event):
        said.append(event["event"])
        if event["event"] == first:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError), aircfg.Air(tmp_path, emit=emit) as air:
        if first == "listening":
            air.wait()
    assert said[-1] == first and air.status == {"air": 0}


class Two(group.Group):
    """Two programs, of which the second may need the first."""

    def __init__(self, folder, emit):
        super().__init__(emit)
        self.folder = folder

    def start(self):
        for name in "first", "second":
            self.run(name, "voy-air", ["--json", "--socket", self.folder / name])


class AtLine:
    """Calls `do` at a line, by number, of those of group.py and procs.py that this thread comes to,
    and then at each fifth; `reached`: it did come there."""

    def __init__(self, line, do):
        self.line, self.do, self.reached = line, do, False
        self.files = (group.__file__, procs.__file__)

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *exc):
        sys.settrace(self.before)

    def _trace(self, frame, event, _arg):
        if frame.f_code.co_filename not in self.files:
            return None
        if event == "line":
            self.line -= 1
            if self.line <= 0 and self.line % 5 == 0:
                self.reached = True
                self.do()
        return self._trace


def test_an_interrupt_at_any_moment_ends_all_in_order(tmp_path, usr1, monkeypatch):
    """Also while a program is being started, or when the end has begun: what is there ends by
    SIGTERM, the last one first, and says its last."""
    token = f"group-{os.getpid()}"
    monkeypatch.setenv("VOY_TEST_TOKEN", token)
    signal.signal(signal.SIGUSR1, lambda *_: two.interrupt())
    reached, line = True, 0
    while reached:
        line += 3
        said = []
        two = Two(tmp_path, said.append)
        at = AtLine(line, lambda: signal.raise_signal(signal.SIGUSR1))
        with pytest.raises(KeyboardInterrupt), at, two:
            signal.raise_signal(signal.SIGUSR1)     # where the line comes in the end, or never
            two.wait()
        reached = at.reached
        up = [e["source"] for e in said if e["event"] == "listening"]
        assert [e["source"] for e in said if e["event"] == "result"] == up[::-1], (line, said)
        assert two.failed() is None, (line, two.status)
        assert not pytest_run.strays(f"VOY_TEST_TOKEN={token}"), (line, said)
