# SPDX-License-Identifier: BSD-2-Clause
"""Which drivers there are, and what a run of each needs.

A driver's folder holds voy.json:

    {"name": "edu",                     the program is run-NAME (default: the folder's name)
     "model": "edu",                    the simulated card that --on sim starts
     "lab": "edu",                      a device of QEMU for --on lab; without it: the model
     "firmware": ["NAME.ucode"],        files it loads
     "ids": ["8086:08b1"],              the cards it drives, for `voy list`
     "radio": false,                    true: it moves 802.11 frames (--pcap, an IP path)
     "ethernet": false,                 true: it moves Ethernet frames (an IP path)
     "headers": ["../conform"],         folders of other drivers whose headers it opens, too
     "sources": ["foo*.c"]}             its C files, when not all in the folder are (voy port)

A driver of several cards says for each of them, by the name of its model, what it loads and which
ids it has; "model" is the one that --on sim starts when nobody names another (--model):

     "model": "i7260",
     "cards": {"i7260": {"firmware": ["NAME.ucode"], "ids": ["8086:08b1"]}, "i3160": {...}}

For a program of somebody else's (a path ending in run-NAME, linked with libvoyageur.a) the file
is looked for beside the program; without one, `voy run PROGRAM` wants --model or --on.
"""
import dataclasses
import json
import os
import pathlib

from . import paths
from .errors import VoyError


@dataclasses.dataclass
class Card:
    """A card that a driver drives."""
    firmware: tuple = ()
    ids: tuple = ()


@dataclasses.dataclass
class Driver:
    """What `voy run` knows of one driver; `program` is None until the build has made it.

    `cards`: by model, or the only one under None.
    """
    name: str
    model: str = None
    lab: str = None
    cards: dict = dataclasses.field(default_factory=dict)
    radio: bool = False
    ethernet: bool = False
    sources: tuple = ()
    headers: tuple = ()
    path: pathlib.Path = None       # somebody else's program

    @property
    def network(self):
        """It moves frames of a host."""
        return self.radio or self.ethernet

    @property
    def ids(self):
        """Of all its cards."""
        return tuple(i for card in self.cards.values() for i in card.ids)

    @property
    def firmware(self):
        """Of all its cards."""
        return tuple(f for card in self.cards.values() for f in card.firmware)

    def choose(self, model):
        """Another simulated card; raises VoyError if the driver has no such one."""
        if self.cards and None not in self.cards and model not in self.cards:
            raise VoyError(f"--model {model}: {self.name} drives no such card; there are: "
                           + ", ".join(self.cards))
        self.model = model

    def firmware_of(self, ids=None):
        """What the simulated card, or a real one with these ids ("8086:08b1"), wants loaded."""
        for model, card in self.cards.items():
            if ids in card.ids if ids else model in (None, self.model):
                return card.firmware
        return self.firmware

    def program(self, variant=paths.VARIANT):
        """The program to run."""
        return self.path or paths.program(f"run-{self.name}", variant)


# What a program built with a sanitizer has in it, and how it comes to it.
_BUILT_WITH = {"address": (b"__asan_init", "-fsanitize=address,undefined"),
               "undefined": (b"__ubsan_handle_", "-fsanitize=undefined"),
               "thread": (b"__tsan_init", "-fsanitize=thread")}


def check_sanitizer(path, sanitizer):
    """Raise VoyError for somebody else's program that is not built with it."""
    mark, flags = _BUILT_WITH[sanitizer]
    try:
        built = mark in path.read_bytes()
    except OSError as e:
        raise VoyError(f"{path}: {e.strerror}") from e
    if not built:
        variant = paths.SANITIZERS[sanitizer]
        raise VoyError(f"--sanitize {sanitizer}: {path} is not built with it; compile it with "
                       f"{flags}, and link it with build/{variant}/lib/libvoyageur.a "
                       f"(ninja {variant})")


def _only(given, *keys):
    unknown = set(given) - set(keys)
    if unknown:
        raise ValueError(f"unknown key {sorted(unknown)[0]}")


def _card(given):
    _only(given, "firmware", "ids")
    return Card(tuple(given.get("firmware", ())), tuple(given.get("ids", ())))


def _load(name, file, **more):
    try:
        with open(file, encoding="utf-8") as f:
            d = json.load(f)
        _only(d, "name", "model", "lab", "firmware", "ids", "cards", "radio", "ethernet",
              "sources", "headers")
        if "cards" in d and ("firmware" in d or "ids" in d or d.get("model") not in d["cards"]):
            raise ValueError('with "cards", "model" is one of them, and "firmware" and "ids" are '
                             "in each")
        cards = {model: _card(c) for model, c in d["cards"].items()} if "cards" in d else {
            None: Card(tuple(d.get("firmware", ())), tuple(d.get("ids", ())))}
        return Driver(name, d.get("model"), d.get("lab"), cards, bool(d.get("radio")),
                      bool(d.get("ethernet")), tuple(d.get("sources", ())),
                      tuple(d.get("headers", ())), **more)
    except (OSError, ValueError, AttributeError, TypeError) as e:
        raise VoyError(f"{file}: {e}; see tools/voyageur/drivers.py for what it may hold") from e


def known():
    """The drivers of this tree by name, those for users first; values are their voy.json."""
    files = sorted(paths.ROOT.glob("drivers/*/voy.json"))
    files += sorted(paths.ROOT.glob("tests/*/voy.json"))
    return {_name(f): f for f in files}


def _name(file):
    try:
        with open(file, encoding="utf-8") as f:
            return json.load(f).get("name", file.parent.name)
    except (OSError, ValueError, AttributeError):
        return file.parent.name     # _load() will say what is wrong with it


def load(file):
    """The Driver of a voy.json anywhere; raises VoyError."""
    return _load(_name(file), file)


def find(name):
    """The Driver called `name`, or for the program at path `name`; raises VoyError."""
    if os.path.sep in name:
        path = pathlib.Path(name).absolute()
        if not os.access(path, os.X_OK) or not path.is_file():
            raise VoyError(f"{name}: not a program; give the path of a driver linked with "
                           "libvoyageur.a, or one of: " + ", ".join(known()))
        short = path.name.removeprefix("run-")
        beside = path.parent / "voy.json"
        if beside.is_file():
            return _load(short, beside, path=path)
        return Driver(short, path=path)
    files = known()
    if name not in files:
        raise VoyError(f"{name}: no such driver; there are: {', '.join(files)} "
                       "(or give the path of a program linked with libvoyageur.a)")
    return _load(name, files[name])
