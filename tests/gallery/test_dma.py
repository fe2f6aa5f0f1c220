# SPDX-License-Identifier: BSD-2-Clause
"""Mistakes with bus_dma(9), which only some machines make one pay for: --dma=check.

Through the kernel's VFIO what the device reads is not seen, and where an IOMMU lets it write
nothing is to be compared; those entries are of simulation alone.
"""
import platform

import pytest

from exhibit import Bug

CHECK = {"dma": "check"}
RING = r"of an object of 512 bytes at 0x[0-9a-f]+"
OUT = r"of a map of 256 bytes at 0x[0-9a-f]+, loaded for the device to read"
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
        rf"missing PREWRITE: .* \[0x0, \+0x100\) {RING}", made="copy_attach"),
    bug("ring_preread_for_prewrite",
        rf"missing PREWRITE: .* \[0x0, \+0x100\) {RING}", made="copy_attach"),
    bug("ring_half_prewrite",
        rf"missing PREWRITE: .* \[0x80, \+0x80\) {RING}", made="copy_attach"),
    bug("ring_written_after_sync",
        rf"missing PREWRITE: .* \[0xfc, \+0x4\) {RING}", made="copy_attach"),
    bug("ring_postread_missing",
        rf"missing POSTREAD: the driver reads what the device wrote, in \[0x1.., \+0x\w+\) {RING}",
        found="ring_in", made="copy_attach"),
    bug("ring_freed_too_early",
        r"used after its end: the device (writes|has written) \[0x0, \+0x100\) of an object of "
        "256 bytes", made="ring_gone"),
    bug("address_wild", r"outside every map: the device writes \[0xdead000, \+0x100\)",
        made="copy_attach"),
    bug("address_past_the_end", r"outside every map: the device (writes|has written) "
        r"\[0x\w+, \+0x\w+\), which ends 0x80 bytes behind an object of 512 bytes",
        made="copy_attach"),
    bug("address_before", r"outside every map: the device writes \[0x\w+, \+0x100\), which "
        "begins 0x10 bytes before an object of 512 bytes", made="copy_attach"),
    bug("map_prewrite_missing", "missing PREWRITE: the device reads, before any PREWRITE, "
        rf"\[0x0, \+0x100\) {OUT}"),
    bug("map_out_is_written",
        rf"wrong direction: the device (writes|wrote) \[0x0, \+0x100\) {OUT}"),
    bug("map_in_is_read", rf"wrong direction: the device reads \[0x0, \+0x100\) {IN}"),
    bug("map_changed_under_the_device", "the driver is not the owner: in the device's time the "
        rf"driver writes \[0x7, \+0x1\) {OUT}", found="map_out"),
    bug("map_filled_in_the_devices_time", "the driver is not the owner: in the device's time the "
        rf"driver writes \[0x0, \+0x\w+\) {IN}", found="map_in"),
    bug("map_unloaded_too_early",
        rf"used after its end: the device reads \[0x0, \+0x100\) {OUT}"),
    bug("map_address_kept",
        rf"used after its end: the device (writes|has written) \[0x0, \+0x100\) {OUT}"),
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

# What takes a fault at the very access, and what takes a look at the device's reads.
TRAPPED = {"ring_postread_missing", "map_read_before_postread", "map_postread_missing",
           "map_changed_under_the_device", "map_filled_in_the_devices_time"}
SEEN = {"address_wild", "map_prewrite_missing", "map_in_is_read", "map_unloaded_too_early",
        "address_before", "map_written_after_postread"}


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(gallery, bug, voy_target):
    """It is told once, with the bytes, the map, and where both came from."""
    if bug.name in TRAPPED and platform.machine() != "x86_64":
        pytest.skip("pages are protected on x86-64 alone")
    if bug.name in SEEN and voy_target != "sim":
        pytest.skip("VFIO does not show what the device reads, nor what its IOMMU refused")
    run, result = gallery("dma").caught(bug)
    findings = [e for e in run.events if e["event"] == "dma"]
    assert len(findings) == 1, [e["text"] for e in findings]
    assert result["error"] == findings[0]["text"] and findings[0]["law"]
    assert result["reached"] == "copied"


def test_clean(gallery):
    """Without a mistake nothing is said, and the device and the driver see each other's bytes."""
    run, _ = gallery("dma").clean(dma="check")
    assert [e for e in run.events if e["event"] == "dma"] == []
