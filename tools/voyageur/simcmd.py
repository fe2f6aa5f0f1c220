# SPDX-License-Identifier: BSD-2-Clause
"""`voy sim`: a simulated card for anyone's vfio-user client."""
import os

from . import build, paths, procs


def run(options):
    """Become voy-sim."""
    build.ninja("build/gcc/bin/voy-sim")
    program = str(paths.program("voy-sim"))
    os.execve(program, [program, *options.arguments], procs.environment())
