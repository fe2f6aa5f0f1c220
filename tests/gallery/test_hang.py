# SPDX-License-Identifier: BSD-2-Clause
"""A driver that does not come back, waits for itself or in vain, or has a storm: the watchdog.

A loop costs what the limit is, so it is short here; nothing depends on how long that takes.
"""
import re

import pytest

from exhibit import Bug

LIMIT = {"args": ["--hang-limit", "0.1"]}
HANG, RULE = 124, 70


def loop(name, call, *says, **how):
    """A call that does not come back."""
    return Bug(name, rf"hang: endless loop: {call} has not come back after [\d.]+ s of the "
               "processor's time and of delays", *says, how=LIMIT | how)


def at(function):
    """A thread is there, and its line is known."""
    return rf'"backtrace": \[[^\]]*\b{function} at tests/gallery/hang\.c:\d+'


def taken(function):
    """So is where the lock was taken."""
    return rf'has the lock for [\d.]+ s, taken by:", "#\d+ +{function} at tests/gallery/hang\.c:\d+'


BUGS = [
    loop("loop_in_attach", "toy_attach in CONFIG", at("toy_spin")),
    loop("loop_in_attach_late", "toy_attach_late in WORKER", "attach_late waits for WORKER"),
    loop("loop_in_filter", "toy_filter in FILTER", at("toy_filter")),
    loop("loop_in_bh", "toy_bh in BH", at("toy_bh")),
    loop("loop_in_bh_with_lock", "toy_bh in BH",
         "; it has the lock", taken("toy_bh")),
    loop("loop_in_timer", "toy_tick in TIMER",
         "; it has the lock"),
    loop("loop_in_task", "toy_task in WORKER", at("toy_misbehave")),
    loop("loop_in_detach", "toy_detach in CONFIG", at("toy_detach"), '"reached": "rung"'),
    loop("loop_when_all_is_well", "toy_late in WORKER", at("toy_late"), stay=True),
    loop("polls_a_register", "toy_task in WORKER", at("toy_misbehave"),
         r'"on": "bar0\+0x000 EDU_ID"'),
    loop("awaits_bh_with_lock", "toy_task in WORKER",
         "; it has the lock", taken("toy_ring_bell")),
    loop("bh_waits_for_who_drains_it", "toy_bh in BH",
         "; toy_task in WORKER waits for the interrupt handler",
         r"waits for the interrupt handler for [\d.]+ s, which intr has; in:\", "
         r"\"#\d+ +toy_drain_bh at"),
    Bug("waits_for_ever", r"hang: missing wake-up\? toy_task in WORKER has waited [\d.]+ s in vain; "
        "interrupts came meanwhile, but nobody woke what it waits for",
        "; toy_detach in CONFIG waits for WORKER; before that: timeout: ",
        r"waits for a wake-up for [\d.]+ s; in:\", \"#\d+ +toy_await at",
        "nobody has ever woken that", how={**LIMIT, "timeout": 0.5}),
]

STORM = r"hang: interrupt storm: {} vector 0 has come \d+ times in [\d.e-]+ s, and its handler has {}"
NOBODY, ALIKE = "claimed next to none of them", "claimed them, done the same each time"

STORMS = [
    Bug("storm_claims_nothing", STORM.format("INTx", NOBODY), at("toy_filter"),
        r"vector 0: raised 100\d times", "INTx: enabled by COMMAND, raised by STATUS",
        r'"on": "bar0\+0x024 EDU_INTR_STATUS"'),
    Bug("storm_looks_at_nothing", STORM.format("INTx", NOBODY), r"vector 0: raised 100\d times",
        r'"handler": \["#0 +toy_filter at tests/gallery/hang\.c:\d+'),
    Bug("storm_quietens_nothing", STORM.format("INTx", ALIKE), at("toy_filter"),
        "INTx: enabled by COMMAND, raised by STATUS"),
    Bug("storm_raises_it_again", STORM.format("MSI", ALIKE), at("toy_filter"),
        r'"on": "bar0\+0x060 EDU_INTR_RAISE"'),
]

# What the rules forbid would end as a deadlock some day: it ends at once, and always.
RULES = [
    Bug("lock_twice", r"pdk_lock\(\) called in WORKER with the lock held, which was taken at "
        r"toy_misbehave \(hang\.c:\d+\)"),
    Bug("drains_timer_with_lock", r"pdk_timer_drain\(\) called in WORKER with the lock held, which "
        r"was taken at toy_run_timer \(hang\.c:\d+\)"),
    Bug("drains_bh_with_lock", r"pdk_intr_disestablish\(\) called in WORKER with the lock held, which "
        r"was taken at toy_misbehave \(hang\.c:\d+\)"),
    Bug("worker_drains_itself", r"pdk_worker_drain\(\) called in WORKER; it may be called in CONFIG"),
]

WAITED = r"\? toy_task in WORKER has waited 0\.2 s in vain"

