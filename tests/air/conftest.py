# SPDX-License-Identifier: BSD-2-Clause
"""A hub for each test; and lets the tests of this folder import their helpers."""
import pathlib
import shutil
import sys

import pytest

from voyageur import cache, programs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import radio  # noqa: E402


@pytest.fixture
def start(tmp_path):
    """Starts a hub with these options; it has to end well."""
    hubs = []

    def start_hub(*options, program=radio.PROGRAM):
        hubs.append(radio.Hub(tmp_path, *options, program=program))
        return hubs[-1]

    yield start_hub
    for hub in hubs:
        result = hub.stop()
        assert result["event"] == "result" and hub.proc.returncode in (0, 1), hub.stderr
        assert "Sanitizer" not in hub.stderr, hub.stderr


@pytest.fixture
def hub(start):
    """A hub without settings in which no radio may break the protocol."""
    one = start()
    yield one
    assert one.stop()["ok"] and one.proc.returncode == 0, one.stderr


@pytest.fixture
def pair(hub):
    """Two radios on channel 1."""
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    return a, b


@pytest.fixture(scope="session")
def tshark():
    """The command line of Wireshark: the system's, else of Debian's package, unpacked."""
    system = shutil.which("tshark")
    if system:
        return [system]
    try:
        p = programs.package("tshark")
    except cache.CacheError as e:
        pytest.skip(str(e))
    return [str(p.loader), "--library-path", str(p.libs), str(p.names["tshark"])]
