# SPDX-License-Identifier: BSD-2-Clause
"""Who hears what: channels, signal, loss, acknowledgement, retries."""
import pytest
import radio
from radio import (ACKED, BROADCAST, INVALID, NOANSWER, OFF, SENT, data, ht, legacy, mac)


def test_a_frame_arrives_as_it_was_sent(pair):
    a, b = pair
    frame = data(b.mac, a.mac, bytes(range(256)))
    status = a.send_and_wait(frame)
    got = b.rx()
    assert got.data == frame
    assert (got.freq, got.signal, got.noise, got.sender) == (2412, -50, -95, 1)
    assert got.rate[:2] == (radio.LEGACY, 2)
    assert got.flags == 1, "it was for this radio"
    assert (status.result, status.tries, status.rung, status.ack_signal) == (ACKED, 1, 0, -50)


def test_every_radio_on_the_channel_hears_a_broadcast_but_its_sender(hub):
    radios = [hub.radio(f"r{i}") for i in range(4)]
    hub.settled()
    assert radios[0].send_and_wait(data(BROADCAST, radios[0].mac)).result == SENT
    for other in radios[1:]:
        assert other.rx().flags == 0
    assert radios[0].frames() == []


def test_a_unicast_frame_is_heard_by_bystanders_and_answered_by_its_receiver_only(hub):
    a, b, c = (hub.radio(n) for n in "abc")
    hub.settled()
    assert a.send_and_wait(data(b.mac, a.mac)).result == ACKED
    assert b.rx().flags == 1
    assert c.rx().flags == 0


@pytest.mark.parametrize("freq", [2417, 2437, 5180])
def test_other_channels_hear_nothing(hub, freq):
    a, b = hub.radio("a"), hub.radio("b", freq=freq)
    hub.settled()
    assert a.send_and_wait(data(b.mac, a.mac)).result == NOANSWER
    assert b.frames() == []


def test_two_channels_carry_frames_side_by_side(hub):
    a, b = hub.radio("a"), hub.radio("b")
    c, d = hub.radio("c", freq=5180), hub.radio("d", freq=5180)
    hub.settled()
    a.tx(data(b.mac, a.mac, b"one"))
    c.tx(data(d.mac, c.mac, b"two"), legacy(6))
    assert b.rx().data.endswith(b"one") and d.rx().data.endswith(b"two")
    assert [len(r.frames()) for r in (a, b, c, d)] == [0, 0, 0, 0]


def test_a_radio_that_changes_channel_hears_the_new_one(pair, hub):
    a, b = pair
    b.tune(2462)
    hub.settled()
    assert a.send_and_wait(data(b.mac, a.mac)).result == NOANSWER
    a.tune(2462)
    hub.settled()
    assert a.send_and_wait(data(b.mac, a.mac)).result == ACKED


def test_a_radio_that_is_off_neither_hears_nor_sends(pair, hub):
    a, b = pair
    b.tune(0)
    hub.settled()
    assert a.send_and_wait(data(b.mac, a.mac)).result == NOANSWER
    assert b.send_and_wait(data(a.mac, b.mac)).result == OFF
    assert a.frames() == []


def test_a_frame_may_go_out_on_another_channel(hub):
    a, b = hub.radio("a"), hub.radio("b", freq=5180)
    hub.settled()
    assert a.send_and_wait(data(BROADCAST, a.mac), legacy(6), freq=5180).result == SENT
    assert b.rx().freq == 5180


def test_a_wide_frame_needs_a_wide_receiver(hub):
    a, b, c = hub.radio("a", freq=0), hub.radio("b", freq=0), hub.radio("c", freq=5180)
    a.tune(5180, 40, 5190)
    b.tune(5180, 40, 5190)
    hub.settled()
    wide = ht(7, flags=radio.MHZ40)
    assert a.send_and_wait(data(b.mac, a.mac), wide).result == ACKED
    assert b.rx().rate[:3] == wide[:3]
    assert a.send_and_wait(data(c.mac, a.mac), wide).result == NOANSWER
    assert a.send_and_wait(data(c.mac, a.mac), ht(7)).result == ACKED
    assert c.send_and_wait(data(a.mac, c.mac), wide).result == INVALID


