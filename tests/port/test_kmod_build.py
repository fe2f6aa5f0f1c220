# SPDX-License-Identifier: BSD-2-Clause
"""shims/newbus/build: what bsd.kmod.mk of FreeBSD and DragonFly gets of a driver."""
import pathlib
import re
import shutil
import subprocess

import pytest

from voyageur import drivers, port_source, port_system

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "shims/newbus/build"
SYSTEMS = ("freebsd", "dragonfly")
DRIVERS = [p.parent.name for p in sorted(BUILD.glob("*/Makefile"))]
MODULES = [(s, d) for s in SYSTEMS for d in DRIVERS]
INTERFACES = ["bus_if.h", "device_if.h", "pci_if.h"]
FLAGS = {"freebsd": "CFLAGS", "dragonfly": "KCFLAGS"}      # the ones that kmod.mk keeps

# What is asked of the system's share/mk, and no more: print what would be built.
KMOD_MK = """
all:
.for s in ${SRCS}
\t@echo source ${s}
.endfor
.for p in ${.PATH}
\t@echo path ${p}
.endfor
\t@echo flags ${%s}
"""


def source_of(driver):
    """The driver as `voy port` sees it: its files and its class."""
    return port_source.find(driver)


@pytest.fixture
def bmake(tmp_path):
    """Run bmake in a module's folder, with a share/mk of our own; what it prints, by kind."""
    if shutil.which("bmake") is None:
        pytest.skip("bmake is not installed")

    def run(system, driver, *args):
        (tmp_path / "bsd.kmod.mk").write_text(KMOD_MK % FLAGS.get(system, "CFLAGS"))
        made = subprocess.run(
            ["bmake", "-r", "-m", str(tmp_path), f"PDKSYSTEM={system}", *args, "all"],
            cwd=BUILD / driver, text=True, capture_output=True,
            timeout=600, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "MAKEOBJDIR": str(tmp_path)})
        said = {}
        for line in made.stdout.splitlines():
            kind, _, rest = line.partition(" ")
            said.setdefault(kind, []).append(rest)
        return made, said
    return run


def test_every_driver_is_a_module():
    """A driver in drivers/ can be built on the systems."""
    there = {p.parent.name for p in (ROOT / "drivers").glob("*/voy.json")}
    assert there == set(DRIVERS)


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_module_is_of_its_drivers_class(driver):
    """The Makefile agrees with the folder it is in, and with the driver's sources."""
    said = dict(re.findall(r"^(\w+)=\s*(\S+)$", (BUILD / driver / "Makefile").read_text(), re.M))
    glue, known = " ".join(source_of(driver).classes), drivers.find(driver)
    assert said["DRIVER"] == driver and said.get("CLASS", "") == glue
    assert said["KMOD"] == (f"if_{driver}" if known.network else driver)


@pytest.mark.parametrize("system, driver", MODULES)
def test_a_module_is_made_of_the_driver_and_the_shim(bmake, system, driver):
    """The files that `voy port` compiles and no others, each found once."""
    made, said = bmake(system, driver)
    assert made.returncode == 0, made.stderr
    source = source_of(driver)
    files = source.files + source.shim(port_system.find(system))
    assert sorted(said["source"]) == sorted([f.name for f in files] + INTERFACES)
    assert len(set(said["source"])) == len(said["source"])      # objects are in one folder
    paths = {pathlib.Path(p).resolve() for p in said["path"]}
    for file in files:
        assert [p / file.name for p in paths if (p / file.name).is_file()] == [file.resolve()]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_headers_are_the_pdks_and_the_systems(bmake, system):
    """The include path has pdk.h once, and the headers of this system only."""
    made, said = bmake(system, "iwm")
    assert made.returncode == 0, made.stderr
    folders = [pathlib.Path(f[2:]).resolve() for f in said["flags"][0].split()
               if f.startswith("-I")]
    assert folders == [ROOT / "shims/include", ROOT / "shims" / system, ROOT / "shims/newbus"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_class_that_is_none_is_refused(bmake, system):
    """A word that no glue belongs to ends the build, with the words that there are."""
    made, _ = bmake(system, "edu", "CLASS=wifi")
    assert made.returncode != 0
    assert 'CLASS is "wifi"; it may be radio, ethernet or empty' in made.stdout + made.stderr


def test_another_system_is_refused(bmake):
    """Its shim is elsewhere."""
    made, _ = bmake("netbsd", "edu")
    assert made.returncode != 0
    assert "netbsd: this is for FreeBSD and DragonFly" in made.stdout + made.stderr
