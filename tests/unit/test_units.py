# SPDX-License-Identifier: BSD-2-Clause
"""Every C test program (build/VARIANT/bin/test-*).

A program prints TAP; it passes when it exits with 0, says "not ok" nowhere, and has said as much as
its plan ("1..N") counts.
"1..0 # SKIP reason", or exit status 77 with the reason on its last line, skips it.
"""
import re
import subprocess

import pytest

from voyageur import paths, procs

BIN = paths.BUILD / paths.VARIANT / "bin"
PROGRAMS = [path.name for path in sorted(BIN.glob("test-*"))]
SKIPPED = 77


def test_there_are_test_programs():
    """An empty build folder must not look like success."""
    assert PROGRAMS, f"build them first: ninja {paths.VARIANT}"


def skip_reason(status, out):
    """Why the program did not run its tests; None if it did."""
    whole = re.search(r"^1\.\.0\s*#\s*skip\S*\s*(.*)", out, re.I | re.M)
    if whole:
        return whole[1]
    if status == SKIPPED:
        return (out.strip().splitlines() or ["without a reason"])[-1]
    return None


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_passes(name, tmp_path):
    """It ends by itself, with 0, and no test of its own fails."""
    p = subprocess.run([BIN / name], cwd=tmp_path, capture_output=True,
                       text=True, errors="replace", timeout=250, stdin=subprocess.DEVNULL,
                       env=procs.environment(), check=False)
    reason = skip_reason(p.returncode, p.stdout)
    if reason is not None:
        pytest.skip(reason)
    failed = re.findall(r"^not ok.*", p.stdout, re.M)
    said, plans = (re.findall(what, p.stdout, re.M) for what in (r"^ok ", r"^1\.\.(\d+)$"))
    assert p.returncode == 0 and not failed and plans == [str(len(said))], \
        f"{procs.describe(p.returncode)}\n{p.stdout[-6000:]}\n{p.stderr[-6000:]}"
