# SPDX-License-Identifier: BSD-2-Clause
"""Data by TCP, down and up, between a station's network and this machine: whole.

    download(s, os.urandom(1 << 20))
    upload(s, 1 << 20)
"""
import hashlib
import socket
import threading

from iwmstation import ROUTER


class Server:
    """On this machine's loopback, which the router passes connections to: one connection.

    Sends `data`, or takes what comes until its end.
    """

    def __init__(self, data=b""):
        self.data, self.received = data, b""
        self.sock = socket.socket()
        self.sock.bind(("127.0.0.1", 0))
        self.sock.listen(1)
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        conn, _ = self.sock.accept()
        with conn:
            conn.settimeout(200)
            if self.data:
                conn.sendall(self.data)
                conn.shutdown(socket.SHUT_WR)
            chunks = []
            while chunk := conn.recv(1 << 16):
                chunks.append(chunk)
            self.received = b"".join(chunks)

    def end(self):
        """Wait until it is served."""
        self.thread.join(200)
        self.sock.close()
        assert not self.thread.is_alive()


def download(s, data):
    """By TCP from a server behind the router: it arrives as it was."""
    server = Server(data)
    out = s.do("sh", "-c", f"nc {ROUTER} {server.port} </dev/null | sha256sum", timeout=200)
    server.end()
    assert out.split()[0] == hashlib.sha256(data).hexdigest()


UPLOAD = """f=$(mktemp) && head -c {size} /dev/urandom >$f && sha256sum $f && nc {to} <$f && rm $f"""


def upload(s, size):
    """By TCP to it; the data are made where the station is."""
    server = Server()
    out = s.do("sh", "-c", UPLOAD.format(size=size, to=f"{ROUTER} {server.port}"), timeout=200)
    server.end()
    assert len(server.received) == size
    assert hashlib.sha256(server.received).hexdigest() == out.split()[0]
