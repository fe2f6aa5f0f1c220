# SPDX-License-Identifier: BSD-2-Clause
"""Radios that misbehave are told, counted and dropped; the others do not notice."""
import random
import struct
import time

import pytest
import radio
from radio import ACKED, INVALID, NOANSWER, Radio, data, ht, legacy, message, tx_body


@pytest.fixture
def air(start):
    """A hub under AddressSanitizer and two radios that have to go on working."""
    hub = start(program=radio.CHECKED)
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()

    def works():
        status = a.send_and_wait(data(b.mac, a.mac))
        b.frames()
        return status.result == ACKED

    hub.works = works
    assert works()
    yield hub
    assert hub.stopped or works()


def bad_messages():
    """Name, message, and a word of the complaint."""
    tune = struct.Struct("=HHHH")
    good = radio.hello_body("x")
    frame = data(radio.mac(9), radio.mac(8))

    def tx(**more):
        return message(radio.TX, tx_body(frame, **more))
    return [
        ("short", b"\1", "shorter than"),
        ("header cut", message(radio.TUNE)[:-1], "shorter than"),
        ("no body", message(radio.TUNE), "wrong length"),
        ("long body", message(radio.TUNE, tune.pack(1, 2412, 2412, 20) + b"x"), "wrong length"),
        ("len lies", message(radio.TUNE, tune.pack(1, 2412, 2412, 20), length=99), "len is not"),
        ("too long", message(radio.TX, b"x" * 9000), "len is not"),
        ("type 0", message(0), "no such message"),
        ("type of the hub", message(radio.RX, b"x" * 100), "no such message"),
        ("type 65535", message(65535), "no such message"),
        ("second hello", message(radio.HELLO, good), "said twice"),
        ("addresses", message(radio.ADDR, radio.hello_body("", count=17)), "16 addresses"),
        ("addresses 2^32-1", message(radio.ADDR, radio.hello_body("", count=2**32 - 1)),
         "16 addresses"),
        ("on", message(radio.TUNE, tune.pack(2, 2412, 2412, 20)), "on is 0 or 1"),
        ("freq", message(radio.TUNE, tune.pack(1, 2413, 2413, 20)), "no channel"),
        ("freq 0", message(radio.TUNE, tune.pack(1, 0, 0, 20)), "no channel"),
        ("freq 65535", message(radio.TUNE, tune.pack(1, 65535, 65535, 20)), "no channel"),
        ("width", message(radio.TUNE, tune.pack(1, 2412, 2412, 80)), "width"),
        ("center", message(radio.TUNE, tune.pack(1, 2412, 2417, 20)), "center"),
        ("center 40", message(radio.TUNE, tune.pack(1, 5180, 5180, 40)), "center"),
        ("busy", message(radio.BUSY, b"\0" * 4), "wrong length"),
        ("busy flags", message(radio.BUSY, b"\4" + b"\0" * 7), "BUSY: unknown flags"),
        ("tx flags", tx(flags=0x8000), "unknown flags"),
        ("tx rates", tx(nrates=17), "16 rates"),
        ("tx prio", tx(prio=8), "prio"),
        ("radiotap version", tx(radiotap=b"\1\0\10\0\0\0\0\0"), "radiotap"),
        ("radiotap too long", tx(radiotap=b"\0\0\xff\xff\0\0\0\0"), "radiotap"),
        ("radiotap too short", tx(radiotap=b"\0\0\7\0\0\0\0\0"), "radiotap"),
        ("radiotap endless", tx(radiotap=b"\0\0\x10\0" + b"\xff" * 12), "radiotap"),
        ("radiotap cut", tx(radiotap=b"\0\0\x0a\0\1\0\0\0\0\0"), "radiotap"),
        ("no radiotap", message(radio.TX, tx_body(b"", radiotap=b"")), "radiotap"),
        ("idle of the future", message(radio.IDLE, struct.pack("=Q", 0), seq=77), "never sent"),
    ]


@pytest.mark.parametrize("name,raw,word", bad_messages(), ids=lambda v: v if
                         isinstance(v, str) else "")
def test_a_message_that_breaks_the_protocol_ends_its_radio_only(air, name, raw, word):
    bad = air.radio("bad")
    bad.send(raw)
    assert word in bad.bye()
    assert air.works()
    result = air.stop()
    assert (result["ok"], result["violations"]) == (False, 1)
    told = [e for e in air.events if e["event"] == "violation"]
    assert len(told) == 1 and told[0]["radio"] == "bad" and word in told[0]["text"]
    assert word in air.stderr and air.proc.returncode == 1


@pytest.mark.parametrize("change,word", [
    (dict(name=""), "name"), (dict(name="a b"), "name"), (dict(name="x" * 32), "name"),
    (dict(name="*"), "name"), (dict(name="a"), "is there already"),
    (dict(name="x", version=2), "version"), (dict(name="x", flags=64), "flags"),
    (dict(name="x", count=17), "addresses")])
def test_a_hello_that_cannot_be_is_refused(air, change, word):
    with Radio(air.path, hello=False) as bad:
        bad.send(message(radio.HELLO, radio.hello_body(**change)))
        assert word in bad.bye()


