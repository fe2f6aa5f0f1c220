# SPDX-License-Identifier: BSD-2-Clause
"""`voy sim air --config`: hub and access points from one file, as a user starts them."""
import json
import os
import signal
import subprocess

import pytest

from airwire import PATIENCE, Radio
from ip import Host
from slowstart import Held
from station import Station
from voyageur import paths

VOY = paths.ROOT / "voy"


class World:
    """A running `voy sim air` with one access point, in a folder; it ends with the block."""

    def __init__(self, folder, *options, **env):
        config, self.errors = folder / "world.json", folder / "stderr"
        config.write_text(json.dumps({"air": {"seed": 1}, "aps": [{"ssid": "net", "channel": 6}]}))
        self.socket, self.events = folder / "air", []
        with open(self.errors, "wb") as err:
            self.p = subprocess.Popen(
                [VOY, "sim", "air", "--config", config, "--socket", self.socket, "--json",
                 *options], stdout=subprocess.PIPE, stderr=err, text=True, start_new_session=True,
                env={**os.environ, **env})

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.p.poll() is None:
            os.killpg(self.p.pid, signal.SIGKILL)
        self.p.wait()
        self.p.stdout.close()

    def stderr(self):
        """What was written there."""
        return self.errors.read_text(errors="replace")

    def story(self):
        """All there is to tell of it."""
        return "\n".join(["", *map(str, self.events), f"status {self.p.poll()}; stderr:",
                          self.stderr()])

    def event(self, source, name):
        """The next of that kind."""
        for line in self.p.stdout:
            self.events.append(json.loads(line))
            if (self.events[-1]["source"], self.events[-1]["event"]) == (source, name):
                return self.events[-1]
        self.p.wait(PATIENCE)
        raise AssertionError(f"no {name} of {source}: {self.story()}")

    def ends_well(self):
        """First the access point, then the air."""
        for source in "ap", "air":
            assert self.event(source, "result")["ok"], self.story()
        assert self.p.wait(PATIENCE) == 0 and self.stderr() == "", self.story()
        assert not self.socket.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_world_runs_until_it_is_ended_and_leaves_nothing(tmp_path, number):
    pcap = tmp_path / "air.pcapng"
    with World(tmp_path, "--pcap", pcap) as world:
        world.event("ap", "listening")
        sta = Station(world.socket, "card0", channel=6)
        sta.join("net")
        assert Host(sta).dhcp() == "10.0.2.15"
        sta.close()
        world.p.send_signal(number)
        world.ends_well()
    assert pcap.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_is_still_being_started_when_the_signal_comes_is_not_forgotten(tmp_path, number):
    """On a busy machine that may be long after the access point has said that it is there."""
    held = Held(tmp_path, "ap")
    with World(tmp_path, **held.environment) as world:
        world.event("ap", "listening")
        held.wait(world.p)
        world.p.send_signal(number)
        held.go()
        world.ends_well()


def test_a_world_whose_events_nobody_reads_any_more_ends(tmp_path):
    """As in: voy sim air --config FILE --json | head -1"""
    with World(tmp_path) as world:
        world.event("ap", "listening")
        radio = Radio(world.socket, "card0")
        world.p.stdout.close()
        radio.close()       # that it has left would be told
        assert world.p.wait(PATIENCE) == 1 and world.stderr() == "", world.story()
    assert not world.socket.exists()


def test_an_access_point_that_cannot_start_is_told_once(tmp_path):
    path = tmp_path / "world.json"
    path.write_text('{"aps": [\n {"ssid": "net",\n  "channel": 99}]}')
    p = subprocess.run([VOY, "sim", "air", "--config", path], capture_output=True, text=True,
                       timeout=250, check=False)
    assert p.returncode == 1
    assert f"{path}:3: channel: there is no channel 99" in p.stderr
