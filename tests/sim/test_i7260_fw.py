# SPDX-License-Identifier: BSD-2-Clause
"""The simulated 7260's firmware, by a driver that is only bytes: commands, what kills it, and
the settings that break it."""
import struct
import time

import pytest

from i7260_driver import (BAD_COMMAND, IOVA, NMI, NMI_HOST, RUNTIME, SYSASSERT, Setup, rules,
                          run, run_runtime)
from rawclient import Server, until

MAC = bytes.fromhex("7c7a91123456")


@pytest.fixture
def card(tmp_path):
    """card(SETTING, ...) -> context manager of (driver, server)."""
    return lambda *settings: Setup(tmp_path, *settings)


# ---- commands ----------------------------------------------------------------------------

def nvm(d, section, offset=0, length=2048):
    """(status, payload) of an NVM read."""
    p = d.command(0x88, struct.pack("<BBHHH", 0, 0, section, offset, length))
    off, count, kind, status = struct.unpack_from("<HHHH", p)
    assert (off, kind, count) == (offset, section, len(p) - 8)
    return status, p[8:]


def test_the_otp_holds_the_mac_address_and_the_channels(card):
    with card("mac=7c:7a:91:12:34:56", "nvm.sku=0x5") as (d, srv):
        run(d)
        status, hw = nvm(d, 0)
        swapped = hw[42:48]
        assert status == 0 and bytes(swapped[i ^ 1] for i in range(6)) == MAC
        status, sw = nvm(d, 1)
        assert struct.unpack_from("<HHH", sw) == (0x0a1d, 0x3309, 5)
        flags = struct.unpack_from("<39H", sw, 64)
        assert all(f & 1 for f in flags[:13]) and not flags[13] & 1 and all(f & 1 for f in
                                                                           flags[14:])
        whole = b"".join(nvm(d, 1, off, 100)[1] for off in range(0, len(sw), 100))
        assert whole == sw and nvm(d, 1, len(sw))[0] == 1 and nvm(d, 7)[0] == 1
        assert rules(srv) == []


def test_the_driver_may_write_over_the_firmwares_copy_of_the_otp(card):
    def write(d, section, offset, data, target=0):
        p = d.command(0x88, struct.pack("<BBHHH", 1, target, section, offset, len(data)) + data)
        assert struct.unpack_from("<HHH", p) == (offset, 0, section) and len(p) == 8
        return struct.unpack_from("<H", p, 6)[0]

    with card() as (d, srv):
        run(d)
        before = nvm(d, 1)[1]
        assert write(d, 1, 4, b"\x05\0") == 0
        assert nvm(d, 1)[1] == before[:4] + b"\x05\0" + before[6:]
        assert write(d, 9, 10, b"new") == 0 and nvm(d, 9) == (0, bytes(10) + b"new")
        assert write(d, 1, 2040, bytes(9)) == 1 and write(d, 1, 0, b"x", target=1) == 2
        d.reset(), d.clock(), d.boot(RUNTIME), d.start_tx()
        assert nvm(d, 1)[1] == before and nvm(d, 9)[0] == 1
        d.queue(0x88, struct.pack("<BBHHH", 1, 0, 1, 0, 4) + b"abc")
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == ["cmd-length"]


def test_how_busy_bluetooth_is_is_told(card):
    with card() as (d, srv):
        run_runtime(d)
        srv.set("bt", "3")                      # not to a driver that has not asked
        assert d.command(0x03, b"x") == b"x" and not [p for p in d.packets if p[0] == 0xce]
        d.command(0x9b, struct.pack("<II", 1, 0))
        assert struct.unpack_from("<I", d.notification(0xce), 32)[0] == 3
        srv.set("bt", "0")
        told = d.notification(0xce)
        assert len(told) == 40 and struct.unpack_from("<I", told, 32)[0] == 0
        d.command(0x08, struct.pack("<II", 0, 1) + bytes(8) + bytes([1, 6, 0, 0]) + bytes(16))
        d.command(0x5d, struct.pack("<QIQI", 0xf0, 0, 0, 0))
        d.command(0x18, struct.pack("<BBHI", 0, 0, 0, 4) + bytes(36))
        for value in 0x80, 0:
            d.command(0x5c, struct.pack("<I", value))
        assert rules(srv) == []


