# SPDX-License-Identifier: BSD-2-Clause
"""The command line of `voy`: subcommands, their options, their help."""
import argparse
import errno
import json
import os
import sys

from . import cache, paths
from .errors import VoyError

# Statuses: 0 as wished, 1 not, 2 wrong usage.
USAGE = 2
# What a write to stdout may fail with: the reader is gone, the disk is full, the terminal is gone.
LOST = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _run_arguments(p):
    p.add_argument("driver", metavar="DRIVER",
                   help="a driver's name, or the path of a program linked with libvoyageur.a")
    p.add_argument("--on", default="sim", metavar="TARGET",
                   help="sim (default), lab, a PCI address, unix:PATH, or replay:FILE")
    p.add_argument("--until", metavar="STATE", help="end, orderly, when the driver is that far "
                   "(default: the last state it declares)")
    p.add_argument("--timeout", type=_seconds, metavar="S",
                   help="give up after S seconds (default: 60)")
    p.add_argument("--hang-limit", type=_limit, metavar="S", help="the driver hangs when a call of "
                   "its has used S seconds of the processor and of delays and has not come back "
                   "(default: 10; 0: never)")
    p.add_argument("--json", action="store_true", help="one event per line, the last a result")
    p.add_argument("--gdb", action="store_true", help="run the driver under gdb")
    _valgrind_argument(p)
    p.add_argument("--trace", metavar="FILE",
                   help="write every register access, DMA object, interrupt, task, timer and "
                   "802.11 state to FILE, for ui.perfetto.dev and voy trace")
    p.add_argument("--record", metavar="FILE", help="write all that the device gives to FILE, for "
                   "--on replay:FILE (holds the network's passphrase)")
    p.add_argument("--ssid", metavar="NAME", help="the wifi network to join (on a simulated card "
                   "the default is the first one on its air)")
    p.add_argument("--psk", metavar="PASSPHRASE", help="its passphrase")
    p.add_argument("--psk-file", metavar="FILE", help="the passphrase is in FILE")
    p.add_argument("--open", action="store_true", help="it has no passphrase")
    p.add_argument("--bssid", metavar="ADDRESS", help="only by this access point")
    p.add_argument("--air", metavar="FILE", help="the simulated air and its access points, as "
                   "for voy sim air --config")
    p.add_argument("--ifname", metavar="NAME", help="as root: the network interface is among "
                   "this machine's own, by this name")
    p.add_argument("--pcap", metavar="FILE", help="write the 802.11 frames to FILE")
    p.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE",
                   type=_setting, help="a setting of the simulated card (voy sim --list)")
    p.add_argument("--model", metavar="MODEL", help="the simulated card to use")
    p.add_argument("--cycles", type=_count, metavar="N", help="attach and detach N times")
    p.add_argument("--suspend", type=_count, metavar="N", help="suspend and resume the device N "
                   "times; the state is reached again after each")
    p.add_argument("--stay", action="store_true", help="stay up until Ctrl-C")
    p.add_argument("--dma", choices=("fast", "strict", "check"),
                   help="strict: map memory for the device only while it owns it; check: "
                        "shadow memory shows each sync that is missing or wrong, and whatever "
                        "the device does where it may not")
    p.add_argument("--control", metavar="PATH", help="where to put the control socket")
    _sanitize_argument(p)
    _contain_arguments(p)
    p.add_argument("--hcmds", action="store_true",
                   help="at the end, the simulated card's host commands as a table")
    p.add_argument("--scan-table", action="store_true",
                   help="at the end, the networks that its scans heard as a table")


def _sanitize_argument(p):
    p.add_argument("--sanitize", choices=tuple(paths.SANITIZERS), help="use the build with this "
                   "sanitizer: address (which looks for leaks and undefined behaviour, too), "
                   "undefined, thread; what it finds fails the run")


def _valgrind_argument(p):
    p.add_argument("--valgrind", action="store_true", help="run the driver under valgrind's "
                   "Memcheck; what it finds fails the run, all time limits are ten times as long")


