# SPDX-License-Identifier: BSD-2-Clause
"""Time that jumps: with everybody idle, a thousand beacons take no minute and a half; and what is
exact in it."""
from airwire import PASSIVE, Radio
from approcs import Ap, Hub
from station import parse_beacon


def test_beacons_of_two_access_points_come_without_waiting(tmp_path):
    with Hub(tmp_path, "--time=fast", "--set", "radios=2") as hub:
        ap = Ap(hub, 0, config={"aps": [{"ssid": "a", "channel": 6},
                                        {"ssid": "b", "channel": 6, "psk": "passphrase"}]})
        ear = Radio(hub.socket, "ear", flags=PASSIVE)
        ear.tune(2437)
        frames = [ear.rx() for _ in range(1000)]
        numbers = [int.from_bytes(f.data[24:32], "little") // 102400 for f in frames]
        assert numbers == sorted(numbers) and numbers[-1] - numbers[0] in (499, 500)
        status = hub.do("status")
        assert status["jumps"] > 100, status
        assert ap.do("status")["aps"][0]["beacons"] >= 500
        ap.end()


def test_beacons_come_at_multiples_of_the_interval(tmp_path):
    with Hub(tmp_path, "--time=fast", "--set", "radios=1") as hub:
        ap = Ap(hub, 0, ssid="net", channel=6, beacon_interval=50)
        ear = Radio(hub.socket, "ear", flags=PASSIVE)
        ear.tune(2437)
        beacons = [parse_beacon(ear.rx()) for _ in range(50)]
        assert {b.interval for b in beacons} == {50}
        numbers = [b.tsf // (50 * 1024) for b in beacons]
        assert numbers == list(range(numbers[0], numbers[0] + 50))
        ap.end()
