# SPDX-License-Identifier: BSD-2-Clause
"""em on a simulated 82574L, and the other end of its cable."""
import pathlib
import sys
import time

import pytest

from voyageur import fetch, world

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from peer import PATIENCE, Peer  # noqa: E402


class Em:
    """One run of em that stays."""

    def __init__(self, run):
        self.run = run

    def net(self):
        """Link and counters: {"core": {...}, "glue": {...}, ...}."""
        answer = self.run.control("net")
        assert answer["ok"] and answer["fresh"], answer
        return answer

    def until(self, condition, what):
        """Wait for it; the run must not have ended."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert not [e for e in self.run.poll_events() if e["event"] == "result"], \
                (what, self.run.events[-5:])
            assert time.monotonic() < end, f"{what}: waited in vain: {self.net()}"
            time.sleep(0.02)

    def counts(self, **wanted):
        """Wait until the driver's counters are these."""
        self.until(lambda: all(self.net()["core"][k] >= v for k, v in wanted.items()), wanted)
        core = self.net()["core"]
        assert {k: core[k] for k in wanted} == wanted, core
        return core

    def links(self):
        """What has been said of the link."""
        return [e["value"] for e in self.run.poll_events()
                if e["event"] == "info" and e["key"] == "link"]

    def linked(self, n=1, value="1000 Mb/s full duplex"):
        """Wait until the link was told to be so for the nth time."""
        self.until(lambda: self.links().count(value) >= n, f"link {value}")

    def logged(self):
        """What the driver has said."""
        return "\n".join(e["text"] for e in self.run.poll_events() if e["event"] == "log")

    def says(self, text):
        """Wait until it has said that."""
        self.until(lambda: text in self.logged(), text)

    def end(self):
        """An orderly end; nobody complains."""
        result = self.run.stop(PATIENCE)
        assert result["ok"] and not self.run.violations(), (result, self.run.stderr()[-3000:])
        return next(e for e in self.run.events if e["event"] == "ethernet")


@pytest.fixture
def peer(tmp_path):
    """The other end of the cable."""
    with Peer(tmp_path) as p:
        yield p


@pytest.fixture
def em(driver, peer):
    """em(settings={}, host=False, ...) -> Em whose link is up; `host`: with a network interface,
    which sends by itself (DHCP, while it gets no answer).  Other options as driver.start()."""
    def start(settings=(), host=False, link=True, **how):
        given = {"net": peer.net, **dict(settings)}
        args, env = [], dict(how.pop("env", {}))
        if host:
            try:
                env.update(world.port_environment())
            except fetch.cache.CacheError as e:
                pytest.skip(str(e))
            args = ["--net", "ns"]
        e = Em(driver.start("em", on="sim", until="link", stay=True, settings=given, args=args,
                            env=env, **how))
        if link:
            e.run.wait("link", PATIENCE)
        return e
    return start