def _contain_arguments(p):
    p.add_argument("--memory", type=_count, metavar="MIB",
                   help="memory that the driver may have (default: 512); more ends the run")
    p.add_argument("--no-contain", dest="contain", action="store_false",
                   help="let the driver's process do what you may: open files, start programs, "
                   "connect; without the option such a system call ends the run with a report")


def _seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError(f"{text}: not a number of seconds above 0")
    return value


def _limit(text):
    return 0.0 if text == "0" else _seconds(text)


def _duration(text):
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("s", "m", "h") else (text, "s")
    try:
        value = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        value = -1.0
    if not 1 <= value <= 30 * 86400:
        raise argparse.ArgumentTypeError(f"{text}: not a time of a second or more, as 90s, 20m, 1h")
    return value


def _count(text):
    if not text.isdigit() or not 0 < int(text) < 10 ** 6:
        raise argparse.ArgumentTypeError(f"{text}: not a count above 0")
    return int(text)


def _labels(text):
    labels = text.split(",")
    from . import faultpoints
    for label in labels:
        exact = faultpoints.EXACT.fullmatch(label)
        if not label.removesuffix("+").isdigit() and not (
                exact and exact["call"] in faultpoints.CALLS):
            raise argparse.ArgumentTypeError(f"{label}: not a point's number, or one with a +")
    return labels


def _calls(text):
    from . import faultpoints
    calls = text.split(",")
    for call in calls:
        if call not in faultpoints.CALLS:
            raise argparse.ArgumentTypeError(f"{call}: no such call; there are "
                                             + ", ".join(faultpoints.CALLS))
    return calls


def _setting(text):
    if not text.partition("=")[0] or "=" not in text:
        raise argparse.ArgumentTypeError(f"{text}: not of the form KEY=VALUE")
    return text


def _run(o):
    from . import events, run, tables
    emit = events.JsonPrinter() if o.json else events.HumanPrinter()
    shown = tables.Tables(emit, o.hcmds, o.scan_table)
    result = run.run(o, shown)
    shown.show(sys.stderr if o.json else sys.stdout)
    if result["ok"]:
        return 0
    return result.get("command_status") if (result.get("command_status") or 0) > 0 else 1


def _list(o):
    from . import pci
    return pci.list_devices(o)


def _bind(o):
    from . import pci
    return pci.bind(o)


def _unbind(o):
    from . import pci
    return pci.unbind(o)


def _doctor(o):
    from . import pci
    return pci.run_doctor(o)


def _test(o):
    from . import testcmd
    return testcmd.run(o)


def _sim(o):
    from . import simcmd
    return simcmd.run(o)


def _lab(o):
    from . import labcmd
    return labcmd.run(o)


def _trace(o):
    from . import tracecmd
    return tracecmd.run(o)


def _fuzz(o):
    from . import fuzzcmd
    return fuzzcmd.run(o)


def _wifi(o):
    from . import wificmd
    return wificmd.run(o)


def _faults(o):
    from . import faults
    return faults.run(o)


def _port(o):
    from . import port
    return port.run(o)


def _bench(o):
    from . import bench
    return bench.run(o)


def _json_argument(p):
    p.add_argument("--json", action="store_true", help="JSON on stdout")


def _list_arguments(p):
    _json_argument(p)
    p.add_argument("--verbose", action="store_true", help="BARs and capabilities, too")


def _bind_arguments(p):
    p.add_argument("bdf", metavar="BDF", help="the card's PCI address, for example 0000:03:00.0")
    p.add_argument("--force", action="store_true", help="also when something uses the card")


def _unbind_arguments(p):
    p.add_argument("bdf", metavar="BDF", help="the card's PCI address, for example 0000:03:00.0")


def _doctor_arguments(p):
    _json_argument(p)
    p.add_argument("bdf", nargs="*", metavar="BDF",
                   help="cards to look at; the exit status is then about them")


def _trace_arguments(p):
    _json_argument(p)
    p.add_argument("file", metavar="FILE", help="what voy run --trace FILE has written")
    p.add_argument("--grep", metavar="REGEX", help="only lines in which this is found")


