# SPDX-License-Identifier: BSD-2-Clause
"""The shim's requests on the control socket: what the driver holds, and the radio's switch."""
import re
import time

import pytest

import pdk_rules


def ask_until(run, check):
    """Ask for the pdk's state until check(answer) is true; the last answer."""
    end = time.monotonic() + 200
    while True:
        answer = run.control("pdk")
        if check(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.05)


def test_what_a_driver_holds_is_told(driver):
    """Queues, resources and the radio's counters."""
    run = driver.start("conform", stay=True)
    run.wait("restarted")
    answer = ask_until(run, lambda a: "running" not in a and not a["tasks"] and
                       a["radio"]["rx"] == 2 + a["radio"]["scans"])
    assert answer["ok"] and answer["lock"] == "free"
    assert answer["tasks"] == [] and answer["timers"] == []
    assert [answer[k] for k in ("memory", "dma", "maps", "mbufs", "firmware")] == [0] * 5
    radio = answer["radio"]
    assert radio["up"] and radio["ups"] == 3
    scans = radio["scans"]                  # in each of which one beacon of 67 octets is heard
    assert (radio["rx"], radio["rx_bytes"], radio["tx_ok"]) == (2 + scans, 164 + 67 * scans, 0)
    assert (radio["beacon_miss"], radio["ba"]) == (1, 1)
    assert run.stop()["ok"]


@pytest.mark.parametrize("name", ["conform", "iwm"])
def test_the_radio_is_switched(driver, name, request):
    """Down, up, and again as after a death of the firmware; then an orderly end."""
    if name == "iwm":
        request.getfixturevalue("firmware")
    run = driver.start(name, stay=True, until="alive" if name == "iwm" else None)
    run.wait("restarted" if name == "conform" else "alive")
    ups = ask_until(run, lambda a: a["radio"]["up"])["radio"]["ups"]
    for do, up in (("down", False), ("up", True), ("restart", True)):
        assert run.control({"cmd": "radio", "do": do})["ok"]
        ups += up
        answer = ask_until(run, lambda a: a["radio"]["up"] == up and a["radio"]["ups"] == ups)
        assert (answer["radio"]["up"], answer["radio"]["ups"]) == (up, ups)
    assert run.stop()["ok"]


def test_wrong_requests_get_reasons(driver):
    """No radio, no such action, no such request."""
    run = driver.start("edu", stay=True)
    run.wait("attached")
    assert "no radio" in run.control({"cmd": "radio", "do": "up"})["error"]
    assert "unknown request" in run.control({"cmd": "radio9"})["error"]
    run.stop()
    run = driver.start("conform", stay=True)
    run.wait("restarted")
    answer = run.control({"cmd": "radio", "do": "louder", "id": 7})
    assert not answer["ok"] and answer["id"] == 7 and '"restart"' in answer["error"]
    run.stop()


def broken(driver, case, **how):
    """A run of a driver that goes wrong."""
    return driver.start(str(pdk_rules.ROOT / "build/gcc/bin/run-broken"), model="edu",
                        env={"VOY_BROKEN_CASE": case}, **how)


def test_where_a_driver_waits_is_told(driver):
    """To who asks."""
    run = broken(driver, "waits_for_ever", timeout=60)
    run.wait(event="start")
    answer = ask_until(run, lambda a: "waiting" in a)
    assert answer["waiting"].startswith("case_waits_for_ever (broken_sync.c:")
    assert answer["running"].startswith("broken_attach_late (broken.c:")
    run.kill()


def test_a_driver_that_keeps_its_lock_is_told_of(driver):
    """The answer comes, and names the place where the lock was taken."""
    run = broken(driver, "lock_held_for_ever", timeout=60)
    run.wait(event="start")
    answer = ask_until(run, lambda a: a.get("lock") == "held")
    assert answer["ok"] and "case_lock_held_for_ever (broken_sync.c:" in answer["held_since"]
    run.kill()


@pytest.mark.parametrize("case,says", [
    ("waits_for_ever", "WORKER waits in case_waits_for_ever"),
    ("lock_held_for_ever", "the lock is held since case_lock_held_for_ever")])
def test_a_time_out_tells_what_the_driver_waits_for(driver, case, says):
    """Also when it holds its lock, and nobody can ask; a hang tells of the time-out before it."""
    error = broken(driver, case, timeout=5).result()["error"]
    assert re.search(rf'timeout: "unnoticed" .*; {says} ', error), error
