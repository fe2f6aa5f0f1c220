# SPDX-License-Identifier: BSD-2-Clause
"""Compile C files with a system's flags, count what the compiler says, link the objects.

    result = compile_all("clang", flags, files, folder)
    link("elf_x86_64", result.objects, folder / "edu.o")

Most of what a small file costs is the start of the compiler.  clang's own compiler, which the
command starts, takes any number of files, so that one is started for each processor, not for each
file; gcc has none that does.
"""
import concurrent.futures
import dataclasses
import functools
import itertools
import os
import re
import shlex
import shutil
import subprocess

from . import paths
from .errors import VoyError

# Before a system's own flags, which may take some back.
WARN = ["-Wall", "-Wextra", "-Werror", "-Wpointer-arith", "-Wwrite-strings", "-Wvla"]
ALL = {"clang": ["-ferror-limit=0", "-fno-caret-diagnostics"],
       "gcc": ["-fno-diagnostics-show-caret"]}
SAID = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(?:\d+:)? "
                  r"(?P<kind>fatal error|error|warning): (?P<text>.*)$", re.M)
OPTION = re.compile(r"\[(-W[^\]]*)\]$")
OPENED = re.compile(r"^\.+ (.+)\n", re.M)      # what -H prints
SMALL = 4           # files that one processor does no later than two
TIMEOUT = 300       # seconds for one start; only ends a compiler that hangs
SYNTAX = "-fsyntax-only"        # instead of -c: nothing is generated
GENERATE = ("-emit-obj", "-emit-llvm-bc")       # what -c is to clang's own compiler


@dataclasses.dataclass
class Result:
    """What became of some files: objects (of those that compiled), diagnostics, files opened."""
    count: int = 0
    objects: list = dataclasses.field(default_factory=list)
    said: list = dataclasses.field(default_factory=list)    # as often as the compiler says it
    opened: set = dataclasses.field(default_factory=set)

    def add(self, other):
        """Take in what became of others."""
        self.count += other.count
        self.objects += other.objects
        self.said += other.said
        self.opened |= other.opened


def have(compiler):
    """True when that compiler is installed."""
    return shutil.which(compiler) is not None


def diagnostics(text):
    """Errors and warnings in a compiler's output, each a dict of kind, file, line, text.

    A warning that became an error by -Werror is a warning; a note says nothing by itself.
    """
    out = []
    for m in SAID.finditer(text):
        option = OPTION.search(m["text"])
        warning = m["kind"] == "warning" or option and option[1].startswith("-Werror")
        out.append({"kind": "warning" if warning else "error", "file": short(m["file"]),
                    "line": int(m["line"]), "text": m["text"]})
    return out


def short(path):
    """A path below the source tree, from there on."""
    inside = os.path.join(paths.ROOT, "")
    path = os.path.normpath(str(path))
    return path[len(inside):] if path.startswith(inside) else path


def _run(argv, source):
    """Start a compiler; (status, what it says)."""
    try:
        p = subprocess.run(argv, capture_output=True, text=True, errors="replace",
                           stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False,
                           env=dict(os.environ, LC_ALL="C"))
    except subprocess.TimeoutExpired as e:
        raise VoyError(f"{argv[0]}: {source}: did not end within {TIMEOUT} s") from e
    except OSError as e:
        raise VoyError(f"{argv[0]}: {e.strerror}") from e
    return p.returncode, p.stderr


def _result(status, text, files, objects):
    """The Result of one start."""
    headers = {os.path.normpath(path) for path in OPENED.findall(text)}
    said = diagnostics(OPENED.sub("", text))
    if status != 0 and not said:
        lines = OPENED.sub("", text).strip().splitlines() or [f"ended with status {status}"]
        said = [{"kind": "error", "file": short(files[0]), "line": 0, "text": lines[0]}]
    return Result(len(files), [o for o in objects if o.is_file()], said,
                  headers | {os.path.normpath(str(f)) for f in files})


