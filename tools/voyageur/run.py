# SPDX-License-Identifier: BSD-2-Clause
"""`voy run`: one driver on one target, its events on stdout, its verdict as exit status.

    result = run(options, emit)         # options: as parsed by cli.py; emit: an events printer

What happens on each target:
    sim     a private run directory, voy-sim in it, run-DRIVER against its socket
    lab     run-DRIVER inside the guest (labrun.py)
    BDF     checks of the device first, then run-DRIVER on it
    unix    run-DRIVER on a server that runs already
    replay  run-DRIVER on a recording, and nothing else
"""
import contextlib
import os
import queue
import signal
import subprocess
import sys
import time

from . import (build, card, events, fetch, gdb, harness, paths, pci, plan, procs, recording,
               rundir, valgrind, world)
from .errors import VoyError

# A harness that has not ended this long after its own time-out is killed.
OVERTIME = 30
# Seconds for a driver under gdb, where somebody thinks.
UNHURRIED = 1e6


def run(options, emit):
    """Do it; returns the result event (already emitted)."""
    started = time.monotonic()
    try:
        driver, target = plan.plan(options)
    except VoyError as e:
        return _refused(emit, e, started, options)
    return _Session(driver, target, options, emit, started).go()


def _refused(emit, error, started, options):
    """The events of a run that could not begin."""
    emit({"event": "error", "t": 0.0, "source": "voy", "text": str(error)})
    result = {"event": "result", "t": round(time.monotonic() - started, 6), "ok": False,
              "reached": None, "seconds": round(time.monotonic() - started, 6),
              "driver": options.driver, "error": str(error)}
    emit(result)
    return result


