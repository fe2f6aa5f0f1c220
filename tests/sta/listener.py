# SPDX-License-Identifier: BSD-2-Clause
"""A radio that only hears, on all channels of an air.

    class Ear(Listener):
        def hear(self, f): ...      # each frame, in a thread of its own
    with Ear(hub) as ear: ...
"""
import threading

from airwire import ALLCHAN, PASSIVE, Radio


class Listener:
    """Until the block ends; nobody's time waits for it."""

    def __init__(self, hub):
        self.radio = Radio(hub.socket, "listener", flags=ALLCHAN | PASSIVE).onlooker()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)

    def hear(self, f):
        """A frame has come."""
        raise NotImplementedError

    def _listen(self):
        while not self.stop.is_set():
            f = self.radio.rx(timeout=0.1)
            if f is not None:
                self.hear(f)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join(20)
        self.radio.close()