def _fuzz_arguments(p):
    _json_argument(p)
    p.add_argument("targets", metavar="TARGET", nargs="*", help="one of --list, or more")
    p.add_argument("--list", action="store_true", help="what there is to fuzz")
    p.add_argument("--for", type=_duration, default=60.0, dest="seconds", metavar="TIME",
                   help="how long, each: 90, 90s, 20m, 1h (default: 60 s)")
    p.add_argument("--runs", type=_count, metavar="N", help="end after N inputs, too, those that "
                   "there are already counted")
    p.add_argument("--corpus", metavar="DIR", help="keep the inputs that got somewhere in "
                   "DIR/TARGET (default: in the cache)")
    p.add_argument("--engine", choices=("libfuzzer", "afl"), default="libfuzzer",
                   help="afl: AFL++, of Debian's package afl++ (default: libfuzzer)")


def _wifi_arguments(p):
    _json_argument(p)
    p.add_argument("do", metavar="WHAT", choices=("scan", "bss", "join", "leave", "status",
                                                  "signal", "stats", "powersave"),
                   help="scan, bss (what was heard lately), join, leave, status, signal, stats "
                        "or powersave")
    p.add_argument("--off", action="store_true", help="powersave: stay awake (as at first)")
    p.add_argument("--control", metavar="PATH", help="the run's control socket (default: the one "
                   "of the command's own run, or of the only one there is)")
    p.add_argument("--ssid", metavar="NAME", help="scan: ask for this network; join: the network")
    p.add_argument("--psk", metavar="PASSPHRASE", help="join: its passphrase")
    p.add_argument("--psk-file", metavar="FILE", help="join: the passphrase is in FILE")
    p.add_argument("--bssid", metavar="ADDRESS", help="join: only by this access point")
    p.add_argument("--timeout", type=_seconds, default=30.0, metavar="S",
                   help="scan, join: give up after S seconds (default: 30)")


def _faults_arguments(p):
    p.add_argument("driver", metavar="DRIVER",
                   help="a driver's name, or the path of a program linked with libvoyageur.a")
    p.add_argument("--on", default="sim", metavar="TARGET",
                   help="sim (default), lab, a PCI address, or unix:PATH")
    p.add_argument("--until", metavar="STATE", help="the way to this state (default: the last "
                   "state it declares)")
    p.add_argument("--point", type=_labels, action="extend", metavar="N", help="only point N "
                   "failing once, or, as N+, for good (again, or with commas, for more); or "
                   "CALL@PLACE:N, as a failed sweep prints it")
    p.add_argument("--only", type=_calls, action="extend", default=[], metavar="CALL",
                   help="only points of this call, as the table names them")
    p.add_argument("--all", action="store_true", help="each call at each place, thousands")
    p.add_argument("--sample", type=_count, metavar="N", help="only N of the runs, spread evenly "
                   "over all")
    p.add_argument("--list", action="store_true", help="only show the points")
    p.add_argument("--jobs", type=_count, metavar="N", help="runs at a time (default: as many as "
                   "there are processors)")
    p.add_argument("--gdb", action="store_true", help="with one --point: under gdb, which stops "
                   "where the fault strikes")
    p.add_argument("--timeout", type=_seconds, metavar="S",
                   help="give a run up after S seconds of its time (default: 60)")
    _sanitize_argument(p)
    _valgrind_argument(p)
    p.add_argument("--ssid", metavar="NAME", help="the wifi network to join")
    p.add_argument("--air", metavar="FILE", help="the simulated air and its access points")
    p.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE",
                   type=_setting, help="a setting of the simulated card")
    p.add_argument("--model", metavar="MODEL", help="the simulated card to use")
    p.add_argument("--cycles", type=_count, metavar="N", help="attach and detach N times")
    p.add_argument("--suspend", type=_count, metavar="N", help="suspend and resume N times")
    p.add_argument("--dma", choices=("fast", "strict"),
                   help="strict: map memory for the device only while it owns it")
    _contain_arguments(p)
    _json_argument(p)


