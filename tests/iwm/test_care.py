# SPDX-License-Identifier: BSD-2-Clause
"""What goes on beside data: power save, beacon filter, statistics, heat, the radio switch."""
import contextlib
import errno

import pytest
from cardsta import CardStation
from ip import Host

BSS_PS, UPD_PS = 0x40, 64
PSK = "correct horse"
COUNTS = ("beacons", "rx_time", "tx_time", "scan_time")


def commands(run):
    """Names of the host commands so far."""
    return [e["name"] for e in run.poll_events() if e["event"] == "hcmd"]


@contextlib.contextmanager
def on_network(glue, start_ap, **how):
    """(station, host, access point) on channel 6, WPA2."""
    ap = start_ap(ssid="net", channel=6, psk=PSK)
    sta = CardStation(glue(**how), 6)
    sta.join("net", PSK)
    host = Host(sta)
    host.dhcp()
    yield sta, host, ap
    sta.glue.end()


@pytest.fixture
def joined(glue, start_ap):
    """With firmware as Intel's of version 17."""
    with on_network(glue, start_ap) as it:
        yield it


@pytest.fixture
def counted(glue, start_ap, counting):
    """With firmware that counts beacons and air time."""
    with on_network(glue, start_ap, file=counting) as it:
        yield it


def asleep(ap, addr):
    """Whether the access point thinks that the station is."""
    return next(s["asleep"] for s in ap.do("stations")["stations"] if s["sta"] == addr.hex(":"))


def test_a_station_that_dozes_gets_everything(joined):
    """It tells the access point so, and fetches what was kept for it."""
    sta, host, ap = joined
    g = sta.glue
    assert host.ping("10.0.2.2")
    assert not asleep(ap, sta.addr)
    bss = sta.bss(aid=sta.aid)
    g.do("update", changed=UPD_PS, bss={**bss, "flags": bss["flags"] | BSS_PS})
    g.until(lambda: asleep(ap, sta.addr), "never dozes")
    assert host.ping("10.0.2.2", n=3) == 3
    g.until(lambda: asleep(ap, sta.addr), "does not doze again")
    g.do("update", changed=UPD_PS, bss=bss)
    g.until(lambda: not asleep(ap, sta.addr), "does not wake up")
    assert host.ping("10.0.2.2", n=2) == 2


def test_beacons_are_filtered_once_their_time_is_known(counted):
    """The driver sees a few, then none while nothing changes."""
    sta, _, _ = counted
    g = sta.glue
    g.until(lambda: "REPLY_BEACON_FILTERING_CMD" in commands(g.run), "no filter")
    g.pump()
    g.frames.clear()
    expected = g.ask("stats")["stats"]["beacons"] + 8
    g.until(lambda: g.ask("stats")["stats"]["beacons"] >= expected, "no beacons")
    g.pump()
    assert len([f for f in g.frames if f.kind == 0x80]) <= 2


def test_statistics(joined):
    """Signal, temperature, rate; what its firmware does not say that it counts is not taken."""
    sta, host, _ = joined
    assert host.ping("10.0.2.2", n=5) == 5
    g = sta.glue
    st = g.until(lambda: [s for s in [g.ask("stats")["stats"]] if s["signal"]], "none")[0]
    assert -60 < st["signal"] < -10 and st["temperature"] == 41 and st["rx_nomem"] == 0
    assert not st["counted"] and not any(st[k] for k in COUNTS)
    assert st["tx_ht"] and st["tx_width"] == 20
    g.do("leave")
    assert g.ask("stats")["error"] == 0
    g.do("down")
    g.do("stats", errno.ENXIO)


def test_firmware_that_counts_is_believed(counted):
    """Beacons, air time."""
    sta, host, _ = counted
    assert host.ping("10.0.2.2", n=5) == 5
    g = sta.glue
    st = g.until(lambda: [s for s in [g.ask("stats")["stats"]] if s["beacons"] > 2], "none")[0]
    assert st["counted"] and all(st[k] > 0 for k in COUNTS) and -60 < st["signal"] < -10


def test_heat_makes_it_send_less(joined):
    """Pauses while it is warm, none when it is cool again; data flows."""
    sta, host, _ = joined
    run = sta.glue.run
    before = commands(run).count("REPLY_THERMAL_MNG_BACKOFF")
    run.inject("temperature", 115)
    sta.glue.until(lambda: commands(run).count("REPLY_THERMAL_MNG_BACKOFF") > before, "no pause")
    assert host.ping("10.0.2.2", n=2) == 2
    run.inject("temperature", 60)
    sta.glue.until(lambda: commands(run).count("REPLY_THERMAL_MNG_BACKOFF") > before + 1,
                   "the pause stays")
    assert host.ping("10.0.2.2")
    logs = [e["text"] for e in run.poll_events() if e["event"] == "log"]
    assert any("115 degrees" in t and "2000 us" in t for t in logs)


def test_too_hot_means_radio_off_until_it_is_cool(joined):
    """As if by the switch; it looks again by itself."""
    sta, _, _ = joined
    g = sta.glue
    g.run.inject("temperature", 120)
    g.event("rfkill", blocked=True)
    g.do("up", errno.EPERM)
    g.event("rfkill", blocked=True)
    g.run.inject("temperature", 100)
    looks = commands(g.run).count("DTS_MEASUREMENT_TRIGGER")
    g.until(lambda: commands(g.run).count("DTS_MEASUREMENT_TRIGGER") > looks + 1, "does not look")
    assert not [e for e in g.events if e["what"] == "rfkill"]
    g.run.inject("temperature", 80)
    g.event("rfkill", blocked=False)
    g.do("up")
    sta.join("net", PSK)


def test_the_switch_ends_everything_at_once(joined):
    """Frames come back; it works again afterwards."""
    sta, _, _ = joined
    g = sta.glue
    f = sta.data_frame(b"\xff" * 6, 0x88b5, bytes(300))
    sent = g.ask("tx", frame=f.hex(), hdrlen=26, count=50, cookie=9000, flags=4)["sent"]
    g.run.inject("rfkill", 1)
    g.event("rfkill", blocked=True)
    g.until(lambda: len([e for e in g.events if e["what"] == "tx_done" and
                         e["cookie"] >= 9000]) == sent, "frames are missing")
    assert "REMOVE_STA" not in commands(g.run)      # the firmware may be deaf by now
    g.do("up", errno.EPERM)
    g.event("rfkill", blocked=True)
    g.run.inject("rfkill", 0)
    g.event("rfkill", blocked=False)
    g.do("up")
    sta.join("net", PSK)
