# SPDX-License-Identifier: BSD-2-Clause
"""`voy lab`: a command inside the QEMU guest."""
import lab.__main__

from . import build


def run(options):
    """Run it; its exit status."""
    build.ninja("gcc")
    return lab.__main__.main(options.arguments)
