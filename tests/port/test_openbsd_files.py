# SPDX-License-Identifier: BSD-2-Clause
"""shims/openbsd/build/files.sh: what config(8) of OpenBSD gets of a driver."""
import pathlib
import re
import shutil
import subprocess

import pytest

from voyageur import port_source, port_system

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


@pytest.mark.parametrize("driver", ["edu", "em", "iwm", "conform", "conformnet"])
def test_every_source_is_built_under_a_name_of_its_own(tree, driver):
    """config(8) wants each base name once: one file for each source, which includes it."""
    source = port_source.find(driver)
    run = files_sh(tree, driver, *source.classes)
    assert run.returncode == 0, run.stderr
    out = tree / "shims/openbsd/build/kernel" / driver
    listed = re.findall(rf"^file\s+dev/pci/voyageur/(\S+)\s+{driver}$",
                        (out / f"files.{driver}").read_text(), re.M)
    assert [pathlib.Path(f).name for f in listed] == [f"{driver}_{f.name}" for f in source.files]
    for name, file in zip(listed, source.files):
        (included,) = re.findall(r'^#include "(.*)"$', (tree / name).read_text(), re.M)
        assert ((tree / name).parent / included).resolve() == tree / file.relative_to(ROOT)


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


def test_the_kit_is_what_voy_port_compiles(tree):
    """files.pdk has an attribute for each class, and its files, each compiled with the headers."""
    text = (ROOT / "shims/openbsd/build/files.pdk").read_text()
    files = re.findall(r"^file\s+dev/pci/voyageur/(\S+)\s+(\w+)\n\tcompile-with \"(.*)\"$", text,
                       re.M)
    assert len(files) == len(re.findall(r"^file\b", text, re.M))
    attributes = {"pdk": "always", "pdk80211": "radio", "pdknet": "ethernet"}
    assert re.findall(r"^define\s+(\w+)$", text, re.M) == list(attributes)
    for attribute, part in attributes.items():
        assert [f for f, a, _ in files if a == attribute] == \
            port_system.find("openbsd").data["files"][part]
    folders = {tuple(re.findall(r"-I\$S/dev/pci/voyageur/(\S+)", how)) for _, _, how in files}
    assert folders == {("shims/openbsd", "shims/include")}
    names = [pathlib.Path(f).name for f, _, _ in files]
    assert len(set(names)) == len(names)        # a kernel has one folder of objects
    assert files_sh(tree, "iwm", "radio").returncode == 0
    device = (tree / "shims/openbsd/build/kernel/iwm/files.iwm").read_text()
    assert {"pdk", "pdk80211"} <= set(re.findall(r"\w+", device))


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
