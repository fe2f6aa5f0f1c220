# SPDX-License-Identifier: BSD-2-Clause
"""Mistakes with bus_dma(9), which only some machines make one pay for: --dma=check.

A simulated card's accesses are seen.  Through the kernel's VFIO what the device wrote is compared,
and what the IOMMU refused it is in the kernel's log, page by page.
"""
import platform
import re

import pytest

from exhibit import Bug

# In the lab, QEMU's own edu: what its IOMMU refuses it is in the guest's log.
CHECK = {"dma": "check", "lab": "edu"}
RING = r"of an object of 512 bytes at 0x[0-9a-f]+"
OUT = r"of a map of 256 bytes at 0x[0-9a-f]+, loaded for the device to read"
REFUSED = "the IOMMU refused the device a"
WRITES = f"(the device writes|{REFUSED} write to the page of)"
READS = f"(the device reads|{REFUSED} read of the page of)"
IN = r"of a map of 256 bytes at 0x[0-9a-f]+, loaded for the device to write"


def at(event, function):
    """A pattern: that backtrace of the finding goes through the driver's function."""
    return rf'"{event}": \[[^\]]*\b{function} at tests/gallery/dma\.c:\d+'


def bug(name, says, found=None, made="map_load", **how):
    """An entry: what is said, and the places where it was found and where the memory came from."""
    places = [at("made", made)] + ([at("backtrace", found)] if found else [])
    return Bug(name, "DMA: " + says, *places, how=CHECK | how)


BUGS = [
    bug("ring_prewrite_missing",
        rf"missing PREWRITE: .* \[0x0, \+0x100\) {RING}", made="toy_attach"),
    bug("ring_preread_for_prewrite",
        rf"missing PREWRITE: .* \[0x0, \+0x100\) {RING}", made="toy_attach"),
    bug("ring_half_prewrite",
        rf"missing PREWRITE: .* \[0x80, \+0x80\) {RING}", made="toy_attach"),
    bug("ring_written_after_sync",
        rf"missing PREWRITE: .* \[0xfc, \+0x4\) {RING}", made="toy_attach"),
    bug("ring_postread_missing",
        rf"missing POSTREAD: the driver reads what the device wrote, in \[0x1.., \+0x\w+\) {RING}",
        found="ring_in", made="toy_attach"),
    bug("ring_half_postread",
        rf"missing POSTREAD: the driver reads what the device wrote, in \[0x180, \+0x\w+\) {RING}",
        found="ring_in", made="toy_attach", on="sim"),
    bug("ring_polled_without_postread",
        rf"missing POSTREAD: the driver reads what the device wrote, in \[0x1ff, \+0x1\) {RING}",
        found="ring_poll", made="toy_attach"),
    bug("ring_freed_too_early", rf"used after its end: {WRITES} \[0x0, \+0x100\) of an object of "
        "256 bytes", made="ring_gone"),
    bug("address_wild", rf"outside every map: (the device writes \[0xdead000, \+0x100\)|{REFUSED} "
        r"write to the page \[0xdead000, \+0x1000\))", made="toy_attach"),
    bug("address_past_the_end", r"outside every map: the device (writes|has written) "
        r"\[0x\w+, \+0x\w+\), which ends 0x80 bytes behind an object of 512 bytes",
        made="toy_attach"),
    bug("address_before", rf"outside every map: (the device writes|{REFUSED} write to the page) "
        r"\[0x\w+, \+0x\w+\), which begins 0x10+ bytes before an object of 512 bytes",
        made="toy_attach"),
    bug("map_prewrite_missing", "missing PREWRITE: (the device reads, before any PREWRITE,|"
        rf"before any PREWRITE {REFUSED} read of the page of) \[0x0, \+0x100\) {OUT}"),
    bug("map_out_is_written",
        rf"wrong direction: the device (writes|wrote) \[0x0, \+0x100\) {OUT}"),
    bug("map_in_is_read", rf"wrong direction: {READS} \[0x0, \+0x100\) {IN}"),
    bug("map_changed_under_the_device", "the driver is not the owner: in the device's time the "
        rf"driver writes \[0x7, \+0x1\) {OUT}", found="map_out"),
    bug("map_filled_in_the_devices_time", "the driver is not the owner: in the device's time the "
        rf"driver writes \[0x0, \+0x\w+\) {IN}", found="map_in"),
    bug("map_unloaded_too_early",
        rf"used after its end: {READS} \[0x0, \+0x100\) {OUT}"),
    bug("map_address_kept",
        rf"used after its end: {WRITES} \[0x0, \+0x100\) {OUT}"),
    bug("map_shorter_than_told", r"outside every map: the device (writes|has written) \[0x\w+, "
        r"\+0x\w+\), which ends 0x10 bytes behind a map of 256 bytes"),
    bug("map_written_before_preread", "the device is not the owner: before .* the device "
        rf"(writes|wrote) \[0x0, \+0x\w+\) {IN}"),
    bug("map_written_after_postread", "the device is not the owner: after the POST sync the "
        rf"device (writes|wrote) \[0x0, \+0x\w+\) {IN}"),
    bug("map_read_before_postread", "missing POSTREAD: the driver reads what the device wrote, in "
        rf"\[0x0, \+0x\w+\) {IN}", found="map_in"),
    bug("map_postread_missing", "missing POSTREAD: the driver reads what the device wrote before "
        rf"the map was unloaded, in \[0x0, \+0x\w+\) {IN}", found="map_in"),
]

