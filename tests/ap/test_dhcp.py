# SPDX-License-Identifier: BSD-2-Clause
"""The router's DHCP server, asked by stations over the air."""
import socket
import threading

import pytest

from ip import Host, quad, udp
from station import BROADCAST


@pytest.fixture
def host(start_ap, station):
    start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.join("net")
    return Host(sta)


def test_a_lease_says_what_the_network_is(host):
    host.dhcp()
    assert host.options == {53: b"\5", 54: quad("10.0.2.2"), 1: quad("255.255.255.0"),
                            3: quad("10.0.2.2"), 6: quad("10.0.2.3"), 51: b"\0\1\x51\x80"}


def test_an_address_that_was_wished_for_is_given_when_free(host):
    host.ask(b"\x35\x01\x01\x32\x04" + quad("10.0.2.77"))
    assert host.offered == quad("10.0.2.77")
    assert host.dhcp() == "10.0.2.77", "and stays"


def test_an_address_of_elsewhere_is_refused(host):
    host.ask(b"\x35\x01\x03\x32\x04" + quad("192.168.1.5"))
    assert host.options[53] == b"\6" and host.offered == bytes(4)


def test_who_has_an_address_may_ask_for_the_rest(host):
    host.ask(b"\x35\x01\x08", ciaddr=quad("10.0.2.40"))
    assert host.options[53] == b"\5" and host.offered == bytes(4) and 51 not in host.options


def test_a_client_that_wants_a_broadcast_gets_one(host):
    host.ask(b"\x35\x01\x01", flags=0x8000)
    assert host.frame[:6] == BROADCAST and host.frame[30:34] == BROADCAST[:4]
    host.ask(b"\x35\x01\x01")
    assert host.frame[:6] == host.sta.addr and host.frame[30:34] == host.offered


def test_more_stations_than_a_home_has(start_ap, station):
    start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    leases = set()
    for i in range(20):
        sta.addr = sta.addr[:5] + bytes([i])
        sta.radio.close()
        sta = station(channel=6, addr=sta.addr)
        sta.join("net")
        leases.add(Host(sta).dhcp())
    assert leases == {f"10.0.2.{n}" for n in range(15, 35)}


@pytest.mark.parametrize("options", [b"", b"\x35", b"\x35\x01", b"\x35\xff\x01", b"\x32\x04\x0a",
                                     b"\0" * 60, b"\x35\x01\x09", b"\xff\x35\x01\x01"])
def test_messages_that_are_none_get_no_answer(host, options):
    assert not host.ask(options, answer=False)
    assert host.dhcp() == "10.0.2.15"


def test_the_router_stands_for_the_hosts_loopback(host):
    """UDP to the gateway reaches a server on 127.0.0.1, and the answer comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(120)

        def serve():
            data, peer = s.recvfrom(2000)
            s.sendto(data[::-1], peer)
        t = threading.Thread(target=serve)
        t.start()
        host.dhcp()
        host.send_ip("10.0.2.2", 17, udp(4000, s.getsockname()[1], b"hello"))
        p = host.wait_ip(lambda p: p[9] == 17 and p[22:24] == (4000).to_bytes(2, "big"))
        t.join()
    assert p[28:] == b"olleh"
