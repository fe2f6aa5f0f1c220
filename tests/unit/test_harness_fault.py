# SPDX-License-Identifier: BSD-2-Clause
"""Drivers that crash, break a rule, or hang: report, reset, exit status, and never a hang."""
import pathlib
import re
import signal
import time

import pytest

from harness_run import Card, fake, finish, staying, wait_for
from processes import cpu_seconds

OWN_BUILD = pytest.mark.plain("it runs a sanitizer's build by itself")
HERE = pathlib.Path(__file__).parent


def line_of(file, mark):
    """FILE:NUMBER of the source line with that comment, as a pattern."""
    lines = (HERE / file).read_text(encoding="ascii").splitlines()
    return re.escape(f"{file}:{next(n for n, text in enumerate(lines, 1) if mark in text)}")


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
    assert re.match(rf"#0 +fake_crash_here at .*{line_of('fake_bugs.c', 'CRASH-LINE')}$", bt[0]), bt
    assert re.match(rf"#1 +fake_inlined at .*{line_of('fake_personality.h', 'INLINE-LINE')}$",
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
    ("call-wild", "SIGSEGV", 139, "fake_attach at"),
    ("stack-smashed", "SIGSEGV", 139, "fake_smash at"),
    ("stack", "SIGSEGV", 139, "fake_recurse at"),
])
def test_other_crashes_are_reported_too(card, variant, mode, signal, status, frame):
    run = fake(card, mode, variant=variant)
    assert run.status == status
    e = check_fatal(run, card, "crash")
    assert e["signal"] == signal and any(frame in line for line in e["backtrace"])


def test_a_stack_that_is_used_up_is_told_as_that(card):
    run = fake(card, "stack")
    text = check_fatal(run, card, "crash")["text"]
    assert re.search(r"in thread life: its stack of \d+ KiB is used up, at address 0x", text)


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


@OWN_BUILD
def test_memory_that_is_lost_at_the_very_end_is_not_overlooked(card):
    """After the result; the thread that looks is not the one that has called exit()."""
    run = fake(card, "lost-at-exit", variant="asan")
    assert run.status == 23 and run.result["ok"]
    assert "100 byte(s) leaked in 1 allocation(s)" in run.stderr


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
    """It leaves what a crash does: who it was, the trace, a device that was reset."""
    run = fake(card, "exit")
    assert run.status == 70
    e = check_fatal(run, card, "crash")
    assert "exit()" in e["text"] and any("fake_attach at" in line for line in e["backtrace"])


# Seconds of the processor: a test of a hang uses up that much.
LIMIT = ("--hang-limit", "0.1")


def check_hang(run, card, kind):
    """What holds after every hang; returns the event."""
    assert run.status == 124
    e = check_fatal(run, card, "hang")
    assert e["kind"] == kind and e["text"].startswith("hang: ")
    assert any(line.startswith("thread life ") for line in e["backtrace"])
    return e


@pytest.mark.parametrize("mode,call,thread,where", [
    ("hang-attach", "attach", "life", "fake_attach"),
    ("hang-late", "attach_late", "life", "fake_late"),
    ("hang-intr", "interrupt handler", "intr", "on_intr"),
    ("hang-detach", "detach", "life", "fake_detach"),
])
def test_a_driver_that_hangs_is_ended_with_all_backtraces(card, mode, call, thread, where):
    """Whatever thread that is, and whether its call is in the way of others or not."""
    run = fake(card, mode, *LIMIT)
    e = check_hang(run, card, "loop")
    assert f"endless loop: {call} has not come back after 0." in e["text"]
    assert e["thread"] == thread
    threads = "\n".join(e["backtrace"])
    assert "fake_spin at" in threads and where in threads
    assert any(line.startswith(f"{thread}: in {call} for ") for line in e["doing"])


def test_a_time_out_comes_before_a_hang_that_takes_longer(card):
    """The run's own time is over first: both are told."""
    run = fake(card, "hang-attach", "--timeout", "0.5", "--hang-limit", "60")
    assert run.status == 124
    assert re.match("hang: endless loop: attach .* before that: timeout: ", run.result["error"])
    assert "fake_spin at" in "\n".join(run.one("threads")["backtrace"])


