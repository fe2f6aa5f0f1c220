# SPDX-License-Identifier: BSD-2-Clause
"""An air, access points on it (built with AddressSanitizer), and stations in Python."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from approcs import Ap, Hub  # noqa: E402
from station import Station  # noqa: E402


@pytest.fixture
def hub(tmp_path):
    with Hub(tmp_path) as h:
        yield h


@pytest.fixture
def start_ap(hub):
    """start_ap(ssid="net", channel=6, ...) or start_ap(config={...}); ended with the test."""
    aps = []

    def start(**options):
        aps.append(Ap(hub, len(aps), **options))
        return aps[-1]
    yield start
    for ap in aps:
        ap.end()


@pytest.fixture
def station(hub):
    """station(channel=6, ...): they leave with the test."""
    stas = []

    def make(**options):
        stas.append(Station(hub.socket, f"sta{len(stas)}", **options))
        return stas[-1]
    yield make
    for sta in stas:
        sta.close()
