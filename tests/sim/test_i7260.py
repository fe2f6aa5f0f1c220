# SPDX-License-Identifier: BSD-2-Clause
"""The simulated 7260, by a driver that is only bytes: what it does, and what it does not put up
with."""
import struct
import time

import pytest

from i7260_driver import (ASLEEP, BUFFERS, BYTE_COUNTS, CLOCK_READY, FH_INT, GP, HW_IF, HW_REV,
                          ICT, ICT_TABLE, INIT_DONE, INT, INT_ALIVE, INT_FH_RX, INT_MASK,
                          INT_RF_KILL, IOVA, NIC_READY, NMI, PREPARE, RBDS, RF_KILL_SW,
                          RX_CONFIG, RX_STATUS, RX_WPTR, SCD, SHADOW, SIZE, TFDS, WRPTR,
                          MiniDriver)
from rawclient import Server, until

INIT = [(0x800000, bytes(range(256)) * 16), (0, b"init" * 5000)]
RUNTIME = [(0x800000, bytes(range(256)) * 16), (0, b"run!" * 5000)]
SYSASSERT, BAD_COMMAND, TRM, NMI_HOST = 0x35, 0x38, 0x46, 0x66
MAC = bytes.fromhex("7c7a91123456")


def ucode(init=INIT, runtime=RUNTIME, cpus=1):
    """A firmware file of the two images, each with a separator at its end."""
    out = struct.pack("<II64sIIQ", 0, 0x0a4c5749, b"made by a test", 0x11, 0xbfb58538, 0)
    out += struct.pack("<III", 27, 4, cpus)
    for kind, image in (19, runtime), (20, init):
        for addr, data in [*image, (0xffffcccc, bytes(32))]:
            out += struct.pack("<III", kind, len(data) + 4, addr) + data
            out += bytes(-len(data) % 4)
    return out


class Setup:
    """A card with settings, and the mini driver on it."""

    def __init__(self, folder, *settings):
        self.server = Server("i7260", folder, settings=settings, control=True)

    def __enter__(self):
        self.server.__enter__()
        self.driver = MiniDriver(self.server.path)
        return self.driver, self.server

    def __exit__(self, *exc):
        self.driver.close()
        self.server.__exit__(*exc)


@pytest.fixture
def card(tmp_path):
    """card(SETTING, ...) -> context manager of (driver, server)."""
    return lambda *settings: Setup(tmp_path, *settings)


def ready(d):
    """Owned, reset, clock on, MAC awake and asked for."""
    assert d.prepare()
    d.reset()
    d.clock()


def run(d, image=INIT):
    """Ready, booted, command queue active."""
    ready(d)
    alive = d.boot(image)
    d.start_tx()
    return alive


def run_runtime(d):
    """The RUNTIME image, after an INIT image was seen (without a file that tells them apart)."""
    run(d)
    d.reset()
    d.clock()
    alive = d.boot(RUNTIME)
    d.start_tx()
    return alive


def rules(srv):
    """Violations, in order, once the server has ended."""
    srv.finish(15)
    return srv.violations()


# ---- power, ownership ----------------------------------------------------------------

def test_it_looks_like_a_7260_and_a_plain_boot_is_no_violation(card):
    with card() as (d, srv):
        assert d.conf_read(0, 4) == 0x08b18086 and d.conf_read(0x2c, 4) == 0x40708086
        assert d.conf_read(0x08, 4) >> 8 == 0x028000 and d.r(HW_REV) == 0x144
        assert all(d.capability(cap) for cap in (1, 5, 0x10))
        alive = run(d)
        assert len(alive) == 68 and alive[:2] == b"\xfe\xca" and alive[12] == 9
        assert rules(srv) == [] and srv.status == 0
    assert [e["image"] for e in srv.named("alive")] == ["INIT"]


def test_the_management_engine_gives_the_card_away_after_prepare_only(card):
    with card("prepare_ms=40") as (d, srv):
        assert not d.prepare()
        time.sleep(0.08)
        assert not d.prepare()
        d.set(HW_IF, PREPARE)
        assert not d.prepare()
        time.sleep(0.08)
        assert d.prepare()
        assert rules(srv) == []


def test_a_clock_without_ownership_is_a_violation(card):
    with card() as (d, srv):
        d.set(GP, INIT_DONE)
        d.poll(GP, CLOCK_READY)
        assert rules(srv) == ["not-prepared"]


def test_a_block_without_clock_reads_a5a5a5a2(card):
    with card() as (d, srv):
        d.prepare()
        assert d.r(RX_STATUS) == ASLEEP and d.r(0x450) == ASLEEP
        d.w(WRPTR, 0)
        assert rules(srv) == ["access-asleep"] * 3
        assert "INIT_DONE" in srv.named("violation")[0]["text"]


