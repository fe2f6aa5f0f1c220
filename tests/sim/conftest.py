# SPDX-License-Identifier: BSD-2-Clause
"""An edu card and a client of it; and lets the tests of this folder import their helpers."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "em")]

from educard import PAGE  # noqa: E402
from rawclient import Client, Memory, Server  # noqa: E402


@pytest.fixture
def server(tmp_path):
    with Server("edu", tmp_path, control=True) as srv:
        yield srv


@pytest.fixture
def client(server):
    with Client(server.path) as c:
        c.version()
        yield c


@pytest.fixture
def ready(client):
    """A client with memory space and bus master on and a page of memory at 0x10000."""
    client.enable()
    memory = Memory(PAGE)
    client.dma_map(0x10000, PAGE, memory.fd)
    client.memory = memory.map
    yield client
    memory.close()
