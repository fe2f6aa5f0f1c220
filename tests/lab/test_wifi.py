# SPDX-License-Identifier: BSD-2-Clause
"""What Wi-Fi tests want of a guest: Debian's programs, ciphers, the regulatory database, and a
channel to a socket of the host."""
import socket
import threading

import pytest

import lab
from lab import modules
from voyageur import cache, fetch, programs


@pytest.fixture
def wifi_programs(guest_parts):
    """The packages used here are cached, or the test is skipped with the reason."""
    try:
        for name in ("iw", "wpasupplicant", "hostapd"):
            programs.package(name)
        programs.regdb()
    except cache.CacheError as e:
        pytest.skip(str(e))


@pytest.mark.lab
def test_programs_of_packages_run_under_their_names_beside_a_kernel_with_radios(wifi_programs):
    r = lab.run(["""
        wpa_supplicant -v | head -1; hostapd_cli -v | head -1
        iw dev | grep -c Interface; iw reg get | grep -c '2402 - 2472'
        lsmod | grep -c '^ccm\\|^ctr\\|^cmac'
        hostapd -B -P /run/h.pid /dev/null >/dev/null; cat /sys/module/mac80211_hwsim/parameters/radios
        wpa_supplicant -B -i wlan0 -D nl80211 -c /dev/null -C /run/wpa >/dev/null
        killall wpa_supplicant && echo KILLED"""],
        packages=["wpasupplicant", "hostapd"], iw=True, modules=["mac80211_hwsim radios=3"])
    out = r.stdout.decode().splitlines()
    assert out[0].startswith("wpa_supplicant v2") and out[1].startswith("hostapd_cli v2")
    assert out[2:4] == ["3", "1"] and out[-3:] == ["3", "3", "KILLED"], r.stderr
    assert "direct-loading firmware regulatory.db" in r.dmesg
    assert "Call Trace" not in r.dmesg


@pytest.mark.lab
def test_channel_carries_bytes_both_ways_between_the_guest_and_a_socket(guest_parts, tmp_path):
    path, data, got = tmp_path / "s,1", bytes(range(256)) * 300, bytearray()

    def serve():
        peer, _ = s.accept()
        with peer:
            while len(got) < len(data):
                got.extend(peer.recv(1 << 16))
            peer.sendall(got[::-1])

    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen()
        t = threading.Thread(target=serve)
        t.start()
        (tmp_path / "data").write_bytes(data)
        r = lab.run([f"exec 4<>/dev/voy/air; cat {tmp_path}/data >&4; head -c {len(data)} <&4"],
                    files=[tmp_path / "data"], channels={"air": path})
        t.join(5)
    assert bytes(got) == data
    assert r.stdout == data[::-1]


def test_channel_without_a_listener_and_a_bad_name_are_told_before_anything_is_started(tmp_path):
    with pytest.raises(lab.LabError, match="channel air: .*no such socket; start what listens"):
        lab.run(["true"], channels={"air": tmp_path / "none"})
    with pytest.raises(lab.LabError, match="channel a/b: a name is of letters"):
        lab.run(["true"], channels={"a/b": tmp_path})


def test_name_that_is_no_package_is_refused_before_apt_sees_it():
    with pytest.raises(cache.CacheError, match="not the name of a Debian package"):
        programs.package("--help")


def test_users_of_mac80211_get_the_ciphers_it_asks_for_by_name(guest_parts):
    order = [name for name, _ in modules.closure(fetch.kernel(), ["mac80211_hwsim"])]
    assert set(modules.LATE["mac80211"]) <= set(order)
    assert order.index("ccm") < order.index("mac80211") < order.index("mac80211_hwsim")
