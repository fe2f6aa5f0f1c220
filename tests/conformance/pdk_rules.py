# SPDX-License-Identifier: BSD-2-Clause
"""The rules of shims/linux/rules.def, and the words of the contract they are quoted from.

    text = pdk_rules.load()["pdk_wait"]
    assert text in pdk_rules.contract()
    contexts, lock = pdk_rules.where()["pdk_wait"]      # {"WORKER"}, "HELD"
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALL = re.compile(r'^CALL\((\w+),[^"]*?((?:"(?:[^"\\]|\\.)*"\s*)+)\)', re.M)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def load():
    """{name: text} of every rule."""
    source = (ROOT / "shims/linux/rules.def").read_text()
    found = {name: "".join(STRING.findall(text)) for name, text in CALL.findall(source)}
    assert len(found) == len(re.findall(r"^CALL\(", source, re.M))
    return found


def where():
    """{call: (the contexts it may be called in, HELD, FREE or ANY)} of every call."""
    source = (ROOT / "shims/linux/rules.def").read_text()
    macros = dict(re.findall(r"^#define\s+(\w+)\s+\((.*)\)$", source, re.M))

    def contexts(expression):
        names = {name.strip() for name in expression.split("|")} - {"0"}
        return set().union(*(contexts(macros[n]) if n in macros else {n.removeprefix("C_")}
                             for n in names))

    return {name: (contexts(expression), lock) for name, expression, lock in
            re.findall(r"^CALL\((\w+), ([^,]+), (\w+),", source, re.M)
            if expression.strip() != "0"}


def contract():
    """The headers' comments as one line of words: no stars, one space between words."""
    text = "".join((ROOT / "shims/include" / name).read_text()
                   for name in ("pdk.h", "pdk80211.h", "pdknet.h"))
    text = re.sub(r"^\s*\*+/?|/\*+|\*/", " ", text, flags=re.M)
    return " ".join(text.split())
