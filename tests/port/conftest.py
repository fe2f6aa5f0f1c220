# SPDX-License-Identifier: BSD-2-Clause
"""voy port on drivers and systems made for the purpose: no BSD's headers are needed here.

The toy system stands for a BSD: a description as in tools/port, a shim of a few lines, and a source
tree written anew for each test.  Its kernel is text that is searched, never compiled.
"""
import concurrent.futures
import glob
import itertools
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from voyageur import cli, fetch_headers, port_system

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/port"
GOOD = HERE / "good"

PARAM = "#define __NetBSD_Version__ 1099001200\n"
AUTOCONF = "int\npdk_dev_glue(void)\n{\n\treturn 0;\n}\n"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """No program of a sanitizer's build has a part in it."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.plain("what is compiled is for other systems"))


class Said:
    """What a run of voy port came to, in JSON."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err
        self.events = [json.loads(line) for line in out.splitlines()]

    @property
    def result(self):
        """The last event, which has to be the only result."""
        assert [e["event"] for e in self.events].count("result") == 1
        assert self.events[-1]["event"] == "result"
        return self.events[-1]

    def rows(self, system=None):
        """Its rows, all or a system's."""
        return [e for e in self.events if e["event"] == "row" and system in (None, e["system"])]

    def texts(self, kind=None):
        """What was said of files."""
        return [e["text"] for e in self.events if e["event"] == "diagnostic"
                and kind in (None, e["kind"])]


@pytest.fixture
def no_headers(monkeypatch, tmp_path):
    """Nothing of this machine's: no header set in the cache, none named."""
    monkeypatch.setenv("VOY_CACHE", str(tmp_path / "cache"))
    for package in fetch_headers.PACKAGES:
        monkeypatch.delenv(fetch_headers.variable(package), raising=False)
    monkeypatch.setattr(fetch_headers, "_installed", lambda package: None)


@pytest.fixture
def port(no_headers, tmp_path, capsys):
    """port(argument...) -> Said."""
    for tool in ("clang", "ld", "nm"):
        if not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")

    def go(*args, fetch=False):
        capsys.readouterr()
        status = cli.main(["port", *([] if fetch else ["--no-fetch"]), *map(str, args), "--json",
                           "--out", str(tmp_path / "out")])
        said = capsys.readouterr()
        return Said(status, said.out, said.err)
    return go


@pytest.fixture
def driver(tmp_path):
    """driver({old: new, ...}) -> the folder of the good driver with its source changed."""
    def make(changes=None, more=None):
        folder = tmp_path / "driver"
        shutil.copytree(GOOD, folder)
        for name in ("good.c", "good.h"):
            text = (folder / name).read_text()
            for old, new in (changes or {}).items():
                text = text.replace(old, new)
            (folder / name).write_text(text)
        both = "".join((folder / n).read_text() for n in ("good.c", "good.h"))
        for new in (changes or {}).values():
            assert new in both, f"{new}: the good driver has no such place"
        for name, text in (more or {}).items():
            (folder / name).write_text(text)
        return folder
    return make


WANTED = sorted("""bus_space_read_4 memcpy memset pdk_lock pdk_unlock pdk_timer_arm pdk_timer_init
    pdk_timer_drain pdk_pci_map_bar pdk_pci_unmap_bar pdk_dma_alloc pdk_dma_free pdk_intr_alloc
    pdk_intr_establish pdk_intr_disestablish""".split())


