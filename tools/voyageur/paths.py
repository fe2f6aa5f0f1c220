# SPDX-License-Identifier: BSD-2-Clause
"""Where things are in the source tree and under its build folder."""
import os
import pathlib

from .errors import VoyError

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
VARIANTS = ("gcc", "clang", "asan", "ubsan", "tsan")
# What `--sanitize NAME` means as a build variant.
SANITIZERS = {"address": "asan", "undefined": "ubsan", "thread": "tsan"}
# The one that is used where nobody asks for one; `voy test --sanitize` sets it for all it starts.
VARIANT = os.environ.get("VOY_VARIANT", "gcc")


def program(name, variant=VARIANT):
    """Path of a built program; raises VoyError when the build did not make it."""
    path = BUILD / variant / "bin" / name
    if not path.is_file():
        raise VoyError(f"{name}: the build has no such program ({path}); "
                       f"run `ninja {variant}` in {ROOT} and look at what it says")
    return path


def take_sanitizer(arguments):
    """What --sanitize names among arguments that are another program's, or None; the others."""
    for i, a in enumerate(arguments):
        option, equals, name = a.partition("=")
        if option != "--sanitize":
            continue
        name = name if equals else "".join(arguments[i + 1:i + 2])
        if name not in SANITIZERS:
            raise VoyError(f"--sanitize {name}: no such sanitizer; there are "
                           + ", ".join(SANITIZERS))
        return name, [*arguments[:i], *arguments[i + (1 if equals else 2):]]
    return None, list(arguments)
