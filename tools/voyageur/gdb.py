# SPDX-License-Identifier: BSD-2-Clause
"""How `voy run --gdb` starts gdb."""
import contextlib
import signal

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


def arguments(program, args, interactive, breaks=()):
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


@contextlib.contextmanager
def terminal():
    """While gdb has the terminal, Ctrl-C is its business."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)
