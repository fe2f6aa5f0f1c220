# SPDX-License-Identifier: BSD-2-Clause
"""voy-air and voy-ap as processes, their events and control sockets."""
import json
import queue
import socket
import time

from airwire import PATIENCE
from voyageur import paths, procs

VARIANT = paths.VARIANT


class Program:
    """A running program with events on stdout."""

    def __init__(self, name, argv, control, errors):
        self.inbox = queue.SimpleQueue()
        self.all, self.events = [], []      # events so far; those that no event() has taken
        self.control = control
        self.errors = errors
        with open(errors, "wb") as err:
            self.child = procs.Child(name, argv, self.inbox, stderr=err)

    def event(self, name, timeout=PATIENCE, **members):
        """The next event of that name with these members; kept ones count, too."""
        end = time.monotonic() + timeout
        i = 0
        while True:
            for e in self.events[i:]:
                i += 1
                if e["event"] == name and all(e.get(k) == v for k, v in members.items()):
                    del self.events[:i]
                    return e
            try:
                _, kind, value = self.inbox.get(timeout=max(end - time.monotonic(), 0.01))
            except queue.Empty:
                raise AssertionError(f"no event {name} {members}: {self.story()}") from None
            if kind == "end":
                raise AssertionError(f"the program {procs.describe(value)}: {self.story()}")
            self.all.append(json.loads(value))
            self.events.append(self.all[-1])

    def ask(self, cmd, **members):
        """One command on the control socket; the answer."""
        s = socket.socket(socket.AF_UNIX)
        with s:
            s.settimeout(PATIENCE)
            s.connect(str(self.control))
            s.sendall(json.dumps({"cmd": cmd, **members}).encode() + b"\n")
            return json.loads(s.makefile().readline())

    def do(self, cmd, **members):
        """A command that must succeed."""
        answer = self.ask(cmd, **members)
        assert answer["ok"], answer
        return answer

    def stderr(self):
        """What it wrote there."""
        return self.errors.read_text(errors="replace")

    def story(self):
        """All there is to tell of it."""
        while not self.inbox.empty():
            _, kind, value = self.inbox.get()
            self.all += [json.loads(value)] if kind == "line" else []
        return "\n".join(["", *map(str, self.all), f"stderr: {self.stderr()}"])

    def stop(self):
        """SIGTERM; the exit status."""
        return self.child.stop()


class Hub(Program):
    """voy-air."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.socket = folder / "air.sock"
        control = folder / "air.ctl"
        super().__init__("air", [paths.program("voy-air"), "--json", "--socket", self.socket,
                                 "--control", control, *options], control, folder / "air.err")
        self.event("listening")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


class Ap(Program):
    """voy-ap; status 0 and an empty stderr at its end are part of every test."""

    def __init__(self, hub, index, config=None, wait=True, more=(), **options):
        folder = hub.folder
        control = folder / f"ap{index}.ctl"
        argv = [paths.program("voy-ap", VARIANT), "--json", "--air", hub.socket,
                "--control", control, "--air-control", hub.control]
        if config is not None:
            path = folder / f"ap{index}.json"
            path.write_text(json.dumps(config))
            argv += ["--config", path]
        else:
            options.setdefault("name", f"ap{index}")
            options.setdefault("bssid", f"02:00:00:00:00:{index:02x}")
        for key, value in options.items():
            key = "--" + key.replace("_", "-")
            argv += [key] if value is True else [key, str(value)]
        argv += more
        super().__init__("ap", argv, control, folder / f"ap{index}.err")
        if wait:
            self.event("listening")

    def end(self):
        """Stops it; fails the test when it crashed or complained."""
        status = self.stop()
        assert status == 0 and self.stderr() == "", \
            f"voy-ap {procs.describe(status)}: {self.story()}"