def test_hello_has_to_come_first(air):
    with Radio(air.path, hello=False) as bad:
        bad.send(message(radio.TUNE, struct.pack("=HHHH", 1, 2412, 2412, 20)))
        assert "HELLO has to come first" in bad.bye()


def test_a_passive_radio_may_not_send(air):
    ear = air.radio("ear", flags=radio.PASSIVE)
    ear.tx(data(radio.mac(9), ear.mac))
    assert "passive" in ear.bye()


@pytest.mark.parametrize("frame,rates,more", [
    (b"", [legacy(1)], {}), (b"x" * 9, [legacy(1)], {}), (b"x" * 8000, [legacy(1)], {}),
    (b"x" * 31, [legacy(1)], dict(flags=radio.TSF)),
    (b"x" * 40, [legacy(1, tries=0)], {}), (b"x" * 40, [legacy(3)], {}),
    (b"x" * 40, [ht(32)], {}), (b"x" * 40, [ht(0, flags=64)], {}),
    (b"x" * 40, [ht(0, flags=radio.MHZ40)], {}), (b"x" * 40, [radio.Rate(3, 0, 0, 1)], {}),
    (b"x" * 40, [legacy(6), radio.Rate(0, 0, 0, 0)], {}),
    (b"x" * 40, [legacy(1)], dict(freq=5180)), (b"x" * 40, [legacy(6)], dict(freq=1234))])
def test_what_cannot_be_sent_is_a_status_not_an_end(air, frame, rates, more):
    a = air.radios[0]
    status = a.send_and_wait(frame, *rates, **more)
    assert (status.result, status.tries) == (INVALID, 0)


def test_any_bytes_may_be_a_frame(air):
    a, b = air.radios
    rng = random.Random(1)
    sent = []
    for length in (10, 11, 15, 16, 23, 24, 25, 31, 32, 100, 1500, 7991):
        for _ in range(4):
            frame = rng.randbytes(length)
            sent.append(frame)
            a.send_and_wait(frame, legacy(54), flags=radio.NOACK)
    assert [b.rx().data for _ in sent] == sent


def test_a_radiotap_header_may_name_the_rate(air):
    a, b = air.radios
    mcs = struct.pack("<BBHIBBB", 0, 0, 11, 1 << 19, 0x07, 0x04, 5)
    old = struct.pack("<BBHIBBB", 0, 0, 11, 1 << 1 | 1 << 2 | 1 << 17, 0x10, 22, 3)
    frame = data(radio.mac(99), a.mac)
    a.send(message(radio.TX, tx_body(frame, 500, (), radiotap=mcs)))
    a.send(message(radio.TX, tx_body(frame + b"FCS!", 501, (), radiotap=old)))
    assert a.status(500).tries == 7
    assert b.rx().rate == ht(5, 0, radio.SGI)
    status = a.status(501)
    assert (status.result, status.tries, status.rate[:2]) == (NOANSWER, 4, (radio.LEGACY, 22))
    assert b.rx(lambda f: f.rate.index == 22).data == frame, "without the FCS"


def test_a_radio_that_leaves_in_the_middle_of_its_frame_is_not_heard(air):
    b = air.radios[1]
    c = air.radio("c")
    air.settled()
    air.cut_off(c, b.mac)
    assert air.status()["cut"] == 1
    heard = [f for f in b.frames() if f.sender == c.welcome[1]]
    assert air.works()
    air.stop()
    left = [e for e in air.events if e["event"] == "left" and e["radio"] == "c"]
    assert left[0]["tx"] == len(heard) < 9 and left[0]["why"] == "disconnected"


def test_a_receiver_that_leaves_does_not_answer(air):
    a = air.radios[0]
    c = air.radio("c")
    air.settled()
    cookie = a.tx(data(c.mac, a.mac, b"x" * 7900))
    c.close()
    assert a.status(cookie).result == NOANSWER


def test_a_name_is_free_again_when_its_radio_has_left(air):
    for _ in range(20):
        again = air.radio("again", 7)
        again.close()
        deadline = time.monotonic() + radio.WAIT
        while "again" in air.status()["by_name"] and time.monotonic() < deadline:
            pass
    assert "again" not in air.status()["by_name"]


def test_a_radio_that_does_not_read_loses_frames_and_nobody_else_does(air):
    a, b = air.radios
    slow = air.radio("slow")
    air.set("airtime", 0)
    frame = data(radio.BROADCAST, a.mac, b"x" * 1500)
    for i in range(2000):
        if i >= 50:
            a.status(a.cookie - 49)
            b.frames()
        a.tx(frame, legacy(54))
    a.status(a.cookie)
    by_name = air.status()["by_name"]
    assert by_name["slow"]["dropped"] > 1000
    assert by_name["b"]["dropped"] == by_name["a"]["dropped"] == 0
    assert a.send_and_wait(data(slow.mac, a.mac), legacy(6)).result == NOANSWER
    slow.frames()
    air.settled()
    slow.frames()
    assert a.send_and_wait(data(slow.mac, a.mac), legacy(6)).result == ACKED
    air.stop()
    assert [e["radio"] for e in air.events if e["event"] == "slow"] == ["slow"]


