# SPDX-License-Identifier: BSD-2-Clause
"""Drivers that crash, break a rule, or hang: report, reset, exit status, and never a hang."""
import pathlib
import re

import pytest

from harness_run import Card, fake

DELAYED = pytest.mark.plain("ThreadSanitizer holds signals back from a thread that only computes")
OWN_BUILD = pytest.mark.plain("it runs a sanitizer's build by itself")
SOURCE = pathlib.Path(__file__).with_name("fake_personality.c").read_text().splitlines()


def line_of(mark):
    """Number of the source line with that comment."""
    return next(n for n, text in enumerate(SOURCE, 1) if mark in text)


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def check_fatal(run, card, event):
    """What holds after every fatal end; returns the event."""
    assert run.result["event"] == "result" and run.result["ok"] is False
    e = run.one(event)
    assert e["text"] == run.result["error"] and e["text"] in run.stderr
    assert any(t["on"] == "bar0+0x064 EDU_IRQ_ACK" for t in e["trace"]), "trace with names"
    assert any(d.startswith("fake ring") for d in e["dma"]), "live DMA objects"
    assert "the device was reset" in run.stderr
    return e


def test_a_crash_in_attach_is_reported_with_function_and_line(card, variant):
    run = fake(card, "crash-attach", variant=variant)
    assert run.status == 128 + 11
    e = check_fatal(run, card, "crash")
    assert e["signal"] == "SIGSEGV" and "0x10" in e["text"] and e["thread"] == "life"
    bt = e["backtrace"]
    assert re.match(rf"#0 +fake_crash_here at .*fake_personality\.c:{line_of('CRASH-LINE')}$",
                    bt[0]), bt
    assert re.match(rf"#1 +fake_inlined at .*fake_personality\.c:{line_of('INLINE-LINE')}$",
                    bt[1]), "an inlined frame is shown, too"
    assert any("fake_attach at" in line for line in bt)


def test_a_crash_in_the_interrupt_thread_is_reported(card, variant):
    run = fake(card, "crash-intr", variant=variant)
    assert run.status == 128 + 11
    e = check_fatal(run, card, "crash")
    assert e["thread"] == "intr" and any("on_intr at" in line for line in e["backtrace"])
    assert e["trace"][-1]["op"] == "write4" and e["trace"][-1]["thread"] == "intr"


@pytest.mark.parametrize("mode,signal,status,frame", [
    ("abort", "SIGABRT", 134, "fake_attach at"),
    ("call-null", "SIGSEGV", 139, "fake_attach at"),
    ("stack", "SIGSEGV", 139, "fake_recurse at"),
])
def test_other_crashes_are_reported_too(card, variant, mode, signal, status, frame):
    run = fake(card, mode, variant=variant)
    assert run.status == status
    e = check_fatal(run, card, "crash")
    assert e["signal"] == signal and any(frame in line for line in e["backtrace"])


@pytest.mark.plain("UndefinedBehaviorSanitizer finds it first")
def test_a_division_by_zero_is_reported(card):
    run = fake(card, "fpe")
    assert run.status == 128 + 8 and check_fatal(run, card, "crash")["signal"] == "SIGFPE"


@pytest.mark.plain("a sanitizer's heap is destroyed otherwise")
def test_a_crash_with_the_heap_destroyed_still_ends(card):
    run = fake(card, "crash-in-malloc")
    assert run.status in (134, 139)
    check_fatal(run, card, "crash")


def test_a_crash_with_the_output_lock_held_still_ends(card):
    run = fake(card, "crash-locked")
    assert run.status == 139
    check_fatal(run, card, "crash")


@OWN_BUILD
def test_what_a_sanitizer_finds_resets_the_device_and_fails_the_run(card):
    run = fake(card, "use-after-free", variant="asan")
    assert run.status == 70 and "AddressSanitizer: heap-use-after-free" in run.stderr
    crash = check_fatal(run, card, "crash")
    assert crash["signal"] == "sanitizer" and "heap-use-after-free" in crash["text"]


