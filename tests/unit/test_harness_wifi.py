# SPDX-License-Identifier: BSD-2-Clause
"""What a run gives a wifi driver: the network of the command line, and the capture file."""
import struct
import sys

import pytest

from harness_run import BUILD, Card, fake

sys.path.insert(0, str(BUILD.parent / "tests" / "air"))

import pcapng  # noqa: E402


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def psk_file(tmp_path, text):
    path = tmp_path / "psk"
    path.write_bytes(text)
    return str(path)


def test_the_network_is_handed_on(card, tmp_path):
    run = fake(card, "radio", "--ssid", "home net", "--bssid", "02:00:00:00:01:07",
               "--psk-file", psk_file(tmp_path, b"correct horse\n"))
    assert run.status == 0 and run.states()[-1] == "ip"
    wifi = run.one("wifi")
    assert (wifi["ssid"], wifi["psk"], wifi["bssid"]) == ("home net", len("correct horse"), 7)
    assert list(wifi)[:2] == ["event", "t"] and wifi["stay"] is False
    assert "correct horse" not in run.stdout + run.stderr


def test_without_a_network_a_run_ends_before_the_states_that_need_one(card):
    run = fake(card, "radio")
    assert run.status == 0 and run.states() == ["attached", "warm", "hot"]
    assert list(run.one("wifi")) == ["event", "t"], "an event without members"


def test_an_open_network_and_a_key_in_hexadecimal(card, tmp_path):
    assert fake(card, "radio", "--ssid", "x", "--open").one("wifi")["psk"] == 0
    run = fake(card, "radio", "--ssid", "x", "--psk-file", psk_file(tmp_path, b"0aF9" * 16))
    assert run.one("wifi")["psk"] == 64


@pytest.mark.parametrize("text", [b"", b"short", b"seven77\n", b"x" * 64, b"x" * 65, b"0a" * 33,
                                  b"two\nlines", b"tab\there", b"caf\xc3\xa9 au lait", bytes(20)])
def test_a_file_that_holds_no_passphrase(card, tmp_path, text):
    run = fake(card, "radio", "--ssid", "x", "--psk-file", psk_file(tmp_path, text))
    assert run.status == 1 and not run.all("start")
    assert "--psk-file" in run.result["error"] and "8 to 63" in run.result["error"]


@pytest.mark.parametrize("args,says", [
    (["--ssid", ""], "1 to 32 octets"), (["--ssid", "x" * 33], "this has 33"),
    (["--ssid", "x", "--psk-file", "/nonexistent/psk"], "No such file"),
    (["--ssid", "x", "--bssid", "02:00:00:00:01"], "not the address of an access point"),
    (["--ssid", "x", "--bssid", "03:00:00:00:01:00"], "not the address of an access point"),
    (["--open"], "--ssid is missing"), (["--bssid", "02:00:00:00:01:00"], "--ssid is missing"),
    (["--ssid", "x", "--open", "--psk-file", "y"], "exclude each other")])
def test_what_cannot_be_a_network(card, args, says):
    run = fake(card, "radio", *args)
    assert run.status in (1, 2) and not run.all("start") and says in run.result["error"]


def test_the_capture_has_every_frame_in_order(card, tmp_path, variant):
    path = tmp_path / "c.pcapng"
    run = fake(card, "capture", "--pcap", str(path), variant=variant)
    assert run.status == 0, run.stderr
    packets = pcapng.read(path, b"voyageur")
    assert {p.interface for p in packets} == {"fake0"} and all(not p.radiotap for p in packets)
    for out in (0, 1):
        mine = [p for p in packets if p.frame[0] == out]
        assert [struct.unpack_from("=I", p.frame, 4)[0] for p in mine] == list(range(2000))
        assert {p.flags for p in mine} == {1 + out}, "inbound and outbound"
        assert all(len(p.frame) == 1500 - i % 4 for i, p in enumerate(mine))
    times = [p.usec for p in packets]
    assert times == sorted(times) and times[0] > 1e15, "real time"


def test_a_capture_without_frames_can_be_opened(card, tmp_path):
    path = tmp_path / "c.pcapng"
    assert fake(card, "ok", "--pcap", str(path)).status == 0
    assert pcapng.read(path, b"voyageur") == [] and path.stat().st_size > 0


def test_a_disk_that_fills_up_ends_the_run_orderly(card):
    run = fake(card, "ok", "--pcap", "/dev/full")
    assert run.status == 1 and not run.all("start")
    assert "/dev/full" in run.result["error"] and "No space left" in run.result["error"]


def test_a_disk_that_fills_up_during_the_run(card, tmp_path):
    """The header still fits; a limit of the file's size then refuses the rest."""
    path = tmp_path / "c.pcapng"
    run = fake(card, "capture", "--pcap", str(path), "--stay", limit_kb=64)
    assert 0 < path.stat().st_size <= 64 * 1024
    assert run.status == 1 and "pcap" in run.result["error"], run.stderr
    assert "File too large" in run.result["error"] and not run.all("crash")


def test_a_capture_that_cannot_be_created(card, tmp_path):
    run = fake(card, "ok", "--pcap", str(tmp_path / "no" / "c.pcapng"))
    assert run.status == 1 and not run.all("start")
    assert "No such file or directory" in run.result["error"]


def test_a_crash_leaves_a_capture_that_can_be_opened(card, tmp_path):
    path = tmp_path / "c.pcapng"
    run = fake(card, "capture-crash", "--pcap", str(path))
    assert run.status == 139
    assert len(pcapng.read(path, b"voyageur")) == 4000
