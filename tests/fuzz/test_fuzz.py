# SPDX-License-Identifier: BSD-2-Clause
"""Every target of `voy fuzz`, and every input that was kept.

Each runs for VOY_FUZZ_SECONDS, which is 20 when CI is set in the environment; without either
some of its seeds and a few inputs more, to see that it works.  What a fuzzer finds goes to
build/fuzz/found, and the message says how to do it again and how to keep it.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from voyageur import build, fuzzafl, fuzzcmd, paths

pytestmark = pytest.mark.plain("fuzzers have builds of their own")

SECONDS = int(os.environ.get("VOY_FUZZ_SECONDS") or (20 if os.environ.get("CI") else 0))
SEEDS, RUNS = 40, 60    # without: how many at most, and how many inputs with them
TARGETS = fuzzcmd.names()
KEPT = [(name, file) for name in TARGETS for file in fuzzcmd.kept(name)]
FALLS = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{ fclose(fopen("left-behind", "w")); if (memchr(p, 'Z', n) != NULL) abort(); return 0; }
"""
needs_clang = pytest.mark.skipif(
    not shutil.which("clang"), reason="fuzzers are built with clang, which is not installed "
    "(apt install clang)")
needs_afl = pytest.mark.skipif(
    not shutil.which("afl-clang-fast") or not shutil.which("afl-fuzz"),
    reason="AFL++ is not installed (apt install afl++)")


def voy(*arguments):
    """Run voy fuzz with --json; status, the records on stdout, stderr."""
    p = subprocess.run([paths.ROOT / "voy", "fuzz", "--json", *map(str, arguments)],
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                       timeout=SECONDS + fuzzcmd.PATIENCE + 600)
    return p.returncode, [json.loads(line) for line in p.stdout.splitlines()], p.stderr


def test_there_are_targets():
    """The list comes from ninja/fuzz.ninja, its texts from the sources: neither is empty."""
    status, rows, _ = voy("--list")
    assert status == 0 and {"air", "ap", "sta", "server"} <= {r["target"] for r in rows}
    assert all(len(r["about"]) > 20 for r in rows), rows


def test_kept_inputs_have_a_target():
    """What was kept for a target that is called otherwise now would run no more."""
    assert {p.name for p in fuzzcmd.KEPT.iterdir() if p.is_dir()} <= set(TARGETS)


def fuzzed(name, folder):
    """By the command, for its time: the result."""
    status, rows, said = voy(name, "--for", SECONDS, "--corpus", folder)
    assert status == 0, f"{rows}\n{said}"
    return rows[-1]


