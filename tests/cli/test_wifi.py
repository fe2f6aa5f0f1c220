# SPDX-License-Identifier: BSD-2-Clause
"""`voy run iwm` on a network: a command in it, voy wifi beside it, captures; simulated and lab."""
import itertools
import json
import pathlib
import re
import signal

import pytest

from slowstart import Held
from voyageur import fetch

VOY = pathlib.Path(__file__).resolve().parents[2] / "voy"
PING = ("ping", "-c", "3", "-W", "10", "10.0.2.2")


@pytest.fixture
def ping():
    """busybox's, which is everywhere."""
    try:
        return (str(fetch.busybox()), *PING)
    except fetch.cache.CacheError as e:
        pytest.skip(str(e))


@pytest.fixture
def world(tmp_path):
    """A file with two access points: an open one, and one with a passphrase."""
    path = tmp_path / "world.json"
    path.write_text(json.dumps({"aps": [
        {"name": "hall", "ssid": "open net", "channel": 6, "rssi": -45},
        {"name": "attic", "ssid": "home", "channel": 36, "rssi": -60, "psk": "correct horse"}]}))
    return path


@pytest.mark.parametrize("model", ["i7260", "i3160", "i7265"])
def test_a_command_s_only_network_is_the_card(voy, ping, firmware, tmp_path, model):
    """WPA2, DHCP, DNS; states in order; the frames of both directions in a file."""
    capture = tmp_path / "frames.pcapng"
    script = f"{ping[0]} ip -o link; cat /etc/resolv.conf; exec {' '.join(ping)}"
    said = voy("run", "iwm", "--model", model, "--json", "--pcap", capture, "--", "sh", "-c",
               script)
    assert said.status == 0 and said.result["ok"], (said.result, said.err, firmware)
    assert said.result["reached"] == "ip" and said.result["ip"].startswith("10.0.2.")
    states = [e["state"] for e in said.events if e["event"] == "state"]
    states = [s for s, _ in itertools.groupby(states)]      # a scan may have heard nothing
    assert states == ["attached", "alive", "scanned", "associated", "ip"]
    out = "\n".join(e["text"] for e in said.events if e["event"] == "output")
    assert "3 packets received" in out and "nameserver 10.0.2.3" in out
    names = set(re.findall(r"^\d+: (\w+)[:@]", out, re.M))
    # Who may not open /dev/net/tun has iwm0 as one end of a pair, the other beside it.
    assert names - {"voypeer0"} == {"lo", "iwm0"}
    assert capture.read_bytes()[:4] == bytes.fromhex("0a0d0d0a")
    assert capture.stat().st_size > 2000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_air_starts_ends_it_in_order(voy, firmware, tmp_path, number):
    """The access point, too, which nobody has to find out by itself that its air is gone."""
    held = Held(tmp_path, "ap")
    p = voy.start("run", "iwm", "--json", env=held.environment)
    held.wait(p)
    p.send_signal(number)
    held.go()
    out, err = p.communicate(timeout=250)
    said = [json.loads(line) for line in out.splitlines()]
    assert p.returncode == 1 and said[-1]["error"] == "interrupted" and err == "", (out, firmware)
    assert not any("air is gone" in e.get("text", "") for e in said), out


def test_a_network_is_there_again_after_a_sleep(voy, firmware):
    """A short one does not cost the address; the run has reached that once more."""
    said = voy("run", "iwm", "--suspend", 2, "--json")
    assert said.status == 0, said.err
    states = [e["state"] for e in said.events if e["event"] == "state"]
    assert [s for s in states if s in ("associated", "ip")] == ["associated", "ip"] * 3
    assert firmware


def test_networks_of_a_file_are_joined_by_name(voy, ping, world, firmware):
    """The first without a name; by --ssid another, whose passphrase the file has."""
    for more, ssid in ((), "open net"), (("--ssid", "home"), "home"):
        said = voy("run", "iwm", "--json", "--air", world, *more, "--", *ping)
        assert said.status == 0, (said.result, said.err, firmware)
        joined = [e for e in said.events if e.get("what") == "associated"]
        assert [e["ssid"] for e in joined] == [ssid]


