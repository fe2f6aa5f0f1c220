# SPDX-License-Identifier: BSD-2-Clause
"""Compile C files with a system's flags, count what the compiler says, link the objects.

    results = compile_all("clang", flags, files, folder)    # a Result for each file
    link("elf_x86_64", [r.object for r in results], folder / "edu.o")
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import re
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
TIMEOUT = 300       # seconds for one file; only ends a compiler that hangs


@dataclasses.dataclass
class Result:
    """What became of one file: its object or None, diagnostics, the files that were opened."""
    source: pathlib.Path
    object: pathlib.Path
    said: list
    opened: list


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


def _opened(depfile):
    """The files in a rule for make."""
    try:
        text = depfile.read_text()
    except OSError:
        return []
    words = text.replace("\\\n", " ").partition(":")[2].split()
    return [os.path.normpath(w) for w in words]


def _compile(compiler, flags, source, obj):
    deps = obj.with_suffix(".d")
    argv = [compiler, *WARN, *flags, *ALL[compiler], "-MD", "-MF", str(deps), "-c", str(source),
            "-o", str(obj)]
    try:
        p = subprocess.run(argv, capture_output=True, text=True, errors="replace",
                           stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False,
                           env=dict(os.environ, LC_ALL="C"))
    except subprocess.TimeoutExpired as e:
        raise VoyError(f"{compiler}: {source}: did not end within {TIMEOUT} s") from e
    except OSError as e:
        raise VoyError(f"{compiler}: {e.strerror}") from e
    said = diagnostics(p.stderr)
    if p.returncode != 0 and not said:
        text = p.stderr.strip().splitlines() or [f"ended with status {p.returncode}"]
        said = [{"kind": "error", "file": short(str(source)), "line": 0, "text": text[0]}]
    return Result(source, obj if p.returncode == 0 else None, said, _opened(deps))


def opened(compiler, flags, source):
    """The files that a compiler opens for one file; none when it cannot read it."""
    try:
        p = subprocess.run([compiler, *flags, "-M", str(source)], capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    words = p.stdout.replace("\\\n", " ").partition(":")[2].split()
    return [os.path.normpath(w) for w in words]


def compile_all(compiler, flags, files, folder):
    """A Result for each file, in their order; the objects are in `folder`, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for i, source in enumerate(files):
            obj = folder / f"{i:02}-{source.stem}.o"
            jobs.append(pool.submit(_compile, compiler, flags, source, obj))
        return [j.result() for j in jobs]


def link(emulation, objects, out):
    """Join objects to a relocatable one; None, or what the linker says."""
    try:
        p = subprocess.run(["ld", "-m", emulation, "-r", "-nostdlib", "-o", str(out),
                            *map(str, objects)], capture_output=True, text=True, errors="replace",
                           stdin=subprocess.DEVNULL, check=False)
    except OSError as e:
        raise VoyError(f"ld: {e.strerror}; install Debian's binutils") from e
    return p.stderr.strip() or f"ld: status {p.returncode}" if p.returncode else None
