# SPDX-License-Identifier: BSD-2-Clause
"""Bugs on the ways on which a driver gives back what it has."""
import pytest

from exhibit import Bug

BUGS = [
    Bug("leak_in_detach",
        r"leak: the driver did not give back: 1 memory blocks, 1 DMA objects, 1 DMA maps, 1 mbufs",
        r"not given back: 512 bytes of memory, from toy_alloc \(faults\.c:\d+\)",
        r"not given back: map of 2048 bytes, loaded, from toy_alloc"),
]


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(gallery, bug):
    """The run fails, and says what was left and where it came from."""
    gallery("faults").caught(bug)


def test_clean(gallery):
    """The same driver without its bugs."""
    gallery("faults").clean()
