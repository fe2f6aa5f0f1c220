# SPDX-License-Identifier: BSD-2-Clause
"""How fast this machine's time stamp counter counts.

An emulated guest's counter is the machine's own, but its kernel has to find the rate out by
looking at an emulated timer while the machine does something else, and may be wrong by any factor:
its clock then runs away, and every time-out in it with it. So it is told.
"""
import ctypes
import mmap
import platform
import time

# rdtsc; shl rdx, 32; or rax, rdx; ret
CODE = bytes.fromhex("0f31 48c1e220 4809d0 c3")
SECONDS, TRIES = 0.05, 20


def khz():
    """The rate in kHz; None where there is no such counter, or nobody may look at it."""
    if platform.machine() != "x86_64":
        return None
    try:
        with mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE
                       | mmap.PROT_EXEC) as page:
            page.write(CODE)
            return _rate(page)
    except OSError:
        return None


def _rate(page):
    place = ctypes.c_char.from_buffer(page)
    read = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(place))
    try:
        t0, n0 = _look(read)
        time.sleep(SECONDS)
        t1, n1 = _look(read)
        return (n1 - n0) * 1000000 // (t1 - t0)
    finally:
        del place       # the page is closed behind it


def _look(read):
    """(nanoseconds, count) at one moment: of several looks the one with least around it."""
    looks = []
    for _ in range(TRIES):
        before, count = time.monotonic_ns(), read()
        after = time.monotonic_ns()
        looks.append((after - before, before + (after - before) // 2, count))
    return min(looks)[1:]
