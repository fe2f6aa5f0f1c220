# SPDX-License-Identifier: BSD-2-Clause
"""How `voy test` shares tests out to workers."""
import pytest

from voyageur import paths, testcmd

FILES = ["--dist", "loadfile"]


@pytest.mark.parametrize("arguments,expected", [
    ([], (None, [])),
    (["-x", "--sanitize", "thread", "tests/sta"], ("thread", ["-x", "tests/sta"])),
    (["--sanitize=address", "--reruns", "1"], ("address", ["--reruns", "1"])),
])
def test_the_sanitizer_is_ours_the_rest_is_pytest_s(arguments, expected):
    """It says what is built, and which programs are run."""
    assert paths.take_sanitizer(arguments) == expected


@pytest.mark.parametrize("arguments,expected", [
    ([], ["-n", "8", *FILES]),
    (["tests/sta", "-k", "name"], ["-n", "8", *FILES]),
    (["--on", "sim"], ["-n", "8", *FILES]),
    (["--on=lab"], ["-n", "8", *FILES]),
    (["--on", "0000:03:00.0"], []),
    (["--on=unix:/tmp/card", "-n2"], []),
    (["-n2"], FILES),
    (["-n", "2"], FILES),
    (["-n=2"], FILES),
    (["--numprocesses=auto"], FILES),
    (["-n0"], []),
    (["-n", "0", "tests"], []),
    (["-n3", "--dist", "load"], []),
    (["--dist=each"], ["-n", "8"]),
    (["--pdb"], []),
    (["--collect-only"], []),
    (["-p", "no:xdist"], []),
])
def test_a_file_of_tests_is_for_one_worker(monkeypatch, arguments, expected):
    """Unless the user says otherwise; and one real card is for one at a time."""
    monkeypatch.setattr(testcmd.os, "sched_getaffinity", lambda pid: {0, 1})
    assert testcmd._parallel(arguments) == expected
