# SPDX-License-Identifier: BSD-2-Clause
"""A card that fails in attach or when it is brought up: em says what, ends, and leaves nothing."""
import json
import os
import re

import pytest

LONG = bool(os.environ.get("VOY_LONG"))     # every register access, not a sample of them
MASTER = 4          # bit of the command register: the card may use the bus
MOST = 2000         # register accesses of a run; there are fewer
POINTS = [*range(1, 13), 20, 60, 120, 180, 214, 219, 224, 229, 240, 260, 300, 400]


def fails(run, text):
    """It ends by itself, in order, and the result says why."""
    result = run.result()
    assert result["ok"] is False and re.search(text, result["error"]), result["error"]
    assert run.status == 1 and not run.violations(), run.events[-5:]
    said = [e.get("text", "") for e in run.events]
    assert not [e for e in run.events if e["event"] == "crash"]
    assert not [t for t in said if "not given back" in t], said
    return result


@pytest.mark.parametrize("settings,text", [
    ({"nvm.bad": 1}, "NVM: the sum of its words is 0xbabb instead of 0xbaba"),
    ({"nvm.hang": 1}, r"NVM: a word read \(EERD\): not done after 100 ms"),
    ({"mac": "01:00:00:00:00:01"}, "NVM: it holds no address of a station"),
    ({"reset.hang": 1}, r"reset \(CTRL.RST\): not done after 100 ms"),
    ({"reset.nvm_hang": 1}, r"the NVM being loaded \(EEC.AUTO_RD\): not done after 100 ms"),
    ({"mdic.hang": 1}, r"PHY: an access \(MDIC\): not done after 100 ms"),
    ({"mdic.error": 1}, "PHY: it does not answer at address 1"),
    ({"mdio.taken": 1}, r"PHY: the board's firmware giving it away \(EXTCNF_CTRL\): not done"),
    ({"fault.no_irq": 1}, r"no interrupt has come in 10 s, though asked for each second \(MSI-X\)"),
    ({"fault.no_irq": 1, "msix": 0, "msi": 0}, r"no interrupt has come in 10 s.*\(INTx\)"),
], ids=lambda v: "-".join(v) if isinstance(v, dict) else "")
def test_says_what_the_card_does_not_do(driver, settings, text):
    """One fault each."""
    fails(driver.start("em", on="sim", until="link", settings=settings), text)


def test_a_card_with_requests_that_never_end_is_reset_all_the_same(driver):
    """With a word about it."""
    run, result = driver.run("em", on="sim", until="link", settings={"master.hang": 1})
    assert result["ok"] and not [v for v in run.violations() if v.get("source") != "sim"], result
    assert any("requests are pending on the bus" in e.get("text", "") for e in run.events)


def test_a_reset_that_fails_in_the_end_takes_the_bus_away(em):
    """Whatever state the card is in, it must not write to memory that is freed next."""
    e = em()
    e.run.inject("reset.hang", 1)
    result = e.run.stop()
    assert not result["ok"] and "reset (CTRL.RST): not done" in result["error"]
    assert not e.run.violations()
    said = json.loads(e.run.trace())["traceEvents"]
    off = [i for i, t in enumerate(said) if t["name"] == "conf-write config+0x004"
           and not int(t["args"]["value"], 16) & MASTER]
    freed = [i for i, t in enumerate(said) if (t["ph"], t.get("cat")) == ("e", "DMA object")]
    assert off and freed and off[0] < freed[0]


def gone_after(driver, n):
    """A card that is pulled out after that many accesses; False: nothing was left to do by then."""
    run = driver.start("em", on="sim", until="link", settings={"fault.gone_after": n})
    result = run.result()
    struck = any(e["event"] == "fault" for e in run.events)
    assert struck or result["ok"], result
    if not result["ok"]:
        assert re.search("gone, it reads all ones|NVM: it holds no address", result["error"]), result
    assert not run.violations() and not [e for e in run.events if e["event"] == "crash"]
    return struck


@pytest.mark.deadline(1200)
def test_a_card_that_is_pulled_out_at_any_point_of_attach(driver):
    """All of the first reset, some of the rest."""
    for n in range(1, MOST) if LONG else POINTS:
        if not gone_after(driver, n):
            break
