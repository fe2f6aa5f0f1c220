# SPDX-License-Identifier: BSD-2-Clause
"""Drivers are pure pdk: no header, function or #ifdef of any system, so that a BSD can build them.

What an object may leave undefined is listed in shims/linux/pdk.syms.  The second half shows
that each of the checks sees what it is for.
"""
import pathlib
import subprocess

import pytest

import purity
from voyageur import drivers

ROOT = pathlib.Path(__file__).resolve().parents[1]
DRIVERS = sorted(p for p in ROOT.glob("drivers/*") if p.is_dir())
SOURCES = sorted(p for p in ROOT.glob("drivers/**/*.[ch]"))


def objects(folder, variant):
    """The objects of a driver, one for each of its C files."""
    out = ROOT / "build" / variant / "obj" / folder.relative_to(ROOT)
    found = [out / p.relative_to(folder).with_suffix(".o") for p in sorted(folder.rglob("*.c"))]
    missing = [p for p in found if not p.exists()]
    if variant != "gcc" and missing:
        pytest.skip(f"not built with {variant} (ninja {variant})")
    assert not missing, f"{missing}: no such objects; run ninja"
    return found


def test_everything_under_drivers_is_looked_at():
    """C in folders of drivers; nothing else that a compiler takes."""
    assert {d.name for d in DRIVERS} >= {"conform", "conformnet", "edu", "em", "iwm"}
    known = {".c", ".h", ".json", ".ninja", ".md"}
    assert not [p for p in ROOT.glob("drivers/**/*") if p.is_file() and p.suffix not in known]
    assert all(any(d in p.parents for d in DRIVERS) for p in SOURCES)


@pytest.mark.parametrize("folder", DRIVERS, ids=lambda d: d.name)
@pytest.mark.parametrize("variant", ["gcc", "clang"])
def test_objects_need_nothing_but_the_pdk(folder, variant):
    """What no object of the driver defines is in the list."""
    assert purity.symbols(objects(folder, variant)) == []


@pytest.mark.parametrize("folder", DRIVERS, ids=lambda d: d.name)
def test_sources_open_only_the_pdk_and_their_own(folder, tmp_path):
    """By the compiler's word, so neither by a macro nor through another header."""
    others = [(folder / f).resolve() for f in drivers.load(folder / "voy.json").headers]
    found = purity.headers(sorted(folder.rglob("*.[ch]")), folder, tmp_path)
    assert not [p for p in map(pathlib.Path, found) if not set(others) & set(p.parents)]
    assert all(f.parent == ROOT / "drivers" for f in others)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_source_asks_for_no_system(source):
    """It has no conditional at all, and names none."""
    assert purity.conditionals(source) == []


# ---- the checks themselves -----------------------------------------------------------------

GOOD = """/* For Linux, NetBSD; #ifdef __linux__ */
#include <pdk.h>
#include "mine.h"
int f(struct pdk_dev *dev, char *p);
int f(struct pdk_dev *dev, char *p)
{
	pdk_printf(dev, "linux %zu\\n", strlen(p));	// #if 0
	return MINE;
}
"""
MINE = "#ifndef MINE_H\n#define MINE_H\n#define MINE 1\n#endif /* MINE_H */\n"


@pytest.fixture
def check(tmp_path):
    """check(text of a C file) -> what the three checks find in it."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.h").write_text(MINE)
    (tmp_path / "foreign.h").write_text("int foreign;\n")

    def go(text, name="driver.c"):
        source, obj = own / name, tmp_path / "driver.o"
        source.write_text(text)
        subprocess.run(["gcc", *purity.FLAGS, "-w", "-c", "-x", "c", source, "-o", obj],
                       check=True)
        return (purity.headers([source], own, tmp_path), purity.conditionals(source),
                purity.symbols([obj]))
    return go


def test_pure_source_passes(check):
    """Comments and strings may say what they like."""
    assert check(GOOD) == ([], [], [])
    assert check(MINE, "other.h")[1] == []


@pytest.mark.parametrize("line", [
    "#include <stdio.h>", "  #  include <string.h>", '#include "../foreign.h"',
    "#define HEADER <unistd.h>\n#include HEADER", "#include_next <stdlib.h>",
    "#include \\\n <sys/types.h>", "%:include <stdlib.h>", "#import <stdlib.h>"])
def test_a_header_of_a_system_is_seen(check, line):
    """However it is opened."""
    assert check(f"{line}\n{GOOD}")[0]


@pytest.mark.parametrize("line", [
    "#ifdef __linux__\n#endif", "#if defined(BSD)\n#endif", "# if 0\n#endif",
    "#ifndef __NetBSD__\n#endif", "#if \\\n 1\n#endif", "%:ifdef X\n%:endif",
    "static int os = __linux__;", "#define OS __unix__", "#ifndef GUARD_H\n#endif",
    "#if 1\n#elif __OpenBSD__\n#endif"])
def test_a_question_for_the_system_is_seen(check, line):
    """Also where no #if asks."""
    assert check(f"{GOOD}{line}\n")[1]


def test_a_header_without_a_guard_is_seen(check):
    """And one with a conditional inside its guard."""
    assert check("int x;\n", "bare.h")[1]
    assert check(MINE.replace("#define MINE 1", "#ifdef X\n#endif"), "inside.h")[1]


@pytest.mark.parametrize("call,name", [
    ("extern int printf(const char *, ...); void g(void) { printf(\"x\"); }", "printf"),
    ("extern void *malloc(unsigned long); void *g(void) { return malloc(1); }", "malloc"),
    ("extern int errno_location; int g(void) { return errno_location; }", "errno_location"),
    ("extern int weak(void) __attribute__((weak)); int g(void) { return weak(); }", "weak"),
    ("double g(double x) { return __builtin_sin(x); }", "sin"),
    ("void g(void) { __builtin_puts(\"x\"); }", "puts"),
    ("void g(void) { __asm__ volatile(\"call getpid\"); }", "getpid")])
def test_a_foreign_symbol_is_seen(check, call, name):
    """A function, data, one that need not be there, one that the compiler calls."""
    assert check(GOOD + call)[2] == [name]
