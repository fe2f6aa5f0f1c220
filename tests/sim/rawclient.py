# SPDX-License-Identifier: BSD-2-Clause
"""A vfio-user client in plain bytes: the oracle for the server's tests.

It shares no code with the C client or the server. Example:

    with Server("edu", tmp_path) as srv, Client(srv.path) as c:
        c.version()
        c.bar_write(0, 4, 0x12345678)
        assert c.bar_read(0, 4) == 0xedcba987
"""
import json
import mmap
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time

from voyageur import paths

VOY_SIM = paths.BUILD / paths.VARIANT / "bin" / "voy-sim"

VERSION, DMA_MAP, DMA_UNMAP, GET_INFO, REGION_INFO, IO_FDS, IRQ_INFO, SET_IRQS, REGION_READ, \
    REGION_WRITE, DMA_READ, DMA_WRITE, RESET = range(1, 14)
WRITE_MULTI = 15
DEVICE_FEATURE = 16
REPLY, NO_REPLY, ERROR = 1, 0x10, 0x20
CONFIG = 7
INTX, MSI, MSIX, ERR, REQ = range(5)
DATA_NONE, DATA_BOOL, DATA_EVENTFD, MASK, UNMASK, TRIGGER = (1 << i for i in range(6))
HEADER = struct.Struct("<HHIII")
LIMIT = 120     # seconds that nothing here may take


class Closed(Exception):
    """The server closed the connection."""


class Refused(Exception):
    """An error reply; .errno is what the server said."""

    def __init__(self, errno):
        super().__init__(os.strerror(errno))
        self.errno = errno


