# SPDX-License-Identifier: BSD-2-Clause
"""The host's end of a guest's `ask` (shell.ASK): a line, and what the test has done by then.

    requests = Requests(path, handle)       # handle("AP {...}"), in a thread
    lab(..., channels={"test": path})
    requests.close()
"""
import socket
import threading


class Requests:
    """The other end of guests' `ask`: each line is answered when `handle` has returned."""

    def __init__(self, path, handle):
        self.handle = handle
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.listener.bind(str(path))
        self.listener.listen()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return          # close()
            threading.Thread(target=self._serve, args=[peer], daemon=True).start()

    def _serve(self, peer):
        try:
            with peer, peer.makefile("rw", encoding="utf-8") as stream:
                for line in stream:
                    stream.write(self._answer(line.rstrip("\n")) + "\n")
                    stream.flush()
        except OSError:
            pass                # the guest was ended

    def _answer(self, line):
        try:
            self.handle(line)
        except Exception as e:      # whatever it is, the guest's output tells of it
            return " ".join(f"{type(e).__name__} {e}".split())
        return "ok"

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
