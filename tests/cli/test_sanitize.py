# SPDX-License-Identifier: BSD-2-Clause
"""voy run --sanitize and --valgrind: what they find is the run's failure, whoever finds it when."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

from voyageur import paths, valgrind

pytestmark = pytest.mark.plain("it runs the builds by itself")

GALLERY = "run-gallery-sanitize"


@pytest.fixture
def memcheck():
    """Skips where there is no valgrind."""
    if not os.access(valgrind.VALGRIND, os.X_OK):
        pytest.skip("valgrind is not installed (Debian's package valgrind)")


@pytest.mark.parametrize("sanitizer", paths.SANITIZERS)
def test_clean_under_a_sanitizer(voy, sanitizer):
    """The other build, of driver and card; nothing is said."""
    said = voy("run", "edu", "--sanitize", sanitizer, "--json")
    assert said.result["ok"] and said.status == 0 and said.err == "", said.err


FINDINGS = [
    ("address", "table_used_after_free", "AddressSanitizer: heap-use-after-free "),
    ("address", "memory_of_a_library_lost", "AddressSanitizer: 64 byte(s) leaked"),
    ("undefined", "signed_overflow", "UndefinedBehaviorSanitizer: signed integer overflow: "),
    ("thread", "flag_without_the_lock", "ThreadSanitizer: data race "),
]


@pytest.mark.parametrize("sanitizer,bug,finding", FINDINGS)
def test_a_finding_fails_the_run(voy, sanitizer, bug, finding):
    """Exit status, result and report; of a program that is not one of ours, too."""
    program = paths.program(GALLERY, paths.SANITIZERS[sanitizer])
    said = voy("run", program, "--model", "edu", "--sanitize", sanitizer, "--json",
               env={"VOY_BUG": bug})
    assert said.status == 1 and finding in said.result["error"], said.out
    assert any(finding in e.get("text", "") for e in said.events if e["event"] != "result")
    assert "tests/gallery/sanitize.c:" in said.err and "Sanitizer" in said.err


@pytest.mark.parametrize("sanitizer,bug,finding", FINDINGS)
def test_a_report_to_a_file_comes_from_a_contained_process(voy, tmp_path, sanitizer, bug, finding):
    """What is given up is the same as without a sanitizer; that one file is opened for it."""
    env = {f"{tool}_OPTIONS": f"log_path=/nowhere:color=never:log_path={tmp_path}/report"
           for tool in ("ASAN", "TSAN", "UBSAN")}
    usual = voy("run", "edu", "--json", env=env)
    said = voy("run", paths.program(GALLERY, paths.SANITIZERS[sanitizer]), "--model", "edu",
               "--sanitize", sanitizer, "--json", env={**env, "VOY_BUG": bug})
    one, other = (next(e for e in s.events if e["event"] == "contained") for s in (usual, said))
    assert one["seccomp"] and {**one, "t": 0} == {**other, "t": 0}
    assert usual.result["ok"] and finding in said.result["error"]
    file, = tmp_path.iterdir()
    assert "tests/gallery/sanitize.c:" in file.read_text() and re.search("[.][0-9]+$", file.name)


def test_a_program_without_the_sanitizer_is_refused(voy):
    """It would run, and nobody would look."""
    for sanitizer in paths.SANITIZERS:
        said = voy("run", paths.program(GALLERY, "gcc"), "--model", "edu", "--sanitize", sanitizer,
                   "--json")
        assert said.status == 1 and "is not built with it" in said.result["error"]
        assert f"-fsanitize={sanitizer}" in said.result["error"]


def test_a_report_after_the_result_is_not_lost(voy, tmp_path):
    """A program may come to grief after it has said that all was well."""
    program = tmp_path / "run-late"
    program.write_text('#!/bin/sh\necho \'{"event":"result","ok":true,"reached":"x"}\'\n'
                       "echo LeakSanitizer: lost >&2\nexit 23\n", encoding="utf-8")
    program.chmod(0o755)
    said = voy("run", program, "--model", "edu", "--json")
    assert said.status == 1 and not said.result["ok"]
    assert "ended with status 23 after all was well" in said.result["error"]


def test_a_station_under_valgrind(voy, memcheck, tmp_path, firmware):
    """Firmware, scan, handshake; on an air whose time does not mind."""
    world = tmp_path / "world.json"
    world.write_text(json.dumps({"air": {"time": "fast"}, "aps": [
        {"name": "ap", "ssid": "slow", "channel": 36, "psk": "canadian cross"}]}), encoding="utf-8")
    said = voy("run", "iwm", "--until", "associated", "--air", world, "--valgrind", "--json")
    assert said.result["ok"] and said.status == 0 and said.err == "", (said.err, firmware)


def test_what_valgrind_finds_fails_the_run(voy, memcheck):
    """An event with the backtrace, the result's error; the report goes where stderr goes."""
    said = voy("run", paths.program(GALLERY), "--model", "edu", "--valgrind", "--json",
               env={"VOY_BUG": "buffer_read_before_it_is_filled"})
    found, = [e for e in said.events if e.get("source") == "valgrind"]
    assert said.status == 1 and said.result["error"] == found["text"]
    assert "Conditional jump" in found["text"] and "tests/gallery/sanitize.c:" in found["text"]
    assert any("toy_task" in frame or "toy_receive" in frame for frame in found["backtrace"])
    assert "Uninitialised value was created by a client request" in said.err