@OWN_BUILD
def test_memory_of_no_dma_object_is_poisoned_under_asan(card):
    run = fake(card, "dma-beyond", variant="asan")
    assert run.status == 70 and "use-after-poison" in run.stderr


@OWN_BUILD
def test_a_data_race_fails_the_run(card):
    run = fake(card, "race", variant="tsan")
    assert run.status == 1 and run.result["error"].startswith("ThreadSanitizer: data race ")
    assert "fake_personality.c" in run.result["error"]


@OWN_BUILD
def test_memory_that_is_lost_fails_the_run_under_asan(card):
    run = fake(card, "lost-memory", variant="asan")
    assert run.status == 1
    assert run.result["error"].startswith("leak: AddressSanitizer: 100 byte(s) leaked")


def test_a_broken_rule_ends_the_run_with_the_rule(card, variant):
    run = fake(card, "violation", variant=variant)
    assert run.status == 70
    e = check_fatal(run, card, "violation")
    assert e["rule"] == "a fake rule" and "broken with 42" in e["text"]
    assert any("fake_attach at" in line for line in e["backtrace"])


@pytest.mark.parametrize("mode,rule,detail", [
    ("unaligned", "aligned to its width", "read of 4 bytes at bar0+0x2"),
    ("beyond", "inside the BAR", "bar0+0x100000, which has 1048576 bytes"),
    ("bad-state", "only states that it declares", 'state "nowhere"'),
    ("disestablish-in-intr", "not disconnected by their own handler", "interrupt thread"),
    ("own-outside", "lies in one live DMA object", "8192 bytes"),
])
def test_the_harness_has_rules_of_its_own(card, mode, rule, detail):
    run = fake(card, mode, "--dma=strict")
    assert run.status == 70
    e = check_fatal(run, card, "violation")
    assert rule in e["rule"] and detail in e["text"]


def test_dma_memory_freed_twice_is_a_violation(card):
    run = fake(card, "double-free")
    assert run.status == 70 and "freed once" in run.one("violation")["rule"]


def test_exit_called_by_a_driver_is_a_failed_run(card):
    run = fake(card, "exit")
    assert run.status == 70 and run.result["ok"] is False and "exit()" in run.result["error"]


@DELAYED
@pytest.mark.parametrize("mode,where", [
    ("hang-attach", "misbehave_in_attach"), ("hang-late", "fake_late"), ("hang-intr", "on_intr"),
])
def test_a_driver_that_hangs_is_ended_with_all_backtraces(card, mode, where):
    run = fake(card, mode, "--timeout", "2")
    assert run.status == 124 and run.result["error"].startswith("hang: attach")
    threads = "\n".join(run.one("threads")["backtrace"])
    assert "fake_spin at" in threads and where in threads
    assert "thread intr" in threads and "thread life" in threads
    assert "the device was reset" in run.stderr


@OWN_BUILD
def test_a_driver_that_hangs_under_tsan_is_ended_too(card):
    run = fake(card, "hang-attach", "--timeout", "2", variant="tsan")
    assert run.status == 124


@DELAYED
def test_a_detach_that_hangs_is_ended(card):
    run = fake(card, "hang-detach", "--timeout", "2")
    assert run.status == 124 and "hang: detach" in run.result["error"]
    assert any("fake_detach at" in line for e in run.all("error")
               for line in e.get("backtrace", []))


def test_a_crash_while_the_card_does_not_answer_still_ends(card):
    """The reset cannot be done; the process must not wait for it for ever."""
    import signal
    run = fake(card, "stop-card-and-crash", "--no-contain", env={"FAKE_PID": str(card.proc.pid)})
    card.proc.send_signal(signal.SIGCONT)
    assert run.status == 139 and run.result["ok"] is False
    assert "could not be reset" in run.stderr
