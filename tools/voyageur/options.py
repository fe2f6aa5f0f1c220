# SPDX-License-Identifier: BSD-2-Clause
"""The options of each command of `voy`, and what their values may be.

    run_arguments(parser)       # those of voy run; and so on, for the table in commands.py
"""
import argparse

from . import paths

# ---- values: argparse's types ----------------------------------------------------


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
    if not text.isdecimal() or not 0 < int(text) < 10 ** 6:
        raise argparse.ArgumentTypeError(f"{text}: not a count above 0")
    return int(text)


def _labels(text):
    labels = text.split(",")
    from . import faultpoints
    for label in labels:
        exact = faultpoints.EXACT.fullmatch(label)
        if not label.removesuffix("+").isdecimal() and not (
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


# ---- options: what is put into a command's parser --------------------------------


def _driver_arguments(p, targets, until):
    """Which driver, on what, how far; what the last two are for the command."""
    p.add_argument("driver", metavar="DRIVER",
                   help="a driver's name, or the path of a program linked with libvoyageur.a")
    p.add_argument("--on", default="sim", metavar="TARGET", help=f"sim (default), {targets}")
    p.add_argument("--until", metavar="STATE",
                   help=f"{until} (default: the last state it declares)")


def _network_arguments(p):
    """An air, and which network on it."""
    p.add_argument("--air", metavar="FILE", help="the simulated air and its access points, as "
                   "for voy sim air --config")
    p.add_argument("--ssid", metavar="NAME", help="the wifi network to join (on a simulated card "
                   "the default is the first one on its air)")


def _card_arguments(p):
    """Which simulated card, and what it goes through."""
    p.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE",
                   type=_setting, help="a setting of the simulated card (voy sim --list)")
    p.add_argument("--model", metavar="MODEL", help="the simulated card to use")
    p.add_argument("--cycles", type=_count, metavar="N", help="attach and detach N times")
    p.add_argument("--suspend", type=_count, metavar="N", help="suspend and resume the device N "
                   "times; the state is reached again after each")


def run_arguments(p):
    _driver_arguments(p, "lab, a PCI address, unix:PATH, or replay:FILE",
                      "end, orderly, when the driver is that far")
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
    _network_arguments(p)
    p.add_argument("--psk", metavar="PASSPHRASE", help="its passphrase")
    p.add_argument("--psk-file", metavar="FILE", help="the passphrase is in FILE")
    p.add_argument("--open", action="store_true", help="it has no passphrase")
    p.add_argument("--bssid", metavar="ADDRESS", help="only by this access point")
    p.add_argument("--ifname", metavar="NAME", help="as root: the network interface is among "
                   "this machine's own, by this name")
    p.add_argument("--pcap", metavar="FILE", help="write the 802.11 frames to FILE")
    _card_arguments(p)
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


def _json_argument(p):
    p.add_argument("--json", action="store_true", help="JSON on stdout")


def list_arguments(p):
    _json_argument(p)
    p.add_argument("--verbose", action="store_true", help="BARs and capabilities, too")


def bind_arguments(p):
    p.add_argument("bdf", metavar="BDF", help="the card's PCI address, for example 0000:03:00.0")
    p.add_argument("--force", action="store_true", help="also when something uses the card")


def unbind_arguments(p):
    p.add_argument("bdf", metavar="BDF", help="the card's PCI address, for example 0000:03:00.0")


def doctor_arguments(p):
    _json_argument(p)
    p.add_argument("bdf", nargs="*", metavar="BDF",
                   help="cards to look at; the exit status is then about them")


def trace_arguments(p):
    _json_argument(p)
    p.add_argument("file", metavar="FILE", help="what voy run --trace FILE has written")
    p.add_argument("--grep", metavar="REGEX", help="only lines in which this is found")


def fuzz_arguments(p):
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


def wifi_arguments(p):
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


def faults_arguments(p):
    _driver_arguments(p, "lab, a PCI address, or unix:PATH", "the way to this state")
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
    _network_arguments(p)
    _card_arguments(p)
    p.add_argument("--dma", choices=("fast", "strict"),
                   help="strict: map memory for the device only while it owns it")
    _contain_arguments(p)
    _json_argument(p)


def port_arguments(p):
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


def bench_arguments(p):
    _json_argument(p)
    p.add_argument("--runs", type=_count, default=5, metavar="N",
                   help="executions of each row (default and least: 5)")
    p.add_argument("--no-lab", dest="lab", action="store_false",
                   help="without the rows that need the lab guest")
    p.add_argument("rows", nargs="*", metavar="ROW", help="only sources with this in their name")
