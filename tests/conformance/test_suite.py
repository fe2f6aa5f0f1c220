# SPDX-License-Identifier: BSD-2-Clause
"""Each check of the conformance drivers, one test each, on the Linux shim.

A driver runs once for each way to run it; the tests look at what it has printed.
"""
import re
import subprocess
import sys
import time

import pytest

import pdk_rules
import suite
import tap
import test_contexts
from voyageur import paths

SLEEP = [n for n, (_, where, _) in suite.CHECKS.items() if where in ("CONF_SUSPEND", "CONF_RESUME")]
AWAKE = [n for n in suite.NAMES if n not in SLEEP]
MSIX = [n for n in AWAKE if n.startswith(("msix_", "vectors_"))]
# name: (how it is run, what may be skipped)
WAYS = {
    "target": ({}, MSIX),
    "strict": ({"on": "sim", "dma": "strict"}, MSIX),
    "msix": ({"on": "sim", "settings": {"msix": 4}}, []),
    "sleep": ({"on": "sim", "suspend": 1}, MSIX),
}
RUNS = {}


@pytest.fixture
def said(driver, tmp_path_factory, voy_target):
    """said(way) -> {title: document} of a run that was made once, for all tests."""
    def of(way):
        if way not in RUNS:
            folder = tmp_path_factory.mktemp("conform")
            (folder / "voyageur-conform.fw").write_bytes(b"conform")
            how = dict(WAYS[way][0])
            if how.get("on", voy_target) == "sim":
                how["env"] = {"VOY_FIRMWARE_PATH": str(folder)}
            run, result = driver.run("conform", **how)
            assert not run.violations()
            RUNS[way] = suite.documents(run), result
        return RUNS[way]
    return of


@pytest.mark.deadline(400)
@pytest.mark.parametrize("name", AWAKE)
@pytest.mark.parametrize("way", ["target", "strict", "msix"])
def test_check(said, way, name, voy_target):
    """It passes; and it is skipped only where the device has not what it is about."""
    documents, _ = said(way)
    checks = {n: c for d in documents.values() for n, c in d.checks.items()}
    assert name in checks, {d.title: d.failed() for d in documents.values()}
    assert checks[name].ok, checks[name].text
    if voy_target == "sim":
        assert checks[name].skipped == (name in WAYS[way][1]), checks[name].text


@pytest.mark.parametrize("name", SLEEP)
def test_check_of_sleep(said, name):
    """The document of one suspend and one resume."""
    documents, _ = said("sleep")
    check = documents["sleep"].checks[name]
    assert check.ok and not check.skipped, check.text


@pytest.mark.deadline(400)
@pytest.mark.parametrize("way", WAYS)
def test_every_document_is_whole(said, way):
    """As many lines as the plan says, in order, and its last line says that it has passed."""
    documents, result = said(way)
    wanted = suite.ALONE + ["sleep"] * (way == "sleep")
    assert sorted(documents) == sorted(wanted)
    for title, d in documents.items():
        assert d.failed() == {}
        assert re.match(rf"# pass: {title}: {d.plan} checks, \d+ skipped", d.notes[-1])
    assert result["ok"] and result["reached"] == "restarted", result
    found = {n for d in documents.values() for n in d.checks}
    assert found == set(AWAKE) | (set(SLEEP) if way == "sleep" else set())
    assert len(found) > 90


def test_every_check_says_what_it_guards_against():
    """A comment stands in front of its function, or the file's head says it for all of them."""
    bare = []
    for name, (path, _, function) in suite.CHECKS.items():
        text = path.read_text()
        head = text[:text.index("#include")]
        before = text[:re.search(rf"^{function}\(struct conf_softc", text, re.M).start()]
        if not before.rstrip().removesuffix("static void").rstrip().endswith("*/") and \
                "Guarded against:" not in head:
            bare.append(name)
    assert bare == []


def test_the_bugs_of_the_tables_are_named():
    """Those that the systems' own drivers have had."""
    text = "".join(" ".join(p.read_text().split()).replace(" * ", " ").lower()
                   for p in suite.CONFORM.glob("*.[ch]"))
    for bug in ("callout that is linked to itself", "stop that does not cancel", "lost length",
                "missing bounce", "double free of a refused mbuf"):
        assert f"the {bug}" in text, bug


