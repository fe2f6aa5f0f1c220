# SPDX-License-Identifier: BSD-2-Clause
"""DMA through a real IOMMU: what it refuses a device is told, with the rule and the map.

tests/gallery/test_dma.py has all of it: voy test --on lab tests/gallery/test_dma.py.
"""
import json

import pytest

from voyageur import paths

MODES = [
    ("check", "", None),
    ("check", "address_wild", "outside every map: the IOMMU refused the device a write to the page "
     "[0xdead000, +0x1000)"),
    ("check", "map_prewrite_missing", "missing PREWRITE: before any PREWRITE the IOMMU refused the "
     "device a read of the page of [0x0, +0x100) of a map of 256 bytes"),
    ("check", "ring_postread_missing", "missing POSTREAD: the driver reads what the device wrote"),
    ("strict", "map_unloaded_too_early", "used after its end: the IOMMU refused the device a read "
     "of the page of [0x0, +0x100) of a map of 256 bytes"),
    ("strict", "", None),
    # Without the kernel's log, what is written is still compared.
    ("check", "map_written_after_postread", "the device is not the owner: after the POST sync the "
     "device wrote [0x0, +0x"),
]
LOG = "/dev/kmsg"


@pytest.mark.lab
@pytest.mark.deadline(300)
def test_refusals_are_told(lab):
    """Of QEMU's edu behind the guest's IOMMU, by a driver that is wrong in one place each."""
    program = paths.program("run-gallery-dma")
    script = [f'VOY_BUG="{bug}" {program} --device "$VOY_BDF" --dma={dma} --json'
              for dma, bug, _ in MODES]
    script.insert(len(MODES) - 1, f"rm {LOG}")
    said = lab(["/bin/sh", "-c", "\n".join([*script, "true"])], device="edu",
               files=[str(program)], timeout=280)
    events = [json.loads(line) for line in said.stdout.splitlines()]
    results = [e for e in events if e["event"] == "result"]
    assert len(results) == len(MODES) and {r["reached"] for r in results} == {"copied"}
    for (_, bug, text), result in zip(MODES, results):
        assert result["ok"] == (text is None), bug
        assert text is None or result["error"].startswith(f"DMA: {text}"), bug
    assert len([e for e in events if e["event"] == "dma"]) == 5, "each once"
    warned, = [e["text"] for e in events if e["event"] == "log" and e["level"] == "warn"]
    assert "what the IOMMU refuses the device is not told here: the kernel's log" in warned