def test_the_mac_may_not_be_touched_without_asking(card):
    with card() as (d, srv):
        ready(d)
        d.w(GP, INIT_DONE)
        assert d.r(RX_STATUS) != ASLEEP
        assert rules(srv) == ["access-unrequested"]


def test_a_mac_in_power_save_sleeps_until_asked_and_takes_shadowed_pointers(card):
    with card() as (d, srv):
        run_runtime(d)
        d.w(SHADOW, 0x800fffff)
        d.command(0x77, struct.pack("<HH", 1, 0))
        d.w(GP, INIT_DONE)
        until(lambda: not d.r(GP) & CLOCK_READY, "the MAC sleeps")
        seq = d.send(0x03, b"wake")
        until(lambda: any(p[2] == seq for p in d.receive()), "the answer")
        until(lambda: not d.r(GP) & CLOCK_READY, "the MAC sleeps again")
        assert d.r(RX_STATUS) == ASLEEP
        d.set(GP, 8)
        d.poll(GP, CLOCK_READY)
        assert d.r(RX_STATUS) != ASLEEP
        assert rules(srv) == ["access-asleep"]


def test_a_reset_forgets_everything_but_who_owns_it(card):
    with card() as (d, srv):
        run(d)
        d.set(0x20, 0x80)
        assert not d.r(HW_IF) & NIC_READY and not d.r(GP) & INIT_DONE
        assert d.r(INT) == d.r(INT_MASK) == d.r(FH_INT) == 0
        d.reset()
        d.clock()
        assert d.mem_r(0, 1) == [0xa5a5a5a5] and d.r(RX_CONFIG) == 0
        assert rules(srv) == []


def test_the_rfkill_switch_interrupts_and_shows(card):
    with card() as (d, srv):
        d.w(INT_MASK, INT_RF_KILL)
        assert d.r(GP) & RF_KILL_SW
        srv.set("rfkill", "1")
        assert d.interrupted() == 1 and d.r(INT) == INT_RF_KILL and not d.r(GP) & RF_KILL_SW
        d.w(INT, 0xffffffff)
        srv.set("rfkill", "0")
        assert d.interrupted() == 1 and d.r(GP) & RF_KILL_SW


# ---- upload and boot -------------------------------------------------------------------

def test_uploaded_bytes_are_in_sram_and_an_interrupt_says_so(card):
    with card() as (d, srv):
        ready(d)
        d.w(INT_MASK, 1 << 27)
        assert d.upload(0x1230, b"abcdefgh") and d.interrupted()
        assert d.mem_r(0x1230, 2) == list(struct.unpack("<II", b"abcdefgh"))
        assert d.upload(0x813ff0, bytes(16))
        assert rules(srv) == []


@pytest.mark.parametrize("addr,size", [(0x40000, 16), (0x3fff8, 16), (0x814000, 4),
                                       (0x7ffffc, 8), (0xa20000, 4), (0xfffffffc, 8)])
def test_an_upload_outside_sram_is_refused(card, addr, size):
    with card() as (d, srv):
        ready(d)
        assert not d.upload(addr, bytes(size))
        assert rules(srv) == ["upload-address"]


def test_the_extended_area_needs_its_chicken_bit(card):
    with card() as (d, srv):
        ready(d)
        d.prph_w(0x1ff8, 1)
        assert d.upload(0x40000, b"more") and d.upload(0x57ffc, b"last")
        assert rules(srv) == []


def test_an_upload_needs_the_dma_clock_and_a_sane_length_and_memory(card):
    with card() as (d, srv):
        ready(d)
        d.prph_w(0x3008, 0x200)
        assert not d.upload(0, b"data")
        d.prph_w(0x3004, 0x200)
        assert not d.upload(0, b"")
        assert not d.upload(0, b"data", iova=IOVA + SIZE)
        got = rules(srv)
        assert got[:2] == ["dma-clock", "upload-bad"] and len(got) == 3


def test_an_image_of_the_file_boots_and_is_named(card, tmp_path):
    (tmp_path / "fw").write_bytes(ucode())
    with card(f"firmware={tmp_path / 'fw'}") as (d, srv):
        ready(d)
        alive = d.boot(RUNTIME)
        assert struct.unpack_from("<II", alive, 4) == (0x11, 0xbfb58538) and alive[12] == 0
        assert rules(srv) == []
    assert [e["image"] for e in srv.named("fw-start")] == ["RUNTIME"]


@pytest.mark.parametrize("broken,rule", [
    ([INIT[0], (0, INIT[1][1][:-1] + b"X")], "fw-content"),
    ([INIT[0], (4, INIT[1][1])], "fw-content"),
    ([INIT[1]], "fw-content"),
    ([*INIT, (0x20000, b"stray")], "fw-stray"),
    ([INIT[0], RUNTIME[1], (0, b"init" * 4999)], "fw-content")])
