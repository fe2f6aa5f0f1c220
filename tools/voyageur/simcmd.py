# SPDX-License-Identifier: BSD-2-Clause
"""`voy sim`: a simulated card for anyone's vfio-user client, the air, an access point on it."""
import argparse
import os
import signal
import sys

from . import aircfg, build, events, paths, procs, rundir

# The first argument names the program; anything else is a card of voy-sim.
PROGRAMS = {"air": "voy-air", "ap": "voy-ap"}


def run(options):
    """Become the program; or, with `air --config`, keep hub and access points running."""
    arguments = options.arguments
    if arguments[:1] == ["air"] and any(a.startswith("--config") for a in arguments):
        return _world(arguments[1:])
    name = PROGRAMS.get(arguments[0] if arguments else "", "voy-sim")
    if name != "voy-sim":
        arguments = arguments[1:]
    build.ninja(f"build/gcc/bin/{name}")
    program = str(paths.program(name))
    os.execve(program, [program, *arguments], procs.environment())
    return 0


def _parse(arguments):
    p = argparse.ArgumentParser(prog="voy sim air", description="An air and its access points.")
    p.add_argument("--config", required=True, metavar="FILE", help=aircfg.__doc__.splitlines()[0])
    p.add_argument("--socket", metavar="PATH", help="where radios connect")
    p.add_argument("--control", metavar="PATH", help="the air's control socket")
    p.add_argument("--pcap", metavar="FILE", help="everything on the air, as pcapng")
    p.add_argument("--json", action="store_true", help="events as JSON, one per line")
    return p.parse_args(arguments)


def _human(event):
    rest = " ".join(f"{k}={v}" for k, v in event.items() if k not in ("event", "t", "source"))
    print(f"{event['source']}: {event['event']} {rest}", flush=True)


def _world(arguments):
    o = _parse(arguments)
    aircfg.Config(o.config)
    build.ninja("build/gcc/bin/voy-air", "build/gcc/bin/voy-ap")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with rundir.RunDir() as folder:
        air = aircfg.Air(folder.path, o.config, events.JsonPrinter() if o.json else _human,
                         pcap=o.pcap, socket=o.socket, control=o.control)
        try:
            with air:
                name, how = air.wait()
        except KeyboardInterrupt:
            return 0
    print(f"voy: {name} {how}", file=sys.stderr)
    return 1
