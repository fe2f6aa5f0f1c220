# SPDX-License-Identifier: BSD-2-Clause
"""`voy fuzz`: inputs that nobody thought of, for as long as wished; what they find is kept.

A target is a program fuzz-NAME of ninja/fuzz.ninja; the head comment of tests/fuzz/fuzz_NAME.c
says what it is.  Its corpus begins with the seeds (tests/fuzz/seeds.py) and what was kept
(tests/fuzz/kept/NAME), and stays from one run to the next; of what reaches nothing that others
do not it is cleared after a while.  An input that ends the program is made as small as may be and
put to build/fuzz/found.  The programs run in a folder of their own, which goes with them.
"""
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time

from . import build, cache, fuzzafl, paths, procs
from .errors import VoyError

TESTS = paths.ROOT / "tests" / "fuzz"
KEPT = TESTS / "kept"
FOUND = paths.BUILD / "fuzz" / "found"
LONGEST = 4000          # bytes of an input
HANG = 60               # seconds for one input, of which most take less than a hundredth
LIMITS = (f"-max_len={LONGEST}", f"-timeout={HANG}", "-rss_limit_mb=2048")
SHRINK = 30             # seconds for making a finding small, in all
TIDY = 30               # a run of so many seconds clears the corpus
PATIENCE = 300          # until a program is over that does not heed the time
TELL = 5                # seconds between two lines of progress that are not on a terminal


def names():
    """The targets, from ninja/fuzz.ninja."""
    text = (paths.ROOT / "ninja" / "fuzz.ninja").read_text(encoding="utf-8").replace("$\n", "")
    line = re.search(r"^build fuzz: phony(.*)$", text, re.M)
    return [n.removeprefix("fuzz-") for n in re.findall(r"\$v/bin/(fuzz-\S+)", line[1])]


def about(name):
    """What a target is, in a line: the beginning of its source's head comment."""
    text = (TESTS / f"fuzz_{name}.c").read_text(encoding="utf-8")
    said = re.search(r"libFuzzer target: (.*?)(?:\.\s|\n \*\n)", text, re.S)
    return " ".join(said[1].replace("\n *", " ").split()) if said else ""


def program(name):
    """Where a target is built."""
    return paths.BUILD / "fuzz" / "bin" / f"fuzz-{name}"


def kept(name):
    """The inputs of tests/fuzz/kept for a target."""
    return sorted(p for p in (KEPT / name).glob("*") if p.is_file())


