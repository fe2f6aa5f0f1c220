# SPDX-License-Identifier: BSD-2-Clause
"""An air and access points on it, for the tests of the access point and of the driver."""
import pytest
from approcs import Ap, Hub


@pytest.fixture
def hub(tmp_path):
    """The air."""
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
