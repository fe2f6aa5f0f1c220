# SPDX-License-Identifier: BSD-2-Clause
"""The simulated 7260's hardware, by a driver that is only bytes: power, upload, queues,
interrupts, and what it does not put up with."""
import struct
import time

import pytest

from i7260_driver import (ASLEEP, BYTE_COUNTS, CLOCK_READY, FH_INT, GP, HW_IF, HW_REV, ICT,
                          ICT_TABLE, INIT, INIT_DONE, INT, INT_ALIVE, INT_FH_RX, INT_MASK,
                          INT_RF_KILL, INT_SW_ERR, IOVA, NIC_READY, PREPARE, RBDS, RF_KILL_SW,
                          RUNTIME, RX_CONFIG, RX_STATUS, RX_WPTR, SCD, SHADOW, SIZE, SYSASSERT,
                          Setup, TRM, WRPTR, add_sta, network, ready, rules, run, run_runtime,
                          ucode)
from rawclient import DATA_NONE, INTX, MSI, TRIGGER, UNMASK, Server, fired, until


@pytest.fixture
def card(tmp_path):
    """card(SETTING, ...) -> context manager of (driver, server)."""
    return lambda *settings: Setup(tmp_path, *settings)


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
    with card("prepare_ms=500") as (d, srv):
        assert not d.prepare()
        asked = time.monotonic()
        d.set_bits(HW_IF, PREPARE)
        until(d.prepare, "NIC_READY")
        assert time.monotonic() - asked >= 0.5
        assert rules(srv) == []


def test_a_clock_without_ownership_is_a_violation(card):
    with card() as (d, srv):
        d.set_bits(GP, INIT_DONE)
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
        seq = d.queue(0x03, b"wake")
        until(lambda: any(p[2] == seq for p in d.receive()), "the answer")
        until(lambda: not d.r(GP) & CLOCK_READY, "the MAC sleeps again")
        assert d.r(RX_STATUS) == ASLEEP
        d.set_bits(GP, 8)
        d.poll(GP, CLOCK_READY)
        assert d.r(RX_STATUS) != ASLEEP
        assert rules(srv) == ["access-asleep"]


def test_a_reset_forgets_everything_but_who_owns_it(card):
    with card() as (d, srv):
        run(d)
        d.set_bits(0x20, 0x80)
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
    tx[12:16] = struct.pack("<I", 13 | 1 << 14)
    tx[16] = 2
    frame = bytes([0x08, 0x01]) + bytes(28)
    d.put(0x60000, struct.pack("<BBH", 0x1c, 0, queue << 8) + tx + frame)
    d.tfd(queue, 0, [(IOVA + 0x60000, 20), (IOVA + 0x60014, 70)])
    for index in (0, 256) if repeat else (0,):
        d.put(BYTE_COUNTS + 2 * (queue * 320 + index), struct.pack("<H", bc))
    d.w(WRPTR, queue << 8 | 1)


def with_data_queue(d):
    network(d)
    d.command(0x18, add_sta(2))
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


def test_a_byte_count_table_that_is_not_mapped_kills_the_firmware(card):
    with card() as (d, srv):
        with_data_queue(d)
        d.prph_w(SCD + 0x008, (IOVA + SIZE) >> 10)
        data_frame(d, 2 << 12 | 10)
        assert d.death()[1] == TRM
        assert len(rules(srv)) == 1


@pytest.mark.parametrize("step,bad", [(0x40, True), (0x80, True), (0xc0, True), (0x41, False),
                                      (0x20, False)])
def test_a_write_pointer_moved_by_a_multiple_of_64_gets_the_scheduler_stuck(card, step, bad):
    """An erratum of all these chips: in a queue that is off."""
    with card() as (d, srv):
        network(d)
        d.w(WRPTR, 1 << 8 | step)
        d.w(WRPTR, 1 << 8 | step + 1)       # a small step is none
        d.command(0x18, add_sta(2))         # and the card goes on
        assert rules(srv) == ["wrptr-step"] * bad


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
        d.queue(0x03)
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


@pytest.mark.parametrize("pin", [False, True], ids=["message", "pin"])
def test_the_table_tells_of_an_event_once(card, pin):
    """The driver reads entries before the card learns that he has: were an old cause in each new
    entry, he would find a firmware that has died once to have died twice."""
    with card() as (d, srv):
        if pin:
            d.set_irqs(MSI, DATA_NONE | TRIGGER, 0, 0)
            d.msi = d.irq_fd(INTX)
        run(d)
        d.w(ICT, 0x80000000 | 0x18000000 | (IOVA + ICT_TABLE) >> 12)
        d.w(INT, 0xffffffff)
        d.w(INT_MASK, INT_SW_ERR | INT_RF_KILL)
        d.interrupted()
        if pin:
            d.set_irqs(INTX, DATA_NONE | UNMASK)
        srv.set("fw.crash", "0x3d")
        d.poll(INT, INT_SW_ERR)
        srv.set("rfkill", "1")
        d.poll(INT, INT_RF_KILL)
        assert d.interrupted()
        # The handler masks; its bottom half reads later, and ends the mask.
        d.w(INT_MASK, 0)
        d.w(INT_MASK, INT_SW_ERR | INT_RF_KILL)
        entries = struct.unpack("<III", d.get(ICT_TABLE, 12))
        assert entries == (INT_SW_ERR >> 16 & 0xff00, INT_RF_KILL, 0)
        assert not pin or d.conf_read(6) & 8, "the pin shows what is not acked"
        # A new one of a kind that is told of is new; and what came under the mask is told then.
        d.w(INT_MASK, 0)
        srv.set("rfkill", "0")
        d.poll(GP, RF_KILL_SW)
        d.w(INT_MASK, INT_SW_ERR | INT_RF_KILL)
        assert struct.unpack("<II", d.get(ICT_TABLE + 8, 8)) == (INT_RF_KILL, 0)
        d.w(INT, 0xffffffff)
        assert not d.conf_read(6) & 8
        assert rules(srv) == []


def test_the_interrupt_pin_follows_the_causes_when_messages_are_off(card):
    with card() as (d, srv):
        d.set_irqs(MSI, DATA_NONE | TRIGGER, 0, 0)
        pin = d.irq_fd(INTX)
        run(d)
        assert fired(pin) and d.conf_read(6) & 8
        d.w(INT, 0xffffffff)
        assert not d.conf_read(6) & 8
        d.set_irqs(INTX, DATA_NONE | UNMASK)
        d.command(0x03)
        assert fired(pin) and not fired(d.msi, 0)
        assert rules(srv) == []


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


def test_a_byte_written_to_the_causes_clears_those_of_that_byte_only(card):
    with card() as (d, srv):
        run(d)
        d.w(INT_MASK, 0)
        d.command(0x03)
        srv.set("rfkill", "1")
        assert d.r(INT) & (INT_FH_RX | INT_RF_KILL) == INT_FH_RX | INT_RF_KILL
        d.bar_write(0, INT, 0x80, size=1)
        assert d.r(INT) & INT_FH_RX and not d.r(INT) & INT_RF_KILL
        d.bar_write(0, INT + 3, 0x80, size=1)
        assert not d.r(INT) & INT_FH_RX
        assert d.r(FH_INT) >> 16 & 1
        d.bar_write(0, FH_INT, 0xff, size=1)
        assert d.r(FH_INT) >> 16 & 1
        assert rules(srv) == []