def test_a_sniffer_hears_all_channels_and_answers_on_its_own_only(hub):
    a, b = hub.radio("a"), hub.radio("b", freq=5180)
    ear = hub.radio("ear", flags=radio.ALLCHAN)
    hub.settled()
    assert a.send_and_wait(data(ear.mac, a.mac)).result == ACKED
    assert b.send_and_wait(data(ear.mac, b.mac), legacy(6)).result == NOANSWER
    assert [f.freq for f in (ear.rx(), ear.rx())] == [2412, 5180]


def test_addresses_may_change_and_have_masks(pair, hub):
    a, b = pair
    b.addresses((mac(0x77), b"\xff" * 6), (b"\x06\0\0\0\0\0", b"\xff\0\0\0\0\0"))
    hub.settled()
    results = [a.send_and_wait(data(to, a.mac)).result
               for to in (b.mac, mac(0x77), b"\x06\1\2\3\4\5")]
    assert results == [NOANSWER, ACKED, ACKED]


# ---- acknowledgement and retries

def test_no_ack_is_expected_when_none_is_wanted(pair):
    a, b = pair
    assert a.send_and_wait(data(b.mac, a.mac), flags=radio.NOACK).result == SENT
    b.rx()


def test_a_frame_to_nobody_is_tried_as_often_as_its_rates_say(pair):
    a, _ = pair
    status = a.send_and_wait(data(mac(0x99), a.mac), legacy(54, 2), legacy(24, 3), legacy(6, 1))
    assert (status.result, status.tries, status.rung) == (NOANSWER, 6, 2)
    assert status.rate == legacy(6, 1)


def test_tries_after_the_first_have_the_retry_bit(pair):
    a, b = pair
    frame = data(mac(0x99), a.mac)
    a.send_and_wait(frame, legacy(6, 3))
    got = [b.rx().data for _ in range(3)]
    assert [g[1] & 8 for g in got] == [0, 8, 8]
    assert all(g[2:] == frame[2:] for g in got)


def test_a_lost_ack_makes_a_duplicate(pair, hub):
    a, b = pair
    hub.set("loss", 100, "b", "a", oneway=True)
    assert a.send_and_wait(data(b.mac, a.mac), legacy(6, 3)).result == NOANSWER
    assert [b.rx().data[1] & 8 for _ in range(3)] == [0, 8, 8]


def test_a_weak_receiver_is_reached_at_a_lower_rate(pair, hub):
    a, b = pair
    hub.set("rssi", -80, "a", "b")
    status = a.send_and_wait(data(b.mac, a.mac), legacy(54, 2), legacy(6, 2))
    assert (status.result, status.tries, status.rung) == (ACKED, 3, 1)
    assert b.rx().rate == legacy(6, 0)


def test_the_status_tells_the_air_time(pair):
    """1 Mb/s, long preamble: 192 us + 100 bytes; SIFS 10; ACK 192 us + 14 bytes."""
    a, b = pair
    status = a.send_and_wait(data(b.mac, a.mac, b"x" * (100 - 4 - 24)))
    assert status.airtime == 192 + 800 + 10 + 192 + 112
    assert b.rx().duration == 192 + 800


def test_a_beacon_carries_the_time_at_which_it_was_sent(pair):
    a, b = pair
    a.tx(radio.beacon(a.mac), flags=radio.TSF)
    got = b.rx()
    assert int.from_bytes(got.data[24:32], "little") == got.tsf + 24 * 8


def test_frames_of_one_priority_keep_their_order_and_higher_ones_overtake(pair):
    a, b = pair
    for i in range(20):
        a.tx(data(b.mac, a.mac, bytes([i])))
    a.tx(data(b.mac, a.mac, bytes([99])), prio=7)
    got = [b.rx().data[-1] for _ in range(21)]
    assert [g for g in got if g != 99] == list(range(20))
    assert got.index(99) < 20