def seeds(name):
    """What a target begins with."""
    spec = importlib.util.spec_from_file_location("fuzz_seeds", TESTS / "seeds.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [*module.of(f"fuzz-{name}"), *(p.read_bytes() for p in kept(name))]


def corpus(name, folder=None):
    """A target's corpus with the seeds in it: `folder`, or one in the cache."""
    path = pathlib.Path(folder) if folder else cache.directory() / "fuzz" / name
    try:
        path.mkdir(parents=True, exist_ok=True)
        for seed in seeds(name):
            # As libFuzzer names its own.
            file = path / hashlib.sha1(seed, usedforsecurity=False).hexdigest()
            if not file.exists():
                file.write_bytes(seed)
    except OSError as e:
        raise VoyError(f"corpus: {e.filename}: {e.strerror}; --corpus DIR names another") from e
    return path.absolute()


class Progress:
    """How far it is: a line on a terminal, or events."""

    def __init__(self, name, seconds, as_json):
        self._name, self._seconds, self._json = name, seconds, as_json
        self._begun = time.monotonic()
        self._told = 0.0
        self.best = {}

    def tell(self, figures):
        """Figures of the moment: runs, edges, per_second, corpus."""
        self.best.update(figures)
        now = time.monotonic()
        terminal = sys.stderr.isatty() and not self._json
        if now - self._told < (0.2 if terminal else TELL):
            return
        self._told = now
        passed = now - self._begun
        if self._json:
            print(json.dumps({"event": "progress", "target": self._name, "t": round(passed, 1),
                              **self.best}), flush=True)
        elif terminal:
            text = " ".join(f"{k.replace('_', ' ')} {v}" for k, v in self.best.items())
            share = min(1, passed / self._seconds)
            sys.stderr.write(f"\r\033[K{self._name}: {share:4.0%}  {text}")
            sys.stderr.flush()

    def clear(self):
        """Nothing is left of the line on the terminal."""
        if sys.stderr.isatty() and not self._json:
            sys.stderr.write("\r\033[K")


@contextlib.contextmanager
def workplace():
    """A folder for a target's program to run in, so that what it leaves behind is nobody's."""
    with tempfile.TemporaryDirectory(prefix="voy-fuzz-") as folder:
        yield pathlib.Path(folder)


STATUS = re.compile(r"#(\d+)\s+\S+\s+cov: (\d+) .*?corp: (\d+)/\S+.*?exec/s: (\d+)")


TOTAL = re.compile(r"INFO: Loaded \d+ modules\s+\((\d+) inline 8-bit counters\)")


def figures(line):
    """libFuzzer's line of status as figures, or None."""
    m = STATUS.match(line)
    return m and {"runs": int(m[1]), "edges": int(m[2]), "corpus": int(m[3]),
                  "per_second": int(m[4])}


def libfuzzer(name, folder, seconds, progress, runs=None):
    """Fuzz; (exit status, figures, path of the input that ended it or None, last words)."""
    with workplace() as cwd:
        return _libfuzzer(name, folder, seconds, progress, runs, cwd)


def _libfuzzer(name, folder, seconds, progress, runs, cwd):
    FOUND.mkdir(parents=True, exist_ok=True)
    inbox, said = queue.SimpleQueue(), []
    child = procs.Child("fuzz", [
        program(name), f"-max_total_time={max(1, round(seconds))}", *LIMITS,
        *([f"-runs={runs}"] if runs else []),
        "-close_fd_mask=1",     # what a target prints by the way is nobody's
        "-print_final_stats=1", f"-artifact_prefix={FOUND}/{name}-", folder],
        inbox, stderr=subprocess.PIPE, capture=False, cwd=cwd)
    until = time.monotonic() + seconds + PATIENCE
    try:
        while True:
            try:
                _, kind, value = inbox.get(timeout=max(0.1, until - time.monotonic()))
            except queue.Empty:
                raise VoyError(f"{program(name).name}: has not ended {PATIENCE} s after its "
                               "time was over") from None
            if kind == "end":
                break
            said = [*said[-200:], value]
            if m := TOTAL.match(value):
                progress.best["edges_of"] = int(m[1])
            if figures(value):
                progress.tell(figures(value))
    finally:
        child.stop()
    text = "\n".join(said)
    stats = dict(re.findall(r"stat::(\w+):\s*(\d+)", text))
    best = dict(progress.best)
    if "number_of_executed_units" in stats:
        best["runs"] = int(stats["number_of_executed_units"])
        best["per_second"] = int(stats["average_exec_per_sec"])
    file = re.search(r"Test unit written to (\S+)", text)
    return value, best, pathlib.Path(file[1]) if file else None, text


def cause(text):
    """What the target, a sanitizer or libFuzzer says in a line."""
    said = re.search(r"^ERROR: (.*)$", text, re.M) or re.search(r"^SUMMARY: (.*)$", text, re.M) or \
        re.search(r"ERROR: (.*)$", text, re.M)
    return said[1].replace(str(paths.ROOT) + "/", "") if said else "no cause given"


def repeat(name, file):
    """Run one input; (exit status, what was said)."""
    with workplace() as cwd:
        p = subprocess.run([program(name), *LIMITS, f"-artifact_prefix={cwd}/", file],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, env=procs.environment(), timeout=PATIENCE,
                           check=False, cwd=cwd)
    return p.returncode, p.stderr.decode(errors="replace")


def _minimize(argv, cwd):
    """libFuzzer's time limit is for each of its steps; ours is for all of them."""
    inbox = queue.SimpleQueue()
    # It starts programs by a shell.
    child = procs.Child("minimize", argv, inbox, stderr=subprocess.DEVNULL, cwd=cwd, whole=True,
                        env={"TMPDIR": str(cwd)})
    until = time.monotonic() + SHRINK
    ended = False
    try:
        with contextlib.suppress(queue.Empty):
            while not ended:
                ended = inbox.get(timeout=max(0, until - time.monotonic()))[1] == "end"
    finally:
        child.stop(procs.END_WHOLE)


def shrink(name, file):
    """A smaller input that ends the program as well: a new file beside; or `file` itself."""
    if "timeout-" in file.name:
        return file         # each try would take as long
    if repeat(name, file)[0] == 0:
        return file         # only after others: it stays as it is
    small = file.with_name(file.name + ".small")
    with workplace() as cwd:
        _minimize([program(name), "-minimize_crash=1", f"-max_total_time={SHRINK}", *LIMITS[1:],
                   f"-exact_artifact_path={small}", f"-artifact_prefix={cwd}/", file], cwd)
    if not small.is_file() or small.stat().st_size >= file.stat().st_size or \
            repeat(name, small)[0] == 0:
        small.unlink(missing_ok=True)
        return file
    return small


@contextlib.contextmanager
def in_use(folder):
    """The corpus is: nobody clears it.  The value: a function, whether we are alone with it."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)

    def alone():
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
        yield alone
    finally:
        os.close(fd)


def tidy(name, folder):
    """Clear the corpus of what reaches nothing that others do not; how many are left."""
    own = {hashlib.sha1(seed, usedforsecurity=False).hexdigest() for seed in seeds(name)}
    with workplace() as cwd:
        (cwd / "new").mkdir()
        p = subprocess.run([program(name), "-merge=1", *LIMITS, "-close_fd_mask=1",
                            f"-artifact_prefix={cwd}/", cwd / "new", folder],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env=procs.environment(), check=False,
                           cwd=cwd)
        kept_now = {f.name for f in (cwd / "new").iterdir()} | own
    for file in list(folder.iterdir()):
        digest = hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
        if p.returncode == 0 and digest not in kept_now:
            file.unlink()
    return sum(1 for _ in folder.iterdir())


def finding(name, file, text):
    """What was found, as a dict: cause, file, how to see it again, how to keep it."""
    small = shrink(name, file)
    digest = hashlib.sha1(small.read_bytes(), usedforsecurity=False).hexdigest()[:10]
    final = FOUND / f"{name}-{digest}"
    if small != final:
        shutil.copyfile(small, final)
        for old in {small, file}:
            old.unlink(missing_ok=True)
    status, said = repeat(name, final)
    shown, keep = _short(final), _short(KEPT / name)
    return {"cause": cause(said if status else text), "again": status != 0, "file": shown,
            "size": final.stat().st_size,
            "gdb": f"gdb -ex 'break __sanitizer::Die' -ex run --args {_short(program(name))} "
                   f"{shown}",
            "keep": f"mkdir -p {keep} && cp {shown} {keep}/WHAT-IT-SHOWS"}


def _short(path):
    """A path as it is typed in the project's folder."""
    return str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path)


