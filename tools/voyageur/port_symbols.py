# SPDX-License-Identifier: BSD-2-Clause
"""The symbols that objects leave undefined, and who has them: the pdk, a kernel.

    undefined([object])             names that the objects together leave to others
    permitted()                     patterns of what a driver may leave to the pdk
    Exports(header_set, symbols)    .find(names) -> {name: "defined" | "declared"}

A kernel's source tree shows what it defines: a function or variable that is not static at the
left margin of a C file, an entry point in assembly, a name made by a macro.  What is only declared
by a header counts as known, and is told apart: nothing proves that it is still there.
"""
import fnmatch
import os
import re
import subprocess

from . import paths, port_headers
from .errors import VoyError

COMMENT = re.compile(r"/\*.*?\*/", re.S)
LISTED, DEFINED, DECLARED = "listed", "defined", "declared"
# Made by the linker: the ends of a section, a table.
LINKER = re.compile(r"_GLOBAL_OFFSET_TABLE_$|__(start|stop)_(set|link_set)_\w+$")


def _nm(objects, what):
    try:
        p = subprocess.run(["nm", "-P", what, *map(str, objects)], capture_output=True, text=True,
                           stdin=subprocess.DEVNULL, check=False)
    except OSError as e:
        raise VoyError(f"nm: {e.strerror}; install Debian's binutils") from e
    if p.returncode != 0:
        raise VoyError(f"nm: {p.stderr.strip()}")
    return {words[0] for words in map(str.split, p.stdout.splitlines()) if len(words) > 1}


def undefined(objects):
    """What the objects together leave to others; what is weak counts as well."""
    objects = list(objects)
    names = _nm(objects, "--undefined-only") - _nm(objects, "--defined-only")
    return {n for n in names if not LINKER.match(n)}


def permitted():
    """The names and patterns that a driver may leave undefined."""
    text = (paths.ROOT / "shims/linux/pdk.syms").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def foreign(names):
    """Those of the names that are no part of the pdk."""
    patterns = permitted()
    return sorted(n for n in names if not any(fnmatch.fnmatchcase(n, p) for p in patterns))


def read_list(option, path):
    """The names in a symbol list: one a line, or what nm prints of a kernel."""
    names = set()
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            for line in f:
                names.update(_listed(line.split()))
    except OSError as e:
        raise VoyError(f"{option}: {e.strerror}; give a file with one name a line, or the output "
                       "of nm") from e
    if not names:
        raise VoyError(f"{option}: there is no name in it; give a file with one name a line, or "
                       "the output of nm")
    return names


def _listed(words):
    """The name in a line of nm (any format), or of a plain list."""
    if not words or words[0].startswith("#"):
        return []
    if len(words) == 1:
        return words
    if re.fullmatch(r"[0-9a-fA-F]+", words[0]) and len(words) >= 3:
        return [words[2]] if words[1] not in "Uwv" else []
    if len(words[1]) == 1:
        return [words[0]] if words[1] not in "Uwv" else []
    return []


class Exports:
    """What a kernel is known to have, by a header set or by a list of symbols."""

    def __init__(self, header_set, symbols=None):
        self._set, self._symbols = header_set, symbols
        self._asked, self._known = set(), {}

    def find(self, names):
        """{name: how it is known}, of those that are."""
        if self._symbols is not None:
            return {n: LISTED for n in names if n in self._symbols}
        own = self._set.system.data.get("compiler", ())
        self._known.update({n: LISTED for n in own})
        new = set(names) - self._asked - set(own)
        if new:
            self._asked |= new
            for path in self._files():
                _look(path, new, self._known)
        return {n: self._known[n] for n in names if n in self._known}

    def _files(self):
        """Sources first, then headers, so that what is defined is known as such."""
        s = self._set
        if s.evidence == port_headers.TREE:
            arch = s.about["machine_arch"]
            tops = [s.root / d.format(machine_arch=arch) for d in
                    s.system.data["tree"]["exports"]]
            ends = (".c", ".S", ".s", ".m", ".h")
        else:
            tops, ends = [i for i in s.includes if i != s.gen], (".h",)
            tops += [p for p in s.gen.iterdir() if p.is_symlink() and p.is_dir()]
        found = [p for top in tops for p in _walk(top, ends)]
        found += _walk(s.overlay, (".h",))
        return sorted(dict.fromkeys(found), key=lambda p: p.endswith(".h"))


