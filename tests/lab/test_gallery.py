# SPDX-License-Identifier: BSD-2-Clause
"""The gallery through a real kernel's VFIO: DMA that the IOMMU refuses, hangs, kill -9.

tests/gallery has all of it: voy test --on lab tests/gallery/test_dma.py tests/gallery/test_hang.py.
"""
import json
import re

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

# The last leaves INTx raised: QEMU's edu cannot be reset.
HANGS = [
    ("loop_in_task", r"hang: endless loop: toy_task in WORKER has not come back after "),
    ("storm_raises_it_again", r"hang: interrupt storm: MSI vector 0 has come \d+ times in "),
    ("storm_quietens_nothing", r"hang: interrupt storm: INTx vector 0 has come \d+ times in "),
]
# What the device may do, by COMMAND, while a driver has it and when that is no more.
KILLED = """command() {{ od -An -tx2 -j4 -N2 /sys/bus/pci/devices/$VOY_BDF/config; }}
{hang} --device $VOY_BDF --json --stay >/tmp/events & run=$!
until grep -q '"state":"rung"' /tmp/events; do kill -0 $run || exit 9; sleep 0.1; done
before=$(command)
kill -9 $run
wait $run
echo "@killed $? $before $(command)"
"""
BUS_MASTER = 0x4


def hang_script(program):
    """The shell's lines for a driver that is killed, and for those that hang."""
    return [KILLED.format(hang=program), *(
        f'VOY_BUG={bug} {program} --device "$VOY_BDF" --hang-limit 0.2 --json; echo "@status $?"'
        for bug, _ in HANGS)]


def check_refusals(events):
    """Each mistake is told by the run that it is made in, with the rule and the map."""
    results = [e for e in events if e["event"] == "result"]
    assert len(results) == len(MODES) and {r["reached"] for r in results} == {"copied"}
    for (_, bug, text), result in zip(MODES, results):
        assert result["ok"] == (text is None), bug
        assert text is None or result["error"].startswith(f"DMA: {text}"), bug
    assert len([e for e in events if e["event"] == "dma"]) == 5, "each once"
    warned, = [e["text"] for e in events if e["event"] == "log" and e["level"] == "warn"]
    assert "what the IOMMU refuses the device is not told here: the kernel's log" in warned


def check_hangs(events, statuses):
    """Each ends by itself, with all that there is to know."""
    hangs = [e for e in events if e["event"] == "hang"]
    assert statuses == ["124"] * len(HANGS) and len(hangs) == len(HANGS)
    for (bug, text), hang in zip(HANGS, hangs):
        assert re.match(text, hang["text"]), bug
        assert hang["trace"] and hang["dma"] and hang["doing"] and hang["interrupts"], bug
        assert any("toy_" in line for line in hang["doing"]), bug


@pytest.mark.lab
@pytest.mark.deadline(300)
def test_the_gallery_is_caught(lab):
    """QEMU's edu behind the guest's IOMMU, by drivers that are wrong in one place each.

    One that is killed leaves a device that is off the bus: no DMA, no message.
    """
    dma, hang = (paths.program(f"run-gallery-{name}") for name in ("dma", "hang"))
    script = [f'VOY_BUG="{bug}" {dma} --device "$VOY_BDF" --dma={mode} --json'
              for mode, bug, _ in MODES]
    script.insert(len(MODES) - 1, f"rm {LOG}")
    script += hang_script(hang)
    said = lab(["/bin/sh", "-c", "\n".join([*script, "true"])], device="edu",
               files=[str(dma), str(hang)], timeout=280)
    lines = said.stdout.decode().splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    words = [line.split() for line in lines if line.startswith("@")]
    of = [i for i, e in enumerate(events) if e["event"] == "start"][len(MODES)]
    check_refusals(events[:of])
    check_hangs(events[of:], [w[1] for w in words if w[0] == "@status"])
    (status, before, after), = [w[1:] for w in words if w[0] == "@killed"]
    assert status == "137" and int(before, 16) & BUS_MASTER and not int(after, 16) & BUS_MASTER
