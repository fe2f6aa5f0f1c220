# SPDX-License-Identifier: BSD-2-Clause
"""A driver that was changed since it was recorded: its replay says where it first does otherwise."""
import re

import pytest

from exhibit import Bug

OTHERWISE = r"the driver does otherwise than in the recording, at its entry \d+: "

BUGS = [
    Bug("other_value", OTHERWISE + r"recorded: write4 bar0\+0x090 EDU_DMA_COUNT 0x00000040; "
        r"now: write4 bar0\+0x090 EDU_DMA_COUNT 0x0000003f; in toy_write at ",
        r"toy_copy at .*replay\.c:\d+"),
    Bug("write_left_out", r"recorded: write4 bar0\+0x090 EDU_DMA_COUNT 0x00000040; "
        r"now: write4 bar0\+0x098 EDU_DMA_CMD 0x00000005", r"toy_copy at .*replay\.c:\d+"),
    Bug("writes_swapped", r"recorded: write4 bar0\+0x080 EDU_DMA_SRC 0x\w+; "
        r"now: write4 bar0\+0x088 EDU_DMA_DST 0x00040000"),
    Bug("extra_read", r"recorded: read4 bar0\+0x004 EDU_LIVENESS; "
        r"now: read4 bar0\+0x008 EDU_FACTORIAL", r"toy_task at .*replay\.c:\d+"),
    Bug("wait_left_out", r"recorded: the end of a wait; now: "),
    Bug("interrupt_forgotten", r"recorded: dma-sync .*; now: the end of a wait",
        r"toy_await at .*replay\.c:\d+"),
    Bug("no_bottom_half", r"now: the end of a wait"),
    Bug("interrupt_not_acknowledged", r"recorded: write4 bar0\+0x064 EDU_INTR_ACK 0x00000100; "
        r"now: the interrupt handler has returned", r'"thread": "intr"'),
    Bug("timer_writes_otherwise", r"recorded: write4 bar0\+0x004 EDU_LIVENESS 0x00000008; "
        r"now: write4 bar0\+0x004 EDU_LIVENESS 0x00000007", r"toy_tick at .*replay\.c:\d+"),
    Bug("timer_not_armed", OTHERWISE, r"now: the end of a wait"),
    Bug("task_not_posted", OTHERWISE + "recorded: establish interrupts"),
    Bug("other_bytes_for_the_device", r"the driver wrote other bytes for the device: pdk_dma, 4096 "
        r"bytes at iova 0x\w+, offset 17: recorded 0x11, now 0x12", r"toy_dma at .*replay\.c:\d+"),
    Bug("sync_too_short", r"recorded: dma-sync iova 0x\w+, 64 bytes, op 0x1; "
        r"now: dma-sync iova 0x\w+, 32 bytes, op 0x1"),
    Bug("sync_left_out", r"recorded: dma-sync iova 0x\w+, 64 bytes, op 0x2; now: read4 "),
    Bug("ring_of_another_size", r"recorded: dma-alloc 4096 bytes, .*; now: dma-alloc 2048 bytes",
        r"toy_attach at .*replay\.c:\d+"),
    Bug("crash", r"SIGSEGV", r"toy_task at .*replay\.c:\d+"),
    Bug("heap_destroyed", r"SIGABRT"),
    Bug("harmless", "it is (late|early)"),
    Bug("fewer_looks", '"reached": "copied"'),
]
CRASHES = {"crash": 139, "heap_destroyed": 134}
HARMLESS = ("harmless", "fewer_looks")


@pytest.fixture
def recording(gallery, tmp_path):
    """Of the sound driver."""
    path = tmp_path / "toy.rec"
    _, result = gallery("replay").clean(args=["--record", path])
    assert result["reached"] == "copied"
    return path


@pytest.mark.parametrize("bug", [b for b in BUGS if b.name not in (*CRASHES, *HARMLESS)], ids=str)
def test_caught(gallery, recording, bug):
    """Both are told, what was recorded and what is now, and where in the driver that is."""
    run, result = gallery("replay").caught(bug, on=f"replay:{recording}")
    assert run.child.status == 71 and result["error"].startswith("the driver does otherwise")
    shown, = [e["backtrace"] for e in run.events if e["event"] == "divergence"]
    ours = [line for line in shown if "tests/gallery/" in line]
    if ours:
        assert shown[0] == ours[0], "it begins in the driver"
        assert result["error"].endswith("; in " + re.sub(r"^ *(#\d+|inlined into) +", "", shown[0]))


def test_clean(gallery, recording):
    """The same driver does the same."""
    _, result = gallery("replay").clean(on=f"replay:{recording}")
    assert result["reached"] == "copied"


@pytest.mark.parametrize("bug", [b for b in BUGS if b.name in HARMLESS], ids=str)
def test_what_cannot_matter_is_borne(gallery, recording, bug):
    """More looks at the clock and fewer, more lines, a delay, the lock taken once more."""
    _, result, said = gallery("replay").run(bug, on=f"replay:{recording}")
    assert result["ok"] and result["reached"] == "copied", said
    bug.check(said)


@pytest.mark.plain("a sanitizer finds it first")
@pytest.mark.parametrize("bug", [b for b in BUGS if b.name in CRASHES], ids=str)
def test_a_crash_that_was_recorded_comes_again(gallery, tmp_path, bug):
    """The recording of a run that crashed is whole, and leads to the same line, without the card."""
    path = tmp_path / "toy.rec"
    first, _ = gallery("replay").caught(bug, args=["--record", path])
    second, _ = gallery("replay").caught(bug, on=f"replay:{path}")
    assert first.child.status == second.child.status == CRASHES[bug.name]
