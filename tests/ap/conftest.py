# SPDX-License-Identifier: BSD-2-Clause
"""An air, access points on it (built with AddressSanitizer), and stations in Python."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from apfixtures import hub, start_ap  # noqa: E402,F401
from station import Station  # noqa: E402


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
