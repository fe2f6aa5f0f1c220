# SPDX-License-Identifier: BSD-2-Clause
"""shims/openbsd/build/files.sh: what config(8) of OpenBSD gets of a driver."""
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path):
    """The drivers and the script, to write next to."""
    shutil.copytree(ROOT / "drivers", tmp_path / "drivers")
    build = tmp_path / "shims/openbsd/build"
    build.mkdir(parents=True)
    shutil.copy(ROOT / "shims/openbsd/build/files.sh", build)
    return tmp_path


def files_sh(tree, *args):
    """Run it."""
    return subprocess.run(["sh", "shims/openbsd/build/files.sh", *args], cwd=tree, text=True,
                          capture_output=True, timeout=600)


def test_every_source_is_built_under_a_name_of_its_own(tree):
    """config(8) wants each base name once: one file for each source, which includes it."""
    run = files_sh(tree, "iwm", "radio")
    assert run.returncode == 0, run.stderr
    out = tree / "shims/openbsd/build/kernel/iwm"
    sources = sorted(p.name for p in (tree / "drivers/iwm").glob("*.c"))
    assert len(sources) > 1
    listed = re.findall(r"^file\s+dev/pci/voyageur/(\S+)\s+iwm$", (out / "files.iwm").read_text(),
                        re.M)
    assert sorted(pathlib.Path(f).name for f in listed) == [f"iwm_{s}" for s in sources]
    for name in listed:
        (included,) = re.findall(r'^#include "(.*)"$', (tree / name).read_text(), re.M)
        there = ((tree / name).parent / included).resolve()
        assert there.parent == tree / "drivers/iwm"
        assert pathlib.Path(name).name == f"iwm_{there.name}"


def test_a_device_is_declared_with_what_its_class_needs(tree):
    """The glue of the class is an attribute; without a class there is the pdk alone."""
    assert files_sh(tree, "iwm", "radio").returncode == 0
    assert files_sh(tree, "edu").returncode == 0
    kernel = tree / "shims/openbsd/build/kernel"
    iwm = (kernel / "iwm/files.iwm").read_text().splitlines()
    edu = (kernel / "edu/files.edu").read_text().splitlines()
    assert "device\tiwm: ifnet, wlan, firmload, pdk, pdk80211" in iwm
    assert "device\tedu: pdk" in edu and "attach\tedu at pci" in edu
    assert (kernel / "edu/config.edu").read_text() == "edu*\tat pci?\n"


def test_attributes_are_those_of_files_pdk(tree):
    """What a device is declared with is defined in files.pdk, and selects the shim's file there."""
    text = (ROOT / "shims/openbsd/build/files.pdk").read_text()
    defined = set(re.findall(r"^define\s+(\w+)$", text, re.M))
    pairs = re.findall(r"^file\s+dev/pci/voyageur/(\S+)\s+(\w+)$", text, re.M)
    files = {attribute: path for path, attribute in pairs}
    assert set(files) == defined == {"pdk", "pdk80211", "pdknet"}
    for path in files.values():
        assert (ROOT / path).is_file()
    assert files_sh(tree, "iwm", "radio").returncode == 0
    device = (tree / "shims/openbsd/build/kernel/iwm/files.iwm").read_text()
    assert {"pdk", "pdk80211"} <= set(re.findall(r"\w+", device)) & defined


@pytest.mark.parametrize("args, said", [
    (("nosuch",), "nosuch: there is no such driver in drivers/"),
    (("edu", "wifi"), "wifi: a class is radio or ethernet"),
    ((), "usage: files.sh DRIVER"),
])
def test_refusals_name_the_cause(tree, args, said):
    """Nothing is made of bad input, and the message says what was wrong."""
    run = files_sh(tree, *args)
    assert run.returncode != 0
    assert said in run.stderr
    assert not (tree / "shims/openbsd/build/kernel").exists()
