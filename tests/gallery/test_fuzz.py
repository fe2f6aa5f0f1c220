# SPDX-License-Identifier: BSD-2-Clause
"""What is read from a file or a device and not looked at: found by `voy fuzz`.

In small parsers (fuzz.c) from one seed, each time anew; in iwm under a hostile card (fuzz_iwm.c)
by the input that the target found from its seeds, made small: fuzz_iwm/NAME.  When steps or card
have changed so that it shows the bug no more, it is found again by
VOY_BUG=NAME build/fuzz/bin/fuzz-gallery-iwm CORPUS
"""
import argparse
import pathlib
import shutil

import pytest

from exhibit import Bug, Exhibit
from voyageur import build, fuzzcmd, paths

pytestmark = [
    pytest.mark.plain("fuzzers have builds of their own"),
    pytest.mark.skipif(not shutil.which("clang"), reason="fuzzers are built with clang, which is "
                       "not installed (apt install clang)")]

OVERFLOW = r"AddressSanitizer: heap-buffer-overflow "
BUGS = [
    Bug("tlv_length_unchecked", OVERFLOW + r".*tests/gallery/fuzz\.c:\d+.* in toy_(parse|entry)"),
    Bug("tlv_type_unchecked", OVERFLOW + r".*tests/gallery/fuzz\.c:\d+.* in toy_entry"),
    Bug("tlv_head_cut_short", OVERFLOW + r".*tests/gallery/fuzz\.c:\d+.* in toy_parse"),
    Bug("ring_index_off_by_one", OVERFLOW + r".*tests/gallery/fuzz\.c:\d+.* in toy_rx"),
]
IWM = [
    Bug("tx_response_length_unchecked",
        r"AddressSanitizer: use-after-poison .*drivers/iwm/txdone\.c:\d+.* in many_frames"),
    Bug("lock_held_over_rare_upcall",
        r"^rule broken: The lock is never held across an upcall .*pdk80211_tx_ready\(\) called in "
        r"\w+ with the lock held"),
]


@pytest.fixture(name="fuzz")
def _fuzz(tmp_path, monkeypatch):
    """fuzz(bug, runs): the result of the gallery's target, begun with an entry and two indices."""
    build.ninja(str(fuzzcmd.program("gallery").relative_to(paths.ROOT)))
    monkeypatch.setattr(fuzzcmd, "FOUND", tmp_path / "found")
    monkeypatch.setattr(fuzzcmd, "shrink", lambda name, file: file)
    monkeypatch.setattr(fuzzcmd, "seeds", lambda name: [b"\1\3\1\x55\4\1\x66", b"\0\1\2"])

    def run(bug=None, runs=None):
        monkeypatch.setenv("VOY_BUG", Exhibit.environment(bug)["VOY_BUG"])
        return fuzzcmd._one("gallery", argparse.Namespace(
            seconds=float(fuzzcmd.PATIENCE), json=True, runs=runs, engine="libfuzzer",
            corpus=tmp_path / "corpus"))
    return run


@pytest.mark.deadline(2 * fuzzcmd.PATIENCE + 600)
@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(fuzz, bug):
    """The input is found, and does it again alone."""
    result = fuzz(bug, 1000000)
    assert not result["ok"], result
    found = result["found"]
    assert found["again"] and pathlib.Path(found["file"]).is_file()
    bug.check(found["cause"])


def test_clean(fuzz):
    """Without a bug nothing is found in so many inputs."""
    assert fuzz(runs=20000)["ok"]


@pytest.mark.deadline(2 * fuzzcmd.PATIENCE + 600)
@pytest.mark.parametrize("bug", IWM, ids=str)
def test_caught_under_a_hostile_card(bug, monkeypatch):
    """The driver as it is takes the input; with the bug the input ends it."""
    build.ninja(str(fuzzcmd.program("gallery-iwm").relative_to(paths.ROOT)))
    file = pathlib.Path(__file__).with_name("fuzz_iwm") / bug.name
    monkeypatch.setenv("VOY_BUG", "")
    status, said = fuzzcmd.repeat("gallery-iwm", file)
    assert status == 0, said
    monkeypatch.setenv("VOY_BUG", bug.name)
    status, said = fuzzcmd.repeat("gallery-iwm", file)
    assert status != 0, f"{bug}: nobody noticed:\n{said}"
    bug.check(fuzzcmd.cause(said))