def _port_arguments(p):
    _json_argument(p)
    p.add_argument("driver", metavar="DRIVER", help="a driver's name, or the path of its folder")
    p.add_argument("--os", action="append", metavar="NAME",
                   choices=("netbsd", "openbsd", "freebsd", "dragonfly"),
                   help="only this system (again for more): netbsd, openbsd, freebsd, dragonfly")
    p.add_argument("--src", action="append", metavar="NAME=DIR",
                   help="a system's source tree, /usr/src or its sys (again for more)")
    p.add_argument("--symbols", action="append", metavar="NAME=FILE", help="what that system's "
                   "kernel exports, instead of what its sources show: nm's output, or a name "
                   "a line")
    p.add_argument("--machine", action="append", metavar="NAME", help="only this one (again for "
                   "more), for the systems' rows: amd64, macppc... (default: all)")
    p.add_argument("--compiler", action="append", choices=("gcc", "clang"), metavar="NAME",
                   help="only this one, for the systems' rows: gcc, clang (default: both)")
    p.add_argument("--no-fetch", dest="fetch", action="store_false", help="do not download the "
                   "headers that NetBSD, OpenBSD and FreeBSD install (PyPI's ziglang, three times "
                   "90 MB) if they are not here")
    p.add_argument("--out", metavar="DIR", help="where objects and generated headers go "
                   "(default: build/port)")


def _bench_arguments(p):
    _json_argument(p)
    p.add_argument("--runs", type=_count, default=5, metavar="N",
                   help="executions of each row (default and least: 5)")
    p.add_argument("--no-lab", dest="lab", action="store_false",
                   help="without the rows that need the lab guest")
    p.add_argument("rows", nargs="*", metavar="ROW", help="only sources with this in their name")


