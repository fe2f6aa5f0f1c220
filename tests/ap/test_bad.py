# SPDX-License-Identifier: BSD-2-Clause
"""Bad input: frames, configuration, commands, an air that goes away."""
import json
import random
import resource
import signal
import socket
import struct
import subprocess
import time
import types

import pytest

from voyageur import aircfg, paths, procs
from voyageur.errors import VoyError

from airwire import PATIENCE
from approcs import VARIANT, Ap
from ip import Host
from processes import state
from station import AUTH, BEACON

AP = paths.BUILD / VARIANT / "bin" / "voy-ap"


# ---- frames -----------------------------------------------------------------------------------

def test_malformed_frames_hurt_nobody(start_ap, station):
    """Mutated and random frames of every type; a bystander keeps its network."""
    ap = start_ap(config={"aps": [{"ssid": "net", "channel": 6},
                                  {"ssid": "home", "channel": 6, "psk": "passphrase"}]})
    good, bad = station(channel=6), station(channel=6)
    good.join("net"), bad.join("home", "passphrase")
    host = Host(good)
    assert host.dhcp()
    rng = random.Random(7)
    targets = [bytes.fromhex(a["bssid"].replace(":", "")) for a in ap.do("status")["aps"]]
    for i in range(1500):
        kind = rng.choice((0x00, 0x20, 0x40, 0xa0, 0xb0, 0xc0, 0xd0, 0x84, 0xa4, 0x88, 0x08,
                           rng.randrange(256) & 0xfc))
        bssid = rng.choice(targets)
        head = struct.pack("<BBH", kind, rng.choice((0, 1, 1, 0x41, rng.randrange(256))), 0)
        body = rng.randbytes(rng.choice((0, 1, 2, 6, 12, 40, rng.randrange(600))))
        if rng.random() < 0.5:
            body = bytes(rng.choice(b"\0\1\2\3\x30\x2d\xdd\x04\x14\x1a\x20\xff") for _ in body)
        frame = head + bssid + bad.addr + bssid + rng.randbytes(2) + body
        bad.radio.send(frame, rate=108, tries=1)
    assert host.ping("10.0.2.2", 5) == 5
    again = station(channel=6)
    again.join("home", "passphrase")
    assert Host(again).dhcp()
    assert sum(a["bad_frames"] for a in ap.do("status")["aps"]) > 0


def test_a_flood_of_authentications_does_not_fill_it_for_good(start_ap, station):
    ap = start_ap(ssid="net", channel=6, max_sta=8)
    sta = station(channel=6)
    sta.bssid = sta.scan("net").bssid
    me = sta.addr
    for i in range(100):
        sta.addr = b"\x02\xff" + struct.pack(">I", i)
        sta.radio.send(sta.mgmt_frame(AUTH, struct.pack("<HHH", 0, 1, 0)))
    assert len(ap.do("stations")["stations"]) == 16
    sta.addr = me
    while ap.do("stations")["stations"]:
        sta.wait_mgmt(BEACON)
    assert sta.join("net") == 1


# ---- an air that goes away --------------------------------------------------------------------

def test_without_its_air_it_ends_and_says_why(hub, start_ap):
    ap = start_ap(ssid="net", channel=6)
    hub.stop()
    result = ap.event("result")
    assert not result["ok"] and "air" in result["error"]
    assert ap.child.proc.wait(120) == 1 and "the air is gone" in ap.stderr()
    ap.end = lambda: None


@pytest.mark.plain("a sanitizer's runtime wants files at the end")
def test_it_says_why_it_cannot_wait(start_ap):
    ap = start_ap(ssid="net", channel=6)
    resource.prlimit(ap.child.pid, resource.RLIMIT_NOFILE, (1, 1))
    assert ap.event("result")["error"] == "ppoll: Invalid argument"
    assert ap.child.proc.wait(120) == 2 and ap.stderr() == "voy-ap: ppoll: Invalid argument\n"
    ap.end = lambda: None


def test_a_name_that_is_taken_is_told(hub, start_ap):
    start_ap(ssid="net", channel=6, name="box")
    ap = start_ap(ssid="net", channel=6, name="box", wait=False)
    assert not ap.event("result")["ok"]
    assert ap.child.proc.wait(120) == 1 and "box" in ap.stderr()
    ap.end = lambda: None


