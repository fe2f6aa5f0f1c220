# SPDX-License-Identifier: BSD-2-Clause
"""802.11n on 20 and 40 MHz, in both bands."""
import pytest
from iwmstation import PSK


@pytest.mark.parametrize("channel,to,wide", [(36, 44, False), (36, 44, True), (6, 9, True)],
                         ids=["HT20", "HT40", "HT40 at 2.4 GHz"])
def test_the_width_is_that_of_the_access_point(start_ap, station, channel, to, wide):
    """Told, in use in both directions, and kept when the channel changes."""
    width = 40 if wide else 20
    ap = start_ap(channel=channel, psk=PSK, **({"ht40": True} if wide else {}))
    s = station(psk=PSK).online()
    assert s.event("associated")["width"] == width
    bss, = s.wifi("bss")["bss"]
    assert bss["width"] == width and bss["ht"]
    used(s, ap, width)
    ap.do("switch", channel=to, count=2)
    assert s.event("channel")["channel"] == to
    s.until(lambda: s.wifi("status")["width"] == width, "the width is known")
    used(s, ap, width)
    assert s.count("disconnects") == 0
    s.end()


def used(s, ap, width):
    """By frames of both ends; those of 40 MHz nobody on 20 would hear."""
    assert s.ping(2, size=1400) == 2
    radio = s.wifi("stats")["radio"]
    assert radio["tx_width"] == width and radio["tx_mcs"] >= 0
    sta, = ap.do("stations")["stations"]
    assert sta["ht"] and sta["ht40"] is (width == 40)
    assert s.wifi("status")["width"] == width
