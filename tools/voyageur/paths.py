# SPDX-License-Identifier: BSD-2-Clause
"""Where things are in the source tree and under its build folder."""
import pathlib

from .errors import VoyError

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
VARIANTS = ("gcc", "clang", "asan", "tsan")
# What `--sanitize NAME` means as a build variant.
SANITIZERS = {"address": "asan", "thread": "tsan"}


def program(name, variant="gcc"):
    """Path of a built program; raises VoyError when the build did not make it."""
    path = BUILD / variant / "bin" / name
    if not path.is_file():
        raise VoyError(f"{name}: the build has no such program ({path}); "
                       f"run `ninja {variant}` in {ROOT} and look at what it says")
    return path