def tried(name, folder):
    """Some seeds and a few inputs: figures.  The kept ones are test_kept()'s."""
    build.ninja("fuzz")     # once, for all of them
    seeds = fuzzcmd.seeds(name)
    for i, seed in enumerate(seeds[::-(-len(seeds) // SEEDS)]):
        (folder / str(i)).write_bytes(seed)
    status, best, file, said = fuzzcmd.libfuzzer(name, folder, fuzzcmd.PATIENCE,
                                                 fuzzcmd.Progress(name, 1, True), RUNS)
    assert status == 0 and file is None, said[-6000:]
    return best


@needs_clang
@pytest.mark.deadline(SECONDS + fuzzcmd.PATIENCE + 600)
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name, tmp_path):
    """No crash, no leak, no input that takes for ever, from seeds that get far."""
    figures = (fuzzed if SECONDS else tried)(name, tmp_path)
    assert figures["runs"] >= RUNS and figures["edges_of"] > figures["edges"] > 0, figures


@needs_clang
@pytest.mark.deadline(fuzzcmd.PATIENCE + 600)
@pytest.mark.parametrize("name,file", KEPT, ids=[f"{n}-{f.name}" for n, f in KEPT])
def test_kept(name, file):
    """An input that once ended the program does so no more."""
    build.ninja("fuzz")
    status, said = fuzzcmd.repeat(name, file)
    assert status == 0, f"gdb --args {fuzzcmd.program(name)} {file}\n{said[-6000:]}"


@pytest.fixture(name="falls")
def _falls(tmp_path, monkeypatch):
    """A target "falls" that ends at a Z, with seeds and findings of its own."""
    (tmp_path / "x.c").write_text(FALLS, encoding="ascii")
    monkeypatch.setattr(fuzzcmd, "program", lambda name: tmp_path / f"fuzz-{name}")
    monkeypatch.setattr(fuzzafl, "program", lambda name: tmp_path / f"afl-{name}")
    monkeypatch.setattr(fuzzcmd, "FOUND", tmp_path / "found")
    monkeypatch.setattr(fuzzafl, "FOUND", tmp_path / "found")
    monkeypatch.setattr(fuzzcmd, "seeds", lambda name: [b"only this: Y"])
    return tmp_path


def compile_falls(falls, source="x.c"):
    """The target of libFuzzer."""
    subprocess.run(["clang", "-g", "-fsanitize=fuzzer,address", "-o", "fuzz-falls", source],
                   cwd=falls, check=True)


def look(falls, engine, monkeypatch):
    """Fuzz it, and look at what was found: in the folder for that, and nowhere else."""
    here = falls / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    o = argparse.Namespace(seconds=60.0, json=True, runs=None, engine=engine,
                           corpus=falls / "corpus")
    r = fuzzcmd._one("falls", o)
    assert list(here.iterdir()) == [], "whatever a target leaves behind"
    f = r["found"]
    file = pathlib.Path(f["file"])
    assert not r["ok"] and r["runs"] > 0 and f["again"], r
    assert file.read_bytes() == b"Z" and f["size"] == 1, "made as small as can be"
    assert list((falls / "found").iterdir()) == [file]
    assert f["gdb"].endswith(f"--args {falls}/fuzz-falls {file}")
    assert f["keep"].endswith("kept/falls/WHAT-IT-SHOWS") and str(file) in f["keep"]


@needs_clang
@pytest.mark.deadline(fuzzcmd.PATIENCE + 600)
def test_what_is_found_is_kept(falls, monkeypatch):
    """The input that ends the program stays, small, with the lines to repeat and to keep it."""
    compile_falls(falls)
    look(falls, "libfuzzer", monkeypatch)


@needs_clang
@pytest.mark.deadline(fuzzcmd.PATIENCE + 600)
def test_making_it_small_ends(falls, monkeypatch):
    """Also when each try takes for ever: what is small by then is kept, and no program is left."""
    slow = FALLS.replace("abort()", "{ if (n < 9) for (;;) pause(); abort(); }")
    (falls / "y.c").write_text(f"#include <unistd.h>\n{slow}", encoding="ascii")
    compile_falls(falls, "y.c")
    monkeypatch.setattr(fuzzcmd, "SHRINK", 3)
    file = falls / "crash"
    file.write_bytes(b"Z" * 40)
    small = fuzzcmd.shrink("falls", file)
    assert small.stat().st_size <= 40
    mine = str(falls / "fuzz-falls").encode()
    while [p for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if mine in _read(p)]:
        time.sleep(0.05)        # one that was killed takes a moment to go


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""          # it has ended


@needs_clang
@pytest.mark.deadline(fuzzcmd.PATIENCE + 600)
def test_a_corpus_stays_small(falls):
    """Of many inputs that reach the same one is left, beside the seeds."""
    (falls / "y.c").write_text(FALLS.replace("abort()", "return 1"), encoding="ascii")
    compile_falls(falls, "y.c")
    corpus = fuzzcmd.corpus("falls", falls / "corpus")
    for i in range(30):
        (corpus / f"more-{i}").write_bytes(b"nothing new " + bytes([i + 1]))
    assert fuzzcmd.tidy("falls", corpus) <= 3
    with fuzzcmd.in_use(corpus) as one, fuzzcmd.in_use(corpus):
        assert not one(), "nobody clears what another uses"
    with fuzzcmd.in_use(corpus) as one:
        assert one()
    assert b"only this: Y" in [f.read_bytes() for f in corpus.iterdir()]


@needs_clang
@needs_afl
@pytest.mark.deadline(fuzzcmd.PATIENCE + 600)
def test_what_afl_finds_is_kept(falls, monkeypatch):
    """The same by AFL++, whose finding is repeated and made small by libFuzzer's program."""
    for cc, out in (("clang", "fuzz-falls"), ("afl-clang-fast", "afl-falls")):
        subprocess.run([cc, "-g", "-fsanitize=fuzzer", "-o", out, "x.c"], cwd=falls,
                       check=True, env={**os.environ, "AFL_QUIET": "1"})
    look(falls, "afl", monkeypatch)


def test_the_cause_is_the_targets_own_word_if_it_has_one():
    """Else a sanitizer's, and libFuzzer's when there is nothing better."""
    fuzzer = "==1== ERROR: libFuzzer: deadly signal\nSUMMARY: libFuzzer: deadly signal\n"
    asan = "==1==ERROR: AddressSanitizer: x\nSUMMARY: AddressSanitizer: x y.c:3\n"
    assert fuzzcmd.cause("ERROR: rule broken: the lock\n" + fuzzer) == "rule broken: the lock"
    assert fuzzcmd.cause(asan) == "AddressSanitizer: x y.c:3"
    assert fuzzcmd.cause(fuzzer) == "libFuzzer: deadly signal"


def test_wrong_usage():
    """A target that is none, and none: said, with what there is."""
    status, _, said = voy("nothing")
    assert status == 1 and "nothing: no such target; there are" in said and "sta" in said
    status, _, said = voy()
    assert status == 1 and "voy fuzz --list" in said
    status, _, said = voy("sta", "--for", "1d")
    assert status == 2 and "as 90s, 20m, 1h" in said