def test_calibration_results_come_largest_group_first_and_go_to_the_runtime_image(card):
    with card() as (d, srv):
        run(d)
        d.command(0x98, struct.pack("<I", 3))
        d.command(0x6a, struct.pack("<III", 0, 0x8c15fb, 0))
        d.notification(0x04)
        parts = [p[3] for p in d.packets if p[0] == 0x6b]
        kinds = [struct.unpack_from("<HHH", p) for p in parts]
        assert [k[0] for k in kinds] == [1, 2] + [4] * 4 + [5] * 7
        assert [k[2] for k in kinds if k[0] == 4] == [3, 2, 1, 0]
        d.reset()
        d.clock()
        d.boot(RUNTIME)
        d.start_tx()
        d.command(0x98, struct.pack("<I", 3))
        for p in parts:
            d.command(0x6c, p)
        d.command(0x6a, struct.pack("<III", 0, 0x8c15fb, 0))
        assert rules(srv) == []


def test_both_header_forms_and_a_batch_of_commands_are_answered(card):
    with card() as (d, srv):
        run_runtime(d)
        assert d.command(0x03, b"short") == b"short"
        assert d.command(0x03, b"long header", group=1) == b"long header"
        seqs = [d.queue(0x03, b"%d" % i) for i in range(300 % 31)]
        got = []
        until(lambda: got.extend(d.receive()) or len(got) >= len(seqs), "all answers")
        assert [p[2] for p in got] == seqs
        assert rules(srv) == []


def broken_command(d, kind):
    """Sends something wrong."""
    if kind == "unknown id":
        d.queue(0xfe)
    elif kind == "too short":
        d.queue(0x98, b"\3")
    elif kind == "too long":
        d.queue(0x98, bytes(8))
    elif kind == "of the other image":
        d.queue(0x08, bytes(36))
    elif kind == "header length":
        d.put(0x40000, struct.pack("<BBHHBBI", 0x98, 1, d.tx_index, 5, 0, 0, 3))
        d.tfd(0, d.tx_index, [(IOVA + 0x40000, 12)])
        d.kick()
    elif kind == "sequence":
        d.queue(0x03, seq=77)
    elif kind == "order":
        d.queue(0x6a, bytes(12))


@pytest.mark.parametrize("kind,rule,error", [
    ("unknown id", "cmd-unknown", BAD_COMMAND), ("too short", "cmd-length", SYSASSERT),
    ("too long", "cmd-length", SYSASSERT), ("of the other image", "cmd-image", BAD_COMMAND),
    ("header length", "cmd-length", BAD_COMMAND), ("sequence", "cmd-sequence", BAD_COMMAND),
    ("order", "phy-order", SYSASSERT)])
def test_a_wrong_command_kills_the_firmware_and_is_reported(card, kind, rule, error):
    with card() as (d, srv):
        run(d)
        broken_command(d, kind)
        table = d.death()
        assert table[0] == 1 and table[1] == error and table[16] == 0x11
        d.queue(0x03)
        time.sleep(0.02)
        assert d.receive() == []
        assert rules(srv) == [rule]


def test_the_driver_can_kill_the_firmware(card):
    with card() as (d, srv):
        run(d)
        d.prph_w(NMI, 0x80)
        assert d.death()[1] == NMI_HOST
        assert rules(srv) == []


def test_settings_make_the_firmware_die_or_ignore_a_command(card):
    with card("fw.assert_on=0x98", "fw.ignore=0x9b") as (d, srv):
        run(d)
        d.queue(0x9b, bytes(8))
        time.sleep(0.02)
        assert d.receive() == []
        d.queue(0x98, bytes(4), group=1)
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == []


