# SPDX-License-Identifier: BSD-2-Clause
"""`voy run --on lab`: the driver's program inside a QEMU guest, through a real kernel's VFIO.

The card is a device of QEMU's (a driver's "lab" in voy.json) or the simulated card, behind
vfio-user-pci.  The program's events come out of the guest as they happen.
"""
import base64
import contextlib
import time

import lab

from . import events, fetch, harness, procs
from .errors import VoyError

FIRMWARE_DIR = "/lib/firmware"
TRACE = "/tmp/voy-trace"
MARK = "@voy-trace "
BOOT = 60       # seconds for the guest to come up, on top of the run's own time


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
                raise KeyboardInterrupt
            if kind == "end":
                self.returncode = value
            else:
                self.session.take(name, kind, value)
        return self.returncode


def run(session, firmware):
    """Run the session's driver in the guest; its events go through the session."""
    device = session.driver.lab
    if not device:
        session.start_card(firmware)
        device = {"socket": str(session.card.socket)}
    trace = _Trace()

    def on_stdout(line):
        if not trace.take(line):
            event = events.parse(line)
            if session.began is None:   # its clock starts with the program, not with the guest
                session.began = time.monotonic() - event.get("t", 0)
            session.heard(event, session.began)

    try:
        result = lab.run(_command(session), device=device, files=_files(session, firmware),
                         env=_environment(firmware), on_stdout=on_stdout,
                         on_stderr=_printer(session), watch=_Watch(session),
                         timeout=_patience(session.o))
    except lab.LabError as e:
        text = f"{e}\n{e.log}" if e.log and not session.o.json else str(e)
        session.fail(str(e))
        session.forward({"event": "error", "source": "voy", "text": text}, None)
    except fetch.cache.CacheError as e:
        raise VoyError(str(e)) from e
    else:
        status = result.status if result.status < 128 else 128 - result.status
        session.harness_ended(status)
        if session.o.trace:
            trace.save(session.o.trace)
    session.stop_card()


def _patience(o):
    return (o.timeout or harness.TIMEOUT) * (o.cycles or 1) + BOOT


def _command(session):
    program = str(session.driver.program(session.variant))
    if not session.o.trace:
        return [program, *session.arguments("$VOY_BDF")]
    script = (f'"$@"; status=$?; echo; echo "{MARK}$(base64 -w0 {TRACE})"; exit $status')
    return ["/bin/sh", "-c", script, "sh", program,
            *session.arguments("$VOY_BDF", trace=TRACE)]


def _files(session, firmware):
    files = [(str(path), f"{FIRMWARE_DIR}/{path.name}") for path in firmware]
    if session.o.trace:
        files.append(str(session.driver.program(session.variant)))
    return files


def _environment(firmware):
    env = {k: v for k, v in procs.environment().items() if k.endswith("SAN_OPTIONS")}
    if firmware:
        env["VOY_FIRMWARE_PATH"] = FIRMWARE_DIR
    return env


def _printer(session):
    def on_stderr(line):
        with contextlib.suppress(BrokenPipeError):
            session.stderr(line)
    return on_stderr


class _Trace:
    """The trace file, which leaves the guest as one line of base64 after the events."""

    data = b""

    def take(self, line):
        """True when the line was (part of) the trace and not an event."""
        if line.startswith(MARK):
            self.data = base64.b64decode(line[len(MARK):])
            return True
        return not line

    def save(self, path):
        """Write it where the user wants it."""
        try:
            with open(path, "wb") as f:
                f.write(self.data)
        except OSError as e:
            raise VoyError(f"trace: {path}: {e.strerror}; give --trace a file that can be "
                           "written") from e