def _single(compiler, flags, source, obj):
    """One file, by the command."""
    how = ["-c", "-o", str(obj)] if obj else [SYNTAX]
    status, text = _run([compiler, *WARN, *flags, *ALL[compiler], "-H", *how, str(source)], source)
    return _result(status, text, [source], [obj] if obj else [])


@functools.lru_cache(maxsize=None)
def _told(flags):
    """The command line of clang's own compiler for -c, without a file; None: it is not told."""
    name = os.devnull       # a file has to be there
    _, text = _run(["clang", *flags, "-###", "-c", "-x", "c", name], name)
    lines = [line for line in text.splitlines() if '"-cc1"' in line]
    words = shlex.split(lines[0]) if len(lines) == 1 else []
    if not any(w in GENERATE for w in words):
        return None
    cut = {i for i, w in enumerate(words) if w in ("-o", "-main-file-name")}
    return [w for i, w in enumerate(words) if w != name and not {i, i - 1} & cut]


def inner(flags, generate):
    """The command line of clang's own compiler, to which files are added; None: it is not known."""
    argv = _told(tuple(flags))
    if argv and not generate:
        return [SYNTAX if w in GENERATE else w for w in argv]
    return argv


def _batch(argv, flags, sources, objects):
    """Several files of one folder by one start of clang's compiler.

    It puts objects beside sources; so it is given links in the objects' folder.  After an error it
    says less of the files that follow, and nothing after a crash: when there is anything to say,
    each file is compiled by itself.
    """
    given = sources
    if objects:
        given = [o.with_suffix(".c") for o in objects]
        for link_, source in zip(given, sources):
            link_.symlink_to(source.absolute())
        argv = [*argv, "-iquote", str(sources[0].absolute().parent)]
    status, text = _run([*argv, *map(str, given)], sources[0])
    result = _result(status, text, sources, objects)
    if not result.said:
        return result
    result = Result()
    for source, obj in itertools.zip_longest(sources, objects):
        result.add(_single("clang", flags, source, obj))
    return result


def _split(files, parts):
    """Groups of files of the same folder: as many as there are processors, or folders."""
    for _, same in itertools.groupby(sorted(files, key=lambda f: f.parent), lambda f: f.parent):
        same = list(same)
        size = max(-(-len(same) // parts), SMALL)
        for at in range(0, len(same), size):
            yield same[at:at + size]


def compile_all(compiler, flags, files, folder=None):
    """What becomes of the files; objects are in `folder`, made anew.  None: only look at them."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    end = "bc" if "-emit-llvm" in flags else "o"
    objects = {f: folder / f"{i:02}-{f.stem}.{end}" for i, f in enumerate(files)} if folder else {}
    workers = len(os.sched_getaffinity(0))
    argv = inner([*WARN, *flags, *ALL[compiler], "-H"], folder is not None) \
        if compiler == "clang" and len(files) > 1 else None
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        if argv:
            jobs = [pool.submit(_batch, argv, flags, group, [objects[f] for f in group if folder])
                    for group in _split(files, workers)]
        else:
            jobs = [pool.submit(_single, compiler, flags, f, objects.get(f)) for f in files]
        out = Result()
        for job in jobs:
            out.add(job.result())
    return out


def opened(flags, source):
    """The files that clang opens for one file."""
    _, text = _run(["clang", *flags, "-H", SYNTAX, str(source)], source)
    return [os.path.normpath(path) for path in OPENED.findall(text)]


def link(emulation, objects, out):
    """Join objects to a relocatable one; None, or what the linker says."""
    try:
        p = subprocess.run(["ld", "-m", emulation, "-r", "-nostdlib", "-o", str(out),
                            *map(str, objects)], capture_output=True, text=True, errors="replace",
                           stdin=subprocess.DEVNULL, check=False)
    except OSError as e:
        raise VoyError(f"ld: {e.strerror}; install Debian's binutils") from e
    return p.stderr.strip() or f"ld: status {p.returncode}" if p.returncode else None
