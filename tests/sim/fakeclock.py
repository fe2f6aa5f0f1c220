# SPDX-License-Identifier: BSD-2-Clause
"""The time of an air of plain bytes: that of the wall, except that it waits for the card.

It stands, and goes on in small steps, each only when the card has read all that it was sent: what
happens between card and hub is then a matter of milliseconds of their time, on a machine of any
speed, and whoever is stopped meanwhile. It is never faster than the wall.
"""
import fcntl
import mmap
import os
import struct
import termios
import time

SIZE, MAGIC, VERSION, NOW, STANDS = 4096, 0x6b6c4341, 1, 1, 1     # struct air_page; NOW: word 1
F_ADD_SEALS, F_SEAL_SHRINK = 1033, 2
PATIENCE = 5_000_000
STEP = 2000         # microseconds


class Clock:
    """.tsf in microseconds; .fd is the page in which the card reads it."""

    def __init__(self):
        self.tsf, self.last = 0, time.monotonic()
        self.fd = os.memfd_create("clock", os.MFD_ALLOW_SEALING)
        os.ftruncate(self.fd, SIZE)
        fcntl.fcntl(self.fd, F_ADD_SEALS, F_SEAL_SHRINK)
        self.page = mmap.mmap(self.fd, SIZE)
        struct.pack_into("<IIQQ", self.page, 0, MAGIC, VERSION, STANDS, PATIENCE)
        self.words = memoryview(self.page).cast("Q")

    def close(self):
        self.words.release()
        self.page.close()
        os.close(self.fd)

    def show(self):
        """The card may know what time it is: a single store."""
        self.words[NOW] = self.tsf << 1 | STANDS

    def step(self, sock, due):
        """A step, of which the page says nothing yet; not past `due`. False when there is none."""
        now = time.monotonic()
        passed = min(int((now - self.last) * 1e6), STEP)
        if passed == 0:
            return False
        step = min(passed, max(1, due - self.tsf))      # at once to what is due already
        self.last = now - (passed - step) * 1e-6
        if sock and unread(sock):
            return False
        self.tsf += step
        return True


def unread(sock):
    """Whether the other end has not read everything yet."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0] != 0
