# SPDX-License-Identifier: BSD-2-Clause
"""A driver's run as a test sees it: start, wait, look, disturb, end.  See pytest_voyageur.py."""
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

import pytest

from . import (card, control, drivers, events, fetch, hand, harness, paths, procs, recording,
               rundir, targets, world)
from . import valgrind as memcheck
from .errors import VoyError

FIRMWARE_DIR = "/lib/firmware"
BOOT = 240          # a guest's seconds, on top of the run's own
OVERTIME = 60
UNHURRIED = 1e9     # of a run that stays: the test has a limit of its own
REQUEST = 120       # seconds for an answer out of the guest, which is slow


class Run:
    """One run of a driver on a target; made by the `driver` fixture's start().

    events      all events so far (dicts), the card's with "source": "sim"
    info        the driver's facts so far: {"mac": ...}
    reached     the last state so far, or None
    card        the simulated card, or None
    """

    def __init__(self, driver, on="sim", until=None, stay=False, settings=(), env=None,
                 timeout=harness.TIMEOUT, cycles=None, suspend=None, dma=None, variant=paths.VARIANT,
                 model=None, lab=None, args=(), valgrind=False, record=None):
        self.driver = drivers.find(str(driver))
        self.target = targets.parse(on)
        self.events, self.info, self.reached = [], {}, None
        self.card = self.final = self.status = self._guest = self.child = None
        self._hand = self._programs = None
        self._beside = []               # programs in its network
        self._inbox = queue.SimpleQueue()
        self._ended = False
        self.timeout = harness.patience(timeout, cycles, suspend) * \
            (memcheck.SLOW if valgrind else 1)
        if model:
            self.driver.choose(model)
        self.driver.lab = lab or self.driver.lab
        self.model = self.driver.model
        self.variant, self.valgrind = variant, valgrind
        self.dir = rundir.RunDir()
        self.stderr_path, self.control_path = self.dir / "stderr", self.dir / "control"
        self.trace_path = self.dir / "trace"
        self._how = dict(until=until, timeout=timeout, cycles=cycles, suspend=suspend, dma=dma,
                         stay=stay, record=record)
        self._note, self._recording = recording.Note(), recording.File(record) if record else None
        self._extra = [str(a) for a in args]
        self._files = [a for a in args if isinstance(a, pathlib.Path) and a.is_file()]
        self._stopping = threading.Event()
        try:
            self._start(_settings(settings), dict(env or {}))
        except BaseException:
            self.close()
            raise

    # -- starting ------------------------------------------------------------

    def _start(self, settings, env):
        targets.check(self.target)
        firmware = [fetch.firmware(name)
                    for name in harness.firmware_names(self.driver, self.target)
                    if "VOY_FIRMWARE_PATH" not in env]
        device = self.target.device
        lab_device = self.driver.lab if self.target.kind == "lab" else None
        if not device and not lab_device:
            self.card = card.Card(self.model, self.dir, self._inbox,
                                  harness.card_settings(settings, firmware), self.variant,
                                  stderr=open(self.dir / "card-stderr", "wb"))
            self.events += self.card.early
            device = self.card.target
        elif settings:
            pytest.skip(f"needs settings of a simulated card, which {self.target.kind} is not")
        if self.target.kind == "replay":
            self._note = recording.Note.of(device.partition(":")[2])
        if self.target.kind == "lab":
            if self._how["record"]:
                raise VoyError(f"record={self._how['record']}: not in the lab, where the file would "
                               "be the guest's; record the run by voy run --on lab --record FILE")
            self._start_in_guest(lab_device or {"socket": str(self.card.socket)}, firmware, env)
            return
        argv = [self.driver.program(self.variant),
                *harness.arguments(device, trace=self.trace_path, control=self.control_path,
                                   **self._how), *self._extra]
        full = harness.environment(self.driver, device, self.control_path, self.card, firmware)
        full.update(env)
        if self.valgrind:
            memcheck.require()
            argv = [*memcheck.arguments(), *argv]
        with open(self.stderr_path, "wb") as err:
            self.child = procs.Child("harness", argv, self._inbox, env=full, stderr=err)

    def _start_in_guest(self, device, firmware, env):
        import lab
        from lab import initramfs
        h = self._hand = hand.Hand(self.dir.path, self.control_path, self.variant).__enter__()
        p = self._programs = hand.Programs(self.dir.path)
        program = str(self.driver.program(self.variant))
        argv = ["/bin/sh", "-c", f'{h.SCRIPT}{p.SCRIPT}"$@"; status=$?{p.END}{h.END}', "sh", program,
                *harness.arguments("$VOY_BDF", control=hand.CONTROL, **self._how), *self._extra]
        full = procs.sanitizers(llvm=False)
        if firmware:
            full["VOY_FIRMWARE_PATH"] = FIRMWARE_DIR
        full.update(env)
        files = [program, *h.files, *self._files, *initramfs.for_backtraces(),
                 *((str(f), f"{FIRMWARE_DIR}/{f.name}") for f in firmware)]
        if self.driver.network:
            files.append(str(paths.program("voy-netns", self.variant)))
        options = dict(device=device, env=full, watch=self, files=files,
                       timeout=BOOT + (UNHURRIED if self._how["stay"] else self.timeout),
                       channels={**h.channels, **p.channels},
                       modules=["tun"] if self.driver.network else [],
                       on_stdout=lambda line: self._inbox.put(("harness", "line", line)),
                       on_stderr=self._guest_stderr)
        self._guest = threading.Thread(target=self._in_guest, args=(lab, argv, options),
                                       daemon=True)
        self._guest.start()

    def _guest_stderr(self, line):
        with open(self.stderr_path, "a", encoding="utf-8") as f:
            f.write(line + "\n")

    def _in_guest(self, lab, argv, options):
        try:
            status = lab.run(argv, **options).status
        except (lab.LabError, VoyError, _Stop) as e:
            self._guest_stderr(f"{e}\n{getattr(e, 'log', '')}")
            status = -1
        self._inbox.put(("harness", "end", status))

    def poll(self):
        """For the lab, which asks now and then whether it is to go on."""
        if self._stopping.is_set():
            raise _Stop("stopped by the test")
        self.returncode = self.card.child.status if self.card else None
        return self.returncode

    # -- what it says --------------------------------------------------------

    def _take(self, timeout):
        """Take one message; False when none came in time."""
        try:
            name, kind, value = self._inbox.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return False
        if name == "sim":
            if kind == "line":
                self.events.append(self.card.take(value))
        elif kind == "line":
            if value.strip():
                self._heard(events.parse(value))
        else:
            self.status, self._ended = value, True
        return True

    def _heard(self, event):
        self.events.append(event)
        kind = event["event"]
        if kind == "state":
            self.reached = event.get("state")
        elif kind == "info":
            self.info[event.get("key")] = event.get("value")
        elif kind == "result":
            self.final = event
            self.reached = event.get("reached")

    def poll_events(self):
        """Take what has been said until now; all events."""
        while self._take(0):
            pass
        return self.events

    def wait(self, state=None, timeout=None, event=None):
        """Wait for a state (or an event of kind `event`, or without both for the end).

        Returns the event (the result, for the end); fails the test when the run ends or
        `timeout` passes before.
        """
        limit = time.monotonic() + (timeout or self._patience())
        seen = 0
        while True:
            for e in self.events[seen:]:
                if state and e["event"] == "state" and e.get("state") == state:
                    return e
                if event and e["event"] == event:
                    return e
            seen = len(self.events)
            if self._ended and self._inbox.empty():
                if state or event:
                    pytest.fail(f"{self.driver.name}: ended ({procs.describe(self.status)}) "
                                f"before {state or event}: {self._last_error()}")
                return self.final
            if not self._take(limit - time.monotonic()):
                pytest.fail(f"{self.driver.name}: no {state or event or 'end'} within "
                            f"{timeout or self._patience():g} s; it is at {self.reached}")

    def _patience(self):
        return self.timeout + OVERTIME + (BOOT if self._guest else 0)

    def _last_error(self):
        texts = [e.get("text", "") for e in self.events if e["event"] in
                 ("error", "violation", "crash")]
        return texts[-1] if texts else self.stderr().strip() or "it said nothing"

    def result(self, timeout=None):
        """Wait for the end; the result event, "ok" judged also by the simulated card."""
        self.wait(timeout=timeout)
        verdict = self._end_card() or self._told_again()
        final = dict(self.final or {"event": "result", "ok": False, "reached": self.reached,
                                    "error": f"run-{self.driver.name} "
                                             f"{procs.describe(self.status)} without a result"})
        final["ok"] = bool(final.get("ok")) and self.status == 0 and verdict is None
        if self.valgrind:
            found = memcheck.Memcheck(self.events.append)
            for line in self.stderr().splitlines():
                found.take(line)
            found.end()
            final["error"] = found.first or final.get("error")
        if verdict:
            final.setdefault("error", verdict)
        return final

    def violations(self):
        """The violation events, of the harness and of the card."""
        return [e for e in self.poll_events() if e["event"] == "violation"]

    def stderr(self):
        """What the harness has written to stderr."""
        try:
            return self.stderr_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def trace(self):
        """The trace so far: of a live run by the control socket, else the file it wrote."""
        if not self._ended:
            return self.control({"cmd": "trace", "last": 2048})
        try:
            return self.trace_path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    # -- doing something to it --------------------------------------------------

    def inject(self, key=None, value=None, **settings):
        """Change settings of the simulated card now: inject("fault.no_irq", 1)."""
        if not self.card:
            pytest.skip("needs a simulated card")
        if key is not None:
            settings[key] = value
        for name, v in settings.items():
            answer = control.ask(self.card.control, {"cmd": "set", "key": name.replace("__", "."),
                                                     "value": v})
            if not answer.get("ok"):
                raise VoyError(f"inject {name}={v}: {answer.get('error')}")

    def card_status(self):
        """The simulated card's own account of its state."""
        if not self.card:
            pytest.skip("needs a simulated card")
        return control.ask(self.card.control, {"cmd": "status"})

    def control(self, request):
        """A request to the harness: a dict, or the name of a command; the answer."""
        return control.ask(self.control_path,
                           {"cmd": request} if isinstance(request, str) else request,
                           REQUEST if self._guest else control.TIMEOUT)

    def signal(self, number):
        """Send the harness a signal."""
        if not self.child:
            pytest.skip("no signal reaches a process inside the lab guest")
        self.child.send(number)

    def program(self, *argv):
        """Start a program in the network of a driver that is up and has one; a Popen.

        stdout has both its outputs.  argv[0]: in the guest, a command of busybox.  It ends, with
        all that it has started, at the latest when the run is closed.
        """
        port = self.wait(event="net")["port"]
        if self._guest:
            return self._programs.start(argv, port["pid"])
        self._beside.append(procs.start_whole(
            [*world.enter(port), *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=procs.environment()))
        return self._beside[-1]

    def stop(self, timeout=None):
        """Ask for an orderly end (SIGTERM; in the guest, by the control socket); the result."""
        if not self._ended and self._guest:
            self.control("quit")
        elif not self._ended:
            self.signal(signal.SIGTERM)
        return self.result(timeout)

    def kill(self):
        """SIGKILL, no chance to tidy up."""
        self.signal(signal.SIGKILL)
        while not self._ended:
            self._take(OVERTIME)

    def _end_card(self):
        if not self.card:
            return None
        if self.card.child.status is None or self.card.result is None:
            self.card.stop()
            while self._take(0):
                pass
            self._complete_recording()
        return self.card.verdict()

    def _complete_recording(self):
        if not self._recording:
            return
        note = recording.Note(error=self.card.verdict())
        for event in self.events:
            note.take(event)
        self._recording.complete(note)

    def _told_again(self):
        """A replay has no card: the verdict of that of the recorded run; its events are added."""
        if self.status == harness.DIVERGED or not any(e["event"] == "start" for e in self.events):
            return None
        self.events += [e for e in self._note.events if e not in self.events]
        return self._note.error

    def close(self):
        """End whatever is left and remove the run directory; harmless when done twice."""
        self._stopping.set()
        if self._guest:
            self._guest.join(OVERTIME)
        if self._programs:
            self._programs.close()
        if self._hand:
            self._hand.__exit__()
        for program_ in self._beside:
            procs.end_whole(program_)
        for child in (self.child, self.card and self.card.child):
            if child:
                child.stop(signal.SIGKILL)
        self.dir.close()

    def report(self):
        """(title, text) pairs for the report of a failed test."""
        self.poll_events()
        out = [("events", "\n".join(str(e) for e in self.events[-60:])),
               ("stderr", self.stderr()[-8000:])]
        try:
            text = self.trace_path.read_text(errors="replace")
            out.append(("trace", "\n".join(text.splitlines()[-60:])))
            out.append(("card's stderr", (self.dir / "card-stderr").read_text()[-4000:]))
        except OSError:
            pass
        return [(f"{self.driver.name} {title}", text) for title, text in out if text.strip()]


class _Stop(Exception):
    """Ends the lab's wait."""


def _settings(settings):
    """Settings as KEY=VALUE strings, from those or from a dict."""
    if isinstance(settings, dict):
        return [f"{k}={v}" for k, v in settings.items()]
    return list(settings)


class Factory:
    """The `driver` fixture: start() as often as the test likes."""

    def __init__(self, default_target, default_dma=None):
        self.default_target, self.default_dma = default_target, default_dma
        self.runs = []

    def start(self, driver, on=None, **how):
        """Start a driver (a name, or a program's path); a Run.  Options as Run's."""
        on = on or self.default_target
        if targets.parse(on).kind != "replay":      # which has no device to watch
            how.setdefault("dma", self.default_dma)
        try:
            run = Run(driver, on, **how)
        except fetch.cache.CacheError as e:
            pytest.skip(str(e))
        self.runs.append(run)
        return run

    def run(self, driver, on=None, **how):
        """Start it and wait for its end; (run, result)."""
        r = self.start(driver, on, **how)
        return r, r.result()

    def close(self):
        """End all runs."""
        for run in self.runs:
            run.close()


class Cards:
    """The `sim` fixture: simulated cards without a driver, for a client of the test's own."""

    def __init__(self):
        self._open = []

    def __call__(self, model, settings=(), variant=paths.VARIANT):
        """Start one; a card.Card (socket, target, control, stop(), verdict())."""
        d = rundir.RunDir()
        try:
            c = card.Card(model, d, queue.SimpleQueue(), _settings(settings), variant,
                          stderr=subprocess.DEVNULL)
        except BaseException:
            d.close()
            raise
        self._open.append((c, d))
        return c

    def close(self):
        """End all cards."""
        for c, d in self._open:
            c.stop()
            d.close()


def strays(token):
    """Processes (pid, command) that carry `token` in their environment, other than we."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if token.encode() not in f.read():
                    continue
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                command = f.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if command:
            found.append((int(pid), command))
    return found


def program(name, variant=paths.VARIANT):
    """A built program's path, for tests; fails the test when the build has none."""
    try:
        return paths.program(name, variant)
    except VoyError as e:
        pytest.fail(str(e))
