# SPDX-License-Identifier: BSD-2-Clause
"""Drivers are pure pdk: no header, function or #ifdef of any system, so that a BSD can build them.

What an object may leave undefined is listed in shims/linux/pdk.syms.
"""
import fnmatch
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
DRIVERS = sorted(p.parent for p in ROOT.glob("drivers/*/voy.json"))
SOURCES = sorted(p for d in DRIVERS for p in d.rglob("*.[ch]"))
SYSTEMS = re.compile(r"__(linux|NetBSD|OpenBSD|FreeBSD|DragonFly|APPLE|unix|gnu_linux)\w*|_WIN32"
                     r"|_KERNEL\b|__GLIBC__|\blinux\b")


def allowed():
    """The names and patterns of pdk.syms."""
    lines = (ROOT / "shims/linux/pdk.syms").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def symbols(obj, what):
    """Names that nm lists: `what` is --undefined-only or --defined-only."""
    p = subprocess.run(["nm", "-P", what, obj], capture_output=True, text=True, check=True)
    return {line.split()[0] for line in p.stdout.splitlines() if line.strip()}


def test_there_are_drivers():
    """The checks below look at something."""
    assert {d.name for d in DRIVERS} >= {"edu", "iwm"} and SOURCES


@pytest.mark.parametrize("folder", DRIVERS, ids=lambda d: d.name)
@pytest.mark.parametrize("variant", ["gcc", "clang"])
def test_objects_need_nothing_but_the_pdk(folder, variant):
    """What no object of the driver defines is in the list."""
    out = ROOT / "build" / variant / "obj/drivers" / folder.name
    objects = sorted(out.rglob("*.o"))
    if variant == "clang" and not objects:
        pytest.skip("not built with clang (ninja clang)")
    assert objects, f"{out}: no objects; run ninja"
    own = set().union(*(symbols(o, "--defined-only") for o in objects))
    patterns = allowed()
    foreign = {f"{name} (in {o.relative_to(out)})" for o in objects
               for name in symbols(o, "--undefined-only") - own
               if not any(fnmatch.fnmatchcase(name, p) for p in patterns)}
    assert not foreign


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_source_includes_only_the_pdk_and_its_own(source):
    """<pdk.h>, <pdk80211.h>, <sys/queue.h> and files of the driver's own folder."""
    for line in source.read_text().splitlines():
        m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not m:
            continue
        if m[1] == "<":
            assert m[2] in ("pdk.h", "pdk80211.h", "sys/queue.h"), line
        else:
            assert (source.parent / m[2]).is_file(), line


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_source_asks_for_no_system(source):
    """No conditional names an operating system."""
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
            assert not SYSTEMS.search(line), f"{source}:{number}: {line}"
