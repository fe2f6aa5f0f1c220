# SPDX-License-Identifier: BSD-2-Clause
"""`voy fuzz --engine afl`: the same targets, compiled for AFL++ (variant "afl")."""
import pathlib
import queue
import shutil
import subprocess
import tempfile
import time

from . import build, paths, procs
from .errors import VoyError

LOOK = 1.0              # seconds between two looks at AFL's figures
PATIENCE = 300
FOUND = paths.BUILD / "fuzz" / "found"
# Without a governor, a core pattern or a terminal of AFL's liking it works as well.
SETTINGS = {"AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1",
            "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_BENCH_UNTIL_CRASH": "1",
            "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0",
            "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:symbolize=0"}


def _tool(name):
    path = shutil.which(name)
    if path is None:
        raise VoyError(f"fuzz: {name} is not installed, which --engine afl needs "
                       "(apt install afl++)")
    return path


def program(name):
    """Where a target is built."""
    return paths.BUILD / "afl" / "bin" / f"fuzz-{name}"


def prepare(targets):
    """Build them."""
    _tool("afl-clang-fast")
    _tool("afl-fuzz")
    build.ninja(*(str(program(n).relative_to(paths.ROOT)) for n in targets))


def _figures(folder):
    try:
        text = (folder / "default" / "fuzzer_stats").read_text(encoding="utf-8")
    except OSError:
        return {}
    said = {k.strip(): v.strip() for k, _, v in
            (line.partition(":") for line in text.splitlines())}
    try:
        return {"runs": int(said["execs_done"]), "edges": int(said["edges_found"]),
                "edges_of": int(said["total_edges"]), "corpus": int(said["corpus_count"]),
                "per_second": round(float(said["execs_per_sec"]))}
    except (KeyError, ValueError, OverflowError):   # it begins with "inf" per second
        return {}


def _keep(found, corpus):
    """New inputs of AFL's queue join the corpus."""
    for file in sorted((found / "default" / "queue").glob("id*")):
        if ",orig:" not in file.name:
            shutil.copyfile(file, corpus / f"afl-{file.name.split(',')[0].replace(':', '-')}-"
                            f"{int(time.time())}")


def _watch(child, inbox, out, until, progress):
    """Until afl-fuzz has ended; its exit status and its last lines."""
    said = []
    while time.monotonic() < until:
        try:
            _, kind, value = inbox.get(timeout=LOOK)
        except queue.Empty:
            kind = None
        if kind == "end":
            return value, "\n".join(said)
        if kind:
            said = [*said[-200:], value]
        progress.tell(_figures(out))
    raise VoyError(f"{child.name}: has not ended {PATIENCE} s after its time was over")


def run(name, corpus, seconds, progress, runs=None):
    """As fuzzcmd.libfuzzer()."""
    inbox = queue.SimpleQueue()
    with tempfile.TemporaryDirectory(prefix="voy-afl-") as work:
        out = pathlib.Path(work) / "out"
        child = procs.Child("afl", [
            _tool("afl-fuzz"), "-i", corpus, "-o", out, "-V", max(1, round(seconds)),
            *(["-E", runs] if runs else []), "-t", "20000", "-m", "none", "--", program(name)],
            inbox, env=SETTINGS, stderr=subprocess.STDOUT, cwd=work)
        try:
            status, said = _watch(child, inbox, out, time.monotonic() + seconds + PATIENCE,
                                  progress)
        finally:
            child.stop()
        best = _figures(out)
        if best:
            _keep(out, corpus)
        kind, crash = next(((kind, file) for kind in ("crashes", "hangs")
                            for file in sorted((out / "default" / kind).glob("id*"))),
                           (None, None))
        if crash is None:
            return status, best, None, said
        kept = FOUND / (f"{name}-afl-timeout-" if kind == "hangs" else f"{name}-afl")
        FOUND.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(crash, kept)
        return 1, best, kept, said
