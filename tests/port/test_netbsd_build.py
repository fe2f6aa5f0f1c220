# SPDX-License-Identifier: BSD-2-Clause
"""shims/netbsd/build: what config(1) and bsd.kmodule.mk of NetBSD get of a driver."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "shims/netbsd/build"
BASE = "external/bsd/voyageur/"
MODULES = sorted(p.parent.name for p in BUILD.glob("*/Makefile"))
GLUE = {"radio": "pdk80211.c", "ethernet": "pdknet.c"}


def class_of(driver):
    """The class that the driver's voy.json says: radio, ethernet or none."""
    voy = json.loads((ROOT / "drivers" / driver / "voy.json").read_text())
    return next((c for c in GLUE if voy.get(c)), "")


# ---- a part of a kernel ----

@pytest.fixture
def tree(tmp_path):
    """The drivers and the script, to write next to."""
    shutil.copytree(ROOT / "drivers", tmp_path / "drivers")
    build = tmp_path / "shims/netbsd/build"
    build.mkdir(parents=True)
    shutil.copy(BUILD / "files.sh", build)
    return tmp_path


def files_sh(tree, *args):
    """Run it."""
    return subprocess.run(["sh", "shims/netbsd/build/files.sh", *args], cwd=tree, text=True,
                          capture_output=True, timeout=600)


@pytest.mark.parametrize("driver", MODULES)
def test_every_source_is_built_under_a_name_of_its_own(tree, driver):
    """A kernel has one folder of objects: one file for each source, which includes it."""
    run = files_sh(tree, driver, *[c for c in [class_of(driver)] if c])
    assert run.returncode == 0, run.stderr
    text = (tree / f"shims/netbsd/build/kernel/{driver}/files.{driver}").read_text()
    listed = re.findall(rf"^file\s+{BASE}(\S+)\s+{driver}$", text, re.M)
    sources = sorted(p.name for p in (tree / "drivers" / driver).glob("*.c"))
    assert sources and [pathlib.Path(f).name for f in listed] == [f"{driver}_{s}" for s in sources]
    for name in listed:
        (included,) = re.findall(r'^#include "(.*)"$', (tree / name).read_text(), re.M)
        there = ((tree / name).parent / included).resolve()
        assert there.is_file() and there.parent == tree / "drivers" / driver


def test_a_device_is_declared_with_attributes_that_exist(tree):
    """The class's glue is an attribute of files.pdk, which has a file of the shim for each."""
    text = (BUILD / "files.pdk").read_text()
    defined = re.findall(r"^define\s+(\w+):", text, re.M)
    files = dict((a, f) for f, a in re.findall(rf"^file\s+{BASE}(\S+)\s+(\w+)$", text, re.M))
    assert sorted(files) == sorted(defined) == ["pdk", "pdk80211", "pdknet"]
    assert all((ROOT / f).is_file() for f in files.values())
    for args, glue in ((["edu"], "pdk"), (["iwm", "radio"], "pdk80211"),
                       (["edu", "ethernet"], "pdknet")):
        assert files_sh(tree, *args).returncode == 0
        made = (tree / f"shims/netbsd/build/kernel/{args[0]}/files.{args[0]}").read_text()
        (attributes,) = re.findall(rf"^device\t{args[0]}: (.*)$", made, re.M)
        assert [a for a in attributes.split(", ") if a in defined] == [glue]
        assert f"attach\t{args[0]} at pci" in made.splitlines()


@pytest.mark.parametrize("args, said", [
    (("nosuch",), "nosuch: no such driver in drivers/"),
    (("edu", "wifi"), "wifi: a class is radio or ethernet"),
    ((), "usage: files.sh DRIVER"),
])
def test_refusals_name_the_cause(tree, args, said):
    """Nothing is made of bad input, and the message says what was wrong."""
    run = files_sh(tree, *args)
    assert run.returncode != 0 and said in run.stderr
    assert not (tree / "shims/netbsd/build/kernel").exists()


# ---- modules ----

# What is asked of NetBSD's share/mk, and no more: print what would be built.
KMODULE_MK = """
all: ioconf.c
.for s in ${SRCS}
\t@echo source ${s}
.endfor
.for p in ${.PATH}
\t@echo path ${p}
.endfor
\t@echo flags ${CPPFLAGS}
"""
IOCONF_MK = """
ioconf.c: ${IOCONF}
\t@echo ioconf ${.ALLSRC}
"""


@pytest.fixture
def bmake(tmp_path):
    """Run bmake in a module's folder, with a share/mk of our own; what it prints, by kind."""
    if shutil.which("bmake") is None:
        pytest.skip("bmake is not installed")
    (tmp_path / "bsd.own.mk").touch()
    (tmp_path / "bsd.kmodule.mk").write_text(KMODULE_MK)
    (tmp_path / "bsd.ioconf.mk").write_text(IOCONF_MK)

    def run(driver, *args):
        made = subprocess.run(
            ["bmake", "-r", "-m", str(tmp_path), "S=/nowhere/sys", *args, "all"],
            cwd=BUILD / driver, text=True, capture_output=True, timeout=600,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "MAKEOBJDIR": str(tmp_path)})
        said = {}
        for line in made.stdout.splitlines():
            kind, _, rest = line.partition(" ")
            said.setdefault(kind, []).append(rest)
        return made, said
    return run


@pytest.mark.parametrize("driver", MODULES)
def test_a_module_is_of_its_drivers_class(driver):
    """Makefile and ioconf agree with the folder they are in, and with the driver's voy.json."""
    text = (BUILD / driver / "Makefile").read_text()
    said = dict(re.findall(r"^(\w+)=\s*(\S+)$", text, re.M))
    glue = class_of(driver)
    assert said["DRIVER"] == driver and said.get("CLASS", "") == glue
    assert said["KMOD"] == (f"if_{driver}" if glue else driver)
    ioconf = (BUILD / driver / f"{driver}.ioconf").read_text().splitlines()
    assert f"ioconf {driver}" in ioconf and f"{driver}* at pci? dev ? function ?" in ioconf


@pytest.mark.parametrize("driver", MODULES)
def test_a_module_is_made_of_the_driver_and_the_shim(bmake, driver):
    """All of the driver's sources, the shim's, the glue of its class only, each found once."""
    made, said = bmake(driver)
    assert made.returncode == 0, made.stderr
    shim = ["pdk.c", "module.c"] + [g for c, g in GLUE.items() if c == class_of(driver)]
    own = [p.name for p in (ROOT / "drivers" / driver).glob("*.c")]
    assert sorted(said["source"]) == sorted(own + shim)
    paths = [pathlib.Path(p) for p in said["path"]]
    for name in said["source"]:
        assert len({(p / name).resolve() for p in paths if (p / name).is_file()}) == 1, name
    assert [pathlib.Path(p).name for p in said["ioconf"]] == [f"{driver}.ioconf"]
    assert f"-DPDK_DRIVER={driver}" in said["flags"][0].split()


def test_a_class_that_is_none_is_refused(bmake):
    """A word that no glue belongs to ends the build, with the words that there are."""
    made, _ = bmake("edu", "CLASS=wifi")
    assert made.returncode != 0
    assert 'CLASS is "wifi"; it may be radio, ethernet or empty' in made.stdout + made.stderr