def test_threads_that_wait_for_each_other_are_a_deadlock(card):
    """It is told who waits for what, and has what since where."""
    e = check_hang(fake(card, "deadlock"), card, "deadlock")
    assert "thread left (left) waits for thing b, which right has" in e["text"]
    assert "thread right (right) waits for thing a, which left has" in e["text"]
    doing = "\n".join(e["doing"])
    for mine, other in (("a", "b"), ("b", "a")):
        assert re.search(rf"has thing {mine} for [\d.]+ s, taken by:\n#\d+ +fake_crossed at", doing)
        assert re.search(rf"waits for thing {other} for [\d.]+ s, which \w+ has; in:\n"
                         r"#\d+ +fake_crossed at", doing)


def test_a_lock_that_its_holder_takes_again_is_a_deadlock(card):
    e = check_hang(fake(card, "lock-twice"), card, "deadlock")
    assert "thread life waits for &fake_a, which it has itself" in e["text"]
    assert any("misbehave_with_locks at" in line for line in e["has"])


def test_an_order_of_locks_that_is_another_elsewhere_is_a_violation(card):
    """Though nobody waits: the one thread has ended when the other begins."""
    run = fake(card, "lock-order")
    assert run.status == 70
    e = check_fatal(run, card, "violation")
    assert e["kind"] == "lock order" and "in one order everywhere" in e["rule"]
    assert ("lock order: &fake_b, then &fake_a, in thread life; but elsewhere &fake_a, then &fake_b"
            in e["text"])
    for key, where in (("backtrace", "fake_b_then_a"), ("has", "fake_b_then_a"),
                       ("had", "fake_a_then_b"), ("taken", "fake_a_then_b")):
        assert any(f"{where} at" in line for line in e[key]), key


def test_locks_in_one_order_are_well(card):
    run = fake(card, "lock-order-kept")
    assert run.status == 0 and run.stderr == ""


def test_a_thread_that_sleeps_in_a_call_is_told(card):
    """Not by what the harness knows of: in a system call of the driver's own."""
    e = check_hang(fake(card, "blocked", *LIMIT), card, "blocked")
    assert "attach has not come back: its thread life sleeps for" in e["text"]


def test_no_limit_lets_a_call_take_its_time(card, tmp_path):
    """And a signal ends it, or a second one."""
    with staying(card, tmp_path, "hang-attach", "--hang-limit", "0", "--timeout", "100000") as (p, c):
        while cpu_seconds(p.pid) < 0.5:
            assert p.poll() is None
            time.sleep(0.02)
        p.send_signal(signal.SIGTERM)
        while p.poll() is None:
            time.sleep(0.7)
            p.send_signal(signal.SIGTERM)
        assert finish(p).status == 128 + signal.SIGTERM


def test_a_process_that_is_stopped_does_not_hang(card, tmp_path):
    """A debugger stops it for as long as it likes; what does nothing does not loop."""
    with staying(card, tmp_path, "slow-late", "--hang-limit", "1") as (p, c):
        # Behind attach, where this driver waits for an interrupt no longer than it likes.
        wait_for(lambda: c("status")["phase"] == "attach_late", "the long call")
        p.send_signal(signal.SIGSTOP)
        time.sleep(4)           # 3 of sleep in a call are too many
        p.send_signal(signal.SIGCONT)
        assert c("wait", state="hot")["ok"] is True
        c("quit")
        run = finish(p)
    assert run.status == 0 and run.stderr == ""


def test_a_crash_while_the_card_does_not_answer_still_ends(card):
    """The reset cannot be done; the process must not wait for it for ever."""
    run = fake(card, "stop-card-and-crash", "--no-contain", env={"FAKE_PID": str(card.proc.pid)})
    card.proc.send_signal(signal.SIGCONT)
    assert run.status == 139 and run.result["ok"] is False
    assert "could not be reset" in run.stderr
