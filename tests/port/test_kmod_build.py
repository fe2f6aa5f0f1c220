# SPDX-License-Identifier: BSD-2-Clause
"""shims/freebsd/build, shims/dragonfly/build: what bsd.kmod.mk gets of a driver."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEMS = ("freebsd", "dragonfly")
MODULES = [(s, p.parent.name) for s in SYSTEMS
           for p in sorted((ROOT / "shims" / s / "build").glob("*/Makefile"))]
GLUE = {"radio": "pdk80211.c", "ethernet": "pdknet.c"}
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


def class_of(driver):
    """The class that the driver's voy.json says: radio, ethernet or none."""
    voy = json.loads((ROOT / "drivers" / driver / "voy.json").read_text())
    return next((c for c in GLUE if voy.get(c)), "")


@pytest.fixture
def bmake(tmp_path):
    """Run bmake in a module's folder, with a share/mk of our own; what it prints, by kind."""
    if shutil.which("bmake") is None:
        pytest.skip("bmake is not installed")

    def run(system, driver, *args):
        (tmp_path / "bsd.kmod.mk").write_text(KMOD_MK % FLAGS[system])
        made = subprocess.run(
            ["bmake", "-r", "-m", str(tmp_path), *args, "all"],
            cwd=ROOT / "shims" / system / "build" / driver, text=True, capture_output=True,
            timeout=600, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "MAKEOBJDIR": str(tmp_path)})
        said = {}
        for line in made.stdout.splitlines():
            kind, _, rest = line.partition(" ")
            said.setdefault(kind, []).append(rest)
        return made, said
    return run


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_driver_is_a_module(system):
    """A driver in drivers/ can be built on the system."""
    there = sorted(p.parent.name for p in (ROOT / "drivers").glob("*/voy.json"))
    assert there == [d for s, d in MODULES if s == system]


@pytest.mark.parametrize("system, driver", MODULES)
def test_a_module_is_of_its_drivers_class(system, driver):
    """The Makefile agrees with the folder it is in, and with the driver's voy.json."""
    text = (ROOT / "shims" / system / "build" / driver / "Makefile").read_text()
    said = dict(re.findall(r"^(\w+)=\s*(\S+)$", text, re.M))
    glue = class_of(driver)
    assert said["DRIVER"] == driver and said.get("CLASS", "") == glue
    assert said["KMOD"] == (f"if_{driver}" if glue else driver)


@pytest.mark.parametrize("system, driver", MODULES)
def test_a_module_is_made_of_the_driver_and_the_shim(bmake, system, driver):
    """All of the driver's sources, the shim's, the glue of its class only, each found once."""
    made, said = bmake(system, driver)
    assert made.returncode == 0, made.stderr
    shim = ["pdk.c"] + [g for c, g in GLUE.items() if c == class_of(driver)]
    own = [p.name for p in (ROOT / "drivers" / driver).glob("*.c")]
    assert sorted(said["source"]) == sorted(own + shim + INTERFACES)
    paths = [pathlib.Path(p) for p in said["path"]]
    for name in own + shim:
        assert len({(p / name).resolve() for p in paths if (p / name).is_file()}) == 1, name


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_headers_are_the_pdks_and_the_systems(bmake, system):
    """The include path has pdk.h once, and pdk_os.h of this system only."""
    made, said = bmake(system, "iwm")
    assert made.returncode == 0, made.stderr
    folders = [pathlib.Path(f[2:]).resolve() for f in said["flags"][0].split()
               if f.startswith("-I")]
    assert folders == [ROOT / "shims/include", ROOT / "shims" / system]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_class_that_is_none_is_refused(bmake, system):
    """A word that no glue belongs to ends the build, with the words that there are."""
    made, _ = bmake(system, "edu", "CLASS=wifi")
    assert made.returncode != 0
    assert 'CLASS is "wifi"; it may be radio, ethernet or empty' in made.stdout + made.stderr
