# SPDX-License-Identifier: BSD-2-Clause
"""A block of a test that must end in time; the plugin puts one around all that it runs."""
import contextlib
import faulthandler
import os
import signal
import sys
import threading

import pytest

_watches = []       # of blocks within blocks, where there are no signals


@contextlib.contextmanager
def limit(what, seconds):
    """Fail the test when the block takes longer.

    A worker of pytest-xdist may run its tests beside the main thread, where Python takes no
    signals. There nothing can end the block but the end of the process: pytest-xdist names the
    test and goes on with another worker.
    """
    text = f"{what} did not end within {seconds:g} s (mark deadline allows more)"
    main = threading.current_thread() is threading.main_thread()
    with _by_alarm(text, seconds) if main else _by_exit(text, seconds):
        yield


@contextlib.contextmanager
def _by_alarm(text, seconds):
    def expired(_number, _frame):
        faulthandler.dump_traceback(file=sys.__stderr__)
        pytest.fail(text)

    old = signal.signal(signal.SIGALRM, expired)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, outer)
        signal.signal(signal.SIGALRM, old)


def _expired(text):
    print(text, file=sys.__stderr__, flush=True)
    faulthandler.dump_traceback(file=sys.__stderr__)
    os._exit(1)


def _watch(text, seconds):
    timer = threading.Timer(seconds, _expired, (text,))
    timer.daemon = True
    timer.start()
    return timer


@contextlib.contextmanager
def _by_exit(text, seconds):
    if _watches:
        _watches[-1][0].cancel()
    _watches.append([_watch(text, seconds), text, seconds])
    try:
        yield
    finally:
        _watches.pop()[0].cancel()
        if _watches:
            outer = _watches[-1]
            outer[0] = _watch(*outer[1:])
