# SPDX-License-Identifier: BSD-2-Clause
"""--hcmds and --scan-table: what driver and firmware said to each other, what a scan heard."""
import json

import pytest

from voyageur import tables


def test_commands_notifications_and_networks():
    """An answer is that of the oldest command of its id; the last word on a network counts."""
    t = tables.Tables(hcmds=True, scan=True)
    bss = {"event": "bss", "bssid": "02:00:00:00:00:01", "ssid": "home", "channel": 36,
           "signal": -70, "security": "wpa2-psk"}
    for event in (
            {"event": "listening"},
            {"event": "notif", "t": 0.5, "group": 0, "id": 1, "len": 68},
            {"event": "hcmd", "t": 1.0, "group": 0, "id": 0x18, "name": "ADD_STA", "len": 44},
            {"event": "hcmd", "t": 1.1, "group": 0, "id": 0x18, "name": "ADD_STA", "len": 44},
            {"event": "reply", "t": 1.10002, "group": 0, "id": 0x18, "len": 4},
            {"event": "hcmd", "t": 2.0, "group": 5, "id": 0, "name": "DQA_ENABLE_CMD", "len": 4},
            bss, {**bss, "bssid": "02:00:00:00:00:02", "ssid": "", "channel": 6, "signal": -40,
                  "security": "open"}, {**bss, "signal": -69}):
        t(event)
    text = [" ".join(line.split()) for line in t.lines() if not line.startswith("---")]
    assert text == [
        "", "host commands: 3", "time command group.id length answer",
        "0.500000 ALIVE 0x00.0x01 68 notification",
        "1.000000 ADD_STA 0x00.0x18 44 reply, 4 bytes after 100020 us",
        "1.100000 ADD_STA 0x00.0x18 44 no reply",
        "2.000000 DQA_ENABLE_CMD 0x05.0x00 4 no reply",
        "", "networks heard in scans: 2", "BSSID SSID channel signal security",
        "02:00:00:00:00:02 (hidden) 6 -40 dBm open",
        "02:00:00:00:00:01 home 36 -69 dBm wpa2-psk"]


def test_two_cards_are_told_apart():
    """Each reply goes to its own card's command, and a firmware that is new answers for none."""
    t = tables.Tables()
    hcmd = {"event": "hcmd", "t": 1.0, "group": 0, "id": 3, "name": "ECHO_CMD", "len": 0}
    bss = {"event": "bss", "bssid": "02:00:00:00:00:01", "ssid": "home", "channel": 36,
           "security": "open"}
    for event in (
            {"event": "listening", "source": "card0"}, {**hcmd, "source": "card0"},
            {**hcmd, "source": "card1"}, {"event": "reply", "t": 1.5, "group": 0, "id": 3, "len": 0,
                                          "source": "card1"},
            {"event": "fw-start", "source": "card0", "t": 2.0, "image": "RUNTIME"},
            {**hcmd, "t": 3.0, "source": "card0"}, {"event": "reply", "t": 3.25, "group": 0, "id": 3,
                                                    "len": 0, "source": "card0"},
            {"event": "notif", "t": 4.0, "group": 4, "id": 255, "len": 8, "source": "card1"},
            {**bss, "source": "card0", "signal": -40}, {**bss, "source": "card1", "signal": -60}):
        t(event)
    text = [" ".join(line.split()) for line in t.lines() if not line.startswith("---")]
    assert text == [
        "", "host commands: 3", "card time command group.id length answer",
        "card0 1.000000 ECHO_CMD 0x00.0x03 0 no reply",
        "card1 1.000000 ECHO_CMD 0x00.0x03 0 reply, 0 bytes after 500000 us",
        "card0 3.000000 ECHO_CMD 0x00.0x03 0 reply, 0 bytes after 250000 us",
        "card1 4.000000 DTS_MEASUREMENT_NOTIF 0x04.0xff 8 notification",
        "", "networks heard in scans: 2", "card BSSID SSID channel signal security",
        "card0 02:00:00:00:00:01 home 36 -40 dBm open",
        "card1 02:00:00:00:00:01 home 36 -60 dBm open"]


def test_nothing_is_shown_without_a_card():
    """A run that was refused has no tables."""
    t = tables.Tables()
    t({"event": "error", "text": "refused"})
    assert not t.lines()


def test_a_run_ends_with_its_host_commands(voy, firmware):
    """Behind the last line; each command with the firmware's reply."""
    assert firmware
    said = voy("run", "iwm", "--hcmds")
    assert said.status == 0
    lines = said.out.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("host commands: "))
    assert "ok: reached" in lines[at - 2] and "networks" not in said.out
    rows = [line.split() for line in lines[at + 3:]]
    count = int(lines[at].split()[-1])
    assert count == sum("notification" not in r for r in rows) > 10
    assert all("reply," in r for r in rows if "notification" not in r)
    assert {"ALIVE", "INIT_COMPLETE_NOTIF", "NVM_ACCESS_CMD", "PHY_DB_CMD"} <= {r[1] for r in rows}
    assert [float(r[0]) for r in rows] == sorted(float(r[0]) for r in rows)


def test_json_stays_json(voy):
    """With --json the tables are on stderr."""
    said = voy("run", "edu", "--hcmds", "--scan-table", "--json")
    assert said.result["ok"] and said.err.splitlines() == [
        "", "host commands: 0", "", "networks heard in scans: 0"]


@pytest.mark.parametrize("option", ["--hcmds", "--scan-table"])
def test_only_of_a_simulated_card_of_this_run(voy, option):
    """Another one's server, and a real card, tell us nothing."""
    said = voy("run", "edu", "--on", "unix:/tmp/none", option, "--json")
    assert said.status == 1 and option in said.result["error"]
    ap = voy("sim", "ap", option)
    assert ap.status == 1 and "has no host commands" in ap.err


def test_the_bridge_of_hwsim_is_a_kind_of_sim(voy):
    """Its own usage reaches the user; a picture it has none of."""
    assert "--air PATH" in voy("sim", "hwsim", "--help").out
    said = voy("sim", "hwsim", "--air", "/tmp/none", "--view")
    assert said.status == 1 and "voy sim air --view" in said.err


@pytest.mark.parametrize("card,why", [("", "wants PATH"), ("/tmp/c,mac", "KEY=VALUE"),
                                      ("/tmp/c,model=edu", "there are i7260, i3160, i7265")])
def test_a_wrong_card_is_refused(voy, tmp_path, card, why):
    """Before anything is started."""
    (tmp_path / "w.json").write_text(json.dumps({"aps": []}))
    said = voy("sim", "air", "--config", "w.json", "--card", card)
    assert said.status == 1 and "--card" in said.err and why in said.err