class _Session:
    """The processes of one run and what they said."""

    def __init__(self, driver, target, options, emit, started):
        self.driver, self.target, self.o, self.emit = driver, target, options, emit
        self.started = started
        self.inbox = queue.SimpleQueue()
        self.harness = self.card = self.command = self.air = self.port = self.hand = None
        self.result = self.reached = None
        self.error = None               # the first reason why this run is not ok
        self.note = recording.Note()
        self.recording = recording.File(options.record) if options.record else None
        self.interrupted = False
        self.variant = paths.SANITIZERS.get(options.sanitize, paths.VARIANT)
        self.memcheck = valgrind.Memcheck(lambda event: self.forward(event, None))

    # -- the whole ----------------------------------------------------------

    def go(self):
        """Run to the end; the result event."""
        with _signals(self), contextlib.ExitStack() as stack:
            try:
                with self.blocking():
                    build.ninja(*self.needs())
                    firmware = self.firmware()
                    if self.target.kind == "bdf":
                        pci.require_usable(self.target.device)
                self.dir = stack.enter_context(rundir.RunDir())
                stack.callback(self.kill)
                if self.air_wanted():
                    self.air = self.start_air(stack)
                self.network = world.Network(self.o, self.dir, self.air and self.air.config)
                if self.target.kind == "lab":
                    from . import labrun
                    labrun.run(self, firmware)
                else:
                    self.run_here(firmware)
            except (VoyError, fetch.cache.CacheError) as e:
                self.fail(str(e), say=True)
            except KeyboardInterrupt:
                self.fail("interrupted")
        self.judge_air()
        if self.recording:
            self.complete_recording()
        return self.conclude()

    def needs(self):
        """What the build has to make for this run."""
        bin_ = f"build/{self.variant}/bin"
        kind = self.target.kind
        needs = [] if self.driver.path else [f"{bin_}/run-{self.driver.name}"]
        if kind == "sim" or (kind == "lab" and not self.driver.lab):
            needs.append(f"{bin_}/voy-sim")
        if kind == "bdf":
            needs.append("build/gcc/bin/voy-pci")
        if self.driver.network:
            needs.append(f"{bin_}/voy-netns")
        if kind == "lab":
            needs.append(f"{bin_}/voy-tunnel")
        if self.air_wanted():
            needs += [f"{bin_}/{name}" for name in world.PROGRAMS]
        return needs

    def air_wanted(self):
        """Is there to be a simulated air around the card?"""
        return world.wanted(self.o, self.driver, self.target.kind in ("sim", "lab"))

    def start_air(self, stack):
        """The air, up, and to be ended by `stack`."""
        air = world.air(self.o, self.dir.path, self.air_said, self.variant)
        self.starting = air
        stack.enter_context(air)
        self.starting = None
        return air

    starting = None     # the air, while nobody takes messages

    def air_said(self, event):
        """An event of the air or its access points; comes in a thread of theirs."""
        self.inbox.put(("air", "event", event))

    def firmware(self):
        """Paths of the firmware files of the card, obtained if need be."""
        names = harness.firmware_names(self.driver, self.target)
        try:
            return [fetch.firmware(name) for name in names]
        except fetch.cache.CacheError as e:
            raise VoyError(f"firmware: {', '.join(names)}: cannot be had: {e}; or name the "
                           "directory of your own copy in VOY_FIRMWARE_PATH") from e

    def start_card(self, firmware):
        """Start the simulated card; returns what the client is to connect to."""
        given = self.o.settings + ([f"air={self.air.socket}"] if self.air else [])
        settings = harness.card_settings(given, firmware)
        try:
            self.card = self.new_card(settings)
        except VoyError:
            if settings == given:
                raise
            # A broken firmware file: the driver is to meet it, and says what is wrong.
            self.card = self.new_card(given)
        self.note.words[self.card.target] = f"the simulated {self.driver.model}"
        for line in self.card.complaints:
            self.card_said(line)
        for event in self.card.early:
            self.forward(event, self.card.started)
        return self.card.target

    def new_card(self, settings):
        """A simulated card in the run directory."""
        return card.Card(self.driver.model, self.dir, self.inbox, settings, self.variant,
                         stderr=subprocess.PIPE)

    def arguments(self, device, **more):
        """Arguments of run-DRIVER."""
        o = self.o
        timeout = UNHURRIED if o.gdb else o.timeout
        wifi = self.network.arguments + world.port_arguments(o, self.driver, self.network)
        return harness.arguments(device, o.until, timeout, o.dma, o.cycles, o.suspend,
                                 memory=o.memory, contain=o.contain, hang_limit=o.hang_limit,
                                 stay=bool(o.stay or o.command), **more) + wifi

    def control_path(self):
        """Where the control socket is found."""
        return os.path.abspath(self.o.control) if self.o.control else self.dir / "control"

    def run_here(self, firmware):
        """The driver in a process of this machine."""
        device = self.target.device or self.start_card(firmware)
        if self.target.kind == "replay" and not self.o.gdb:
            self.note = recording.Note.of(device.partition(":")[2])
        self.control = self.control_path()
        trace, pcap, record = (path and os.path.abspath(path)
                               for path in (self.o.trace, self.o.pcap, self.o.record))
        args = self.arguments(device, json=not self.o.gdb, debugger=self.o.gdb,
                              control=self.control, trace=trace, pcap=pcap, record=record)
        self.env = harness.environment(self.driver, device, self.control, self.card, firmware)
        if "--net" in args or "--ifname" in args:
            self.env.update(world.port_environment())
        program = self.driver.program(self.variant)
        self.began = time.monotonic()
        if self.o.gdb:
            self.under_gdb(program, args)
        else:
            argv, stderr = [program, *args], None
            if self.o.valgrind:
                argv, stderr = [*valgrind.arguments(), *argv], subprocess.PIPE
            self.harness = procs.Child("harness", argv, self.inbox, env=self.env, stderr=stderr)
            self.pump(lambda: self.ended)
            self.judge_memcheck()
            if self.target.kind == "replay":
                self.say_again()
        self.stop_card()

    # -- messages ------------------------------------------------------------

    blocked = False     # nobody takes messages: a signal ends us at once

    @contextlib.contextmanager
    def blocking(self):
        """While we wait for something else than messages."""
        self.blocked = True
        try:
            yield
        finally:
            self.blocked = False

    began = None        # when the harness started
    wanted = None       # the state at which the command starts
    ended = False       # the harness's last line has been taken

    def pump(self, done):
        """Take messages until done() is true."""
        while not done():
            try:
                self.take(*self.inbox.get(timeout=self.patience()))
            except queue.Empty:
                self.harness.send(signal.SIGKILL)
                self.fail(f"{self.driver.name}: the harness did not end {OVERTIME} s after its "
                          "time-out, and was killed", say=True)
                self.hung = True

    hung = False

    def patience(self):
        """Seconds to wait for the next message; None: for ever."""
        if self.hung or self.o.stay or (self.o.command and self.command):
            return None
        slow = valgrind.SLOW if self.o.valgrind else 1
        limit = self.began + slow * (OVERTIME + harness.patience(
            self.o.timeout, self.o.cycles, self.o.suspend))
        return max(0.0, limit - time.monotonic())

    def take(self, name, kind, value):
        """One message from a child or a signal handler."""
        if name == "voy":
            self.interrupt(value)
        elif name == "harness" and kind == "line":
            self.heard(events.parse(value), self.began)
        elif name == "harness" and kind == "err":
            self.stderr(value)
            self.memcheck.take(value)
        elif name == "harness":
            self.ended = True
            self.harness_ended(value)
        elif name == "sim" and kind == "line":
            event = self.card.take(value)
            self.note.take(event)
            self.forward(event, self.card.started)
        elif name == "sim" and kind == "err":
            self.card_said(value)
        elif name == "air":
            self.forward(value, None)
        elif name == "command" and kind == "line":
            self.forward({"event": "output", "text": value}, None)
        elif name == "command":
            self.command_ended(value)

    def heard(self, event, began):
        """An event of the harness."""
        kind = event["event"]
        if self.reached is None and kind in ("error", "result"):
            self.in_users_words(event)
        if kind == "result":
            self.result = event
            return
        self.note.take(event)
        if kind == "state":
            self.reached = event.get("state")
        elif kind == "start":
            self.wanted = event.get("until")
        elif kind == "net":
            self.port = event.get("port")
        self.forward(event, began)
        if kind == "state" and self.o.command and not self.command and self.harness \
                and self.reached == self.wanted:
            self.start_command()

    def in_users_words(self, event):
        """Where the driver was not attached: the card, not its socket, is what the user has named."""
        for key in ("text", "error"):
            if isinstance(event.get(key), str):
                for name, words in self.note.words.items():
                    event[key] = event[key].replace(name, words)

    def forward(self, event, began):
        """Emit an event with its time on this run's clock; results are held back."""
        if event["event"] == "result":
            return
        t = event.get("t")
        if isinstance(t, (int, float)) and began is not None:
            t += began - self.started
        else:
            t = time.monotonic() - self.started
        event["t"] = round(t, 6)
        self.emit(event)

    def stderr(self, line):
        """A line of a program's stderr that did not come by ours."""
        sys.stdout.flush()
        print(line, file=sys.stderr, flush=True)

    def card_said(self, line):
        """A line of the simulated card's stderr."""
        self.note.line(line)
        self.stderr(line)

    def blame(self, text, say=False):
        """fail() for a reason that is not of the driver's process, which a replay has to be told."""
        self.note.error = self.note.error or text
        self.fail(text, say)

    def fail(self, text, say=False):
        """Note why the run is not ok; the first reason counts."""
        self.error = self.error or text
        if say:
            self.forward({"event": "error", "source": "voy", "text": text}, None)

    def interrupt(self, number):
        """Ctrl-C and the like: once for an orderly end, twice to have done with it."""
        target = self.harness
        if self.interrupted or not (target or self.hand and self.reached):
            if target:
                target.send(signal.SIGKILL)
            raise KeyboardInterrupt
        self.interrupted = True
        if self.command:
            self.command.send(number)
        if target:
            target.send(signal.SIGINT)
        else:
            self.hand.quit()

    status = None       # of the harness, when it has ended

    def harness_ended(self, status):
        """The harness is gone; say how if it could not itself."""
        self.status = status
        if self.result is None:
            text = f"run-{self.driver.name} {procs.describe(status)} without a result"
            if status < 0:
                self.forward({"event": "crash", "source": "voy", "text": text,
                              "signal": signal.Signals(-status).name}, None)
            self.fail(text)
        elif self.result.get("ok") and status != 0:
            # What a sanitizer says when the program has returned from main().
            self.fail(f"run-{self.driver.name} {procs.describe(status)} after all was well; what "
                      "it said last is on stderr", say=True)

    def judge_memcheck(self):
        """What valgrind found is why the run is not ok."""
        self.memcheck.end()
        if self.memcheck.first and self.result and self.result.get("ok") is not True:
            self.result["error"] = self.memcheck.first
        elif self.memcheck.first:
            self.fail(self.memcheck.first)

    # -- the command, gdb, the end ----------------------------------------------

    def start_command(self):
        """The user's command, now that the driver is up."""
        if not self.port:
            why = ("no network was named (--ssid)" if self.driver.radio else
                   f"{self.driver.name} moves no frames of a host")
            self.forward({"event": "log", "level": "warn", "source": "voy",
                          "text": f"{self.driver.name} gives the command no network of its own: "
                          f"{why}; the command sees this machine's"}, None)
        self.command = procs.Child("command", world.enter(self.port) + self.o.command, self.inbox,
                                   env=self.env, capture=self.o.json, stdin=None, session=False,
                                   whole=True)

    def command_ended(self, status):
        """The command decides; the driver is taken down in order."""
        self.command_said(status)
        self.harness.send(signal.SIGTERM)

    def command_said(self, status):
        """How the command ended counts as how the run did."""
        self.command_status = self.note.command_status = status
        if status != 0:
            self.blame(f"{self.o.command[0]}: the command {procs.describe(status)}")

    command_status = None

    def under_gdb(self, program, args):
        """The harness under gdb, on this terminal."""
        with self.blocking():
            status = gdb.run(program, args, self.env, getattr(self.o, "breaks", ()))
        self.result = {"ok": status == 0, "reached": None}
        if status != 0:
            self.fail(f"gdb {procs.describe(status)}")

    def stop_card(self):
        """End the simulated card, take its last words and its verdict."""
        if not self.card:
            return
        self.card.stop()
        while True:
            with contextlib.suppress(queue.Empty):
                message = self.inbox.get(timeout=procs.DRAIN)
                if message[:2] == ("sim", "end"):
                    break
                if message[0] != "voy":
                    self.take(*message)
                continue
            break
        verdict = self.card.verdict()
        if verdict:
            self.blame(verdict)

    def say_again(self):
        """What the recorded run was told by others than the driver, if that did the same."""
        if self.wanted is None or self.status == harness.DIVERGED:
            self.note = recording.Note()
            return
        for line in self.note.lines:
            self.stderr(line)
        for event in self.note.events:
            for line in recording.finding(event):
                self.stderr(line)
            self.forward(event, None)
        self.command_status = self.note.command_status
        if self.note.error:
            self.fail(self.note.error)

    def judge_air(self):
        """After the air has ended: what it said last, and whether all was well."""
        while not self.inbox.empty():
            message = self.inbox.get()
            if message[0] == "air":
                self.take(*message)
        failed = self.air and self.air.failed()
        if failed:
            said = "; ".join(self.air.complaints)
            self.blame(f"simulated air: {failed}" + (f": {said}" if said else ""), say=True)

    def complete_recording(self):
        """By what the driver's process cannot know."""
        try:
            self.recording.complete(self.note)
        except VoyError as e:
            self.fail(str(e), say=True)

    def kill(self):
        """Whatever is left, on every way out."""
        if self.command:
            self.command.stop(procs.END_WHOLE)
        for child in (self.harness, self.card and self.card.child):
            if child:
                child.stop(signal.SIGKILL)

    def conclude(self):
        """The result event: the harness's, judged also by the card and the command."""
        seconds = round(time.monotonic() - self.started, 6)
        result = {"event": "result", "ok": False, "reached": self.reached, "seconds": seconds}
        result.update(self.result or {})
        result["event"] = "result"
        result["t"] = seconds
        result["driver"] = self.driver.name
        result["target"] = self.o.on
        if self.card or self.note.violations:
            result["violations"] = self.note.violations
        if self.command_status is not None:
            result["command_status"] = self.command_status
        if self.error:
            result["ok"] = False
            result.setdefault("error", self.error)
        self.emit(result)
        return result


@contextlib.contextmanager
def _signals(session):
    """SIGINT, SIGTERM and SIGHUP become messages, or end a session that takes none."""
    def handler(number, _frame):
        if session.blocked:
            raise KeyboardInterrupt
        session.inbox.put(("voy", "signal", number))
        if session.starting:
            session.starting.interrupt()

    old = {n: signal.signal(n, handler) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, previous in old.items():
            signal.signal(number, previous)
