# SPDX-License-Identifier: BSD-2-Clause
"""The command line of `voy`: which command it is, what it is given, and its exit status."""
import argparse
import errno
import json
import os
import sys

from . import cache
from .commands import COMMANDS, PASS_ON, PASSED_ON
from .errors import VoyError

# Statuses: 0 as wished, 1 not, 2 wrong usage.
USAGE = 2
# What a write to stdout may fail with: the reader is gone, the disk is full, the terminal is gone.
LOST = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class _Parser(argparse.ArgumentParser):
    """argparse, but wrong usage of a --json command is told in JSON as well."""

    json_wanted = False

    def error(self, message):
        if _Parser.json_wanted:
            print(json.dumps({"event": "result", "t": 0.0, "ok": False, "reached": None,
                              "seconds": 0.0, "error": message}), flush=True)
        super().error(message)


def _parser():
    p = _Parser(prog="voy", description="Run, debug and test a PCI driver as a Linux process.",
                formatter_class=argparse.RawDescriptionHelpFormatter,
                epilog="voy COMMAND --help tells more, with examples.")
    sub = p.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, about, arguments, function, examples in COMMANDS:
        c = sub.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".",
                           formatter_class=argparse.RawDescriptionHelpFormatter,
                           epilog=f"examples:\n{examples}")
        if arguments:
            arguments(c)
        else:
            c.usage = f"voy {name} [-h] [ARGUMENT ...]"
            c.description += "\n" + PASSED_ON.get(name, "").rstrip()
            c.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
        c.set_defaults(function=function)
    return p


def _split(argv):
    """The arguments before and after the first `--`."""
    if "--" in argv:
        at = argv.index("--")
        return argv[:at], argv[at + 1:]
    return argv, []


def parse(argv):
    """The options; ends the program on wrong usage."""
    parser = _parser()
    if not argv:
        parser.print_help()
        sys.exit(USAGE)
    if argv[0] == "lab" and argv[1:2] in (["-h"], ["--help"]):
        import lab.__main__     # which has options of its own
        lab.__main__.parse(argv[1:2])
    if argv[0] in PASS_ON and argv[1:2] not in (["-h"], ["--help"]):
        options = parser.parse_args(argv[:1])
        options.arguments = argv[1:]
        return options
    before, after = _split(argv)
    _Parser.json_wanted = "--json" in before and before[:1] == ["run"]
    options = parser.parse_args(before)
    if after and options.command != "run":
        parser.error(f"{options.command}: takes no -- COMMAND")
    options.command = after
    return options


def _open_streams():
    """Give a closed stdin, stdout or stderr /dev/null, before a file of ours takes its number."""
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)      # the lowest free number, which is this one
            os.set_inheritable(number, True)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)


def _lost_output(error):
    """stdout cannot be written: say why, unless whoever read it has gone."""
    if not isinstance(error, BrokenPipeError):
        print(f"voy: standard output: {error.strerror}", file=sys.stderr)
    # What is still buffered would be tried, and complained of, once more at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1


def _run_command(argv):
    try:
        options = parse(argv)
        return options.function(options)
    except (VoyError, cache.CacheError) as e:
        print(f"voy: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        sys.stdout.flush()


def main(argv):
    """Run the command; its exit status."""
    _open_streams()
    try:
        return _run_command(argv)
    except OSError as e:
        if e.filename is not None or e.errno not in LOST:
            raise
        return _lost_output(e)
