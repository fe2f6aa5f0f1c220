# SPDX-License-Identifier: BSD-2-Clause
"""`voy test`: build what the tests want, then pytest under Debian's Python with our plugin."""
import os
import signal
import subprocess
import sys

from . import build, paths, procs
from .errors import VoyError

VARIANTS = ("gcc", "clang", "asan", "tsan")
WORKERS = 8
WAITING = 2         # workers beyond the processors: many tests wait for time-outs of a program's own


def run(options):
    """Run pytest; its exit status."""
    build.ninja(*VARIANTS)
    argv = [sys.executable, "-P", "-m", "pytest", "--rootdir", str(paths.ROOT),
            "-c", str(paths.ROOT / "pytest.ini"), "-p", "voyageur.pytest_voyageur",
            "-rs", *_parallel(options.arguments), *options.arguments]
    if not _names_tests(options.arguments):
        argv.append(str(paths.ROOT / "tests"))
    env = procs.environment({"PYTHONPATH": os.pathsep.join(
        filter(None, (str(paths.ROOT / "tools"), os.environ.get("PYTHONPATH"))))})
    parent = os.getpid()
    try:
        # Ctrl-C reaches pytest by the terminal; what it leaves is for it to tell.
        old = signal.signal(signal.SIGINT, signal.SIG_IGN)
        p = subprocess.Popen(argv, env=env, preexec_fn=lambda: _child(parent))
        status = p.wait()
        signal.signal(signal.SIGINT, old)
    except OSError as e:
        raise VoyError(f"pytest: {e.strerror}") from e
    return status if status >= 0 else 128 - status


def _parallel(arguments):
    """pytest-xdist's options: a file of tests per worker, somewhat more workers than processors."""
    own = ("-n", "--numprocesses", "-p", "--pdb", "--dist", "--on", "--collect-only", "--co")
    if any(a.split("=")[0] in own or a.startswith("-n") for a in arguments):
        return []
    return ["-n", str(min(len(os.sched_getaffinity(0)) + WAITING, WORKERS)), "--dist", "loadfile"]


def _child(parent):
    procs.die_with(parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _names_tests(arguments):
    """True when the user's arguments name files or folders of tests."""
    return any(os.path.exists(a.split("::")[0]) for a in arguments if not a.startswith("-"))
