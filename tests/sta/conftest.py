# SPDX-License-Identifier: BSD-2-Clause
"""An air, access points on it, and iwm as a station; with --on lab, in a guest for each test."""
import pathlib
import sys

import pytest

from voyageur import fetch, world

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "ap"), str(HERE.parent / "air")]

from approcs import Ap, Hub  # noqa: E402
from iwmstation import Station  # noqa: E402


@pytest.fixture
def pace():
    """Of the air's time: real, or fast, which jumps while nobody has anything to do."""
    return "real"


@pytest.fixture
def hub(tmp_path, pace, voy_target):
    """The air.  A guest knows no time but the wall's."""
    with Hub(tmp_path, "--time", pace if voy_target == "sim" else "real") as h:
        yield h


@pytest.fixture
def start_ap(hub):
    """start_ap(ssid="home", channel=36, psk=..., ...); ended with the test."""
    aps = []

    def start(**options):
        aps.append(Ap(hub, len(aps), **{"ssid": "home", "channel": 36, **options}))
        return aps[-1]
    yield start
    for ap in aps:
        ap.end()


@pytest.fixture
def station(driver, voy_target, hub, firmware, tmp_path):
    """station(ssid="home", psk=None, net=True, ...) -> Station; other options as driver.start()."""
    def start(ssid="home", psk=None, net=True, until=None, stay=True, args=(), settings=(),
              timeout=300, **how):
        args = list(args)
        if ssid is not None:
            args += ["--ssid", ssid]
        if psk:
            path = tmp_path / "psk"
            path.write_text(psk + "\n")
            args += ["--psk-file", path]
        if voy_target == "lab" and "--pcap" in args:
            pytest.skip("needs a file that the driver writes, and that one is in the lab guest")
        try:
            env = {} if voy_target == "lab" else world.port_environment()
        except fetch.cache.CacheError as e:
            pytest.skip(str(e))
        if net:
            args += ["--net", "ns"]
        return Station(driver.start("iwm", until=until, stay=stay, args=args, env=env,
                                    timeout=timeout,
                                    settings={"air": hub.socket, **dict(settings)}, **how))
    assert firmware
    return start
