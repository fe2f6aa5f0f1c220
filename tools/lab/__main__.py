# SPDX-License-Identifier: BSD-2-Clause
"""`python3 -m lab [options] -- COMMAND...`: a command in the lab guest, its status as ours."""
import argparse
import signal
import sys

from . import LabError, qemu, run

HELP = """\
The command is a program of the build by its name, a path, a busybox command, or one quoted
line for the shell.  In the guest $VOY_BDF is the address of the device.

examples:
  voy lab -- uname -a
  voy lab --device edu -- run-edu --device '$VOY_BDF'
"""


def parse(args):
    """The command line, options and command."""
    p = argparse.ArgumentParser(prog="voy lab", description="Run a command inside a QEMU guest "
                                "with an IOMMU and VFIO.", epilog=HELP,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--device", metavar="edu|e1000e|unix:PATH",
                   help="a device of QEMU's own, or a simulated card's vfio-user socket")
    p.add_argument("--modules", default="", metavar="A,B",
                   help="kernel modules to load (\"mac80211_hwsim radios=1\": with parameters); "
                        "the device is then left to them")
    p.add_argument("--vfio", action=argparse.BooleanOptionalAction, default=None,
                   help="give the device to vfio-pci (default: unless --modules is given)")
    p.add_argument("--firmware", action="append", default=[], metavar="NAME",
                   help="a firmware file for the guest's /lib/firmware")
    p.add_argument("--file", action="append", default=[], metavar="HOST[:GUEST]",
                   help="a further file for the guest")
    p.add_argument("--env", action="append", default=[], metavar="NAME=VALUE",
                   help="a variable of the command's environment")
    p.add_argument("--user", action="store_true",
                   help="run as a plain user who owns the device's VFIO group")
    p.add_argument("--kernel", metavar="SUITE[-backports]",
                   help="another Debian kernel than this machine's release has")
    p.add_argument("--packages", default="", metavar="A,B",
                   help="Debian packages whose programs the guest is to have, e.g. "
                        "iw,wpasupplicant")
    p.add_argument("--iw", action="store_true", help="short for --packages iw")
    p.add_argument("--channel", action="append", default=[], metavar="NAME=PATH",
                   help="/dev/voy/NAME of the guest is connected to this UNIX stream socket")
    p.add_argument("--timeout", type=float, default=60, metavar="S",
                   help="seconds for all of it (default: 60)")
    p.add_argument("--memory", type=int, default=512, metavar="MIB",
                   help="memory of the guest (default: 512)")
    p.add_argument("--dmesg", action="store_true", help="print the guest's kernel log on stderr")
    p.add_argument("--times", action="store_true", help="print when the guest reached what")
    p.add_argument("command", nargs="+", metavar="COMMAND")
    return p.parse_args(args)


def device_of(text):
    """The device argument in the form that run() takes."""
    if text in (None, "none"):
        return None
    if text in qemu.OWN:
        return text
    if text.startswith("unix:"):
        return {"socket": text[5:]}
    raise SystemExit(f"voy: lab: device {text}: give {' or '.join(qemu.OWN)}, or unix:PATH")


def pair(text, option):
    """("NAME", "VALUE") of an option's NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not equals:
        raise SystemExit(f"voy: lab: {option} {text}: give NAME=VALUE")
    return name, value


def _writer(stream):
    def write(line):
        stream.write(line + "\n")
        stream.flush()
    return write


def main(args=None):
    """Run; returns the exit status."""
    o = parse(args)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = [m for m in o.modules.split(",") if m]
    try:
        r = run(o.command, device=device_of(o.device), modules=names,
                vfio=(not names) if o.vfio is None else o.vfio, firmware=o.firmware,
                files=[tuple(f.split(":", 1)) for f in o.file], iw=o.iw,
                packages=[p for p in o.packages.split(",") if p],
                channels=dict(pair(c, "--channel") for c in o.channel),
                env=dict(pair(e, "--env") for e in o.env), user=o.user,
                kernel=o.kernel, timeout=o.timeout,
                memory_mb=o.memory, copy_stdout=sys.stdout.buffer,
                copy_stderr=sys.stderr.buffer, on_dmesg=_writer(sys.stderr) if o.dmesg else None)
    except LabError as e:
        print(f"voy: {e}", file=sys.stderr)
        if e.log and not o.dmesg:
            print(e.log, file=sys.stderr)
        return 125
    except KeyboardInterrupt:
        return 130
    if r.card_left:
        print("voy: lab: the simulated card's server left during the run", file=sys.stderr)
    elif r.qemu:
        print(f"voy: lab: QEMU said: {r.qemu}", file=sys.stderr)
    if o.times:
        print(f"voy: lab: {r.seconds} s {r.marks}", file=sys.stderr)
    return r.status


if __name__ == "__main__":
    sys.exit(main())
