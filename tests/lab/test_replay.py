# SPDX-License-Identifier: BSD-2-Clause
"""A run through a real kernel's VFIO is recorded, and done again on this machine without a guest."""
import json
import pathlib
import subprocess

import pytest

from voyageur import procs

VOY = pathlib.Path(__file__).resolve().parents[2] / "voy"
# What a run on another machine shares with it; the guest says a thing or two of its network.
KINDS = ("state", "info")


def voy(*args):
    p = subprocess.run([str(VOY), *map(str, args)], capture_output=True, text=True,
                       env=procs.environment(), timeout=280, check=False)
    assert p.returncode == 0, p.stdout + p.stderr
    events = [json.loads(line) for line in p.stdout.splitlines()]
    return [(e["event"], e.get("state") or (e["key"], e["value"])) for e in events
            if e["event"] in KINDS]


@pytest.mark.lab
@pytest.mark.deadline(300)
@pytest.mark.usefixtures("lab")
def test_em_on_qemus_e1000e(tmp_path):
    """Registers in mapped memory, MSI-X, rings, a lease and a command's packets; checked as well."""
    path = tmp_path / "em.rec"
    first = voy("run", "em", "--on", "lab", "--json", "--record", path,
                "--dma=check", "--",
                "ping", "-c", "1", "10.0.2.2")
    assert ("state", "ip") in first
    assert voy("run", "em", "--on", f"replay:{path}", "--json") == first