def _one(name, o):
    """Fuzz a target; its result."""
    folder = corpus(name, o.corpus and pathlib.Path(o.corpus) / name)
    with in_use(folder) as alone:
        return _in_corpus(name, o, folder, alone)


def _in_corpus(name, o, folder, alone):
    progress = Progress(name, o.seconds, o.json)
    engine = fuzzafl.run if o.engine == "afl" else libfuzzer
    status, best, file, text = engine(name, folder, o.seconds, progress, o.runs)
    progress.clear()
    if file is None and status == 0 and o.seconds >= TIDY and o.runs is None and alone():
        best["corpus"] = tidy(name, folder)
    if status != 0 and file is None:
        raise VoyError(f"fuzz-{name} {procs.describe(status)} and left no input:\n{text[-2000:]}")
    result = {"event": "result", "target": name, "engine": o.engine, "ok": file is None, **best,
              "corpus_folder": str(folder)}
    if file is not None:
        result["found"] = finding(name, file, text)
    return result


def _show(r):
    of = f" of {r['edges_of']}" if "edges_of" in r else ""
    print(f"{r['target']}: {r.get('runs', 0)} runs, {r.get('per_second', 0)} per second, "
          f"{r.get('edges', 0)}{of} edges; corpus of {r.get('corpus', 0)} in {r['corpus_folder']}")
    if "found" not in r:
        return
    f = r["found"]
    print(f"{r['target']}: found: {f['cause']}\n"
          f"  {f['file']}, {f['size']} bytes" +
          ("" if f["again"] else "; alone it does not do it: what ran before it counts") +
          f"\n  again: {f['gdb']}\n  keep:  {f['keep']}\n"
          "         and voy test tests/fuzz runs it from then on")


def _list(o):
    for name in names():
        if o.json:
            print(json.dumps({"target": name, "about": about(name), "kept": len(kept(name))}))
        else:
            print(f"{name:8}  {about(name)}")
    return 0


def run(o):
    """voy fuzz"""
    if o.list:
        return _list(o)
    known = names()
    for name in o.targets:
        if name not in known:
            raise VoyError(f"fuzz: {name}: no such target; there are {', '.join(known)}")
    if not o.targets:
        raise VoyError("fuzz: which target? voy fuzz --list tells what there is")
    build.ninja(*(str(program(n).relative_to(paths.ROOT)) for n in o.targets))
    if o.engine == "afl":
        fuzzafl.prepare(o.targets)
    good = True
    for name in o.targets:
        r = _one(name, o)
        good = good and r["ok"]
        if o.json:
            print(json.dumps(r), flush=True)
        else:
            _show(r)
    return 0 if good else 1