# A card that takes every address of 32 bits.
OWN_ADDRESS = bug("address_of_the_driver", "outside every map: by the driver's own address of it, "
                  rf"va and not pa, the device writes \[0x100, \+0x100\) {RING}", made="toy_attach",
                  on="sim", settings={"dma_mask": "0xffffffff"})

HANDED_UP = bug("map_handed_up_unsynced", "missing POSTREAD: the driver reads what the device wrote "
                rf"before the map was unloaded, in \[0x0, \+0x1\) {IN}", found="map_in")

# What takes a fault at the very access.
TRAPPED = {"ring_postread_missing", "ring_half_postread", "ring_polled_without_postread",
           "map_read_before_postread", "map_postread_missing", "map_changed_under_the_device",
           "map_filled_in_the_devices_time"}
# Whole pages that the device has no business in: those an IOMMU can refuse it without a checker.
PAGES = {"ring_freed_too_early", "address_wild", "address_before", "map_unloaded_too_early",
         "map_address_kept"}


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(gallery, bug, voy_target):
    """It is told once, with the bytes, the map, and where both came from."""
    if bug.name in TRAPPED and platform.machine() != "x86_64":
        pytest.skip("pages are protected on x86-64 alone")
    if bug.name == "map_in_is_read" and voy_target != "sim":
        pytest.skip("what an IOMMU lets the device write it may read, too: Linux's for Intel has "
                    "no pages to write alone")
    run, result = gallery("dma").caught(bug)
    findings = [e for e in run.events if e["event"] == "dma"]
    assert len(findings) == 1, [e["text"] for e in findings]
    assert result["error"] == findings[0]["text"] and findings[0]["law"]
    assert result["reached"] == "copied"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="pages are protected on x86-64 alone")
def test_what_is_handed_up_is_looked_at(gallery):
    """The driver itself does not read it; and the result names more than the driver's own error."""
    run, result = gallery("dma").caught(HANDED_UP)
    finding, = [e["text"] for e in run.events if e["event"] == "dma"]
    assert result["error"] == f"it does not work: Input/output error; {finding}"


def test_the_drivers_own_address_is_not_the_devices(gallery):
    """Nor does it happen to be the same."""
    run, _ = gallery("dma").caught(OWN_ADDRESS)
    finding, = [e for e in run.events if e["event"] == "dma"]
    assert finding["law"]


@pytest.mark.parametrize("bug", [b for b in BUGS if b.name in PAGES], ids=str)
def test_strict(gallery, bug, voy_target):
    """--dma=strict: what is not the device's it does not reach, and that is told."""
    run, result, said = gallery("dma").run(bug, dma="strict")
    assert not result["ok"] and result["reached"] == "copied", said
    if voy_target == "sim":
        assert result["error"].startswith("simulated card: dma-unmapped: DMA "), said
        return
    finding, = [e for e in run.events if e["event"] == "dma"]
    assert re.search(f"DMA: (used after its end|outside every map): {REFUSED} (read|write)",
                     finding["text"]), said


@pytest.mark.parametrize("dma", ["check", "strict"])
def test_clean(gallery, dma):
    """Without a mistake nothing is said, and the device and the driver see each other's bytes."""
    run, _ = gallery("dma").clean(dma=dma, lab="edu")
    assert [e for e in run.events if e["event"] == "dma"] == []


def test_what_was_found_is_recorded(gallery, tmp_path):
    """A replay, which checks nothing by itself, ends as the recorded run did."""
    path = tmp_path / "dma.rec"
    bug, = [b for b in BUGS if b.name == "ring_half_prewrite"]
    _, first = gallery("dma").caught(bug, on="sim", args=["--record", path])
    run, second, said = gallery("dma").run(bug, on=f"replay:{path}", dma=None)
    assert second["error"] == first["error"] and second["reached"] == "copied", said
    assert not [e for e in run.events if e["event"] == "dma"]


def test_what_the_card_complained_of_is_recorded(gallery, tmp_path):
    """A replay has no card; it ends as the run with the card did, and says what that has said."""
    path = tmp_path / "strict.rec"
    bug, = [b for b in BUGS if b.name == "map_unloaded_too_early"]
    seen, first, said = gallery("dma").run(bug, on="sim", dma="strict", record=path)
    assert first["error"].startswith("simulated card: dma-unmapped: DMA "), said
    run, second, said = gallery("dma").run(bug, on=f"replay:{path}", dma=None)
    assert second["error"] == first["error"] and second["reached"] == "copied", said
    complaints, again = ([{k: v for k, v in e.items() if k != "t"} for e in r.violations()]
                         for r in (seen, run))
    assert complaints == again and complaints[0]["source"] == "sim"


def test_clean_and_recorded(gallery, tmp_path):
    """The checker moves the bytes, and the recording has those that the driver saw."""
    path = tmp_path / "dma.rec"
    gallery("dma").clean(on="sim", dma="check", args=["--record", path])
    gallery("dma").clean(on=f"replay:{path}")
