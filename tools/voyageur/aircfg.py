# SPDX-License-Identifier: BSD-2-Clause
"""A whole air from one file: the hub's settings and the access points on it.

    {
      "air": {"loss": 2, "noise": -92, "seed": 1,
              "pairs": [{"a": "attic", "b": "card0", "rssi": -78}]},
      "aps": [
        {"name": "hall", "ssid": "open net", "channel": 6, "rssi": -45},
        {"name": "attic", "ssid": "home", "channel": 36, "psk": "correct horse"}
      ]
    }

    with aircfg.Air(folder, "world.json", emit) as air:
        voy-sim i7260 --set air={air.socket} ...

"air" is read here, "aps" by voy-ap itself (tools/sim/ap/config.c); both may be left out.  Errors
name file, line and cause.
"""
import json
import pathlib
import re

from . import group, paths
from .errors import VoyError

# Settings of the hub that hold for all pairs of radios, then those of the hub itself.
OF_PAIRS = ("rssi", "noise", "loss", "delay")
OF_HUB = ("sensitivity", "airtime", "radios", "seed", "patience")


class Config:
    """A configuration file; `hub`: arguments for voy-air, `aps`: are there access points."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            self.text = self.path.read_text(encoding="utf-8")
            world = json.loads(self.text)
        except OSError as e:
            raise VoyError(f"{path}: {e.strerror}; give a file like README.md's, in its part "
                           "on the air") from e
        except json.JSONDecodeError as e:
            raise VoyError(f"{path}:{e.lineno}: {e.msg}") from e
        except ValueError as e:
            raise VoyError(f"{path}: not text in UTF-8") from e
        if not isinstance(world, dict):
            self._wrong(0, "the file is one object: {\"air\": {...}, \"aps\": [...]}")
        for key in world:
            if key not in ("air", "aps"):
                self._wrong(self._find(key), f"{key}: no such part; there are air and aps")
        self.aps = "aps" in world
        self.hub = self._air(world.get("air", {}))

    def _find(self, key, start=0):
        """Where a member's name stands in the text, at or after `start`."""
        m = re.compile(re.escape(json.dumps(key)) + r"\s*:").search(self.text, start)
        return m.start() if m else start

    def _wrong(self, at, cause):
        raise VoyError(f"{self.path}:{self.text.count(chr(10), 0, at) + 1}: {cause}")

    def _number(self, key, value, at):
        if isinstance(value, bool):
            return "on" if value else "off"
        if not isinstance(value, (int, float)):
            self._wrong(at, f"{key}: wants a number, not {json.dumps(value)}")
        return json.dumps(value)

    def _air(self, air):
        start = self._find("air")
        if not isinstance(air, dict):
            self._wrong(start, "air: wants an object: {\"loss\": 2, ...}")
        args = []
        for key, value in air.items():
            at = self._find(key, start)
            if key == "time":
                if value not in ("real", "fast"):
                    self._wrong(at, "time: wants \"real\" or \"fast\"")
                args.append(f"--time={value}")
            elif key == "pairs":
                args += self._pairs(value, at)
            elif key in OF_PAIRS + OF_HUB:
                args += ["--set", f"{key}={self._number(key, value, at)}"]
            else:
                self._wrong(at, f"{key}: no such setting of the air; there are time, pairs, "
                                f"{', '.join(OF_PAIRS + OF_HUB)}")
        return args

    def _pairs(self, pairs, at):
        if not isinstance(pairs, list):
            self._wrong(at, "pairs: wants a list of {\"a\": ..., \"b\": ..., \"rssi\": ...}")
        args = []
        for pair in pairs:
            at = max(at, self.text.find("{", at + 1))
            if not isinstance(pair, dict) or not all(
                    isinstance(pair.get(k), str) and re.fullmatch(r"[\w.*-]{1,31}", pair[k])
                    for k in "ab"):
                self._wrong(at, "a pair names two radios: {\"a\": ..., \"b\": ..., ...}")
            where = f"{pair['a']}:{pair['b']}" + (":oneway" if pair.get("oneway") else "")
            for key, value in pair.items():
                if key in OF_PAIRS:
                    args += ["--set", f"{key}:{where}={self._number(key, value, at)}"]
                elif key not in ("a", "b", "oneway"):
                    self._wrong(self._find(key, at), f"{key}: no such setting of a pair; there "
                                f"are a, b, oneway, {', '.join(OF_PAIRS)}")
        return args


class Air(group.Group):
    """voy-air and, if the file has access points, voy-ap; they end with the with block.

    `folder`: where the sockets go.  `emit` gets every event, with "source": "air", "ap" or, of
    the cards, "card0"...  `cards`: for each simulated card its socket, model and settings.
    """

    def __init__(self, folder, config=None, emit=None, pcap=None, socket=None, control=None,
                 variant=paths.VARIANT, cards=(), keep_stderr=False):
        super().__init__(emit, variant, keep_stderr)
        self.folder = pathlib.Path(folder)
        self.config = Config(config) if config else None
        self.socket = pathlib.Path(socket) if socket else self.folder / "air.sock"
        self.control = pathlib.Path(control) if control else self.folder / "air.ctl"
        self.ap_control = self.folder / "ap.ctl"
        self._pcap, self._cards = pcap, cards

    def start(self):
        hub = ["--json", "--socket", self.socket, "--control", self.control]
        hub += ["--pcap", self._pcap] if self._pcap else []
        hub += self.config.hub if self.config else []
        self.run("air", "voy-air", hub)
        if self.config and self.config.aps:
            self.run("ap", "voy-ap", ["--json", "--air", self.socket, "--config",
                                      self.config.path, "--control", self.ap_control,
                                      "--air-control", self.control])
        for number, (socket, model, settings) in enumerate(self._cards):
            sets = [a for s in settings for a in ("--set", s)]
            self.run(f"card{number}", "voy-sim", [model, "--json", "--socket", socket,
                                                  "--set", f"air={self.socket}", *sets])
