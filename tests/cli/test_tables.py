# SPDX-License-Identifier: BSD-2-Clause
"""Tables of a run: host commands and scan."""
import json

from voyageur import tables

EVENTS = [
    {"event": "alive", "t": 0.1, "image": "INIT"},
    {"event": "hcmd", "t": 0.25, "group": 0, "id": 0x88, "name": "NVM_ACCESS_CMD", "len": 8},
    {"event": "hcmd", "t": 0.26, "group": 0, "id": 0x88, "name": "NVM_ACCESS_CMD", "len": 8},
    {"event": "alive", "t": 1.0, "image": "RUNTIME"},
    {"event": "hcmd", "t": 1.5, "group": 5, "id": 0, "name": "DQA_ENABLE_CMD", "len": 4},
    {"event": "bss", "t": 2, "bssid": "02:00:00:00:00:01", "ssid": "far", "channel": 36,
     "signal": -80, "privacy": True},
    {"event": "bss", "t": 2, "bssid": "02:00:00:00:00:02", "ssid": "near one", "channel": 1,
     "signal": -40, "privacy": False},
]


def test_host_commands_in_a_row_are_one_line():
    assert [line.split() for line in tables.host_commands(EVENTS)] == [
        ["SECONDS", "IMAGE", "COMMAND", "ID", "BYTES", "TIMES"],
        ["0.250", "INIT", "NVM_ACCESS_CMD", "0.88", "8", "2"],
        ["1.500", "RUNTIME", "DQA_ENABLE_CMD", "5.00", "4", "1"]]


def test_the_strongest_network_comes_first():
    lines = tables.scan(EVENTS)
    assert lines[1] == "02:00:00:00:00:02        1  -40 dBm  open      near one"
    assert lines[2].endswith("-80 dBm  yes       far")


def test_a_file_without_either_says_so(tmp_path, capsys):
    path = tmp_path / "run.json"
    path.write_text("voy: a line of something else\n" + json.dumps({"event": "start"}) + "\n")
    assert tables.main([str(path)]) == 0
    assert capsys.readouterr().out == "no host command and no scan in there\n"
    path.write_text("\n".join(json.dumps(e) for e in EVENTS))
    tables.main([str(path)])
    assert "\n\nBSSID" in capsys.readouterr().out