def test_who_is_stopped_while_the_air_is_asked_waits_on(hub, tmp_path):
    """As by Ctrl-Z and fg: a wait with a limit ends early by that."""
    path = tmp_path / "slow.ctl"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen()
        s.settimeout(PATIENCE)
        place = types.SimpleNamespace(folder=tmp_path, socket=hub.socket, control=path)
        ap = Ap(place, 0, wait=False, ssid="net", channel=6, rssi=-50)
        conn, _ = s.accept()
        with conn, conn.makefile() as lines:
            assert json.loads(lines.readline())["value"] == -50
            for number, wanted in (None, "S"), (signal.SIGSTOP, "T"), (signal.SIGCONT, "S"):
                if number:
                    ap.child.send(number)
                while state(ap.child.pid) != wanted:
                    time.sleep(0.01)
            conn.sendall(b'{"ok":true}\n')
            ap.event("listening")
    ap.end()


# ---- command line and file --------------------------------------------------------------------

def refused(*args):
    """voy-ap's words when it does not start."""
    p = subprocess.run([AP, *map(str, args)], capture_output=True, text=True, timeout=120,
                       env=procs.environment(), check=False)
    assert p.returncode == 2 and p.stdout == "", p
    return p.stderr


@pytest.mark.parametrize("args,words", [
    ([], "--air PATH is missing"),
    (["--air", "/nonexistent/air", "--ssid", "x"], "/nonexistent/air"),
    (["--air", "a"], "--ssid: missing"),
    (["--air", "a", "--ssid", "x" * 33], "--ssid: an SSID has 1 to 32 octets, not 33"),
    (["--air", "a", "--ssid", "x", "--channel", "15"], "there is no channel 15"),
    (["--air", "a", "--ssid", "x", "--channel", "six"], "--channel: six is not a number"),
    (["--air", "a", "--ssid", "x", "--psk", "short"], "8 to 63 characters"),
    (["--air", "a", "--ssid", "x", "--psk", "z" * 64], "64 hexadecimal"),
    (["--air", "a", "--ssid", "x", "--bssid", "01:00:00:00:00:00"], "--bssid"),
    (["--air", "a", "--ssid", "x", "--country", "Germany"], "two capital letters"),
    (["--air", "a", "--ssid", "x", "--b-only", "--channel", "36"], "not on channel 36"),
    (["--air", "a", "--ssid", "x", "--rssi", "-50"], "--air-control"),
    (["--air", "a", "--ssid", "x", "--config", "y"], "together"),
    (["--air", "a", "surplus"], "surplus"),
    (["--air", "a", "--ssid", "x", "--ssid", "y", "--channel", "15"],
     "access point 2: --channel: there is no channel 15"),
    (["--air", "a", "--ssid", "x", "--name", "n", "--ssid", "y", "--name", "n"],
     "access point 2: --name: that of access point 1, too"),
    (["--air", "a", *["--ssid", "x"] * 17], "more than 16 access points"),
])
def test_wrong_arguments_are_named(args, words):
    assert words in refused(*args)


@pytest.mark.parametrize("text,where", [
    ('{\n "aps": [\n  {"ssid": "a"},,\n ]\n}', ":3: "),
    ('{"aps": []}', ':1: "aps" wants a list of 1 to 16'),
    ('{"air": {"x": ["]", "\\"aps\\": [{"]},\n "aps": [{"ssid": "a"},\n  {"ssid": "b",\n'
     '   "channel": 15}]}', ":4: channel: there is no channel 15"),
    ('{"aps": [\n {"ssid": "a"},\n {"channel": 6}]}', ":3: ssid: missing"),
    ('{"aps": [\n {"ssid": "a",\n  "speed": 1}]}', ":3: speed: no such setting"),
    ('{"aps": [\n {"ssid": "a", "psk": "short"}]}', ":2: psk: "),
    ('{"aps": [\n {"ssid": "a", "hidden": [1]}]}', ":2: hidden: wants"),
    ('{"aps": [\n {"ssid": "a", "channel": 6.5}]}', ":2: channel: wants"),
    ('{"aps": [\n 7]}', ":2: an access point is an object"),
    ('{"aps": [\n {"ssid": "a", "name": "x"},\n {"ssid": "b",\n  "name": "x"}]}',
     ":4: name: that of the access point in line 2"),
    ('{"aps": [{"ssid": "a", "bssid": "02:00:00:00:00:01"},\n'
     ' {"ssid": "b", "bssid": "02:00:00:00:00:01"}]}', ":2: bssid: that of"),
    ('{"aps": [{"ssid": "a", "ssid": "b"}]}', ":1: duplicate"),
])
def test_errors_in_the_file_give_line_and_cause(tmp_path, text, where):
    path = tmp_path / "aps.json"
    path.write_text(text)
    assert f"{path}{where}" in refused("--air", "a", "--config", path)


