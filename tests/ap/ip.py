# SPDX-License-Identifier: BSD-2-Clause
"""As much IP as a station needs to show that it has a network: DHCP, ARP, ping, UDP."""
import os
import struct
import time

from airwire import PATIENCE
from station import BROADCAST


def checksum(data):
    """The Internet checksum."""
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack(f">{len(data) // 2}H", data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def quad(text):
    """Octets of "10.0.2.2"."""
    return bytes(int(x) for x in text.split("."))


def ip_packet(src, dst, proto, payload, tos=0):
    """An IPv4 packet."""
    h = struct.pack(">BBHHHBBH", 0x45, tos, 20 + len(payload), 1, 0, 64, proto, 0) + src + dst
    return h[:10] + struct.pack(">H", checksum(h)) + h[12:] + payload


def udp(sport, dport, payload):
    """A UDP datagram without checksum."""
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


class Host:
    """An IP host on a station."""

    def __init__(self, sta):
        self.sta, self.ip, self.arp = sta, None, {}

    def send_ip(self, dst, proto, payload, tos=0, **kw):
        """To a neighbour or the router; resolves it first."""
        gw = self.resolve(dst)
        packet = ip_packet(self.ip, quad(dst), proto, payload, tos)
        return self.sta.send_eth(gw, 0x0800, packet, **kw)

    def _serve_arp(self, e):
        if e[12:14] == b"\x08\x06" and e[20:22] == b"\0\x01" and e[38:42] == self.ip:
            body = struct.pack(">HHBBH", 1, 0x800, 6, 4, 2) + self.sta.addr + self.ip + e[22:32]
            self.sta.send_eth(e[22:28], 0x0806, body)

    def wait_ip(self, wanted, timeout=PATIENCE):
        """The next IP packet that is wanted; answers ARP meanwhile."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            e = self.sta.wait("eth", lambda e: True, end - time.monotonic())
            if e is None:
                return None
            self._serve_arp(e)
            if e[12:14] == b"\x08\x00" and wanted(e[14:]):
                return e[14:]
        return None

    def resolve(self, ip):
        """The Ethernet address of a neighbour."""
        if ip not in self.arp:
            body = struct.pack(">HHBBH", 1, 0x800, 6, 4, 1)
            body += self.sta.addr + self.ip + bytes(6) + quad(ip)
            self.sta.send_eth(BROADCAST, 0x0806, body)
            e = self.sta.wait("eth", lambda e: e[12:14] == b"\x08\x06" and e[20:22] == b"\0\x02" and
                              e[28:32] == quad(ip))
            assert e, f"no ARP answer from {ip}"
            self.arp[ip] = e[22:28]
        return self.arp[ip]

    def ask(self, options, ciaddr=bytes(4), flags=0, answer=True):
        """One DHCP message; its answer is then in frame, offered and options."""
        xid = os.urandom(4)
        m = struct.pack(">BBBB4sHH", 1, 1, 6, 0, xid, 0, flags) + ciaddr + bytes(12)
        m += self.sta.addr
        m = m.ljust(236, b"\0") + b"\x63\x82\x53\x63" + options + b"\xff"
        packet = ip_packet(ciaddr, BROADCAST[:4], 17, udp(68, 67, m.ljust(300, b"\0")))
        self.sta.send_eth(BROADCAST, 0x0800, packet)
        self.frame = self.sta.wait("eth", lambda e: e[12:14] == b"\x08\0" and e[23] == 17 and
                                   e[34:38] == b"\0\x43\0\x44" and e[46:50] == xid,
                                   PATIENCE if answer else 0.3)
        if self.frame is None:
            assert not answer, "no DHCP answer"
            return False
        ip = self.frame[14:]
        assert checksum(ip[:20]) == 0 and len(ip) == int.from_bytes(ip[2:4], "big")
        m = ip[28:]
        assert m[0] == 2 and m[28:34] == self.sta.addr
        self.offered = m[16:20]
        self.options, i = {}, 240
        while m[i] != 255:
            self.options[m[i]] = m[i + 2:i + 2 + m[i + 1]]
            i += 2 + m[i + 1]
        return True

    def dhcp(self):
        """Leases an address; as text."""
        self.ask(b"\x35\x01\x01")
        assert self.options[53] == b"\2"
        self.ask(b"\x35\x01\x03\x32\x04" + self.offered + b"\x36\x04\x0a\0\x02\x02")
        assert self.options[53] == b"\5"
        self.ip = self.offered
        return ".".join(str(b) for b in self.ip)

    def ping(self, dst, n=1, size=56, timeout=PATIENCE):
        """How many of n echo requests were answered."""
        good = 0
        for i in range(n):
            body = struct.pack(">HH", 0x4242, i) + bytes(size)
            body = b"\x08\0" + struct.pack(">H", checksum(b"\x08\0\0\0" + body)) + body
            self.send_ip(dst, 1, body)
            p = self.wait_ip(lambda p, i=i: p[9] == 1 and p[20] == 0 and
                             p[24:28] == struct.pack(">HH", 0x4242, i), timeout)
            good += p is not None
        return good
