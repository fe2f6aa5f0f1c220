# SPDX-License-Identifier: BSD-2-Clause
"""iwm as a station on a simulated air: what it tells, what it is asked, programs in its network.

    s = Station(run)                    # of driver.start("iwm", ...)
    s.event("associated", ssid="home")
    s.wifi("status")["state"] == "running"
    assert s.ping(3) == 3
    s.end()                             # orderly, nothing lost, the card complains of nothing
"""
import re
import signal
import subprocess
import time

import pytest

from voyageur import fetch, procs

PATIENCE = 200      # seconds until something has not happened
ROUTER = "10.0.2.2"
PSK = "correct horse"
# The air's time jumps while nobody has anything to do: for stations without a network interface.
FAST = pytest.mark.parametrize("pace", ["fast"])


class Station:
    """One run."""

    def __init__(self, run):
        self.run = run
        self.seen = 0       # events of the run that were waited for

    def event(self, what, timeout=PATIENCE, **members):
        """The next {"event":"wifi","what":...} with these members, of those not yet passed."""
        end = time.monotonic() + timeout
        while True:
            events = self.run.poll_events()
            for i in range(self.seen, len(events)):
                e = events[i]
                if e["event"] == "wifi" and e["what"] == what and \
                        all(e.get(k) == v for k, v in members.items()):
                    self.seen = i + 1
                    return e
                assert e["event"] != "result", f"no {what} {members}: {e}"
            assert time.monotonic() < end, f"no {what} {members} in {timeout} s: {self.told()}"
            time.sleep(0.02)

    def pass_over(self):
        """What has been told until now is waited for no more."""
        self.seen = len(self.run.poll_events())

    def until(self, condition, what, timeout=PATIENCE):
        """Wait until condition() is true."""
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f"{what}: waited {timeout} s in vain; {self.told()}"
            time.sleep(0.05)

    def told(self):
        """What it has told of itself."""
        return [e for e in self.run.poll_events() if e["event"] in ("wifi", "error")][-20:]

    def logged(self):
        """Its lines for the user."""
        return "\n".join(e["text"] for e in self.run.poll_events() if e["event"] == "log")

    def wifi(self, do, **members):
        """A request that must succeed; the answer."""
        answer = self.run.control({"cmd": "wifi", "do": do, **members})
        assert answer["ok"], answer
        return answer

    def count(self, name):
        """One of its counters."""
        return self.wifi("stats")["stats"][name]

    def state(self, state, timeout=PATIENCE):
        """Wait for a state."""
        self.until(lambda: self.wifi("status")["state"] == state, state, timeout)

    def online(self):
        """Wait for an address; then programs can use the network."""
        self.run.wait("ip")
        return self

    def start(self, *argv, program=None):
        """A program in its network; busybox's if none is named, so that there is one everywhere."""
        if self.run.target.kind == "lab":
            if program:
                pytest.skip(f"needs {program[0]}, which the lab guest has not")
            return self.run.program("busybox", *argv)
        return self.run.program(*(program or [fetch.busybox()]), *argv)

    def do(self, *argv, timeout=PATIENCE, **how):
        """The same, and its output when it has ended well."""
        p = self.start(*argv, **how)
        try:
            out, _ = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            out, _ = p.communicate(timeout=timeout)
            raise AssertionError(f"{argv} hangs: {out}") from None
        assert p.returncode == 0, f"{argv} {procs.describe(p.returncode)}: {out}; {self.told()}"
        return out

    def ping(self, n=3, size=56, wait=10):
        """How many of n pings are answered; at least one has to."""
        return answers(self.do("ping", "-c", n, "-s", size, "-W", wait, "-i", "0.2", ROUTER,
                               timeout=PATIENCE + n))

    def pinging(self, interval="0.05", wait=2):
        """A ping that goes on until its end(); the router's address is known by then, so that
        not all wait for one frame that is lost."""
        assert self.ping(1) == 1
        return Pinging(self, self.start("ping", "-i", interval, "-W", wait, "-c", 100000, ROUTER))

    def end(self, ok=True):
        """SIGTERM; the run and the card are content."""
        result = self.run.stop(timeout=PATIENCE)
        assert not self.run.violations()
        assert result["ok"] is ok, (result, self.run.stderr()[-3000:])
        return result


class Pinging:
    """A ping that runs."""

    def __init__(self, station, process):
        self.station, self.process = station, process

    def end(self):
        """(sent, how many of these were not answered), up to the last that was: those behind it are
        still under way. Another ping is answered first, so these are few."""
        self.station.ping(2)
        self.process.send_signal(signal.SIGINT)
        out, _ = self.process.communicate(timeout=PATIENCE)
        answered = {int(n) for n in re.findall(r"seq=(\d+)", out)}
        assert answered, out
        sent = max(answered) + 1
        return sent, sent - len(answered)


def answers(out):
    """How many packets ping has received."""
    return int(re.search(r"(\d+) packets received", out)[1])
