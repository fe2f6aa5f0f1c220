# SPDX-License-Identifier: BSD-2-Clause
"""shims/netbsd/build: what config(1) and bsd.kmodule.mk of NetBSD get of a driver."""
import pathlib
import re
import shutil
import subprocess

import pytest

from voyageur import drivers, port_source, port_system

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "shims/netbsd/build"
BASE = "external/bsd/voyageur/"
DRIVERS = sorted(p.parent.name for p in BUILD.glob("*/*.ioconf"))
KIT = {"pdk": "always", "pdk80211": "radio", "pdknet": "ethernet"}     # module: class


def class_of(driver):
    """radio, ethernet or none, as `voy port` sees it."""
    return " ".join(port_source.find(driver).classes)


def shim(part):
    """The shim's files of a class, as `voy port` compiles them."""
    return [ROOT / f for f in port_system.find("netbsd").data["files"][part]]


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


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_source_is_built_under_a_name_of_its_own(tree, driver):
    """A kernel has one folder of objects: one file for each source, which includes it."""
    run = files_sh(tree, driver, *[c for c in [class_of(driver)] if c])
    assert run.returncode == 0, run.stderr
    text = (tree / f"shims/netbsd/build/kernel/{driver}/files.{driver}").read_text()
    listed = re.findall(rf"^file\s+{BASE}(\S+)\s+{driver}$", text, re.M)
    sources = [p.relative_to(ROOT) for p in port_source.find(driver).files]
    assert [pathlib.Path(f).name for f in listed] == [f"{driver}_{p.name}" for p in sources]
    for name, source in zip(listed, sources):
        (included,) = re.findall(r'^#include "(.*)"$', (tree / name).read_text(), re.M)
        assert ((tree / name).parent / included).resolve() == tree / source


def test_the_kit_is_what_voy_port_compiles():
    """files.pdk has an attribute for each class, and its files."""
    text = (BUILD / "files.pdk").read_text()
    files = re.findall(rf"^file\s+{BASE}(\S+)\s+(\w+)$", text, re.M)
    assert sorted(re.findall(r"^define\s+(\w+):", text, re.M)) == sorted(KIT)
    for attribute, part in KIT.items():
        assert [ROOT / f for f, a in files if a == attribute] == shim(part)
    names = [pathlib.Path(f).name for f, _ in files]
    assert len(set(names)) == len(names)        # a kernel has one folder of objects


def test_a_device_is_declared_with_attributes_that_exist(tree):
    """The class's glue is an attribute of files.pdk."""
    for args, glue in ((["edu"], "pdk"), (["iwm", "radio"], "pdk80211"),
                       (["edu", "ethernet"], "pdknet")):
        assert files_sh(tree, *args).returncode == 0
        made = (tree / f"shims/netbsd/build/kernel/{args[0]}/files.{args[0]}").read_text()
        (attributes,) = re.findall(rf"^device\t{args[0]}: (.*)$", made, re.M)
        assert [a for a in attributes.split(", ") if a in KIT] == [glue]
        assert f"attach\t{args[0]} at pci" in made.splitlines()


def test_what_to_write_is_said(tree):
    """The files that files.pci is to include are there."""
    shutil.copy(BUILD / "files.pdk", tree / "shims/netbsd/build")
    run = files_sh(tree, "em", "ethernet")
    included = re.findall(rf'^include "{BASE}(.*)"$', run.stdout, re.M)
    assert [pathlib.Path(f).name for f in included] == ["files.pdk", "files.em"]
    assert all((tree / f).is_file() for f in included)
    assert "em* at pci? dev ? function ?" in run.stdout.splitlines()


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
all: ${IOCONF:Dioconf.c}
.for s in ${SRCS}
\t@echo source ${s}
.endfor
.for p in ${.PATH}
\t@echo path ${p}
.endfor
\t@echo flags ${CPPFLAGS}
\t@echo kmod ${KMOD}
"""
SUBDIR_MK = """
all:
.for s in ${SUBDIR}
\t@echo subdir ${s}
.endfor
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
    (tmp_path / "bsd.subdir.mk").write_text(SUBDIR_MK)

    def run(folder, *args):
        made = subprocess.run(
            ["bmake", "-r", "-m", str(tmp_path), "S=/nowhere/sys", *args, "all"],
            cwd=BUILD / folder, text=True, capture_output=True, timeout=600,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "MAKEOBJDIR": str(tmp_path)})
        said = {}
        for line in made.stdout.splitlines():
            kind, _, rest = line.partition(" ")
            said.setdefault(kind, []).append(rest)
        return made, said
    return run


