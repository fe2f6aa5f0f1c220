# SPDX-License-Identifier: BSD-2-Clause
"""A simulated card with mappable memory and MSI-X, through QEMU and the guest's real VFIO."""
import json
from pathlib import Path

import pytest

import lab

BENCH = Path(__file__).resolve().parents[2] / "build/gcc/bin/bench-pdk"

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("guest_parts")]


def test_memory_of_the_card_is_mapped_and_msix_is_delivered(sim):
    """QEMU maps the server's sparse area; the row of a mapped register needs the mapping."""
    card = sim("scratch")
    r = lab.run(["bench-pdk", "--no-contain", "--device", "$VOY_BDF", "--json"],
                files=[str(BENCH)], timeout=250, device={"socket": str(card.socket)})
    lines = [json.loads(line) for line in r.stdout.decode().splitlines()]
    rows = {row["name"] for row in lines if "name" in row}
    assert r.status == 0 and lines[-1]["ok"], r.stderr
    assert {"register read, mapped", "register write, mapped", "eventfd to bottom half"} <= rows