# name, what it does, its options, the function, examples
COMMANDS = (
    ("run", "run a driver on a simulated card, in the lab guest, or on a real card",
     _run_arguments, _run, """\
  voy run iwm                       the Intel 7260 driver on a simulated card
  voy run iwm --on lab              the same through the real VFIO of a guest kernel
  voy run iwm --on 0000:03:00.0     the same on the card in this machine (see voy bind)
  voy run edu --until attached --json
  voy run iwm --record iwm.rec --until associated
  voy run iwm --on replay:iwm.rec   the same again, without a device
  voy run edu --gdb                 in the debugger, stopped before it starts
  voy run edu --set fault=NAME      with a setting of the simulated card
  voy run iwm --hcmds               and a table of what the driver told the firmware
  voy run iwm -- ping -c 3 10.0.2.2    a command whose only network is the card
  voy run iwm --on lab -- ping -c 3 10.0.2.2
  voy run iwm --on 0000:03:00.0 --ssid home --psk-file secret -- sh
  voy run edu --stay -- sh          a shell while the driver is up"""),
    ("list", "the PCI devices of this machine", _list_arguments, _list, """\
  voy list
  voy list --json"""),
    ("bind", "give a card to vfio-pci, remembering its driver", _bind_arguments, _bind, """\
  voy bind 0000:03:00.0"""),
    ("unbind", "give a card back to the driver it had", _unbind_arguments, _unbind, """\
  voy unbind 0000:03:00.0"""),
    ("doctor", "what is missing here, and how to mend it", _doctor_arguments, _doctor, """\
  voy doctor
  voy doctor 0000:03:00.0           is this card ready?"""),
    ("test", "everything that can run here; skips say why", None, _test, """\
  voy test
  voy test -k edu                   any arguments of pytest
  voy test --on lab tests/test_targets.py    the same tests in the lab guest
  voy test --sanitize thread tests/sta       the same tests with programs that look for races"""),
    ("sim", "a simulated card for any vfio-user client; the air, access points", None, _sim, """\
  voy sim --list
  voy sim i7260 --socket /tmp/card
  voy sim air --config world.json --socket /tmp/air --pcap air.pcapng
  voy sim air --config world.json --card /tmp/card --view --hcmds
  voy sim i7260 --socket /tmp/card --scan-table
  voy sim ap --air /tmp/air --ssid home --channel 6 --psk 'correct horse'
  voy run iwm --on unix:/tmp/card"""),
    ("lab", "a command inside the QEMU guest", None, _lab, ""),
    ("trace", "what a driver did, line by line", _trace_arguments, _trace, """\
  voy run iwm --trace iwm.json      also opens in ui.perfetto.dev
  voy trace iwm.json
  voy trace iwm.json --grep CSR_INT
  voy trace iwm.json --grep '^.{13}worker' --json"""),
    ("fuzz", "inputs that nobody thought of, against what takes input",
     _fuzz_arguments, _fuzz, """\
  voy fuzz --list
  voy fuzz sta --for 1h             what gets somewhere is kept, and where it goes on next time
  voy fuzz air ap --for 20m --json
  voy fuzz server --engine afl      by AFL++"""),
    ("wifi", "scan, join, status of a wifi driver that is up", _wifi_arguments, _wifi, """\
  voy wifi scan
  voy wifi status --json
  voy wifi join --ssid home --psk-file secret
  voy run iwm -- voy wifi stats     the run is its own"""),
    ("faults", "a driver's way to a state, with each thing on it failing in turn",
     _faults_arguments, _faults, """\
  voy faults edu
  voy faults iwm --until associated     in fast time: a time-out costs nothing
  voy faults iwm --until alive --list   what may fail, and where
  voy faults iwm --until associated --point 17+ --gdb
  voy faults iwm --only pdk_dma_alloc,pdk_map_create --sanitize address

The way is run twice to count the places where the host may fail; then once for each of them
failing once, and once for good from there on.  Each run must end in an error that is told, or
recover: without a broken rule, crash, hang or leak, and its fault must have come."""),
    ("port", "does a driver build in the kernels of the BSDs, and what stands in the way",
     _port_arguments, _port, """\
  voy port iwm                      against the header sets that are here
  voy port iwm --no-fetch           with what headers there are on this machine
  voy port iwm --os netbsd --src netbsd=/usr/src
  voy port ./mydriver --src openbsd=/usr/src/sys --json
  voy port edu --os freebsd --src freebsd=/usr/src --symbols freebsd=kernel.nm

Each row says on what evidence it stands: the driver alone against the pdk's contract; a kernel's
source tree; the headers that a system installs, with prototypes of the project's own (overlay)
for what is not among them.  "Builds" proves names, types and linking, not behaviour."""),
    ("bench", "the figures, as ratios against named peers", _bench_arguments, _bench, """\
  voy bench
  voy bench --json --runs 9
  voy bench pdk                     only the sources with this in their name"""),
)
# These hand all their arguments on to another program.
PASS_ON = {c[0] for c in COMMANDS if c[2] is None}
# What --help tells of their arguments.
PASSED_ON = {
    "test": """
arguments: those of pytest, files and folders of tests among them, and
  --on TARGET           where drivers are run: sim (default), lab, a PCI address, unix:PATH
  --long                also what takes many minutes: Linux on the air
  --sanitize NAME       with all programs built with a sanitizer: address, undefined, thread;
                        whatever it reports fails the test, wherever the report went
  -m "not lab"          without what needs the lab guest
  -n0                   one test after the other (default: several at once)
""",
    "sim": """
arguments:
  MODEL --socket PATH   a simulated card; voy sim --list names them, voy sim MODEL --help
                        tells a card's settings
  air --config FILE     an air with access points, and cards on it (--card PATH)
  air --socket PATH     the air alone; voy sim air --help
  ap --air PATH         an access point on it; voy sim ap --help
  hwsim --air PATH      the radios of Linux's mac80211_hwsim on it (root; a real hostapd, for one)
and with each of them:
  --view                a live picture on this terminal
  --json                events as JSON, one per line
  --hcmds               at the end, a card's host commands as a table
  --scan-table          at the end, the networks that its scans heard as a table
  --sanitize NAME       the program built with a sanitizer: address, undefined, thread
""",
}


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
