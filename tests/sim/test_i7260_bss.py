# SPDX-License-Identifier: BSD-2-Clause
"""The event "bss" of a scan: how each network is secured; and the table that is made of them."""
import struct

import test_i7260_air as on_air
from fakeair import Beacons, ie
from i7260_driver import run_runtime
from voyageur import tables

world = on_air.world

CCMP, PSK, EAP = (b"\0\x0f\xac" + bytes([n]) for n in (4, 2, 1))


def rsn(akm):
    """An RSN element with CCMP and one AKM."""
    return ie(48, struct.pack("<H", 1) + CCMP + b"\1\0" + CCMP + b"\1\0" + akm + b"\0\0")


NETWORKS = {    # SSID: (elements, privacy bit, what it is)
    "open": (b"", False, "open"), "psk": (rsn(PSK), True, "wpa2-psk"),
    "eap": (rsn(EAP), True, "wpa2-eap"), "old": (b"", True, "wep"),
    "wpa": (ie(221, b"\0\x50\xf2\1\1\0"), True, "wpa"),
    "cut": (ie(48, b"\1"), True, "wpa2 (broken)"),
}


class Secured(Beacons):
    """A network with more elements."""

    more = b""

    def body(self):
        return super().body() + self.more


def test_the_security_of_each_network_is_told_and_tabled(world):
    """Whatever the beacon says, also when it is cut off."""
    with world() as (d, srv, air):
        for i, (ssid, (more, privacy, _)) in enumerate(NETWORKS.items()):
            Secured(air, ssid, f"02:00:00:00:00:{i:02x}", 6, signal=-40 - i,
                    privacy=privacy).more = more
        run_runtime(d)
        d.command(on_air.SCAN, on_air.scan_request((6,), dwell=(50, 120, 50, 120)))
        d.notification(on_air.COMPLETE)
    heard = srv.named("bss")
    assert {e["ssid"]: e["security"] for e in heard} == {s: n[2] for s, n in NETWORKS.items()}
    table = tables.Tables(hcmds=True, scan=True)
    for event in srv.events:
        table(event)
    rows = [line.split() for line in table.networks()[2:]]
    assert [r[1] for r in rows] == list(NETWORKS)
    assert rows[1] == ["02:00:00:00:00:01", "psk", "6", "-41", "dBm", "wpa2-psk"]
    assert any("SCAN_OFFLOAD_COMPLETE" in line for line in table.hcmds())
    assert any("SCAN_OFFLOAD_REQUEST" in line and "reply," in line for line in table.hcmds())