def test_a_missing_file_is_named(tmp_path):
    assert "No such file" in refused("--air", "a", "--config", tmp_path / "none")


@pytest.mark.parametrize("text,where", [
    ('{\n "air": {"loss": 2,},\n "aps": []}', ":2: "),
    ('{"air": {\n "los": 2}}', ":2: los: no such setting of the air"),
    ('{"air": {"loss":\n "much"}}', ":1: loss: wants a number"),
    ('{"air": {\n "time": "slow"}}', ":2: time: wants"),
    ('{"air": {"pairs": [\n  {"a": "x", "b": "y", "rssi": -70},\n  {"a": "x"}]}}',
     ":3: a pair names two radios"),
    ('{"air": {\n "pairs": [7]}}', ":2: a pair names two radios"),
    ('{"air": {"pairs": [{"a": "x", "b": "y",\n "rsi": -70}]}}', ":2: rsi: no such setting"),
    ('{\n"hub": {}}', ":2: hub: no such part"),
    ('[]', ":1: the file is one object"),
])
def test_errors_in_the_airs_part_give_line_and_cause(tmp_path, text, where):
    path = tmp_path / "world.json"
    path.write_text(text)
    with pytest.raises(VoyError) as e:
        aircfg.Config(path)
    assert f"{path}{where}" in str(e.value)


def test_one_file_makes_the_hub_and_its_access_points(tmp_path):
    path = tmp_path / "world.json"
    path.write_text(json.dumps({
        "air": {"noise": -90, "seed": 3, "airtime": True,
                "pairs": [{"a": "attic", "b": "card0", "rssi": -78, "oneway": True}]},
        "aps": [{"ssid": "a", "name": "hall", "rssi": -45}, {"ssid": "b", "name": "attic"}]}))
    seen = []
    with aircfg.Air(tmp_path, path, seen.append) as air:
        assert air.socket.is_socket() and air.ap_control.is_socket()
    assert not air.socket.exists() and not air.ap_control.exists()
    assert {e["source"] for e in seen} == {"air", "ap"}
    assert [e["ok"] for e in seen if e["event"] == "result"] == [True, True]
    assert {e["ap"] for e in seen if e["event"] == "started"} == {"hall", "attic"}


# ---- control socket ---------------------------------------------------------------------------

@pytest.mark.parametrize("request_,words", [
    ({}, "cmd"),
    ({"cmd": "dance"}, "unknown command dance"),
    ({"cmd": "deauth"}, "sta"),
    ({"cmd": "deauth", "sta": "02:00:00:00:00:55"}, "no station"),
    ({"cmd": "deauth", "sta": 5}, "sta"),
    ({"cmd": "switch"}, "channel"),
    ({"cmd": "switch", "channel": 11, "count": -1}, "count"),
    ({"cmd": "set", "key": "channel", "value": 3}, "for the start"),
    ({"cmd": "set", "key": "hidden", "value": "perhaps"}, "neither true nor false"),
    ({"cmd": "stations", "ap": "none"}, "no access point none"),
])
def test_commands_that_cannot_be_say_why(start_ap, request_, words):
    ap = start_ap(ssid="net", channel=6)
    answer = ap.ask(request_.pop("cmd", None), **request_)
    assert not answer["ok"] and words in answer["error"]


def test_garbage_on_the_control_socket_hurts_nobody(start_ap):
    ap = start_ap(ssid="net", channel=6)
    for text in (b"\n\n{}\n[]\n\xff\xfe\n", b"x" * 5000, b'{"cmd":"stat'):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(ap.control))
            s.sendall(text)
    assert ap.do("status")["aps"][0]["ssid"] == "net"


def test_stop_ends_it_orderly(start_ap):
    ap = start_ap(ssid="net", channel=6)
    ap.do("stop")
    assert ap.event("result")["ok"]
    assert ap.child.proc.wait(120) == 0
