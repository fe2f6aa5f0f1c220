# SPDX-License-Identifier: BSD-2-Clause
"""Every fuzzer of `ninja fuzz`, each for a while.

VOY_FUZZ_SECONDS says how long (20 when CI is set in the environment, else 2).  What a fuzzer
finds is kept in build/fuzz/found, and the message says how to do it again.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from voyageur import build, procs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import seeds  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOUND = ROOT / "build" / "fuzz" / "found"
NINJA = (ROOT / "ninja" / "fuzz.ninja").read_text(encoding="utf-8").replace("$\n", "")
FUZZERS = re.findall(r"\$v/bin/(fuzz-\S+)", re.search(r"^build fuzz: phony(.*)$", NINJA, re.M)[1])
SECONDS = int(os.environ.get("VOY_FUZZ_SECONDS") or (20 if os.environ.get("CI") else 2))
# Until a fuzzer is over that does not heed the time: it checks the clock between inputs only.
PATIENCE = 300
LONGEST = 4000
needs_clang = pytest.mark.skipif(
    not shutil.which("clang"), reason="fuzzers are built with clang, which is not installed "
    "(apt install clang)")


def fuzz(program, corpus, seconds, found=FOUND):
    """Run one; its exit status and what it said, first of all how to do it again."""
    found.mkdir(parents=True, exist_ok=True)
    p = subprocess.run(
        [program, f"-max_total_time={seconds}", f"-max_len={LONGEST}",
         "-timeout=120", "-rss_limit_mb=2048", "-print_final_stats=1",
         f"-artifact_prefix={found}/{program.name}-", corpus],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env=procs.environment(), cwd=corpus.parent, timeout=seconds + PATIENCE, check=False)
    said = p.stderr.decode(errors="replace")
    kept = re.findall(r"Test unit written to (\S+)", said)
    return p.returncode, (f"again: {program} {kept[0]}\n" if kept else "") + said[-8000:]


def test_there_are_fuzzers():
    """The list comes from ninja/fuzz.ninja; a change of its form must not empty it."""
    assert {"fuzz-air", "fuzz-ap"} <= set(FUZZERS)


@needs_clang
@pytest.mark.deadline(SECONDS + PATIENCE + 600)
@pytest.mark.parametrize("name", FUZZERS)
def test_nothing_is_found(name, tmp_path):
    """No crash, no leak, no input that takes for ever, from seeds that get far."""
    build.ninja(f"build/fuzz/bin/{name}")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds.of(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    status, said = fuzz(ROOT / "build/fuzz/bin" / name, corpus, SECONDS)
    assert status == 0, f"{name} {procs.describe(status)}\n{said}"
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    assert runs and int(runs[1]) > len(list(corpus.glob("seed-*"))), said


@needs_clang
def test_what_is_found_is_kept(tmp_path):
    """A program that falls over a zero: the input stays, and the message names it."""
    (tmp_path / "x.c").write_text(
        "#include <stdlib.h>\nint LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);\n"
        "int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)\n"
        "{ if (n > 0 && p[0] == 0) abort(); return 0; }\n", encoding="ascii")
    subprocess.run(["clang", "-fsanitize=fuzzer", "-o", "fuzz-x", "x.c"], cwd=tmp_path, check=True)
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "seed").write_bytes(b"\0")
    status, said = fuzz(tmp_path / "fuzz-x", corpus, 2, tmp_path / "found")
    kept, = (tmp_path / "found").iterdir()
    assert status != 0 and said.startswith(f"again: {tmp_path}/fuzz-x {kept}\n")
    assert kept.read_bytes()[:1] == b"\0"
