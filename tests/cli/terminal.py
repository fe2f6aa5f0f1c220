# SPDX-License-Identifier: BSD-2-Clause
"""A terminal for a program: a pty, and an interpreter of the few codes that voy draws with.

    with Terminal([VOY, "sim", ...], env, columns=100, rows=30) as t:
        t.until(lambda: "hall" in t.text())
        t.type(b"q")
        assert t.end() == 0 and t.sane()
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

CODE = re.compile(rb"\x1b\[(\??)([0-9;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")
WAIT = 120


class Terminal:
    """`screen`: lines of the alternate screen; `plain`: what was written on the normal one."""

    def __init__(self, argv, env, columns=100, rows=40):
        self.modes = {}                 # private mode -> on
        self.screen, self.plain = [], ""
        self._row = self._column = 0
        self._buffer = b""
        self.status = None
        wait, go = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.close(go)
                os.read(wait, 1)        # until the terminal has its size
                os.execvpe(str(argv[0]), [str(a) for a in argv], {**env, "TERM": "xterm"})
            finally:
                os._exit(127)
        self.flags = self._flags()
        self.resize(columns, rows)
        os.close(wait)
        os.close(go)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.status is None:
            os.kill(self.pid, signal.SIGTERM)
            self.end()
        os.close(self.fd)

    def _flags(self):
        return termios.tcgetattr(self.fd)[3] & (termios.ECHO | termios.ICANON)

    def resize(self, columns, rows):
        """Another size; the kernel tells the program."""
        self.columns, self.rows = columns, rows
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = [""] * rows

    def type(self, keys):
        """What a person types."""
        os.write(self.fd, keys)

    def text(self):
        """The alternate screen."""
        return "\n".join(self.screen)

    def sane(self):
        """Normal screen, cursor, wrapping, echo: as before."""
        return (not self.modes.get(1049) and self.modes.get(25, True)
                and self.modes.get(7, True) and self._flags() == self.flags)

    def read(self, seconds=0.1):
        """Take what the program writes; False when it has closed the terminal."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.feed(data)
        return bool(data)

    def feed(self, data):
        """Draw what came."""
        self._buffer += data
        while m := CODE.match(self._buffer):
            self._buffer = self._buffer[m.end():]
            self._take(m)

    def _take(self, m):
        private, args, code = m[1], m[2], m[3]
        if private:
            self.modes[int(args)] = code == b"h"
        elif code == b"H":
            self._row = self._column = 0
        elif code == b"K":
            assert args == b"2"
            self._set("")
        elif code == b"J":
            for row in range(self._row, self.rows):
                self.screen[row] = ""
        elif code:
            assert code == b"m", code
        elif m[4]:
            self._column = 0
        elif m[5]:
            self._row += 1
            self.plain += "" if self.modes.get(1049) else "\n"
        elif self.modes.get(1049):
            line = self.screen[min(self._row, self.rows - 1)].ljust(self._column)
            text = m[6].decode()
            self._set(line[:self._column] + text + line[self._column + len(text):])
            self._column += len(text)
            assert self._column <= self.columns and self._row < self.rows, text
        else:
            self.plain += m[6].decode()

    def _set(self, line):
        self.screen[min(self._row, self.rows - 1)] = line

    def until(self, true, what="that"):
        """Read until true() is."""
        end = time.monotonic() + WAIT
        while not true():
            assert self.read() and time.monotonic() < end, f"never {what}:\n{self.text()}" \
                f"\n{self.plain}"

    def end(self):
        """Read to the end; the exit status, negative for a signal."""
        end = time.monotonic() + WAIT
        while self.status is None:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            assert time.monotonic() < end, f"it does not end:\n{self.text()}"
        for _ in range(20):
            if not select.select([self.fd], [], [], 0)[0] or not self.read(0):
                break
        return self.status
