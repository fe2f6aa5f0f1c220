# SPDX-License-Identifier: BSD-2-Clause
"""The commands of `voy`: what each does, its options, its function, what its --help shows.

A command's module is imported when it is run: most are not, and voy is to start at once.
"""
import sys

from . import options


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


# name, what it does, its options, the function, examples
COMMANDS = (
    ("run", "run a driver on a simulated card, in the lab guest, or on a real card",
     options.run_arguments, _run, """\
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
  voy run edu --stay -- sh          a shell while the driver is up

all that a command has started ends with it, a daemon, too"""),
    ("list", "the PCI devices of this machine", options.list_arguments, _list, """\
  voy list
  voy list --json"""),
    ("bind", "give a card to vfio-pci, remembering its driver", options.bind_arguments, _bind, """\
  voy bind 0000:03:00.0"""),
    ("unbind", "give a card back to the driver it had", options.unbind_arguments, _unbind, """\
  voy unbind 0000:03:00.0"""),
    ("doctor", "what is missing here, and how to mend it", options.doctor_arguments, _doctor, """\
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
    ("trace", "what a driver did, line by line", options.trace_arguments, _trace, """\
  voy run iwm --trace iwm.json      also opens in ui.perfetto.dev
  voy trace iwm.json
  voy trace iwm.json --grep CSR_INT
  voy trace iwm.json --grep '^.{13}worker' --json"""),
    ("fuzz", "inputs that nobody thought of, against what takes input",
     options.fuzz_arguments, _fuzz, """\
  voy fuzz --list
  voy fuzz sta --for 1h             what gets somewhere is kept, and where it goes on next time
  voy fuzz air ap --for 20m --json
  voy fuzz server --engine afl      by AFL++"""),
    ("wifi", "scan, join, status of a wifi driver that is up", options.wifi_arguments, _wifi, """\
  voy wifi scan
  voy wifi status --json
  voy wifi join --ssid home --psk-file secret
  voy run iwm -- voy wifi stats     the run is its own"""),
    ("faults", "a driver's way to a state, with each thing on it failing in turn",
     options.faults_arguments, _faults, """\
  voy faults edu
  voy faults iwm --until associated     in fast time: a time-out costs nothing
  voy faults iwm --until alive --list   what may fail, and where
  voy faults iwm --until associated --point 17+ --gdb
  voy faults iwm --only pdk_dma_alloc,pdk_map_create --sanitize address

The way is run twice to count the places where the host may fail; then once for each of them
failing once, and once for good from there on.  Each run must end in an error that is told, or
recover: without a broken rule, crash, hang or leak, and its fault must have come."""),
    ("port", "does a driver build in the kernels of the BSDs, and what stands in the way",
     options.port_arguments, _port, """\
  voy port iwm                      against the header sets that are here
  voy port iwm --no-fetch           with what headers there are on this machine
  voy port iwm --os netbsd --src netbsd=/usr/src
  voy port ./mydriver --src openbsd=/usr/src/sys --json
  voy port edu --os freebsd --src freebsd=/usr/src --symbols freebsd=kernel.nm

Each row says on what evidence it stands: the driver alone against the pdk's contract; a kernel's
source tree; the headers that a system installs, with prototypes of the project's own (overlay)
for what is not among them.  "Builds" proves names, types and linking, not behaviour."""),
    ("bench", "the figures, as ratios against named peers", options.bench_arguments, _bench, """\
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
