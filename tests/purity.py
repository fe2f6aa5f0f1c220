# SPDX-License-Identifier: BSD-2-Clause
"""Is C source pure pdk?  Three questions, each answered with the list of what is wrong.

    purity.headers([path], own)     headers of a system that it opens, directly or through others
    purity.conditionals(path)       #if and the like that are no include guard; names of systems
    purity.symbols([object])        functions and data of others than the pdk
"""
import fnmatch
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHIM = [ROOT / "shims/include", ROOT / "shims/linux"]
FLAGS = ["-std=gnu11", "-ffreestanding", *(f"-I{d}" for d in SHIM)]     # as $dincs
SYSTEMS = re.compile(r"\b(_*(linux|gnu_linux|NetBSD|OpenBSD|FreeBSD|DragonFly|APPLE|MACH|unix|sun|"
                     r"ANDROID|CYGWIN)_*(_version|_Version)?_*|BSD|_WIN32|_KERNEL|_STANDALONE|"
                     r"__GLIBC\w*|__BIONIC__|__KERNEL__|KLD_MODULE)\b")
GUARD = re.compile(r"\s*#\s*ifndef\s+(\w+_H)\s+#\s*define\s+\1\b.*#\s*endif\s*\Z", re.S)


def allowed():
    """The names and patterns of pdk.syms."""
    lines = (ROOT / "shims/linux/pdk.syms").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def depends(sources):
    """The headers that the compiler opens for C files, as absolute paths."""
    out = subprocess.run(["gcc", "-M", *FLAGS, *map(str, sources)], capture_output=True,
                         text=True, check=True).stdout.replace("\\\n", " ")
    return {pathlib.Path(word).resolve() for rule in out.splitlines()
            for word in rule.partition(":")[2].split()}


def headers(sources, own, scratch):
    """Headers beyond those of the folder `own` and those that <pdk.h> itself opens.

    `scratch` is a folder to write in.
    """
    base = scratch / "base.c"
    base.write_text("#include <pdk.h>\n#include <pdk80211.h>\n#include <pdknet.h>\n")
    return sorted(str(p) for p in depends(sources) - depends([base])
                  if own.resolve() not in p.parents)


def bare(text):
    """Source without comments and strings, and with its lines joined."""
    text = re.sub(r"\\\n", "", text)
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', " ", text, flags=re.S)


def conditionals(path):
    """Conditionals that are no guard of a header, and words that name a system."""
    text = bare(path.read_text())
    found = [m[0] for m in SYSTEMS.finditer(text)]
    if path.suffix == ".h":
        if not GUARD.match(text):
            found.append("no include guard")
        text = re.sub(r"\A\s*#\s*ifndef\b[^\n]*", "", text)
    return found + re.findall(r"^\s*(?:#|%:)\s*(?:if|elif)\w*.*|\b__has_include\b", text, re.M)


def nm(objects, what):
    """Names that nm lists: `what` is --undefined-only or --defined-only."""
    out = subprocess.run(["nm", "-P", what, *map(str, objects)], capture_output=True, text=True,
                         check=True).stdout
    return {words[0] for words in map(str.split, out.splitlines()) if len(words) > 1}


def symbols(objects):
    """What the objects of a driver together leave to others, and the pdk has not."""
    objects, patterns = list(objects), allowed()
    return sorted(name for name in nm(objects, "--undefined-only") - nm(objects, "--defined-only")
                  if not any(fnmatch.fnmatchcase(name, p) for p in patterns))
