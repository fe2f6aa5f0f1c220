# SPDX-License-Identifier: BSD-2-Clause
"""run-fake, the harness under a personality that misbehaves, on a simulated edu card.

    with Card(tmp_path) as card:
        run = fake(card, "crash-attach")        # FAKE=crash-attach; waits for the end
        assert run.status == 139 and run.result["ok"] is False
"""
import contextlib
import functools
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

from voyageur import procs

BUILD = pathlib.Path(os.environ.get("VOY_TEST_BUILD") or
                     pathlib.Path(__file__).resolve().parents[2] / "build")
VARIANT = os.environ.get("VOY_VARIANT", "gcc")
LIMIT = 200     # seconds after which a test has failed


def wait_for(condition, what, limit=LIMIT):
    """Until condition() is true."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"{what}: waited {limit} s in vain"
        time.sleep(0.01)


class Card:
    """A voy-sim with the edu model; `target` is what --device takes."""

    def __init__(self, folder, *args):
        self.path = str(folder / "card.sock")
        self.target = f"unix:{self.path}"
        self.proc = subprocess.Popen(
            [BUILD / VARIANT / "bin" / "voy-sim", "edu", "--socket", self.path, "--json", *args],
            stdout=subprocess.PIPE, text=True, env=procs.environment())
        self.events = None
        control = args[args.index("--control") + 1:][:1] if "--control" in args else []
        for path in (self.path, *control):
            wait_for(lambda path=path: os.path.exists(path), path)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def stop(self):
        """End it; its events are in .events then."""
        if self.events is None:
            self.proc.terminate()
            out, _ = self.proc.communicate(timeout=LIMIT)
            self.events = [json.loads(line) for line in out.splitlines()]


class Run:
    """How a run-fake ended: .status, .events, .result (the last event), .stderr."""

    def __init__(self, proc, out, err):
        self.status, self.stdout, self.stderr = proc.returncode, out, err
        self.events = [json.loads(line) for line in out.splitlines()]
        self.result = self.events[-1] if self.events else None

    def all(self, event):
        return [e for e in self.events if e["event"] == event]

    def one(self, event):
        found = self.all(event)
        assert len(found) == 1, f"{event}: {found}\n{self.stderr}"
        return found[0]

    def states(self):
        return [e["state"] for e in self.all("state")]


def _limit_files(kb, variant):
    """In the child: no file longer than that."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (kb * 1024, kb * 1024))
    if variant == "tsan":       # its runtime writes one before main(), where the harness ignores it
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def start(card, mode="ok", *args, variant=VARIANT, env=None, json_output=True, target=None,
          limit_kb=None):
    """A running run-fake; it may be limited to files of so many KiB."""
    limit = None if limit_kb is None else \
        functools.partial(_limit_files, limit_kb, variant)
    cmd = [BUILD / variant / "bin" / "run-fake", "--device", target or card.target, *args]
    if json_output:
        cmd.append("--json")
    return subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            errors="replace", preexec_fn=limit,
                            env=procs.environment(dict(env or {}, FAKE=mode)))


def finish(proc):
    """Wait for its end."""
    try:
        out, err = proc.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        proc.kill()
        out, err = proc.communicate()
        raise AssertionError(f"run-fake hangs\n{out}\n{err}") from None
    return Run(proc, out, err)


def fake(card, mode="ok", *args, **kw):
    """run-fake from start to end."""
    return finish(start(card, mode, *args, **kw))


class Control:
    """A client of a control socket: c("status") -> answer; c.line() -> next line."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(LIMIT)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.file.close()
        self.sock.close()

    def line(self):
        raw = self.file.readline()
        return json.loads(raw) if raw else None

    def send(self, raw):
        self.sock.sendall(raw)

    def __call__(self, cmd, **members):
        self.send(json.dumps(dict(members, cmd=cmd)).encode() + b"\n")
        while True:
            answer = self.line()
            if answer is None or "event" not in answer:
                return answer


@contextlib.contextmanager
def staying(card, folder, mode="ok", *args, **kw):
    """A run with --stay that has reached its last state, and a control client: (proc, c)."""
    path = folder / "ctl"
    proc = start(card, mode, "--stay", "--control", str(path), *args, **kw)
    try:
        wait_for(lambda: path.exists() or proc.poll() is not None, "the control socket")
        with Control(path) as c:
            yield proc, c
    finally:
        if proc.poll() is None:
            proc.kill()
            proc.communicate()
