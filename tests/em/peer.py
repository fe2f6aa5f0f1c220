# SPDX-License-Identifier: BSD-2-Clause
"""The other end of the simulated card's cable, in the test.

    with Peer(tmp_path) as peer:            # settings={"net": peer.net}
        peer.send(frame(MAC, b"hello"))
        peer.next(lambda f: f[:6] == BROADCAST)
"""
import socket
import struct
import threading
import time

MAC = bytes.fromhex("52540082574c")         # of the card, unless it is set
MINE = bytes.fromhex("020000000001")
BROADCAST = b"\xff" * 6
ETHERTYPE = 0x88b5                          # for experiments; IEEE 802
PATIENCE = 100      # seconds; ends a hang only


def frame(to, payload=b"", source=MINE, ethertype=ETHERTYPE, tag=None):
    """An Ethernet frame without FCS."""
    vlan = b"" if tag is None else struct.pack(">HH", 0x8100, tag)
    return to + source + vlan + struct.pack(">H", ethertype) + payload


class Peer:
    """A listening socket that the card connects to, and what has come from it."""

    def __init__(self, folder):
        self.path = str(folder / "cable")
        self.net = f"unix:{self.path}"
        self.frames, self._seen = [], 0
        self._more = threading.Condition()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self.path)
        self._listener.listen()
        self._cable = None
        self._plugged = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        # close() alone would not wake who waits in accept() or recv()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.pull()

    def _run(self):
        try:
            self._cable, _ = self._listener.accept()
            self._plugged.set()
            while data := self._cable.recv(1 << 16):
                with self._more:
                    self.frames.append(data)
                    self._more.notify_all()
        except OSError:
            pass

    def pull(self):
        """The cable is cut."""
        if self._cable:
            try:
                self._cable.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def send(self, *frames):
        """To the card."""
        assert self._plugged.wait(PATIENCE), "no card has connected"
        for f in frames:
            self._cable.send(f)

    def next(self, wanted, what="a frame"):
        """The next frame from the card that is wanted, of those not passed over yet."""
        end = time.monotonic() + PATIENCE
        with self._more:
            while True:
                while self._seen < len(self.frames):
                    self._seen += 1
                    if wanted(self.frames[self._seen - 1]):
                        return self.frames[self._seen - 1]
                assert self._more.wait(end - time.monotonic()), f"{what} did not come"
