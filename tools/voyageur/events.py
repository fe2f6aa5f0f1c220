# SPDX-License-Identifier: BSD-2-Clause
"""The events of a run: reading them from the programs, printing them for people or programs.

An event is a dict with "event" and "t" (seconds since the start of the run).  The kinds: start,
contained (what the driver's process has given up), state, info, log, error, violation, crash,
result (harness, always last), listening, model, reset (sim), output (a command's line).  Events of
the simulated card get "source": "sim".
"""
import json
import sys


def parse(line):
    """The event in a line of output, or a log event with the line when it is not one."""
    try:
        event = json.loads(line)
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            return event
    except ValueError:
        pass
    return {"event": "log", "level": "info", "text": line}


class JsonPrinter:
    """One JSON object per line on stdout."""

    def __call__(self, event):
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


class HumanPrinter:
    """Lines for a person on stdout.

    Troubles are on stderr already, by the program that had them; only our own are added there.
    """

    told = None     # our own last trouble

    def __call__(self, event):
        show = getattr(self, "_" + event["event"], None)
        if show:
            show(event)

    def _out(self, event, text):
        t = event.get("t")
        stamp = f"[{t:8.3f}] " if isinstance(t, (int, float)) else " " * 11
        print(f"{stamp}{text}", flush=True)

    def _err(self, text):
        sys.stdout.flush()
        print(text, file=sys.stderr, flush=True)

    def _start(self, e):
        self._out(e, f"{e.get('driver')} on {e.get('target')}")

    def _state(self, e):
        self._out(e, f"state {e.get('state')}")

    def _info(self, e):
        self._out(e, f"{e.get('key')} {e.get('value')}")

    def _log(self, e):
        if e.get("source") != "sim":    # a card logs each command; --json has it all
            self._out(e, e.get("text", ""))

    def _output(self, e):
        self._out(e, e.get("text", ""))

    def _model(self, e):
        about = e.get("summary") or e.get("name") or e.get("model")
        if about:
            self._out(e, f"simulated card: {about}")

    def _fault(self, e):
        self._out(e, f"simulated card: fault {e.get('fault')} strikes")

    def _error(self, e):
        if e.get("source") == "voy":
            self.told = e.get("text")
            self._err(f"voy: {e.get('text')}")

    _crash = _error

    def _result(self, e):
        if e.get("ok"):
            seconds = e.get("seconds") or 0
            reached = e.get("reached")      # under gdb nobody tells
            self._out(e, f"ok: reached {reached} in {seconds:.3f} s" if reached else "ok")
            return
        reached = e.get("reached")
        how = f"after {reached}" if reached else "before attached"
        error = e.get("error")
        why = f": {error}" if error and error != self.told else ""
        self._out(e, f"failed {how}{why}")