@pytest.fixture
def wanted():
    """What the good driver leaves to others: the toy kernel has it all."""
    return WANTED


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy system is netbsd; toy(names it defines) -> the folder of its source tree."""
    if "elf_x86_64" not in subprocess.run(["ld", "-V"], capture_output=True, text=True,
                                          check=False).stdout:
        pytest.skip("this machine's ld does not join objects for x86-64")
    folder = tmp_path / "port"
    shutil.copytree(port_system.FOLDER, folder, ignore=shutil.ignore_patterns("overlay"))
    p = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True,
                       check=True)
    text = (HERE / "toy/netbsd.json").read_text().replace("@COMPILER@",
                                                          p.stdout.strip() + "/include")
    machine = glob.glob("/usr/include/*-linux-gnu")
    (folder / "netbsd.json").write_text(text.replace("@MACHINE@", machine[0] if machine else "/"))
    overlay = folder / "overlay/netbsd"
    overlay.mkdir(parents=True)
    (overlay / "missing.h").write_text("#define TOY_MISSING 1\n")
    monkeypatch.setattr(port_system, "FOLDER", folder)

    def tree(names=None, version=PARAM):
        src = tmp_path / "src"
        for d in ("sys/sys", "sys/kern", "sys/arch/toy/include", "sys/tools"):
            (src / d).mkdir(parents=True)
        (src / "sys/sys/param.h").write_text(version)
        (src / "sys/sys/device.h").write_text('#include "opt_toy.h"\n#include "device_if.h"\n')
        (src / "sys/arch/toy/include/machine.h").write_text("#define TOY_MACHINE 1\n")
        (src / "sys/kern/device_if.m").write_text("INTERFACE device;\n\nMETHOD int probe {\n};\n")
        shutil.copy(HERE / "toy/makeobjops.awk", src / "sys/tools/makeobjops.awk")
        (src / "sys/kern/subr_autoconf.c").write_text(AUTOCONF + "".join(
            f"void\n{n}(int a)\n{{\n}}\n" for n in (WANTED if names is None else names)))
        return src
    return tree


# ---- shims at work, on small kernels (kernel/kernel.h) ----

# Checks of more than one file.
PARTS = {"kernel/shim.c": ["kernel/shim_intr.c", "kernel/shim_worker.c", "kernel/shim_dma.c"]}


class SmallKernel:
    """Programs of a system's shim, a small kernel and checks, compiled with sanitizers.

    headers: {header of the small kernel: names by which the shim includes it}; texts: {name: other
    text}.  What several programs have in common is compiled once.
    """

    def __init__(self, folder, system, headers, texts=None):
        self.system, self.folder = port_system.find(system), folder
        self.objects, self.numbers = {}, itertools.count()
        files = {n: f'#include "{h}"\n' for h, names in headers.items() for n in names}
        for name, text in {**files, **(texts or {})}.items():
            path = folder / "include" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def _flags(self, flags):
        places = [self.folder / "include", HERE / self.system.name, HERE / "kernel",
                  ROOT / "shims/include", *(ROOT / f for f in self.system.data["shim"])]
        return ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-builtin-malloc",
                "-fsanitize=address,undefined", "-fno-sanitize-recover=all", *flags,
                *(f"-I{p}" for p in places)]

    def _object(self, argv, file):
        key = (*argv, file)
        if key not in self.objects:
            out = self.folder / f"{next(self.numbers)}.o"   # of several threads each has its own
            self.objects[key] = out
            subprocess.run([*argv, "-c", file, "-o", out], check=True, timeout=600)
        return self.objects[key]

    def build(self, compiler, small, classes=(), flags=(), driver=(), opened=None):
        """The path of a program: the shim, with these classes, and files.

        small: of the small kernel; driver: before each of which the header `opened` is.
        """
        if shutil.which(compiler) is None:
            pytest.skip(f"{compiler} is not installed")
        files = self.system.data["files"]
        argv = [compiler, *self._flags(flags)]
        jobs = [(argv, ROOT / f) for part in ("always", *classes) for f in files[part]]
        jobs += [(argv, HERE / f) for f in ("kernel/basics.c", "kernel/mbuf.c", *small)]
        jobs += [([*argv, "-include", str(HERE / opened)], f) for f in driver]
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            objects = list(pool.map(lambda job: self._object(*job), jobs))
        program = self.folder / f"checks{len(list(self.folder.iterdir()))}"
        subprocess.run([*argv, *objects, "-pthread", "-o", program], check=True, timeout=600)
        return program

    @staticmethod
    def start(program, *args):
        """It has run: a subprocess.CompletedProcess."""
        return subprocess.run([program, *args], text=True, capture_output=True, timeout=600,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # counts itself

    def run(self, compiler, program, small, classes=(), flags=()):
        """Every check of the program holds, and nothing that was taken is lost or used too long.

        small: files of the small kernel, beside the program's; classes: of the shim.
        """
        with_toy = ["kernel/toy.c"] if '"toy.h"' in (HERE / program).read_text() else []
        run = self.start(self.build(compiler, [*small, "kernel/tap.c", *with_toy, program,
                                               *PARTS.get(program, [])], classes, flags))
        lines = run.stdout.splitlines()
        assert not [line for line in lines if not line.startswith(("ok ", "1.."))], run.stdout
        assert run.returncode == 0 and run.stderr == "", run.stderr
        assert lines[-1] == f"1..{len(lines) - 1}" and len(lines) > 15


@pytest.fixture(scope="session")
def small_kernel(tmp_path_factory):
    """small_kernel(system, headers, texts) -> the SmallKernel of that system, one for all tests."""
    made = {}

    def make(system, headers, texts=None):
        if system not in made:
            made[system] = SmallKernel(tmp_path_factory.mktemp(system), system, headers, texts)
        return made[system]
    return make
