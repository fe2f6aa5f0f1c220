# SPDX-License-Identifier: BSD-2-Clause
"""An air whose time jumps, with an access point, for each test."""
import json
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sim")]

from clockworld import World  # noqa: E402
from voyageur import paths  # noqa: E402


@pytest.fixture
def world(tmp_path):
    """world(variant=, patience=ms, time=) -> World, entered; ended with the test."""
    worlds = []

    def start(variant=paths.VARIANT, patience=3600000, pace="fast", aps=True):
        config = tmp_path / f"world{len(worlds)}.json"
        air = {"time": pace, "patience": patience}
        config.write_text(json.dumps({"air": air, "aps": [
            {"name": "ap0", "ssid": "net", "channel": 6}] if aps else []}))
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        worlds.append(World(folder, config, variant=variant, keep_stderr=True))
        air = worlds[-1].__enter__()
        if pace == "fast" and aps:
            air.until(lambda s: s["list"] and all(r["takes_part"] for r in s["list"]), "all here")
        return air

    yield start
    for one in worlds:
        one.__exit__(None, None, None)
        assert not [line for line in one.complaints if "Sanitizer" in line], one.complaints
