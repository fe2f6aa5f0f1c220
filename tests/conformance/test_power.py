# SPDX-License-Identifier: BSD-2-Clause
"""Suspend and resume through the pdk: the conformance driver, and iwm with its radio on."""
import re

import pytest

import pdk_rules
import suite
from test_control import ask_until


def sleeps(run, times=1):
    """Suspend and resume; both have to be ok."""
    for _ in range(times):
        for request in ("suspend", "resume"):
            answer = run.control(request)
            assert answer["ok"], answer


def radio(run, ups):
    """Wait until the radio is up for the `ups`-th time."""
    answer = ask_until(run, lambda a: a["radio"]["up"] and a["radio"]["ups"] == ups)["radio"]
    assert answer["up"] and answer["ups"] == ups, answer


@pytest.mark.parametrize("dma", ["fast", "strict", "check"])
def test_a_sleep_changes_nothing_for_the_driver(driver, variant, dma):
    """Memory, interrupts and the radio are afterwards as before; as often as one likes."""
    if not (pdk_rules.ROOT / "build" / variant / "bin/run-conform").exists():
        pytest.skip(f"run-conform is not built with {variant} (ninja {variant})")
    run = driver.start("conform", stay=True, variant=variant, dma=dma)
    run.wait("restarted")
    radio(run, 3)
    for ups in (4, 5, 6, 7, 8):
        sleeps(run)
        radio(run, ups)
    result = run.stop()
    documents = suite.all_documents(run)
    assert result["ok"], result
    assert [d.title for d in documents] == ["attach", "radio", *["sleep"] * 5, "detach"]
    assert [d.failed() for d in documents] == [{}] * len(documents)
    assert not run.violations()


def test_a_driver_without_suspend_says_so(driver):
    """And goes on."""
    run = driver.start("edu", stay=True)
    run.wait("tested")
    assert run.control("suspend")["error"] == "the driver edu has no suspend"
    assert run.stop()["ok"]
    _, result = driver.run("edu", suspend=1)
    assert result["error"] == "--suspend: the driver edu has no suspend"


# ---- iwm -------------------------------------------------------------------------------

@pytest.fixture
def iwm(driver, firmware):
    """start(settings) -> a run of iwm that has reached `state` and stays."""
    def start(settings=(), state="alive", **how):
        run = driver.start("iwm", on="sim", stay=True, until="alive", settings=settings, **how)
        run.wait(state)
        return run
    assert firmware
    return start


def ends_well(run):
    """An orderly end without a complaint of the card's."""
    result = run.stop()
    assert result["ok"] and not run.violations(), result


def test_iwm_is_alive_again_after_each_sleep(iwm, variant):
    """Asleep the card is in D3hot and its processor is held; more sleeps than may_restart()."""
    run = iwm(variant=variant, timeout=60)
    radio(run, 1)
    for ups in range(2, 8):
        assert run.control("suspend")["ok"]
        card = run.card_status()
        assert card["power"] == "D3" and card["fw"] == "held" and not card["bus_master"]
        assert run.control("resume")["ok"]
        radio(run, ups)
        assert run.card_status()["fw"] == "running"
    alive = [e for e in run.poll_events() if e["event"] == "state" and e["state"] == "alive"]
    assert len(alive) == 7
    ends_well(run)


def test_iwm_sleeps_with_its_radio_off(iwm):
    """Nothing is started by the wake-up; the switch is heard of afterwards."""
    run = iwm({"rfkill": 1}, "attached")
    sleeps(run, 3)
    answer = run.control("pdk")["radio"]
    assert answer["blocked"] and answer["ups"] == 0
    run.inject("rfkill", 0)
    radio(run, 1)
    ends_well(run)


@pytest.mark.parametrize("off", [0, 1])
def test_a_switch_that_was_moved_during_the_sleep_is_seen(iwm, off):
    """There is no interrupt for it: the card is asked."""
    run = iwm({"rfkill": 1 - off}, "alive" if off else "attached")
    radio_was = run.control("pdk")["radio"]["ups"]
    assert run.control("suspend")["ok"]
    run.inject("rfkill", off)
    assert run.control("resume")["ok"]
    if off:
        answer = ask_until(run, lambda a: a["radio"]["blocked"])["radio"]
        assert answer["blocked"] and not answer["up"]
        run.inject("rfkill", 0)
    radio(run, radio_was + 1)
    ends_well(run)


def test_iwm_that_is_ended_asleep_ends_in_order(iwm):
    """Detach finds a card that answers."""
    run = iwm()
    assert run.control("suspend")["ok"]
    ends_well(run)


def test_iwm_whose_firmware_dies_before_the_sleep_wakes_up(iwm):
    """The restart that was due is not one more."""
    run = iwm()
    run.inject("fw.crash", "0x38")
    sleeps(run)
    ask_until(run, lambda a: a["radio"]["up"])
    assert run.control("pdk")["radio"]["up"]
    ends_well(run)


def test_iwm_pulled_out_asleep_says_so(iwm):
    """At the wake-up, not by a time-out."""
    run = iwm()
    assert run.control("suspend")["ok"]
    run.inject("fault.gone_after", 0)
    assert not run.control("resume")["ok"]
    result = run.result()
    assert not result["ok"] and re.search("card is gone", result["error"]), result
    assert not run.violations()