def _walk(top, ends):
    out = []
    for folder, inside, names in os.walk(top):
        inside.sort()
        out += [os.path.join(folder, n) for n in sorted(names) if n.endswith(ends)]
    return out


def _look(path, names, out):
    """Add to `out` those of the names that a file defines or declares."""
    try:
        with open(path, encoding="latin-1") as f:
            text = f.read()
    except OSError:
        return
    wanted = [n for n in names if out.get(n) != DEFINED and n in text]
    if wanted:
        text = COMMENT.sub("", text)
    for name in wanted:
        how = _how(path, text, name)
        if how:
            out[name] = how
    if path.endswith(".m"):
        for name in _methods(text) & set(names):
            out[name] = DEFINED
    for name in _queues(text) & set(names):
        out.setdefault(name, DECLARED)


def _methods(text):
    """The kobj descriptors that makeobjops.awk makes of an interface: <interface>_<method>_desc."""
    m = re.search(r"^INTERFACE\s+(\w+)", text, re.M)
    return {f"{m[1]}_{n}_desc" for n in re.findall(r"^(?:STATIC)?METHOD\s+[^{]*?(\w+)\s*\{", text,
                                                   re.M)} if m else set()


def _queues(text):
    """The system's own task queues, which TASKQUEUE_DECLARE(name) declares as taskqueue_name."""
    return {f"taskqueue_{n}" for n in re.findall(r"^TASKQUEUE_DECLARE\((\w+)\);", text, re.M)}


def _how(path, text, name):
    n = re.escape(name)
    if path.endswith((".S", ".s")):
        made = rf"^\s*\.globl\s+(?:_C_LABEL\()?{n}\b|^\s*\w*\(?\s*[A-Z_]+\(\s*_?{n}\s*[,)]|^{n}:"
        return DEFINED if re.search(made, text, re.M) else None
    if path.endswith(".h"):
        return DECLARED if _declared(text, n) else None
    function = rf"(?<!;)\n(?P<before>[^\n]*)\n\*?{n}\([^;{{]*\)[^;{{]*\{{"
    if any("static" not in m["before"].split() for m in re.finditer(function, "\n" + text)):
        return DEFINED
    if re.search(rf"^(?!static\b|extern\b|typedef\b)\w[^\n=;(]*\(\*{n}\)\(", text, re.M):
        return DEFINED      # a pointer to a function
    line = rf"^(?!static\b|extern\b|typedef\b|#|\s|/|\*|return\b)\w[^\n=;(]*[\s*]{n}\b" \
           rf"(?:\s*[=;\[]|\s*__attribute__\b|\([^;{{]*\)[^;{{]*\{{)"
    if re.search(line, text, re.M):
        return DEFINED
    made = rf"^\s*_*[A-Za-z_]*(?:alias|DEFINE|ALIAS|OP|NODE|DECL|INIT)\w*\(\s*{n}\s*[,)]"
    return DEFINED if re.search(made, text, re.M) else None


def _declared(text, n):
    """True when a header declares the name, and not as a macro or static function."""
    line = rf"^(?!static\b|return\b|typedef\b)[A-Za-z_][\w \t*]*[\s*]{n}\s*[(;\[]"
    if re.search(rf"^extern\b[^\n;(]*\(\*{n}\)\(|{line}", text, re.M):
        return True
    for m in re.finditer(rf"\b{n}\b\s*(\(|\[|;|,|__)", text):
        start = max(text.rfind(";", 0, m.start()), text.rfind("}", 0, m.start()),
                    text.rfind("{", 0, m.start()), text.rfind("*/", 0, m.start())) + 1
        before = re.sub(r"^[ \t]*#.*$", "", text[start:m.start()], flags=re.M)
        line = text[text.rfind("\n", 0, m.start()) + 1:m.start()]
        if line.lstrip().startswith("#"):
            continue
        if re.search(r"\b(static|return|if|while)\b|[=(&|+?:!-]", before.split("\n\n")[-1]):
            continue
        if re.search(r"[A-Za-z_]\w*[\s*)]+$", before):
            return True
    return False