def test_two_senders_share_a_channel_fairly(hub):
    a, b, c = (hub.radio(n) for n in "abc")
    hub.settled()
    for sender in (a, b):
        for _ in range(20):
            sender.tx(data(c.mac, sender.mac, b"x" * 1000), legacy(1))
    senders = [c.rx().sender for _ in range(40)]
    turns = senders[senders.index(2):][:16]
    assert abs(turns.count(1) - turns.count(2)) <= 2


def test_frames_on_one_channel_never_overlap_and_on_two_they_do(hub):
    a, b = hub.radio("a"), hub.radio("b")
    c, d = hub.radio("c", freq=2462), hub.radio("d", freq=2462)
    ear = hub.radio("ear", flags=radio.ALLCHAN)
    hub.settled()
    for i in range(15):
        for sender, to in ((a, b), (b, a), (c, d)):
            sender.tx(data(to.mac, sender.mac, b"x" * 200), legacy(1))
    frames = sorted((ear.rx() for _ in range(45)), key=lambda f: f.tsf)

    def overlaps(some):
        return sum(x.tsf + x.duration > y.tsf for x, y in zip(some, some[1:]))
    assert overlaps([f for f in frames if f.freq == 2412]) == 0
    assert overlaps([f for f in frames if f.freq == 2462]) == 0
    assert overlaps(frames) > 0


def test_channels_that_overlap_are_not_used_at_once(hub):
    """2412 and 2422 MHz share spectrum although neither understands the other."""
    a, b = hub.radio("a"), hub.radio("b", freq=2422)
    ear = hub.radio("ear", flags=radio.ALLCHAN)
    hub.settled()
    for _ in range(15):
        a.tx(data(BROADCAST, a.mac, b"x" * 200))
        b.tx(data(BROADCAST, b.mac, b"x" * 200))
    frames = sorted((ear.rx() for _ in range(30)), key=lambda f: f.tsf)
    assert {f.freq for f in frames} == {2412, 2422}
    assert all(x.tsf + x.duration <= y.tsf for x, y in zip(frames, frames[1:]))