def test_every_driver_is_a_module(bmake):
    """A driver in drivers/ and what it requires; all by one make."""
    there = {p.parent.name for p in (ROOT / "drivers").glob("*/voy.json")}
    assert there == set(DRIVERS)
    made, said = bmake(".")
    assert made.returncode == 0, made.stderr
    assert said["subdir"] == [*KIT, *DRIVERS]       # what is required comes first


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_module_is_of_its_drivers_class(driver):
    """Makefile and ioconf agree with the folder they are in, and with the driver's sources."""
    text = (BUILD / driver / "Makefile").read_text()
    said = dict(re.findall(r"^(\w+)=\s*(\S+)$", text, re.M))
    assert said["DRIVER"] == driver and said.get("CLASS", "") == class_of(driver)
    assert said["KMOD"] == (f"if_{driver}" if drivers.find(driver).network else driver)
    ioconf = (BUILD / driver / f"{driver}.ioconf").read_text().splitlines()
    assert f"ioconf {driver}" in ioconf and f"{driver}* at pci? dev ? function ?" in ioconf


def found_once(said, files):
    """Each source is one of the files, where make finds it; no other is there by that name."""
    assert sorted(said["source"]) == sorted(f.name for f in files)
    paths = {pathlib.Path(p).resolve() for p in said["path"]}
    for file in files:
        assert [p / file.name for p in paths if (p / file.name).is_file()] == [file.resolve()]


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_module_is_made_of_the_driver(bmake, driver):
    """The files that `voy port` compiles; it requires the part of the kit that is of its class."""
    made, said = bmake(driver)
    assert made.returncode == 0, made.stderr
    found_once(said, [*port_source.find(driver).files, BUILD / "module.c"])
    assert [pathlib.Path(p).name for p in said["ioconf"]] == [f"{driver}.ioconf"]
    kit = {part: k for k, part in KIT.items()}[class_of(driver) or "always"]
    flags = said["flags"][0].split()
    assert f"-DPDK_DRIVER={driver}" in flags and f"-DPDK_KIT={kit}" in flags


@pytest.mark.parametrize("kit", KIT)
def test_the_kit_is_a_module_of_its_own(bmake, kit):
    """A kernel refuses a second module that defines the same names: no driver's has the shim."""
    made, said = bmake(kit)
    assert made.returncode == 0, made.stderr
    found_once(said, [*shim(KIT[kit]), BUILD / "kit.c"])
    assert said["kmod"] == [kit]
    assert ("-DPDK_BOUNDARY" in said["flags"][0].split()) == (kit != "pdk")


def test_the_renewal_s_stack_has_its_own_glue(bmake, tmp_path):
    """By what the kernel's sources have; the files of the same names are not mixed up."""
    sources = tmp_path / "sys"
    (sources / "net80211").mkdir(parents=True)
    (sources / "net80211/ieee80211_ratectl.h").touch()
    made, said = bmake("pdk80211", f"S={sources}")
    assert made.returncode == 0, made.stderr
    renewed = port_system.find("netbsd").of(sources).data
    found_once(said, [*(ROOT / f for f in renewed["files"]["radio"]), BUILD / "kit.c"])
    flags = said["flags"][0].split()
    assert f"-I{ROOT / 'shims/netbsd'}/renewal" in flags and "-DPDK_BOUNDARY" in flags


def test_a_class_that_is_none_is_refused(bmake):
    """A word that no glue belongs to ends the build, with the words that there are."""
    made, _ = bmake("edu", "CLASS=wifi")
    assert made.returncode != 0
    assert 'CLASS is "wifi"; it may be radio, ethernet or empty' in made.stdout + made.stderr
