# SPDX-License-Identifier: BSD-2-Clause
"""`voy run --on lab`: the driver's program inside a QEMU guest, through a real kernel's VFIO.

The card is a device of QEMU's (a driver's "lab" in voy.json) or the simulated card, behind
vfio-user-pci.  The program's events come out of the guest as they happen, and so does what a
command beside it prints; files it wrote (--trace, --pcap, --record) follow at the end.  Its control socket
is reached from here (hand.py), so `voy wifi` works as with any other run.
"""
import base64
import contextlib
import os
import shlex
import shutil
import time

import lab
from lab import initramfs

from . import events, fetch, hand, harness, paths, procs
from .errors import VoyError

FIRMWARE_DIR = "/lib/firmware"
GUEST_PSK = "/run/voy-psk"
# Lines that are no events of the program's; what follows is a file in base64, a line that the
# command printed, its exit status.
FILE, OUT, STATUS = "@voy-file ", "@voy-out ", "@voy-status "
PATHS = {"trace": "/tmp/voy-trace", "pcap": "/tmp/voy-pcap", "record": "/tmp/voy-record"}
# Runs "$@", the driver's program, and the command in VOY_COMMAND once the wanted state is reached;
# that one joins the namespaces of the driver's network, if it has one.
BESIDE = f"""
mkfifo /tmp/voy-events
"$@" >/tmp/voy-events & run=$!
into= until= started=
while IFS= read -r line; do
	printf '%s\\n' "$line"
	case $line in
	*'"event":"start"'*) until=${{line##*'"until":"'}}; until=${{until%%'"'*}} ;;
	*'"event":"net"'*) into=${{line##*'"pid":'}}; into="nsenter -t ${{into%%[!0-9]*}} -n -m --" ;;
	*'"event":"state"'*'"state":"'"$until"'"'*)
		[ -n "$started" ] && continue
		started=1
		{{ $into sh -c "$VOY_COMMAND" 2>&1; echo "{STATUS}$?"; }} | while IFS= read -r out; do
			case $out in
			"{STATUS}"*) printf '%s\\n' "$out"; kill -TERM $run ;;
			*) printf '{OUT}%s\\n' "$out" ;;
			esac
		done &
	esac
done </tmp/voy-events
wait $run
"""
# What a user gives the driver and its harness by the environment, wherever they run.
FOR_DRIVER = ("VOY_BUG", "VOY_FAULT")
UNHURRIED = 1e9     # seconds that somebody may take who has been given the driver
BOOT = 240      # seconds for the guest to come up, on top of the run's own time


class _Watch:
    """What the lab polls while it waits: a Popen's face over a session's messages."""

    returncode = None

    def __init__(self, session):
        self.session = session

    def poll(self):
        """Take waiting messages; the card's exit status once it has ended, else None."""
        while not self.session.inbox.empty():
            name, kind, value = self.session.inbox.get()
            if name == "voy":
                self.session.interrupt(value)
                continue
            if kind == "end":
                self.returncode = value
            else:
                self.session.take(name, kind, value)
        return self.returncode


def run(session, firmware):
    """Run the session's driver in the guest; its events go through the session."""
    files = _Files(session)
    device = session.driver.lab
    if not device:
        session.start_card(firmware)
        device = {"socket": str(session.card.socket)}

    control = session.control_path()
    with hand.Hand(session.dir.path, control, session.variant) as session.hand:
        try:
            status = _in_guest(session, firmware, device, files)
        except lab.LabError as e:
            text = f"{e}\n{e.log}" if e.log and not session.o.json else str(e)
            session.fail(str(e))
            session.forward({"event": "error", "source": "voy", "text": text}, None)
        except fetch.cache.CacheError as e:
            raise VoyError(str(e)) from e
        else:
            session.harness_ended(status)
            files.save()
    session.stop_card()


