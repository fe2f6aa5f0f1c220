# SPDX-License-Identifier: BSD-2-Clause
"""A terminal to draw on, given back as it was however the block ends.

    with Screen() as screen:
        while screen.key(0.25) != "q":
            width, height = screen.size()
            screen.draw([...])          # the whole picture, line by line

ANSI only: the alternate screen, no cursor, no wrapping.  Lines may carry BOLD and PLAIN.  Ctrl-Z
and fg work.  What the terminal has after the end is what it had before.
"""
import contextlib
import os
import re
import select
import signal
import sys
import termios
import time

from .errors import VoyError

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l", "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_CODES = re.compile(r"(\x1b\[[0-9]*m)")


def require_terminal(what):
    """VoyError unless stdout is a terminal that can be drawn on."""
    if not sys.stdout.isatty():
        raise VoyError(f"{what}: standard output is no terminal; leave {what} out (--json gives "
                       "programs the same)")
    if os.environ.get("TERM", "dumb") == "dumb":
        raise VoyError(f"{what}: a terminal of type \"{os.environ.get('TERM', '')}\" cannot be "
                       "drawn on; set TERM to what it is, or leave it out")


def clip(line, width):
    """At most `width` characters of a line, its codes not counted; unprintable ones as "?"."""
    out, room = [], width
    for part in _CODES.split(line):
        if not _CODES.fullmatch(part):
            part = "".join(c if " " <= c <= "~" else "?" for c in part[:room])
            room -= len(part)
        out.append(part)
    return "".join(out)


class Screen:
    """The terminal on stdout, and the keys of stdin if that is one."""

    def __init__(self):
        require_terminal("--view")
        self._in = sys.stdin.fileno() if sys.stdin and sys.stdin.isatty() else None
        self._mode, self._old = None, None

    def __enter__(self):
        self._old = signal.signal(signal.SIGTSTP, self._stop)
        self._on()
        return self

    def __exit__(self, *exc):
        self._off()
        signal.signal(signal.SIGTSTP, self._old)

    def _on(self):
        if self._in is not None:
            self._mode = termios.tcgetattr(self._in)
            mode = termios.tcgetattr(self._in)
            mode[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(self._in, termios.TCSADRAIN, mode)
        self._write(_ENTER)

    def _off(self):
        # The terminal may be gone: then there is nothing to give back.
        with contextlib.suppress(OSError):
            self._write(_LEAVE)
        if self._mode is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSADRAIN, self._mode)

    def _stop(self, _number, _frame):
        self._off()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._on()

    @staticmethod
    def _write(text):
        sys.stdout.write(text)
        sys.stdout.flush()

    @staticmethod
    def size():
        """Columns and lines, as they are now."""
        try:
            size = os.get_terminal_size(sys.stdout.fileno())
        except OSError:
            return 80, 24
        return size.columns or 80, size.lines or 24

    def draw(self, lines):
        """The picture: what does not fit is cut off."""
        width, height = self.size()
        # A line is cleared before it is written: behind its last column nothing moves on.
        shown = ["\x1b[2K" + clip(line, width) + PLAIN for line in lines[:height]]
        below = "\r\n\x1b[J" if len(shown) < height else ""
        self._write("\x1b[H" + "\r\n".join(shown) + below)

    def key(self, seconds):
        """The next key within that time, or None."""
        if self._in is None:
            time.sleep(seconds)
            return None
        ready, _, _ = select.select([self._in], [], [], seconds)
        if not ready:
            return None
        key = os.read(self._in, 1)
        if not key:             # end of file: there will be no more keys
            self._in = None
        return key.decode(errors="replace") or None