def test_an_ampdu_costs_one_preamble(pair):
    a, b = pair
    body = b"x" * 500
    single = a.send_and_wait(data(b.mac, a.mac, body), ht(7)).airtime
    cookies = [a.tx(data(b.mac, a.mac, body, seq=i), ht(7), flags=radio.AMPDU, ampdu=5)
               for i in range(8)]
    times = [a.status(c).airtime for c in cookies]
    later = [t for t in times if t < single // 2]
    assert len(later) >= 5, (single, times)
    got = [b.rx(lambda f: f.flags & 2) for _ in range(8)]
    assert {f.ampdu for f in got} == {5}


def test_rts_finds_out_about_a_deaf_receiver(pair, hub):
    a, b = pair
    with_rts = a.send_and_wait(data(b.mac, a.mac), legacy(6), flags=radio.RTS)
    assert with_rts.result == ACKED
    b.rx()
    hub.set("rssi", -120)
    assert a.send_and_wait(data(b.mac, a.mac), legacy(6, 2), flags=radio.RTS).result == NOANSWER
    assert b.frames() == []


# ---- settings of pairs

def test_signal_and_noise_are_of_the_pair(hub):
    a, b, c = (hub.radio(n) for n in "abc")
    hub.set("rssi", -60, "a", "b")
    hub.set("rssi", -70, "a", "*", oneway=True)
    hub.set("noise", -88, "b", "a", oneway=True)
    a.tx(data(BROADCAST, a.mac))
    b.tx(data(BROADCAST, b.mac))
    assert [(f.signal, f.noise) for f in (b.rx(), c.rx(lambda f: f.sender == 1))] == \
        [(-60, -95), (-70, -95)]
    assert [(f.signal, f.noise) for f in (a.rx(), c.rx())] == [(-60, -88), (-50, -95)]


def test_a_signal_below_the_sensitivity_is_not_heard(pair, hub):
    a, b = pair
    hub.set("rssi", -94, "a", "b")
    assert a.send_and_wait(data(b.mac, a.mac)).result == NOANSWER
    hub.set("sensitivity", -97)
    hub.set("noise", -100)
    assert a.send_and_wait(data(b.mac, a.mac)).result == ACKED


def test_noise_drowns_a_signal(pair, hub):
    a, b = pair
    assert a.send_and_wait(data(b.mac, a.mac), legacy(54)).result == ACKED
    hub.set("noise", -60)
    assert a.send_and_wait(data(b.mac, a.mac), legacy(54)).result == NOANSWER
    assert a.send_and_wait(data(b.mac, a.mac), legacy(1)).result == ACKED


def test_settings_made_before_a_radio_comes_hold_when_it_comes(start):
    hub = start("--set", "rssi:a:late=-77", "--set", "loss:late:a:oneway=25")
    hub.radio("a")
    hub.radio("late")
    there = hub.control(cmd="pair", a="a", b="late")
    back = hub.control(cmd="pair", a="late", b="a")
    assert (there["rssi"], there["loss"]) == (-77, 0)
    assert (back["rssi"], back["loss"]) == (-77, 25)


def test_a_setting_can_be_taken_back(pair, hub):
    hub.set("rssi", -77, "a", "b")
    assert hub.control(cmd="unset", key="rssi", a="a", b="b") == {"ok": True}
    assert hub.control(cmd="pair", a="a", b="b")["rssi"] == -50
    assert not hub.control(cmd="unset", key="rssi", a="a", b="b")["ok"]


def test_a_delay_makes_a_frame_come_later(pair, hub):
    a, b = pair
    hub.set("delay", 200000, "a", "b")
    a.send_and_wait(data(b.mac, a.mac))
    got = b.rx()
    assert b.tsf() >= got.tsf + 200000


def losses(hub, count=1000):
    """Which of so many broadcasts from a reach b, in the order of sending."""
    a, b = hub.radio("a", 1), hub.radio("b", 2)
    hub.settled()
    for i in range(count):
        if i >= 50:
            a.status(a.cookie - 49)
            b.poll()
        a.tx(data(BROADCAST, a.mac, i.to_bytes(2, "big")), legacy(54))
    a.status(a.cookie)
    got = {int.from_bytes(f.data[-2:], "big") for f in b.frames()}
    return [i in got for i in range(count)]


def test_loss_is_what_was_asked_for_and_the_same_with_the_same_seed(start, tmp_path):
    runs = []
    for seed in (7, 7, 8):
        hub = start("--set", f"seed={seed}", "--set", "loss=30", "--set", "airtime=off")
        runs.append(losses(hub))
        assert hub.status()["lost"] == runs[-1].count(False)
        hub.stop()
    assert runs[0] == runs[1] != runs[2]
    for run in runs:
        assert 240 <= run.count(False) <= 360


def test_retries_overcome_loss(start):
    """Loss of half the frames and half the ACKs: a try works one time in four."""
    hub = start("--set", "seed=3", "--set", "loss=50", "--set", "airtime=off")
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    tries = [a.send_and_wait(data(b.mac, a.mac), legacy(6, 100)).tries for _ in range(200)]
    assert 3 <= sum(tries) / len(tries) <= 5
    one = [a.send_and_wait(data(b.mac, a.mac)).result for _ in range(200)]
    assert 25 <= one.count(ACKED) <= 75


# ---- many

def test_20_cards_and_5_access_points(start):
    """Each card talks to its access point; 5 channels; everything is acknowledged."""
    hub = start("--set", "airtime=off")
    freqs = [2412, 2437, 2462, 5180, 5200]
    aps = [hub.radio(f"ap{i}", freq=f) for i, f in enumerate(freqs)]
    cards = [hub.radio(f"card{i}", freq=freqs[i % 5]) for i in range(20)]
    hub.settled()
    for turn in range(50):
        for i, card in enumerate(cards):
            card.tx(data(aps[i % 5].mac, card.mac), legacy(54))
            aps[i % 5].tx(data(card.mac, aps[i % 5].mac), legacy(54))
        for some in (cards, aps):
            for one in some:
                one.status(one.cookie)
                one.frames()
    status = hub.status()
    assert status["radios"] == 25
    assert status["acked"] == 2000 and status["failed"] == status["dropped"] == 0
    assert status["by_name"]["ap0"]["channel"] == 1
