# SPDX-License-Identifier: BSD-2-Clause
"""`voy sim`: a simulated card for anyone's vfio-user client, the air, and what else is on it."""
import argparse
import os
import pathlib
import signal
import sys

from . import aircfg, build, drivers, events, group, paths, procs, rundir, screen, tables, view
from .errors import VoyError

# The first argument names the program; anything else is a card of voy-sim.
PROGRAMS = {"air": "voy-air", "ap": "voy-ap", "hwsim": "voy-hwsim"}
# Ours, not the program's; with one of them we stay in front of it.
OURS = ("--view", "--hcmds", "--scan-table")


def run(options):
    """Become the program; or keep it, or a whole world, running and show what happens."""
    sanitizer, arguments = paths.take_sanitizer(options.arguments)
    variant = paths.SANITIZERS.get(sanitizer, paths.VARIANT)
    if arguments[:1] == ["air"] and any(a.startswith("--config") for a in arguments):
        return _world(arguments[1:], variant)
    name = PROGRAMS.get(arguments[0] if arguments else "", "voy-sim")
    if any(a in OURS for a in arguments):
        return _watched(name, arguments, variant)
    if name != "voy-sim":
        arguments = arguments[1:]
    build.ninja(f"build/{variant}/bin/{name}")
    program = str(paths.program(name, variant))
    os.execve(program, [program, *arguments], procs.environment())
    return 0


def _our_arguments(p):
    p.add_argument("--view", action="store_true", help="a live picture on this terminal")
    p.add_argument("--hcmds", action="store_true",
                   help="at the end, the cards' host commands as a table")
    p.add_argument("--scan-table", action="store_true",
                   help="at the end, the networks that scans heard as a table")
    p.add_argument("--json", action="store_true", help="events as JSON, one per line")


def _parse(arguments):
    p = argparse.ArgumentParser(prog="voy sim air", description="An air, its access points, "
                                "and simulated cards on it.")
    p.add_argument("--config", required=True, metavar="FILE", help=aircfg.__doc__.splitlines()[0])
    p.add_argument("--socket", metavar="PATH", help="where radios connect")
    p.add_argument("--control", metavar="PATH", help="the air's control socket")
    p.add_argument("--pcap", metavar="FILE", help="everything on the air, as pcapng")
    p.add_argument("--card", action="append", default=[], metavar="PATH[,KEY=VALUE...]",
                   help="a simulated card on this air at that socket, a 7260 or model=i3160, "
                   "model=i7265, with settings of voy sim MODEL; may be repeated")
    _our_arguments(p)
    return p.parse_args(arguments)


def _human(event):
    rest = " ".join(f"{k}={v}" for k, v in event.items() if k not in ("event", "t", "source"))
    print(f"{event['source']}: {event['event']} {rest}", flush=True)


def _cards(texts):
    """--card PATH,KEY=VALUE,... each as (path, model, settings); each has its own MAC address."""
    radios = list(drivers.find("iwm").cards)
    cards = []
    for number, text in enumerate(texts):
        path, *settings = text.split(",")
        if not path or not all("=" in s for s in settings):
            raise VoyError(f"--card {text}: wants PATH or PATH,KEY=VALUE,...")
        models = [s[len("model="):] for s in settings if s.startswith("model=")]
        for model in models:
            if model not in radios:
                raise VoyError(f"--card {text}: model={model}: no simulated wifi card; there are "
                               + ", ".join(radios))
        settings = [s for s in settings if not s.startswith("model=")]
        if not any(s.startswith("mac=") for s in settings):
            settings.append(f"mac=7c:7a:91:00:{0x72 + (number >> 8):02x}:"
                            f"{(0x60 + number) & 0xff:02x}")
        cards.append((path, models[-1] if models else "i7260", settings))
    return cards