def test_what_is_not_in_the_file_does_not_run(card, tmp_path, broken, rule):
    (tmp_path / "fw").write_bytes(ucode())
    with card(f"firmware={tmp_path / 'fw'}") as (d, srv):
        ready(d)
        d.boot(broken, wait=False)
        time.sleep(0.05)
        assert not d.r(INT) & INT_ALIVE and d.receive() == []
        assert rules(srv) == [rule]


@pytest.mark.parametrize("cut", [0, 50, 88, 95, 200, 4000, -1])
def test_a_broken_firmware_file_is_refused_with_the_reason(tmp_path, cut):
    (tmp_path / "fw").write_bytes(ucode()[:cut])
    with Server("i7260", tmp_path, settings=[f"firmware={tmp_path / 'fw'}"]) as srv:
        srv.finish()
    assert srv.status == 2 and str(tmp_path / "fw") in srv.stderr


def test_no_alive_from_a_silent_firmware_and_an_error_from_a_bad_one(card):
    with card("fw.silent=1") as (d, srv):
        ready(d)
        d.boot(INIT, wait=False)
        time.sleep(0.05)
        assert d.receive() == []
        assert rules(srv) == []
    with card("fw.alive_bad=1") as (d, srv):
        ready(d)
        assert d.boot(INIT)[:2] == b"\xad\xde"


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
        seqs = [d.send(0x03, b"%d" % i) for i in range(300 % 31)]
        got = []
        until(lambda: got.extend(d.receive()) or len(got) >= len(seqs), "all answers")
        assert [p[2] for p in got] == seqs
        assert rules(srv) == []


def broken_command(d, kind):
    """Sends something wrong."""
    if kind == "unknown id":
        d.send(0xfe)
    elif kind == "too short":
        d.send(0x98, b"\3")
    elif kind == "too long":
        d.send(0x98, bytes(8))
    elif kind == "of the other image":
        d.send(0x08, bytes(36))
    elif kind == "header length":
        d.put(0x40000, struct.pack("<BBHHBBI", 0x98, 1, d.tx_index, 5, 0, 0, 3))
        d.tfd(0, d.tx_index, [(IOVA + 0x40000, 12)])
        d.kick()
    elif kind == "sequence":
        d.send(0x03, seq=77)
    elif kind == "order":
        d.send(0x6a, bytes(12))


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
        d.send(0x03)
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
        d.send(0x9b, bytes(8))
        time.sleep(0.02)
        assert d.receive() == []
        d.send(0x98, bytes(4), group=1)
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == []


@pytest.mark.parametrize("context,rule", [
    ((0x28, struct.pack("<III", 1, 2, 5) + bytes(136)), "context"),
    ((0x08, struct.pack("<II", 3, 1) + bytes(8) + bytes([0, 1, 0, 0]) + bytes(16)), "context"),
    ((0x19, bytes([9, 0, 0, 0])), "context"),
    ((0x18, bytes([0, 0, 0, 0, 2, 0, 0, 0]) + bytes(36)), "context"),
    ((0x1d, bytes([0, 0, 0, 31, 1, 0, 3, 64, 0, 0, 0, 0])), "scd-queue"),
    ((0xd0, bytes([0, 0, 9, 0]) + bytes(8)), "cmd-length")])
def test_commands_about_things_that_are_not_there_kill_the_firmware(card, context, rule):
    with card() as (d, srv):
        run_runtime(d)
        d.send(*context)
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == [rule]


# ---- queues and buffers --------------------------------------------------------------------

@pytest.mark.parametrize("buffers,count,rule", [
    ([(IOVA, 4)], 0, "tfd-bad"), ([(IOVA, 4)], 21, "tfd-bad"), ([(IOVA, 0)], 1, "tfd-bad"),
    ([(0, 4)], 1, "tfd-bad"), ([(IOVA + SIZE, 4)], 1, None), ([(0xf_ffff_f000, 4)], 1, None)])
def test_a_bad_tfd_is_reported_and_kills_the_firmware(card, buffers, count, rule):
    with card() as (d, srv):
        run(d)
        d.tfd(0, d.tx_index, buffers, count)
        d.kick()
        assert d.death()[1] == TRM
        got = rules(srv)
        assert len(got) == 1 and rule in (None, got[0])


def data_frame(d, bc, queue=1, repeat=True):
    """A TX command for station 2 with a 30-byte frame in queue 1, and its byte count."""
    tx = bytearray(56)
    struct.pack_into("<H", tx, 0, 30)
    tx[16] = 2
    d.put(0x60000, struct.pack("<BBH", 0x1c, 0, queue << 8) + tx + bytes(30))
    d.tfd(queue, 0, [(IOVA + 0x60000, 20), (IOVA + 0x60014, 70)])
    for index in (0, 256) if repeat else (0,):
        d.put(BYTE_COUNTS + 2 * (queue * 320 + index), struct.pack("<H", bc))
    d.w(WRPTR, queue << 8 | 1)