# The driver notices by its own time-out, and gives up; the report says what it cannot know.
VAIN = [
    Bug("bus_master_off", "lost interrupt" + WAITED + ", and no interrupt came meanwhile",
        r"it wrote last bar0\+0x060 EDU_INTR_RAISE = 0x00000001",
        "bus master: no; such a device cannot send an MSI", "vector 0: never raised",
        r"worker gave 16 bytes of .*, at 0x40 in it"),
    Bug("wakes_nobody", "missing wake-up" + WAITED + "; interrupts came meanwhile",
        r"vector 0: raised 1 times, the last [\d.]+ s ago; not since",
        "nobody has ever woken that"),
    Bug("wakes_another_channel", "missing wake-up" + WAITED + "; interrupts came meanwhile"),
]

# No bug of the driver's: the card's interrupt is lost on the way.
LOST = ("lost interrupt" + WAITED + ", and no interrupt came meanwhile",
        r"it wrote last bar0\+0x060 EDU_INTR_RAISE = 0x00000001", "bus master: yes",
        "vector 0: never raised", at("toy_task"))


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(gallery, bug):
    """The process ends with all that there is to know, and the device is reset."""
    run, result = gallery("hang").caught(bug)
    assert run.child.status == HANG
    hang, = [e for e in run.events if e["event"] == "hang"]
    assert hang["text"] == result["error"] and hang["trace"] and hang["backtrace"]
    assert bug.name.startswith("loop_in_attach") or hang["dma"]
    assert "the device was reset" in run.stderr()


def check_storm(run, result):
    """It ends as a hang, with what the driver did last, and the device is reset."""
    hang, = [e for e in run.events if e["event"] == "hang"]
    assert run.child.status == HANG and hang["kind"] == "storm"
    assert hang["text"] == result["error"] and hang["trace"] and hang["told"]
    assert "the device was reset" in run.stderr()


@pytest.mark.parametrize("bug", STORMS, ids=str)
def test_a_storm_of_interrupts_is_caught(gallery, bug):
    """The device goes on raising it, for the driver does not see to it that it ends."""
    check_storm(*gallery("hang").caught(bug))


def test_a_storm_that_the_device_makes_is_caught(gallery):
    """Messages without a reason, which a sound driver does not claim."""
    run, result, said = gallery("hang").run(Bug("waits_for_ever", "-"),
                                            settings={"fault.storm": 20})
    check_storm(run, result)
    assert re.search(STORM.format("MSI", NOBODY), said) and re.search(at("toy_filter"), said)


@pytest.mark.parametrize("bug", RULES, ids=str)
def test_a_deadlock_that_a_rule_forbids_needs_no_bad_luck(gallery, bug):
    """Nobody has to be in the way."""
    run, _ = gallery("hang").caught(bug)
    assert run.child.status == RULE


@pytest.mark.parametrize("bug", VAIN, ids=str)
def test_a_wait_in_vain_is_told(gallery, bug):
    """Which interrupts came, and what the device was told."""
    run, result = gallery("hang").caught(bug)
    assert result["error"] == "the device does not interrupt: Connection timed out"
    told, = [e for e in run.events if e["event"] == "threads"]
    assert re.match("(lost interrupt|missing wake-up)", told["text"]) and told["backtrace"]


def test_a_lost_interrupt_is_told(gallery):
    """The driver is sound, and the card has raised it."""
    run, result, said = gallery("hang").run(settings={"fault.no_irq": 1})
    assert not result["ok"]
    for pattern in LOST:
        assert re.search(pattern, said), f"nothing says {pattern!r} in:\n{said}"
    assert [e for e in run.events if e["event"] == "hang"] == []


@pytest.mark.parametrize("name", ["polls_a_register", "storm_claims_nothing"])
def test_a_recorded_hang_is_one_again(gallery, name, tmp_path):
    """The driver would go on where the recorded run was ended, as it did then."""
    bug = next(b for b in BUGS + STORMS if b.name == name)
    path, exhibit = tmp_path / "hang.rec", gallery("hang")
    _, first = exhibit.caught(bug, args=[*LIMIT["args"], "--record", path])
    run, result, _ = exhibit.run(bug, on=f"replay:{path}", args=())     # with a limit of its own
    assert run.child.status == HANG
    assert result["error"].startswith(first["error"][:60])
    assert "so the recorded run was ended, and the driver goes on as it did: read4 bar0" in \
        result["error"]


def test_ring_and_command_of_a_lost_interrupt_are_told(driver, firmware):
    """In the driver's own words, and as what it wrote last."""
    run, result = driver.run("iwm", until="alive", settings={"fw.ignore": "0x6a"})
    assert not result["ok"] and firmware
    threads, = [e for e in run.events if e["event"] == "threads"]
    assert re.match(r"lost interrupt\? .* the command queue was told last: PHY_CONFIGURATION_CMD; it "
                    "wrote last bar0.* HBUS_TARG_WRPTR = ", threads["text"])
    assert any(re.match(r"worker told the command queue PHY_CONFIGURATION_CMD, \d+, ", line)
               for line in threads["told"])


def test_clean(gallery):
    """A sound driver has nothing to fear from the shortest limit."""
    gallery("hang").clean(**LIMIT)