class _Shown:
    """What the user sees of the events: the picture, or lines; then the tables."""

    def __init__(self, o, title):
        if o.view:
            if o.json:
                raise VoyError("--view and --json exclude each other: both want standard output")
            screen.require_terminal("--view")
            # A shell's background job begins with this ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self.view = view.View(title) if o.view else None
        printer = events.JsonPrinter() if o.json else _human
        self.tables = tables.Tables(self.view or printer, o.hcmds, o.scan_table)
        self._json = o.json

    def keep(self, programs, air=None, ap=None):
        """Until the end of a program or a signal; what ended and how, or None."""
        try:
            with programs:
                if self.view:
                    return view.show(self.view, programs, air, ap)
                return programs.wait()
        except KeyboardInterrupt:
            return None

    def conclude(self, programs, ended):
        """Print what is left to say; the exit status."""
        for line in programs.complaints:
            print(line, file=sys.stderr)
        self.tables.show(sys.stderr if self._json else sys.stdout)
        failed = f"{ended[0]} {ended[1]}" if ended else programs.failed()
        if failed:
            print(f"voy: {failed}", file=sys.stderr)
        return 1 if failed else 0


class _Signals:
    """SIGTERM, SIGHUP and Ctrl-C: the end of the programs, which watch() names when there are any.

    Never an exception: see group.py.
    """

    def __init__(self):
        self._programs, self._came = None, False
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            # A shell has its background jobs ignore Ctrl-C, nohup(1) the end of the terminal.
            if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._take)

    def _take(self, _number, _frame):
        self._came = True
        if self._programs:
            self._programs.interrupt()

    def watch(self, programs):
        """From now on it is these that end."""
        self._programs = programs
        if self._came:
            programs.interrupt()
        return programs


def _world(arguments, variant):
    o = _parse(arguments)
    aircfg.Config(o.config)
    shown, cards = _Shown(o, pathlib.Path(o.config).name), _cards(o.card)
    build.ninja(*(f"build/{variant}/bin/{name}" for name in ("voy-air", "voy-ap", "voy-sim")))
    signals = _Signals()
    with rundir.RunDir() as folder:
        air = signals.watch(aircfg.Air(
            folder.path, o.config, shown.tables, pcap=o.pcap, socket=o.socket, control=o.control,
            cards=cards, keep_stderr=o.view, variant=variant))
        ended = shown.keep(air, air.control, air.ap_control)
    return shown.conclude(air, ended)


def _watched(name, arguments, variant):
    """One program, with the options that are ours taken out."""
    p = argparse.ArgumentParser(prog="voy sim", add_help=False, allow_abbrev=False)
    _our_arguments(p)
    o, rest = p.parse_known_args(arguments)
    kind, rest = (rest[0], rest[1:]) if rest else ("", [])
    if name != "voy-sim" and (o.hcmds or o.scan_table):
        raise VoyError(f"--{'hcmds' if o.hcmds else 'scan-table'}: {name} has no host commands "
                       "and no scans; they are a card's: voy sim i7260")
    if kind == "hwsim":
        raise VoyError("--view: the bridge has nothing to show; its radios are in the picture of the "
                       "air: voy sim air --view")
    shown = _Shown(o, kind)
    build.ninja(f"build/{variant}/bin/{name}")
    signals = _Signals()
    source = kind if kind in PROGRAMS else "card"
    with rundir.RunDir() as folder:
        if "--control" in rest:
            path = pathlib.Path((rest + [""])[rest.index("--control") + 1])
        else:
            path = folder / "control"
            rest += ["--control", str(path)]
        programs = signals.watch(group.Group(shown.tables, variant, o.view))
        first = [] if kind in PROGRAMS else [kind]
        programs.start = lambda: programs.run(source, name, [*first, "--json", *rest])
        ended = shown.keep(programs, path if kind == "air" else None,
                           path if kind == "ap" else None)
    # A card that served its one client (--once) has ended as it should.
    if ended and not any(programs.status.values()):
        ended = None
    return shown.conclude(programs, ended)
