# SPDX-License-Identifier: BSD-2-Clause
"""What a driver's process may not do: each such system call ends the run with a report."""
import os

import pytest

from exhibit import Bug
from voyageur import paths

RESET = r"gallery-contain0: the device was reset"


def forbidden(name, call, *more):
    """A Bug that makes a system call, as the report names it."""
    return Bug(name, rf"forbidden system call: {call} in thread worker;", RESET,
               r"toy_task at tests/gallery/contain\.c:\d+", *more)


BUGS = [
    forbidden("opens_the_passwords", r'open(at)?\("/etc/shadow", 0x\w+\)',
              r'"syscall": "open(at)?"', r"os_open at tests/gallery/contain_os\.c:\d+"),
    forbidden("reads_another_process", r'open(at)?\("/proc/1/environ", 0x\w+\)'),
    forbidden("leaves_its_folder", r'open(at)?\("/lib/firmware/\.\./\.\./etc/passwd", 0x\w+\)'),
    forbidden("makes_a_file", r'open(at)?\("/tmp/voyageur-gallery-contain", 0x\w+\)'),
    forbidden("asks_about_a_file", r'\w*stat\w*\("/root"\)'),
    forbidden("removes_a_file", r'unlink(at)?\("/tmp/voyageur-gallery-contain"\)'),
    forbidden("runs_a_command", r"(clone\(0x\w+\)|vfork\(\))"),
    forbidden("becomes_another_program", r'execve\("/bin/true"\)'),
    forbidden("ends_its_parent", r"kill\(\d+, 15\)"),
    forbidden("makes_code", r"mmap\(\w+, 0x1000, 0x7\)"),
    forbidden("raises_its_limits", r"(prlimit64|setrlimit)\(\S+, \S+, \S+\)"),
    forbidden("connects_out", r"socket\(AF_INET, \d+, 0\)", r"os_connect at "),
    Bug("hears_no_signal", r"forbidden system call: socket\(AF_INET, \d+, 0\) in a thread that "
        r"blocks signals;", RESET),
    Bug("leaks_memory", r"rule broken: a driver's memory has a limit: with these 1048576 bytes it "
        r"has 17 MiB", r"toy_(memory|task) at tests/gallery/contain\.c:\d+", RESET,
        how={"args": ["--memory", "16"]}),
    Bug("leaks_dma_memory", r"rule broken: a driver's memory has a limit: with these 1048576 bytes "
        r"it has 17 MiB", r"toy_(memory|task) at tests/gallery/contain\.c:\d+", RESET,
        how={"args": ["--memory", "16"]}),
]
FORKS = forbidden("forks", r"(clone\(0x\w+\)|fork\(\))")
# A sanitizer has memory of its own, which no limit can tell from the driver's.
MALLOCS = Bug("mallocs_without_end", r"crash: SIGSEGV .*; no memory is left of what --memory "
              r"allows \(16 MiB\)", r"os_eat at tests/gallery/contain_os\.c:\d+", RESET,
              how={"args": ["--memory", "16"]})
WAITS = Bug("waits_for_memory_without_end", "rule broken: a driver's memory has a limit: "
            "4294967296 bytes are not to be had beside the 0 MiB that it has, .* of 16 MiB",
            r"toy_(memory|task) at tests/gallery/contain\.c:\d+", RESET,
            how={"args": ["--memory", "16"]})


def check_reset(run):
    """The driver's process asked for it; and the card was left by it, which is another."""
    whys = [e["why"] for e in run.events if e["event"] == "reset"]
    assert whys[-2:] == ["request", "client left"]


@pytest.mark.parametrize("bug", [
    *BUGS,
    pytest.param(FORKS, marks=pytest.mark.skipif(
        paths.VARIANT == "tsan", reason="ThreadSanitizer stops all threads for a fork(), the one "
        "that reports it, too")),
    pytest.param(WAITS, marks=pytest.mark.plain("a sanitizer has it, until it is used")),
    pytest.param(MALLOCS, marks=pytest.mark.plain(
        "a sanitizer takes memory, or finds the pointer first"))], ids=str)
def test_caught(gallery, bug):
    """The run ends there, with the call, its place, and the device reset."""
    run, result = gallery("contain").caught(bug)
    assert run.status == (139 if bug is MALLOCS else 70)
    assert not os.path.exists("/tmp/voyageur-gallery-contain")
    assert result["reached"] == "attached"
    check_reset(run)


@pytest.mark.parametrize("variant", ["asan", "tsan"])
@pytest.mark.parametrize("bug", [b for b in BUGS if b.name in (
    "opens_the_passwords", "makes_a_file", "runs_a_command", "leaks_memory")], ids=str)
def test_caught_with_a_sanitizer(gallery, bug, variant, tmp_path):
    """It is no less contained; nor where a file for reports may be made."""
    options = f"log_path={tmp_path}/report"
    run, _ = gallery("contain").caught(bug, variant=variant, env={
        "ASAN_OPTIONS": options, "TSAN_OPTIONS": options})
    assert run.status == 70
    check_reset(run)


def test_clean(gallery):
    """A driver that keeps to its interface notices nothing."""
    gallery("contain").clean()


def test_as_a_user_may(gallery):
    """--no-contain: what its user may do, the driver may."""
    bug = next(bug for bug in BUGS if bug.name == "runs_a_command")
    run, result, said = gallery("contain").run(bug, args=["--no-contain"])
    assert result["ok"], said
    assert not [e for e in run.events if e["event"] == "contained"]