def test_a_wrong_passphrase_ends_in_an_error_that_says_so(voy, world, firmware):
    """And the passphrase is not on a command line."""
    said = voy("run", "iwm", "--json", "--air", world, "--ssid", "home", "--psk", "wrong staple",
               "--timeout", "100")
    assert firmware and said.status == 1 and said.result["reached"] == "scanned"
    assert "passphrase" in said.out and "wrong staple" not in said.out


def test_voy_wifi_beside_the_run(voy, world, firmware):
    """From inside the command: status, the table, a scan, statistics; for people and as JSON.

    A scan may miss a network: then another one.
    """
    script = f"""{VOY} wifi status --json
        until table=$({VOY} wifi scan); echo "$table" | grep -q ' home '; do :; done
        echo "$table"; {VOY} wifi stats; {VOY} wifi status; {VOY} wifi signal
        {VOY} wifi join --ssid home --psk "" 2>&1
        until {VOY} wifi join --ssid home --psk "correct horse" --json; do :; done"""
    said = voy("run", "iwm", "--json", "--air", world, "--", "sh", "-c", script)
    assert said.status == 0, (said.out, said.err, firmware)
    lines = [e["text"] for e in said.events if e["event"] == "output"]
    status, joined = json.loads(lines[0]), json.loads(lines[-1])
    assert (status["state"], status["ssid"]) == ("running", "open net")
    assert (joined["state"], joined["ssid"]) == ("running", "home")
    table = "\n".join(lines)
    for shown in (r"carrier +yes", r"ssid +open net", r"width +20 MHz", r"signal +-4\d dBm",
                  r"rx_frames +\d+", r"wpa\.handshakes +0", r"radio\.temperature +\d+ °C"):
        assert re.search(f"^{shown}$", table, re.M), (shown, table)
    assert "--psk: it has 0 characters; a passphrase has 8 to 63" in table
    assert re.search(r"^02:\S+ +open net +6 +-45 dBm +open", table, re.M), table
    assert re.search(r"^02:\S+ +home +36 +-60 dBm +wpa2-psk", table, re.M), table


@pytest.mark.lab
@pytest.mark.usefixtures("lab")
def test_the_same_through_the_guest_s_vfio(voy, firmware, tmp_path):
    """The card is behind a real kernel's VFIO, the command in the guest."""
    capture = tmp_path / "frames.pcapng"
    said = voy("run", "iwm", "--on", "lab", "--json", "--pcap", capture, "--", *PING, timeout=250)
    assert said.status == 0 and said.result["reached"] == "ip", (said.result, said.err, firmware)
    out = "\n".join(e["text"] for e in said.events if e["event"] == "output")
    assert "3 packets received" in out
    assert capture.read_bytes()[:4] == bytes.fromhex("0a0d0d0a")


@pytest.mark.lab
@pytest.mark.usefixtures("lab")
@pytest.mark.deadline(120)
def test_a_run_that_stays_in_the_guest_is_asked_from_here_and_ended_in_order(voy, firmware):
    """`voy wifi` finds it as it finds any other; Ctrl-C says good-bye to the network."""
    run = voy.start("run", "iwm", "--on", "lab", "--json", "--stay")
    said = []
    while not said or said[-1].get("state") != "ip":
        said.append(json.loads(run.stdout.readline() or '{"event": "end"}'))
        assert said[-1]["event"] not in ("end", "result"), (said, firmware)
    status = json.loads(voy("wifi", "status", "--json").out)
    assert (status["state"], status["ssid"]) == ("running", "voyageur")
    assert status["address"].startswith("10.0.2.")
    table = voy("wifi", "scan")
    assert re.search(r"^02:\S+ +voyageur +36 +-\d+ dBm +wpa2-psk", table.out, re.M), table
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    rest = [json.loads(line) for line in out.splitlines()]
    assert run.returncode == 0 and rest[-1]["ok"] and rest[-1]["reached"] == "ip", (rest, err)
    assert [e["by"] for e in rest if e.get("what") == "disconnected"] == ["station"]
