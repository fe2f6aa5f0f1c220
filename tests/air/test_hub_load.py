# SPDX-License-Identifier: BSD-2-Clause
"""20 cards and 5 access points that send as fast as they can."""
import json
import subprocess

import pytest
import radio
from voyageur import procs


@pytest.mark.parametrize("airtime", ["on", "off"])
def test_nothing_is_lost_under_full_load(start, variant, airtime):
    """Every frame of 25 radios is acknowledged, and its receiver has it."""
    programs = radio.ROOT / "build" / variant / "bin"
    hub = start("--set", f"airtime={airtime}", program=programs / "voy-air")
    p = subprocess.run([programs / "air-load", hub.path, "20", "5", "0.5"], text=True,
                       capture_output=True, timeout=250, env=procs.environment(), check=False)
    assert p.returncode == 0, p.stdout + p.stderr
    load = json.loads(p.stdout)
    assert load["radios"] == 25 and load["failed"] == 0 and load["acked"] > 100
    result = hub.stop()
    assert result["dropped"] == result["violations"] == 0
    assert result["acked"] >= load["acked"] and result["radios_most"] == 25
    assert result["frames_per_s_mean"] > 0