class Server:
    """A voy-sim process; .events are the parsed lines of its stdout (all once it has ended)."""

    def __init__(self, model, folder, *args, settings=(), control=False, once=False):
        self.path = str(folder / "card.sock")
        self.control_path = str(folder / "card.ctl") if control else None
        cmd = [str(VOY_SIM), model, "--socket", self.path, "--json", *args]
        for setting in settings:
            cmd += ["--set", setting]
        if control:
            cmd += ["--control", self.control_path]
        if once:
            cmd += ["--once"]
        self.cmd = cmd
        self.events = []
        self.status = None
        self.stderr = ""

    def __enter__(self):
        self.proc = subprocess.Popen(self.cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     text=True)
        self.readers = [threading.Thread(target=self._read_events, daemon=True),
                        threading.Thread(target=self._read_stderr, daemon=True)]
        for reader in self.readers:
            reader.start()
        until(lambda: self.named("listening") or not self.readers[0].is_alive(), "listening")
        return self

    def _read_events(self):
        """Reads all the time: a server whose pipe is full would wait for us."""
        for line in self.proc.stdout:
            self.events.append(json.loads(line))

    def _read_stderr(self):
        self.stderr = self.proc.stderr.read()

    def __exit__(self, *exc):
        self.finish(signal.SIGTERM)

    def finish(self, sig=None):
        """Ends the server (with a signal, or by waiting) and reads what it said."""
        if self.status is not None:
            return self
        if sig is not None and self.proc.poll() is None:
            self.proc.send_signal(sig)
        try:
            self.proc.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            raise
        for reader in self.readers:
            reader.join(LIMIT)
        self.proc.stdout.close()
        self.proc.stderr.close()
        self.status = self.proc.returncode
        return self

    def control(self, **request):
        """One request on the control socket; returns the answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(LIMIT)
            s.connect(self.control_path)
            s.sendall(json.dumps(request).encode() + b"\n")
            return json.loads(s.makefile().readline())

    def set(self, key, value):
        answer = self.control(cmd="set", key=key, value=value)
        assert answer == {"ok": True}, answer

    def violations(self):
        return [e["rule"] for e in self.events if e["event"] == "violation"]

    def named(self, name):
        return [e for e in self.events if e["event"] == name]


class Client:
    """One connection. Every call checks that the reply matches the request."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(LIMIT)
        self.sock.connect(path)
        self.next_id = 1
        self.fds = []
        self.on_dma = None      # called as on_dma(cmd, addr, count, data) -> data or None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.sock.close()
        for fd in self.fds:
            os.close(fd)
        self.fds = []

    # ---- bytes

    def send(self, cmd, payload=b"", fds=(), flags=0, msg_id=None, size=None):
        if msg_id is None:
            msg_id = self.next_id
            self.next_id = (self.next_id + 1) & 0xffff
        size = 16 + len(payload) if size is None else size
        data = HEADER.pack(msg_id, cmd, size, flags, 0) + payload
        sent = socket.send_fds(self.sock, [data], list(fds)) if fds else self.sock.send(data)
        if sent < len(data):
            self.sock.sendall(data[sent:])
        return msg_id

    def raw(self, data):
        self.sock.sendall(data)

    def _exactly(self, count, with_fds=False):
        data = b""
        while len(data) < count:
            try:
                if with_fds:
                    part, fds, _, _ = socket.recv_fds(self.sock, count - len(data), 16)
                    self.fds += fds
                else:
                    part = self.sock.recv(count - len(data))
            except ConnectionResetError:
                part = b""
            if not part:
                raise Closed()
            data += part
        return data

    def recv(self):
        """The next message: (id, cmd, flags, error, payload)."""
        msg_id, cmd, size, flags, error = HEADER.unpack(self._exactly(16, True))
        assert size >= 16
        return msg_id, cmd, flags, error, self._exactly(size - 16)

    def reply(self, msg_id, cmd):
        """The reply to a request; serves DMA messages that come before it."""
        while True:
            got, got_cmd, flags, error, payload = self.recv()
            if flags & 0xf == 0:
                self._dma(got, got_cmd, payload)
                continue
            assert (got, got_cmd) == (msg_id, cmd)
            if flags & ERROR:
                assert payload == b""
                raise Refused(error)
            return payload

    def _dma(self, msg_id, cmd, payload):
        addr, count = struct.unpack_from("<QQ", payload)
        if self.on_dma is None:
            return
        data = self.on_dma(cmd, addr, count, payload[16:])
        if data is None:
            self.raw(HEADER.pack(msg_id, cmd, 16, REPLY | ERROR, 14))
        else:
            body = struct.pack("<QQ", addr, count) + (data if cmd == DMA_READ else b"")
            self.raw(HEADER.pack(msg_id, cmd, 16 + len(body), REPLY, 0) + body)

    def call(self, cmd, payload=b"", fds=()):
        return self.reply(self.send(cmd, payload, fds), cmd)

    def closed(self):
        """Whether the server closes the connection (after whatever it still says)."""
        try:
            while True:
                if not self.sock.recv(65536):
                    return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    # ---- requests

    def version(self, major=0, minor=1, caps=None, text=None):
        if text is None:
            text = json.dumps({"capabilities": caps if caps is not None else {
                "max_msg_fds": 8, "max_data_xfer_size": 1 << 20}}).encode() + b"\0"
        payload = self.call(VERSION, struct.pack("<HH", major, minor) + text)
        assert payload[-1:] == b"\0"
        return struct.unpack_from("<HH", payload), json.loads(payload[4:-1])["capabilities"]

    def read(self, region, off, count):
        payload = self.call(REGION_READ, struct.pack("<QII", off, region, count))
        assert struct.unpack_from("<QII", payload) == (off, region, count)
        assert len(payload) == 16 + count
        return payload[16:]

    def write(self, region, off, data):
        payload = self.call(REGION_WRITE, struct.pack("<QII", off, region, len(data)) + data)
        assert payload == struct.pack("<QII", off, region, len(data))

    def bar_read(self, bar, off, size=4):
        return int.from_bytes(self.read(bar, off, size), "little")

    def bar_write(self, bar, off, value, size=4):
        self.write(bar, off, value.to_bytes(size, "little"))

    def conf_read(self, off, size=2):
        return self.bar_read(CONFIG, off, size)

    def conf_write(self, off, value, size=2):
        self.bar_write(CONFIG, off, value, size)

    def enable(self, command=0x6):
        """Memory space and bus master on."""
        self.conf_write(4, command)

    def dma_map(self, iova, size, fd=None, offset=0, prot=3):
        self.call(DMA_MAP, struct.pack("<IIQQQ", 32, prot, offset, iova, size),
                  [] if fd is None else [fd])

    def dma_unmap(self, iova, size, flags=0):
        payload = self.call(DMA_UNMAP, struct.pack("<IIQQ", 24, flags, iova, size))
        return struct.unpack("<IIQQ", payload)[3]

    def set_irqs(self, index, flags, start=0, count=1, fds=(), data=b""):
        assert self.call(SET_IRQS, struct.pack("<IIIII", 20 + len(data), flags, index, start,
                                               count) + data, fds) == b""

    def irq_fd(self, index, count=1):
        """Eventfds for all vectors of an interrupt type."""
        fds = [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(count)]
        self.fds += fds
        self.set_irqs(index, DATA_EVENTFD | TRIGGER, 0, count, fds)
        return fds[0] if count == 1 else fds

    def capability(self, cap_id):
        """Config offset of a capability, 0 without."""
        at = self.conf_read(0x34, 1)
        while at and self.conf_read(at, 1) != cap_id:
            at = self.conf_read(at + 1, 1)
        return at


def descriptors(server):
    """How many file descriptors the server's process has."""
    return len(os.listdir(f"/proc/{server.proc.pid}/fd"))


def fired(fd, wait=LIMIT):
    """The count of an eventfd, waiting for it to be above 0; 0 when nothing came."""
    if not select.select([fd], [], [], wait)[0]:
        return 0
    return os.eventfd_read(fd)


class Memory:
    """A memfd that client and server share; .map is its content."""

    def __init__(self, size):
        self.fd = os.memfd_create("client")
        os.ftruncate(self.fd, size)
        self.map = mmap.mmap(self.fd, size)

    def close(self):
        self.map.close()
        os.close(self.fd)


def until(condition, what):
    """Waits for condition() to hold."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.002)