@pytest.mark.parametrize("context,rule", [
    ((0x28, struct.pack("<III", 1, 2, 5) + bytes(136)), "context"),
    ((0x08, struct.pack("<II", 3, 1) + bytes(8) + bytes([0, 1, 0, 0]) + bytes(16)), "context"),
    ((0x19, bytes([9, 0, 0, 0])), "context"),
    ((0x18, bytes([0, 0, 0, 0, 2, 0, 0, 0]) + bytes(36)), "context"),
    ((0x1d, bytes([0, 0, 0, 31, 1, 0, 3, 64, 0, 0, 0, 0])), "scd-queue"),
    ((0xd0, bytes([0, 0, 9, 0]) + bytes(8)), "cmd-length"),
    ((0x9b, struct.pack("<II", 4, 0)), "bt"), ((0x5c, struct.pack("<I", 0x83)), "context"),
    ((0x5d, struct.pack("<QIQI", 1, 2, 0, 0)), "context"), ((0xee, bytes(16)), "cmd-length"),
    ((0xd1, struct.pack("<I", 4) + bytes(88)), "smart-fifo"),
    ((0x9f, struct.pack("<II", 0, 9) + bytes(28)), "context"),
    ((0x88, struct.pack("<BBHHHH", 0, 0, 1, 0, 4, 0)), "cmd-length")])
def test_commands_about_things_that_are_not_there_kill_the_firmware(card, context, rule):
    with card() as (d, srv):
        run_runtime(d)
        d.queue(*context)
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == [rule]


# ---- settings --------------------------------------------------------------------------------

@pytest.mark.parametrize("setting", [
    "mac=7c:7a:91", "mac=7c:7a:91:00:00:0g", "mac=7c:7a:91:00:00:+1", "mac=7c:7a:91:00: 0: 1",
    "nvm.sku=0x10000", "nvm.corrupt=maybe",
    "fw.assert_on=256", "fw.ignore=1.2.3", "rfkill=perhaps", "msi=maybe", "no.such=1",
    "fw.alive_ms=soon", "firmware=/nonexistent", "bt=5"])
def test_a_bad_setting_is_refused(tmp_path, setting):
    with Server("i7260", tmp_path, settings=[setting]) as srv:
        srv.finish()
    assert srv.status == 2 and setting.split("=")[0] in srv.stderr


@pytest.mark.parametrize("kind,section,check", [
    ("mac", 0, lambda s, p: s == 0 and p[42:48] == bytes(6)),
    ("version", 1, lambda s, p: s == 0 and p[:2] == b"\1\0"),
    ("empty", 1, lambda s, p: s == 1 and p == b""),
    ("short", 1, lambda s, p: s == 0 and len(p) == 6),
    ("status", 1, lambda s, p: s == 2 and p == b"")])
def test_a_broken_otp_can_be_had(card, kind, section, check):
    with card(f"nvm.corrupt={kind}") as (d, srv):
        run(d)
        assert check(*nvm(d, section))


def test_lying_nvm_answers_can_be_had(card):
    with card("nvm.corrupt=overlong") as (d, srv):
        run(d)
        assert len(d.command(0x88, struct.pack("<BBHHH", 0, 0, 1, 0, 64))) == 8 + 128
    with card("nvm.corrupt=offset") as (d, srv):
        run(d)
        assert d.command(0x88, struct.pack("<BBHHH", 0, 0, 1, 0, 64))[:2] == b"\2\0"


def test_the_firmware_can_be_killed_by_hand_and_shows_in_the_status(card):
    with card() as (d, srv):
        run(d)
        assert srv.control(cmd="status")["fw"] == "running"
        srv.set("fw.crash", "0x3d")
        assert d.death()[1] == 0x3d
        assert srv.control(cmd="status")["fw"] == "dead"