# ---- frames ------------------------------------------------------------------------------

def wait_for(run, title):
    """Until the document has its last line, or the run has ended."""
    end = time.monotonic() + 200
    while time.monotonic() < end:
        if any(re.match(rf"# (pass|FAIL): {title}:", line) for line in suite.lines(run)) \
                or run.status is not None:
            break
        time.sleep(0.05)
    return suite.documents(run)


def test_frames_of_a_station(driver):
    """What the radio refuses comes again; what it takes is its own.  The air has the network."""
    run = driver.start("conform", on="sim", stay=True,
                       args=["--ssid", "voyageur-conform", "--open"])
    frames = wait_for(run, "frames")["frames"]
    assert list(frames.checks) == suite.FRAMES and frames.failed() == {}
    assert frames.skipped() == {}
    assert run.stop()["ok"]


port = test_contexts.port


def test_frames_of_an_interface(driver, port):
    """The same at the Ethernet boundary, with frames of the host's DHCP client."""
    run = driver.start("conformnet", on="sim", stay=True, args=["--net", "ns"], env=port)
    documents = wait_for(run, "frames")
    frames = documents["frames"]
    assert list(frames.checks) == suite.FRAMES and frames.failed() == {}
    assert frames.skipped() == {}
    assert run.stop()["ok"]


NET = {"attach": ["net_attached"],
       "net": ["net_up", "net_upcalls", "net_upcalls_bh", "net_restart_down", "net_restart_up"],
       "detach": ["net_detached"]}


@pytest.mark.parametrize("variant", ["gcc", "clang"] if paths.VARIANT == "gcc" else [paths.VARIANT])
def test_the_ethernet_boundary(driver, variant):
    """Without a host's interface."""
    if not (pdk_rules.ROOT / "build" / variant / "bin/run-conformnet").exists():
        pytest.skip(f"run-conformnet is not built with {variant} (ninja {variant})")
    run, result = driver.run("conformnet", on="sim", variant=variant)
    documents = suite.documents(run)
    assert result["ok"] and {t: list(d.checks) for t, d in documents.items()} == NET
    assert all(d.failed() == {} and d.skipped() == {} for d in documents.values())
    assert not run.violations() and "Sanitizer" not in run.stderr()


# ---- what reads it -----------------------------------------------------------------------

DMESG = """[  12.5] pci0: something else
[  12.6] conform0: TAP version 14
[  12.6] conform0: 1..4
conformnet0: TAP version 14
conformnet0: 1..1
[  12.6] conform0: # conformance: attach
conform0: ok 1 - one
conformnet0: # conformance: detach
conform0: not ok 2 - two # it was not so
kernel: conform0: # two: and not so either
conformnet0: ok 1 - net_detached
Nov 26 host kernel: conform0: ok 3 - three # SKIP no such thing
"""


def read(text):
    """Of the program: (status, what it printed)."""
    p = subprocess.run([sys.executable, tap.__file__], input=text, capture_output=True, text=True,
                       check=False)
    return p.returncode, p.stdout + p.stderr


def test_a_dmesg_is_read():
    """Other lines, time stamps and two drivers in one; a document that is cut off has failed."""
    one, net = tap.parse(DMESG.splitlines())
    assert (one.title, one.plan, net.title) == ("attach", 4, "detach")
    assert one.failed() == {"two": "it was not so",
                            None: "3 of 4 checks; three is the last one"}
    assert one.skipped() == {"three": "no such thing"} and net.failed() == {}
    status, out = read(DMESG)
    assert status == 1
    assert "conform0 attach: FAIL, 4 checks, 1 skipped" in out and "two: it was not so" in out
    assert "incomplete: 3 of 4 checks; three is the last one" in out
    assert "conformnet0 detach: pass, 1 checks, 0 skipped" in out


def test_a_dmesg_without_results_is_not_a_pass():
    """Nor one whose lines are out of order."""
    assert read("nothing\n")[0] == 2
    good = "conform0: TAP version 14\nconform0: 1..1\nconform0: # conformance: x\n"
    assert read(good + "conform0: ok 1 - a\n")[0] == 0
    assert read(good + "conform0: ok 2 - a\n")[0] == 1
    assert read(good)[0] == 1