def test_a_flood_holds_up_the_radio_that_makes_it_only(air):
    """It sends as much as its socket takes, and reads nothing."""
    flood = air.radio("flood")
    flood.sock.setblocking(False)
    frame = message(radio.TX, tx_body(data(radio.mac(99), flood.mac), rates=[legacy(54, 50)]))
    sent = 0
    for _ in range(20):
        try:
            while sent < 50000:
                flood.send(frame)
                sent += 1
        except BlockingIOError:
            pass
        assert air.works()
    assert sent > 64
    assert air.status()["by_name"]["flood"]["queued"] <= 64
    flood.close()


def test_random_messages_end_radios_but_not_the_hub(air):
    rng = random.Random(2)
    for i in range(100):
        with Radio(air.path, f"n{i}", radio.mac(100 + i)) as noise:
            for _ in range(20):
                body = rng.randbytes(rng.choice((0, 8, 84, 100, 200, 240)))
                kind = rng.choice((1, 2, 3, 4, 4, 4, 5, 66, 1000))
                try:
                    noise.send(message(kind, body))
                except OSError:
                    break
    assert air.works()


def test_the_hub_takes_128_radios_and_refuses_the_next(start):
    hub = start()
    radios = [Radio(hub.path, f"r{i}", radio.mac(i)) for i in range(128)]
    with pytest.raises((radio.Gone, ConnectionError)) as refused:
        Radio(hub.path, "more", radio.mac(200))
    assert "full" in str(refused.value) or isinstance(refused.value, ConnectionError)
    for r in radios:
        r.close()
    assert hub.stop()["radios_most"] == 128


# ---- the control socket and the command line

@pytest.mark.parametrize("line,word", [
    (b"\n", "not JSON"), (b"{\n", "not JSON"), (b"[]\n", "one JSON object"),
    (b'{"cmd":7}\n', "one JSON object"), (b'{"cmd":"sing"}\n', "unknown command"),
    (b'{"cmd":"set"}\n', "wants"), (b'{"cmd":"set","key":"rssi","value":"x"}\n', "wants"),
    (b'{"cmd":"set","key":"rssi","value":99}\n', "from -127 to 20 dBm"),
    (b'{"cmd":"set","key":"loss","value":101}\n', "from 0 to 100 percent"),
    (b'{"cmd":"set","key":"loss","value":5,"a":"x"}\n', "both"),
    (b'{"cmd":"set","key":"loss","value":5,"a":"x","b":""}\n', "no name"),
    (b'{"cmd":"set","key":"colour","value":5}\n', "no such setting"),
    (b'{"cmd":"set","key":"seed","value":5,"a":"x","b":"y"}\n', "not a setting of pairs"),
    (b'{"cmd":"set","key":"' + "x\u00e4".encode() * 30 + b'","value":5}\n', "no such setting"),
    (b'{"cmd":"set","key":"seed","value":0.5}\n', "whole number"),
    (b'{"cmd":"unset","key":"rssi","a":"x","b":"y"}\n', "was not set"),
    (b'{"cmd":"pair","a":"x","b":"y"}\n', "not two radios"), (b'{"cmd":"pair"}\n', "both"),
    (b'{"cmd":"kick","radio":"x"}\n', "one that is here"),
    (b'{"cmd":"' + b"x" * 5000 + b'"}\n', "line too long")])
def test_a_wrong_command_is_told_what_is_wrong(air, line, word):
    answer = air.control_raw(line)
    assert answer["ok"] is False and word in answer["error"]


def test_a_radio_can_be_thrown_out(air):
    c = air.radio("c")
    assert air.control(cmd="kick", radio="c") == {"ok": True}
    assert "kicked" in c.bye()


def test_the_control_socket_can_end_the_hub(air):
    assert air.control(cmd="stop") == {"ok": True}
    assert "the hub ends" in air.radios[0].bye()
    assert air.proc.wait(radio.WAIT) == 0
    assert air.stop()["ok"]


@pytest.mark.parametrize("option,word", [
    ("rssi", "wants KEY=VALUE"), ("rssi=loud", "no number"), ("rssi:a=-5", "two names"),
    ("rssi:a:b:twoway=-5", "two names"), ("colour=1", "no such setting"),
    ("loss=200", "from 0 to 100"), ("loss=nan", "from 0 to 100")])
def test_a_wrong_setting_is_told_at_the_start(start, option, word):
    with pytest.raises(RuntimeError) as told:
        start("--set", option)
    assert f"--set {option}: " in str(told.value) and word in str(told.value)


def test_a_capture_file_that_cannot_be_is_told(start, tmp_path):
    with pytest.raises(RuntimeError) as told:
        start("--pcap", str(tmp_path / "no" / "such"))
    assert "No such file" in str(told.value)


def test_a_full_disk_fails_the_run_not_the_air(start):
    hub = start("--pcap", "/dev/full")
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    assert a.send_and_wait(data(b.mac, a.mac)).result == ACKED
    result = hub.stop()
    assert not result["ok"] and "No space left" in result["error"] and hub.proc.returncode == 1