@pytest.mark.parametrize("other", [["--gdb"], ["--sanitize", "address"], ["--on", "lab"]], ids=str)
def test_what_does_not_go_with_valgrind(voy, other):
    """Is said at once, with what to do."""
    said = voy("run", "edu", "--valgrind", *other)
    assert said.status == 1 and "--valgrind" in said.err and ("give" in said.err or "use" in said.err)


def test_a_card_of_a_sanitizer_s_build(voy, tmp_path):
    """voy sim --sanitize becomes that program."""
    card = voy.start("sim", "edu", "--sanitize", "undefined", "--socket", tmp_path / "card", "--json")
    assert json.loads(card.stdout.readline())["event"] == "model"
    assert os.readlink(f"/proc/{card.pid}/exe") == str(paths.program("voy-sim", "ubsan"))
    card.terminate()
    out, err = card.communicate(timeout=250)
    assert card.returncode == 0 and json.loads(out.splitlines()[-1])["ok"], err


HEAD = ["==7== Thread 3 worker:", "==7== Invalid read of size 1"]
BLOCK = [*HEAD, "==7==    at 0x4848899: memcpy (in /usr/libexec/valgrind/x.so)",
         "==7==    by 0x10CC2E: fetch (drivers/toy/toy.c:99)", "==7==  Address 0x4a is 2 bytes inside "
         "a block of size 9 free'd", "==7==    at 0x484317B: free (in /usr/libexec/valgrind/x.so)",
         "==7==    by 0x10CC11: drop (drivers/toy/toy.c:90)", "==7== "]


def test_valgrind_s_errors_are_read_from_what_it_writes():
    """Title, frames of the offence alone, the place in the driver; lines of others between."""
    events = []
    memcheck = valgrind.Memcheck(events.append)
    for line in [*BLOCK[:3], "toy0: hello", *BLOCK[3:], "==7== Warning: noted but unhandled ioctl",
                 *BLOCK[1:4]]:
        memcheck.take(line)
    memcheck.end()
    assert [e["text"] for e in events] == [
        "valgrind: Invalid read of size 1, at fetch (drivers/toy/toy.c:99)"] * 2
    assert events[0]["backtrace"] == ["memcpy (in /usr/libexec/valgrind/x.so)",
                                      "fetch (drivers/toy/toy.c:99)"]
    assert memcheck.first == events[0]["text"]


def test_the_two_slownesses_are_one():
    """voy waits as long as the harness does."""
    header = pathlib.Path(paths.ROOT, "harness/memcheck.h").read_text(encoding="utf-8")
    assert f"#define MEMCHECK_SLOW\t{valgrind.SLOW}\n" in header


# ---- voy test --sanitize ---------------------------------------------------------------------

SWALLOWED = """
import pytest

@pytest.mark.plain("it is of no interest")
def test_left_out():
    assert False

def test_swallowed(driver):
    run, result = driver.run({program!r}, model="edu", env={{"VOY_BUG": "table_used_after_free"}})
    assert not result["ok"]

def test_clean(driver, variant):
    assert variant == "asan"
    assert driver.run({program!r}, model="edu")[1]["ok"]
"""


def test_a_report_that_a_test_swallows_fails_it(tmp_path):
    """It finds its way to the test by itself; marked tests are skipped with their reason."""
    file = tmp_path / "test_it.py"
    file.write_text(SWALLOWED.format(program=str(paths.program(GALLERY, "asan"))))
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    env.update(VOY_VARIANT="asan", PYTHONPATH=str(paths.ROOT / "tools"))
    p = subprocess.run([sys.executable, "-P", "-m", "pytest", "-rA", "-p", "no:cacheprovider", "-c",
                        os.devnull, "--rootdir", tmp_path, "-p", "voyageur.pytest_voyageur", "-p",
                        "voyageur.pytest_sanitize", file], env=env, capture_output=True, text=True,
                       check=False, timeout=250, cwd=tmp_path)
    assert p.returncode == 1, p.stdout + p.stderr
    assert "ERROR: AddressSanitizer: heap-use-after-free" in p.stdout
    assert "ERROR test_it.py::test_swallowed" in p.stdout and "a sanitizer's report:" in p.stdout
    assert "PASSED test_it.py::test_clean" in p.stdout
    assert "not under --sanitize: it is of no interest" in p.stdout


def test_a_sanitizer_that_is_none_is_refused(voy):
    """Of voy test, too."""
    said = voy("test", "--sanitize=memory", "tests/cli")
    assert said.status == 1 and "there are address, undefined, thread" in said.err