def _in_guest(session, firmware, device, files):
    """Its life; the program's status."""
    def on_stdout(line):
        if not files.take(line) and not _beside(session, line):
            event = events.parse(line)
            if session.began is None:   # its clock starts with the program, not with the guest
                session.began = time.monotonic() - event.get("t", 0)
            session.heard(event, session.began)
            if session.reached == session.wanted and (session.o.stay or session.o.command):
                guest.deadline = time.monotonic() + UNHURRIED

    guest = lab.Lab(_command(session), device=device, files=_files(session, firmware),
                    env=_environment(session, firmware), channels=session.hand.channels,
                    modules=["tun"] if session.driver.network else [], on_stdout=on_stdout,
                    on_stderr=_printer(session), watch=_Watch(session),
                    timeout=_patience(session.o))
    with guest:
        result = guest.wait()
    return result.status if result.status < 128 else 128 - result.status


def _patience(o):
    return harness.patience(o.timeout, o.cycles, o.suspend) + BOOT


def _command(session):
    program, o = str(session.driver.program(session.variant)), session.o
    wanted = {kind: path for kind, path in PATHS.items() if getattr(o, kind)}
    argv = [program, *session.arguments("$VOY_BDF", control=hand.CONTROL, **wanted)]
    if session.network.file:
        argv[argv.index("--psk-file") + 1] = GUEST_PSK
    script = hand.Hand.SCRIPT + (BESIDE if o.command else '"$@"') + "\nstatus=$?\n" + "".join(
        f'echo; echo "{FILE}{kind} $(base64 -w0 {path})"\n' for kind, path in wanted.items())
    return ["/bin/sh", "-c", script + hand.Hand.END, "sh", *argv]


def _beside(session, line):
    """True when the line is of the command beside the driver."""
    if line.startswith(OUT):
        session.forward({"event": "output", "text": line[len(OUT):]}, None)
    elif line.startswith(STATUS):
        session.command_said(int(line[len(STATUS):]))
    else:
        return False
    return True


def _files(session, firmware):
    files = [(str(path), f"{FIRMWARE_DIR}/{path.name}") for path in firmware]
    files += initramfs.for_backtraces()
    files += [*session.hand.files, str(session.driver.program(session.variant))]
    o = session.o
    if session.driver.network:
        files.append(str(paths.program("voy-netns", session.variant)))
    if session.network.file:
        files.append((str(session.network.file), GUEST_PSK))
    if o.command:
        # What the guest's busybox has not, it gets from here.
        here = shutil.which(o.command[0])
        if here and os.path.basename(here) not in initramfs.applets():
            files.append((here, f"/usr/bin/{os.path.basename(here)}"))
    return files


def _environment(session, firmware):
    env = {**procs.sanitizers(llvm=False),
           **{k: v for k, v in procs.environment().items() if k in FOR_DRIVER}}
    if firmware:
        env["VOY_FIRMWARE_PATH"] = FIRMWARE_DIR
    if session.o.command:
        env.update(VOY_COMMAND=shlex.join(session.o.command), VOY_CONTROL=hand.CONTROL)
    return env


def _printer(session):
    def on_stderr(line):
        with contextlib.suppress(BrokenPipeError):
            session.stderr(line)
    return on_stderr


class _Files:
    """What the program wrote, which leaves the guest as lines of base64 after the events."""

    def __init__(self, session):
        self.o, self.data = session.o, {}
        for kind in filter(lambda kind: getattr(self.o, kind), PATHS):
            self._write(kind, "ab")     # what cannot be written is told before there is a guest

    def take(self, line):
        """True when the line was (part of) a file and not an event."""
        if line.startswith(FILE):
            kind, _, text = line[len(FILE):].partition(" ")
            try:
                self.data[kind] = base64.b64decode(text, validate=True)
            except ValueError as e:
                raise VoyError(f"--{kind}: what the guest wrote of it has not come through whole "
                               f"({e}); run it again") from e
            return True
        return not line

    def save(self):
        """Write them where the user wants them."""
        for kind, data in self.data.items():
            self._write(kind, "wb", data)

    def _write(self, kind, mode, data=b""):
        path = getattr(self.o, kind)
        try:
            with open(path, mode) as f:
                f.write(data)
        except OSError as e:
            raise VoyError(f"--{kind}: {path}: {e.strerror}; give --{kind} a file that can be "
                           "written") from e