def with_data_queue(d):
    run_runtime(d)
    d.command(0x18, bytes([0, 0, 0, 0, 4]) + bytes(11) + bytes([2]) + bytes(27))
    assert d.command(0x1d, bytes([0, 2, 0, 1, 1, 0, 1, 64, 0, 0, 0, 0])) == bytes([0, 2, 0, 1])


def test_a_frame_with_its_byte_count_is_sent_and_reported(card):
    with card() as (d, srv):
        with_data_queue(d)
        data_frame(d, 2 << 12 | 10)
        got = []
        until(lambda: got.extend(d.receive()) or got, "the report")
        assert got[0][:3] == (0x1c, 0, 0x100) and len(got[0][3]) == 44
        assert rules(srv) == []


@pytest.mark.parametrize("bc,repeat", [(0, True), (2 << 12 | 3, True), (1 << 12 | 10, True),
                                       (2 << 12 | 200, True), (2 << 12 | 10, False)])
def test_a_frame_without_the_right_byte_count_kills_the_firmware(card, bc, repeat):
    with card() as (d, srv):
        with_data_queue(d)
        data_frame(d, bc, repeat=repeat)
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == ["byte-count"]


def test_write_pointers_out_of_range_are_reported(card):
    with card() as (d, srv):
        run(d)
        d.w(WRPTR, 31 << 8)
        d.w(RX_WPTR, 12)
        d.w(RX_WPTR, 256)
        assert rules(srv) == ["wrptr-queue", "rx-wptr", "rx-wptr"]


def test_a_queue_is_not_activated_without_its_rings(card):
    with card() as (d, srv):
        ready(d)
        d.prph_w(SCD + 0x10c, 1 << 3 | 7 | 1 << 4 | 0x017f0000)
        assert rules(srv) == ["scd-activate", "scd-activate"]


def test_packets_wait_for_buffers(card):
    with card() as (d, srv):
        ready(d)
        for section in INIT:
            d.upload(*section)
        d.start_rx(buffers=0)
        d.w(0x20, 0)
        d.poll(INT, INT_ALIVE)
        assert d.receive() == []
        d.w(RX_WPTR, 8)
        d.notification(0x01)
        assert rules(srv) == []


def test_a_receive_buffer_that_is_not_mapped_kills_the_firmware(card):
    with card() as (d, srv):
        run_runtime(d)
        bad = struct.pack("<I", (IOVA + SIZE) >> 8)
        d.put(RBDS + 4 * d.taken, bad)
        d.send(0x03)
        d.death()
        assert rules(srv) == ["rbd-bad"]


def test_the_receive_channel_must_be_on_when_the_firmware_starts(card):
    with card() as (d, srv):
        ready(d)
        for section in INIT:
            d.upload(*section)
        d.w(0x20, 0)
        d.death()
        assert rules(srv) == ["rx-off"]


def test_causes_come_by_the_table_in_memory_too(card):
    with card() as (d, srv):
        run(d)
        d.w(ICT, 0x80000000 | 0x18000000 | (IOVA + ICT_TABLE) >> 12)
        d.w(INT, 0xffffffff)
        d.w(INT_MASK, INT_FH_RX)
        d.interrupted()
        d.command(0x03, b"x" * 10)
        assert d.interrupted()
        first, second = struct.unpack("<II", d.get(ICT_TABLE, 8))
        assert first & 0x8000 and second == 0
        d.w(ICT, 0x80000000 | (IOVA + SIZE) >> 12)
        assert rules(srv) == ["ict-unmapped"]


def test_a_masked_cause_waits_for_its_mask(card):
    with card() as (d, srv):
        run(d)
        d.w(INT_MASK, 0)
        d.interrupted()
        d.command(0x03)
        assert d.r(INT) & INT_FH_RX
        d.w(INT_MASK, INT_FH_RX)
        assert d.interrupted()
        d.w(FH_INT, 0xffffffff)
        d.w(INT, INT_FH_RX)
        assert not d.r(INT) & INT_FH_RX and d.r(FH_INT) == 0
        assert rules(srv) == []


# ---- settings --------------------------------------------------------------------------------

@pytest.mark.parametrize("setting", [
    "mac=7c:7a:91", "mac=7c:7a:91:00:00:0g", "nvm.sku=0x10000", "nvm.corrupt=maybe",
    "fw.assert_on=256", "fw.ignore=1.2.3", "rfkill=perhaps", "no.such=1", "fw.alive_ms=soon",
    "firmware=/nonexistent"])
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
        assert BUFFERS and TFDS
