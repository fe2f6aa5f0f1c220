# SPDX-License-Identifier: BSD-2-Clause
"""`voy sim air --config`: hub and access points from one file, as a user starts them."""
import json
import os
import signal
import subprocess

import pytest

from voyageur import paths

from ip import Host
from station import Station

VOY = paths.ROOT / "voy"


def events(p, wanted):
    """Reads events up to the wanted one, of that source."""
    for line in p.stdout:
        e = json.loads(line)
        if (e["source"], e["event"]) == wanted:
            return e
    raise AssertionError(f"no {wanted}; status {p.wait()}: {p.stderr.read()}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_world_runs_until_it_is_ended_and_leaves_nothing(tmp_path, number):
    path, sock, pcap = tmp_path / "world.json", tmp_path / "air", tmp_path / "air.pcapng"
    path.write_text(json.dumps({"air": {"seed": 1}, "aps": [{"ssid": "net", "channel": 6}]}))
    with subprocess.Popen([VOY, "sim", "air", "--config", path, "--socket", sock, "--pcap", pcap,
                           "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          start_new_session=True) as p:
        try:
            events(p, ("ap", "listening"))
            sta = Station(sock, "card0", channel=6)
            sta.join("net")
            assert Host(sta).dhcp() == "10.0.2.15"
            sta.close()
            p.send_signal(number)
            assert events(p, ("ap", "result"))["ok"] and events(p, ("air", "result"))["ok"]
            assert p.wait(120) == 0 and p.stderr.read() == ""
        finally:
            if p.poll() is None:
                os.killpg(p.pid, signal.SIGKILL)
    assert not sock.exists() and pcap.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


def test_an_access_point_that_cannot_start_is_told_once(tmp_path):
    path = tmp_path / "world.json"
    path.write_text('{"aps": [\n {"ssid": "net",\n  "channel": 99}]}')
    p = subprocess.run([VOY, "sim", "air", "--config", path], capture_output=True, text=True,
                       timeout=250, check=False)
    assert p.returncode == 1
    assert f"{path}:3: channel: there is no channel 99" in p.stderr
