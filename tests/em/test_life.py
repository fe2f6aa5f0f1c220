# SPDX-License-Identifier: BSD-2-Clause
"""em's life: link lost and found, a transmitter or a PHY that hangs, sleep, attach and detach again
and again, a card that is pulled out."""
import json
import os
import re

import pytest

from peer import MAC, frame

LONG = bool(os.environ.get("VOY_LONG"))     # 200 cycles instead of a few
HUNG = "nothing was sent for 10 s"


# Of what the specification update of the 82574 asks for: bits that are 1, and that are 0, at last.
ERRATA = {"GCR": (1 << 22, 0), "GCR2": (1, 0), "TARC0": (1 << 26, 0), "CTRL": (0, 1 << 29),
          "CTRL_EXT": (1 << 22, 1 << 23), "RFCTL": (1 << 12, 0)}
ASPM, PAUSE, ANAR = 3, 0xc00, 4


def written(trace):
    """{register: [values]} of a trace; those of configuration space by their offset."""
    found = {}
    for e in json.loads(trace)["traceEvents"]:
        m = re.match(r"(?:write4 bar0\+0x\w+ |conf-write config\+)(\w+)", e["name"])
        if m:
            found.setdefault(m[1], []).append(int(e["args"]["value"], 16))
    return found


def mine(f):
    """Sent by the card."""
    return f[6:12] == MAC


def test_what_the_errata_ask_for_is_done(driver):
    """Also: no power saving on the bus, no pauses promised, and the board's firmware knows of the
    driver while it is up, and no longer."""
    run, result = driver.run("em", on="sim", until="link")
    assert result["ok"], result
    done = written(run.trace())
    for name, (ones, zeros) in ERRATA.items():
        value = done[name][-1]
        assert value & ones == ones and not value & zeros, (name, hex(value))
    assert [v >> 28 & 1 for v in done["CTRL_EXT"]][-1] == 0 and \
        any(v >> 28 & 1 for v in done["CTRL_EXT"])
    aspm, = (v for at, v in done.items() if at.startswith("0x") and at != "0x004")
    assert [v & ASPM for v in aspm] == [0]
    anar = [v for v in done["MDIC"] if v >> 16 & 0x1f == ANAR and v >> 26 & 1]
    assert anar and not anar[-1] & PAUSE and anar[-1] & 0x1e0


def test_the_link_goes_and_comes_back(em, peer):
    """At another speed, too; frames pass again."""
    e = em(host=True)
    peer.next(mine)
    e.run.inject("link", "down")
    e.linked(1, "down")
    assert not e.net()["link"]["up"]
    peer.send(frame(MAC))               # over a cable that is not in
    e.run.inject(speed=100, duplex="half", link="up")
    e.linked(1, "100 Mb/s half duplex")
    before = e.net()["core"]["rx_frames"]
    peer.send(frame(MAC))
    e.counts(rx_frames=before + 1)
    peer.next(mine)
    net = e.end()
    assert net["glue"]["restarts"] == 0 and net["core"]["tx_errors"] == 0


def test_the_other_end_goes_away(em, peer):
    """The cable's other end is closed: the link is down, and the driver lives on."""
    e = em()
    peer.pull()
    e.linked(1, "down")
    e.end()


def test_a_transmitter_that_hangs_is_restarted(em, peer):
    """It says so, the frame is counted as lost, and the next ones are sent."""
    e = em(host=True)
    peer.next(mine)
    e.run.inject("tx.hang", 0)
    e.says(HUNG)
    e.linked(2)
    sent = len(peer.frames)
    e.until(lambda: len(peer.frames) > sent, "a frame after the restart")
    net = e.end()
    assert net["glue"]["restarts"] == 1 and net["core"]["tx_errors"] >= 1
    assert net["core"]["tx_frames"] == net["core"]["tx_device"] + net["core"]["tx_errors"]


def test_a_phy_that_hears_nothing_but_errors_is_restarted(em, peer):
    """By its reset; twice looked at, so that a bad moment does not count."""
    e = em()
    e.run.inject("phy.hang", 1)
    e.says("the PHY hears nothing but errors")
    e.linked(2)
    peer.send(frame(MAC))
    e.counts(rx_frames=1)
    assert e.end()["glue"]["restarts"] == 1


def test_firmware_that_keeps_the_phy_is_borne_while_up(em, peer):
    """The look at the PHY is left out then."""
    e = em()
    e.run.inject("mdio.taken", 1)
    seen = e.net()["core"]["rx_frames"]
    e.until(lambda: "EXTCNF_CTRL" in str(e.run.trace()), "a look at the PHY")
    peer.send(frame(MAC))
    e.counts(rx_frames=seen + 1)
    assert e.end()["glue"]["restarts"] == 0


@pytest.mark.parametrize("settings", [{}, {"msix": 0}, {"msix": 0, "msi": 0}],
                         ids=["msix", "msi", "intx"])
def test_it_sleeps_and_wakes(driver, settings):
    """The card loses its power and its registers; the link is there again after each sleep."""
    run, result = driver.run("em", on="sim", until="link", suspend=2, settings=settings)
    assert result["ok"] and not run.violations(), result
    assert [e.get("state") for e in run.events if e["event"] == "state"].count("link") == 3


@pytest.mark.deadline(600)
def test_attach_and_detach_again_and_again(driver):
    """In one process; what is not given back fails the run."""
    cycles = 200 if LONG else 10
    run, result = driver.run("em", on="sim", until="link", cycles=cycles)
    assert result["ok"] and not run.violations(), result
    assert len([e for e in run.events if e["event"] == "ethernet"]) == cycles


def test_a_card_that_is_pulled_out_while_up(em):
    """Noticed within a second or two."""
    e = em()
    e.run.inject("fault.gone_after", 0)
    result = e.run.result()
    assert not result["ok"] and result["error"].startswith("the device is gone, it reads all ones")
    assert e.run.status == 1 and not e.run.violations()
