# SPDX-License-Identifier: BSD-2-Clause
"""A C file as clang sees it: its abstract syntax tree, with lines and parents.

    for root in port_ast.load(sources, flags):
        for node in root.walk(): ...

clang tells a file and a line only where they differ from those of the location it told before, so
the whole tree is gone through in its order.
"""
import concurrent.futures
import json
import os
import subprocess

from . import port_build
from .errors import VoyError

TIMEOUT = 300
GROUP = 8           # files that one start of clang reads; a tree is some megabytes of text
DECODER = json.JSONDecoder()


class Node:
    """A node: kind, JSON `data`, children, parent, and where it begins (after macros)."""
    __slots__ = ("kind", "data", "children", "parent", "file", "line")

    def __init__(self, data, parent):
        self.data, self.parent = data, parent
        self.kind = data.get("kind", "")
        self.children = []
        self.file, self.line = None, 0

    def walk(self):
        """This node and all below it."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo += reversed(node.children)

    @property
    def type(self):
        """Its type as written."""
        return self.data.get("type", {}).get("qualType", "")

    @property
    def plain_type(self):
        """Its type without typedefs."""
        t = self.data.get("type", {})
        return t.get("desugaredQualType", t.get("qualType", ""))

    @property
    def name(self):
        """Of a declaration or a member."""
        return self.data.get("name", "")

    def callee(self):
        """Of a call: the function's name, or None."""
        node = self.children[0] if self.children else None
        while node and node.kind in ("ImplicitCastExpr", "ParenExpr"):
            node = node.children[0]
        return node.refers("FunctionDecl") if node else None

    def refers(self, kind):
        """The name that a DeclRefExpr refers to, when it is of that kind."""
        to = self.data.get("referencedDecl", {}) if self.kind == "DeclRefExpr" else {}
        return to.get("name") if to.get("kind") == kind else None


class _Places:
    """The running file and line."""

    def __init__(self):
        self.file, self.line = None, 0

    def see(self, location):
        """Take one location in; where it is."""
        if not isinstance(location, dict):
            return None
        if "spellingLoc" in location:
            self.see(location["spellingLoc"])
            return self.see(location["expansionLoc"])
        if "offset" not in location:
            return None
        self.file = location.get("file", self.file)
        self.line = location.get("line", self.line)
        return self.file, self.line


def _build(data, parent, places):
    node = Node(data, parent)
    at = places.see(data.get("loc"))
    span = data.get("range", {})
    begin = places.see(span.get("begin"))
    places.see(span.get("end"))
    node.file, node.line = begin or at or (None, 0)
    for child in data.get("inner", ()):
        if child:
            node.children.append(_build(child, node, places))
    return node


def _dump(argv, sources):
    """The root Nodes of a few files, read by one start of clang."""
    name = ", ".join(str(s) for s in sources)
    try:
        p = subprocess.run([*argv, *map(str, sources)], capture_output=True,
                           stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False,
                           env=dict(os.environ, LC_ALL="C"))
        text, at, out = p.stdout.decode(errors="replace").strip(), 0, []
        while at < len(text):
            data, at = DECODER.raw_decode(text, at)
            out.append(_build(data, None, _Places()))
            at += text[at:at + 1] == "\n"       # between two, or not
    except subprocess.TimeoutExpired as e:
        raise VoyError(f"clang: {name}: did not end within {TIMEOUT} s") from e
    except OSError as e:
        raise VoyError(f"clang: {e.strerror}; install Debian's clang") from e
    except ValueError as e:
        raise VoyError(f"clang: {name}: its -ast-dump=json cannot be read: {e}") from e
    if len(out) != len(sources):
        raise VoyError(f"clang: {name}: its -ast-dump=json tells of {len(out)} files")
    return out


def load(sources, flags):
    """The root Node of each file; errors are left to the compiler's own run of it."""
    flags = [*flags, "-w", "-Xclang", "-ast-dump=json"]
    argv = port_build.inner(flags, False)
    size = GROUP if argv else 1
    argv = argv or ["clang", *flags, port_build.SYNTAX]
    groups = [sources[at:at + size] for at in range(0, len(sources), size)]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return [root for roots in pool.map(lambda g: _dump(argv, g), groups) for root in roots]
