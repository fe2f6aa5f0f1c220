# SPDX-License-Identifier: BSD-2-Clause
"""How `voy run --gdb` starts gdb."""
import contextlib
import signal
import sys

from . import procs

SETTINGS = (
    "set confirm off",
    "set pagination off",
    "set print pretty on",
    "set debuginfod enabled off",
    "set breakpoint pending on",
    # A crash, or a forbidden system call, stops here before the harness's own handler prints and
    # resets the device.
    "handle SIGSEGV SIGBUS SIGFPE SIGILL SIGABRT SIGSYS stop print pass",
    "handle SIGPIPE SIGTERM SIGUSR1 SIGUSR2 nostop noprint pass",
    # A broken rule of the pdk stops with the driver's stack still standing.
    "break hyp_violation",
)
GDB = "/usr/bin/gdb"


def _arguments(program, args, interactive, breaks=()):
    """gdb's command line; without a terminal it runs, prints all stacks at a stop, and ends."""
    argv = [GDB, "-q"]
    for line in (*SETTINGS, *(f"break {function}" for function in breaks)):
        argv += ["-ex", line]
    if interactive:
        argv += ["-ex", "echo Set breakpoints in the driver, then type: run\\n"
                 "Ctrl-C stops it; `signal SIGTERM` then ends it in order.\\n"]
    else:
        argv += ["-batch", "-return-child-result", "-ex", "run",
                 "-ex", "python gdb.selected_inferior().pid and "
                 "gdb.execute('thread apply all bt')"]
    return [*argv, "--args", str(program), *map(str, args)]


def run(program, args, env, breaks=()):
    """The program under gdb, on this terminal, to gdb's end; its exit status."""
    argv = _arguments(program, args, sys.stdin.isatty(), breaks)
    sys.stdout.flush()
    env = procs.environment(env)
    env["ASAN_OPTIONS"] += ":detect_leaks=0"    # which wants to be the debugger itself
    with _terminal(), procs.start(argv, env=env) as p:
        try:
            return p.wait()
        except KeyboardInterrupt:
            p.kill()            # the driver goes with its debugger
            raise


@contextlib.contextmanager
def _terminal():
    """While gdb has the terminal, Ctrl-C is its business."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
