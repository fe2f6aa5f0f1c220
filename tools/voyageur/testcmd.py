# SPDX-License-Identifier: BSD-2-Clause
"""`voy test`: build what the tests want, then pytest under Debian's Python with our plugin."""
import contextlib
import os
import signal
import subprocess
import sys

from . import build, paths, procs
from .errors import VoyError

PYTEST = [sys.executable, "-P", "-m", "pytest", "--rootdir", str(paths.ROOT),
          "-c", str(paths.ROOT / "pytest.ini"), "-p", "voyageur.pytest_voyageur"]
TESTS = str(paths.ROOT / "tests")
WORKERS = 8
PER_PROCESSOR = 4   # most tests wait most of their time, for time-outs and the air's beacons


def _environment():
    env = procs.environment({"PYTHONPATH": os.pathsep.join(
        filter(None, (str(paths.ROOT / "tools"), os.environ.get("PYTHONPATH"))))})
    env.pop("PYTHONDONTWRITEBYTECODE", None)    # as in __main__.py
    return env


@contextlib.contextmanager
def _compiled(env):
    """Beside the first build the tests are compiled; else each worker would do it, all at once."""
    if os.path.isdir(os.path.join(TESTS, "__pycache__")):
        yield
        return
    p = procs.start([*PYTEST, "--collect-only", "-q", TESTS], env=env, stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        p.wait()        # what is wrong with a test, the run itself says
    finally:
        p.kill()
        p.wait()


def run(options):
    """Run pytest; its exit status."""
    env = _environment()
    sanitizer, arguments = paths.take_sanitizer(options.arguments)
    variants = paths.VARIANTS
    if sanitizer:
        env["VOY_VARIANT"] = paths.SANITIZERS[sanitizer]
        variants = ("gcc", env["VOY_VARIANT"])
    with _compiled(env):
        build.ninja(*variants)
    argv = [*PYTEST, "-rs", *_parallel(arguments), *arguments]
    if not _names_tests(arguments):
        argv.append(TESTS)
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


def _given(arguments, *names):
    """The value of an option in pytest's arguments ("" if it has none), or None."""
    for i, a in enumerate(arguments):
        name, equals, value = a.partition("=")
        if name in names:
            return value if equals else (arguments[i + 1:i + 2] or [""])[0]
        short = next((n for n in names if len(n) == 2 and a.startswith(n)), None)
        if short:
            return a[2:]
    return None


def _parallel(arguments):
    """pytest-xdist's options: a file of tests per worker, more workers than processors.

    As many workers as the user says; none where there is one card, or one terminal.
    """
    own = ("-p", "--pdb", "--collect-only", "--co")
    if any(a.split("=")[0] in own for a in arguments) or \
            _given(arguments, "--on") not in (None, "sim", "lab"):
        return []
    workers = _given(arguments, "-n", "--numprocesses")
    if workers is None:
        workers = str(min(len(os.sched_getaffinity(0)) * PER_PROCESSOR, WORKERS))
        options = ["-n", workers]
    else:
        options = []
    if workers != "0" and _given(arguments, "--dist") is None:
        options += ["--dist", "loadfile"]
    return options


def _child(parent):
    procs.die_with(parent)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _names_tests(arguments):
    """True when the user's arguments name files or folders of tests."""
    return any(os.path.exists(a.split("::")[0]) for a in arguments if not a.startswith("-"))
