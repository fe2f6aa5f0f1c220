# SPDX-License-Identifier: BSD-2-Clause
"""Frames to groups, and frames that wait at the access point for a station that dozes."""
import socket
import sys
import threading

import pytest
from airwire import ALLCHAN, PASSIVE, Radio
from ip import Host, ip_packet, quad, udp
from iwmstation import PSK, ROUTER
from station import BEACON, Station as Other, ies

GROUP, PORT = "239.1.2.3", 5005
MAC = bytes((0x01, 0x00, 0x5e, 1, 2, 3))
TIM = 5

MEMBER = """
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[2])))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("=4s4s",
             socket.inet_aton(sys.argv[1]), socket.inet_aton("0.0.0.0")))
print("ready", flush=True)
while True:
    print(s.recv(100).decode(), flush=True)
"""


@pytest.mark.parametrize("doze", [False, True], ids=["awake", "dozing"])
@pytest.mark.parametrize("psk", [None, PSK], ids=["open", "wpa2"])
def test_multicast_arrives(start_ap, station, hub, psk, doze):
    """From another station, by the access point: with the group's key, behind a DTIM beacon."""
    ap = start_ap(**({"psk": psk} if psk else {}))
    s = station(psk=psk).online()
    other = Other(hub.socket, "other", channel=36)
    other.join("home", psk)
    host = Host(other)
    host.ip = quad("10.0.2.99")
    p = s.start("-c", MEMBER, GROUP, PORT, program=[sys.executable])
    try:
        assert p.stdout.readline() == "ready\n"
        if doze:
            s.wifi("powersave", on=True)
        for i in range(5):
            if doze:
                mac = s.run.info["mac"]
                s.until(lambda: next(x for x in ap.do("stations")["stations"]
                                     if x["sta"] == mac)["asleep"], "it dozes")
            other.send_eth(MAC, 0x0800, ip_packet(host.ip, quad(GROUP), 17,
                                                  udp(PORT, PORT, b"%d" % i)))
            assert p.stdout.readline() == f"{i}\n"
    finally:
        p.kill()
        p.communicate()
        other.close()
    s.end()


class Later:
    """A UDP server on this machine's loopback: it answers when it is told."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.settimeout(30)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]

    def hear(self):
        """A first datagram."""
        _, self.peer = self.sock.recvfrom(100)

    def say(self, *words):
        """Several, one right behind the other."""
        for word in words:
            self.sock.sendto(word.encode(), self.peer)


ASKER = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"hello", (sys.argv[1], int(sys.argv[2])))
while True:
    print(s.recv(100).decode(), flush=True)
"""


def test_what_waits_for_a_station_that_dozes_is_fetched(start_ap, station, hub):
    """All of it, in order; that it waited, the beacons' TIM shows."""
    ap = start_ap()
    s = station().online()
    waited, stop = [], threading.Event()
    radio = Radio(hub.socket, "ear", flags=ALLCHAN | PASSIVE)

    def listen():
        while not stop.is_set():
            f = radio.rx(timeout=0.1)
            if f is not None and f.data[0] == BEACON and any(ies(f.data[36:])[TIM][3:]):
                waited.append(f)
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    server = Later()
    p = s.start("-c", ASKER, ROUTER, server.port, program=[sys.executable])
    try:
        server.hear()
        s.wifi("powersave", on=True)
        for n in range(20):
            s.until(lambda: ap.do("stations")["stations"][0]["asleep"], "it dozes")
            words = [f"{n} {i}" for i in range(5)]
            server.say(*words)
            assert [p.stdout.readline().strip() for _ in words] == words
            if n >= 4 and waited:       # by then there is an agreement on A-MPDUs, too
                break
        assert waited
    finally:
        p.kill()
        p.communicate()
        stop.set()
        thread.join()
        radio.close()
    s.end()
