# SPDX-License-Identifier: BSD-2-Clause
"""The 7260, the 3160 and the 7265: one model, and what chips.c says of each."""
import struct

import pytest
from fakeair import HT, header
from i7260_driver import (BSSID, HW_REV, OWN, RX_MPDU, RX_PHY, SYSASSERT, Setup, mac_context,
                          phy_context, ready, rules, run, run_runtime)
from i7260_sender import ACK, MCS7, SEQ, STA_RATE, Network, data

# model: PCI device, subsystem, PCI revision, HW_REV, data memory, antennas, NVM version, radio
CARDS = {
    "i7260": (0x08b1, 0x4070, 0x73, 0x144, 0x14000, 3, 0x0a1d, 0x3309),
    "i3160": (0x08b3, 0x0070, 0x83, 0x164, 0x10000, 1, 0x0709, 0x1109),
    "i7265": (0x095a, 0x5010, 0x48, 0x184, 0x18000, 3, 0x0a1d, 0x3309),
}
ANT_B, MCS8 = 1 << 15, 0x100 | 8 | 3 << 14
TX_ANT, LQ, PHY, MAC = 0x98, 0x4e, 0x08, 0x28


@pytest.fixture(params=CARDS)
def model(request):
    return request.param


def test_the_bus_the_registers_and_the_otp_say_which_card_it_is(model, tmp_path):
    device, subsystem, revision, hw_rev, _, _, version, radio = CARDS[model]
    with Setup(tmp_path, model=model) as (d, srv):
        assert [d.conf_read(off) for off in (0, 2, 0x2c, 0x2e)] == [
            0x8086, device, 0x8086, subsystem]
        assert d.conf_read(8, 1) == revision
        run(d)
        assert d.r(HW_REV) == hw_rev

        def nvm(section):
            return d.command(0x88, struct.pack("<BBHHH", 0, 0, section, 0, 2048))[8:]
        assert struct.unpack_from(">H", nvm(0), 0x14)[0] == subsystem
        assert struct.unpack_from("<HH", nvm(1)) == (version, radio)
        assert rules(srv) == []


def test_the_data_memory_ends_where_the_firmware_file_of_the_card_ends(model, tmp_path):
    size = CARDS[model][4]
    with Setup(tmp_path, model=model) as (d, srv):
        ready(d)
        assert d.upload(0x800000 + size - 16, bytes(16))
        assert not d.upload(0x800000 + size - 8, bytes(16))
        assert rules(srv) == ["upload-address"]


def test_only_antennas_that_the_card_has_may_send(model, tmp_path):
    antennas = CARDS[model][5]
    with Setup(tmp_path, model=model) as (d, srv):
        run(d)
        d.command(TX_ANT, struct.pack("<I", antennas))
        d.queue(TX_ANT, struct.pack("<I", antennas + 1))
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == ["tx-ant"]


@pytest.mark.parametrize("masks", [{"tx": 2}, {"tx": 3}, {"rx": 2}, {"rx": 3}],
                         ids=lambda m: "".join(f"{k}{v}" for k, v in m.items()))
@pytest.mark.parametrize("model,good", [("i3160", False), ("i7265", True)])
def test_a_channel_is_used_with_antennas_that_the_card_has(model, good, masks, tmp_path):
    with Setup(tmp_path, model=model) as (d, srv):
        run_runtime(d)
        d.command(MAC, mac_context())
        d.queue(PHY, phy_context(6, **masks))
        if good:
            assert d.command(3, b"alive") == b"alive"
        else:
            assert d.death()[1] == SYSASSERT
        assert rules(srv) == ([] if good else ["context"])


@pytest.mark.parametrize("rate", [MCS8, MCS7 | ANT_B, 13 | ANT_B, 1 << 26 | 0x13 | 3 << 14],
                         ids=["two streams", "MCS 7 by B", "6 Mb/s by B", "VHT, two streams"])
@pytest.mark.parametrize("model,good", [("i3160", False), ("i7265", True)])
def test_a_rate_needs_its_antennas(model, good, rate, tmp_path):
    with Network(tmp_path, model=model) as (tx, srv, air):
        tx.open()
        if good:
            tx.rates([rate])
            assert tx.send(data(), flags=ACK | SEQ | STA_RATE).status[0][0] & 0xff == 1
            assert rules(srv) == []
        else:
            lq = struct.pack("<BBHBBBB4BHBBI16II", 0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0, 4000, 3, 63, 0,
                             *[MCS7] * 15, rate, 0)
            tx.d.queue(LQ, lq)
            assert tx.d.death()[1] == SYSASSERT
            assert rules(srv) == ["lq"]


def test_one_antenna_hears_one_stream_and_tells_of_one_energy(model, tmp_path):
    antennas = CARDS[model][5]
    with Network(tmp_path, model=model) as (tx, srv, air):
        for seq, mcs in enumerate((8, 15, 7)):
            air.send(header(0x0208, OWN, BSSID, BSSID, seq) + b"body", 6, -40, (HT, mcs, 0))
        tx.d._wait(lambda p: p[0] == RX_MPDU and p[3][4 + 22] >> 4 == 2, "the last frame")
        before = [f[22] >> 4 for _, f, _ in tx.d.mpdus()]
        assert before == ([0, 1] if antennas == 3 else [])
        phy = [p[3] for p in tx.d.packets if p[0] == RX_PHY][-1]
        assert struct.unpack_from("<H", phy, 20)[0] & 0x30 == antennas << 4
        assert struct.unpack_from("<I", phy, 28)[0] == (40 | 43 << 8 if antennas == 3 else 40)
        assert rules(srv) == []
