# SPDX-License-Identifier: BSD-2-Clause
"""`voy run em`: on a simulated 82574L and on QEMU's e1000e behind the guest's VFIO, its frames in a
network of their own.

A router is behind either card: 10.0.2.2, with DHCP; this machine's loopback is reached by it.
"""
import hashlib
import os
import shutil
import socket
import threading

import pytest

from voyageur import cache, fetch, paths

pytestmark = pytest.mark.deadline(180)
ROUTER = "10.0.2.2"
SIZE = {"sim": 1 << 20, "lab": 4 << 20}     # octets
# Counters that must be 0: what the driver, the device or the glue has lost.
LOST = {"core": ("rx_crc", "rx_length", "rx_missed", "rx_nomem", "tx_errors"),
        "glue": ("rx_bad", "rx_host", "tx_memory", "tx_refused", "restarts")}


class Peer(threading.Thread):
    """On this machine: sends `data` to the first that connects, and takes what the second sends."""

    def __init__(self, data):
        super().__init__(daemon=True)
        self.data, self.received = data, b""
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.sock.settimeout(120)
        self.port = self.sock.getsockname()[1]
        self.start()

    def run(self):
        with self.sock.accept()[0] as c:
            c.sendall(self.data)
        with self.sock.accept()[0] as c:
            chunks = []
            while chunk := c.recv(1 << 16):
                chunks.append(chunk)
        self.received = b"".join(chunks)


def output(said):
    """Of the command."""
    return "\n".join(e["text"] for e in said.events if e["event"] == "output")


def lost(said):
    """{counter: number} of what should not be."""
    net, = (e for e in said.events if e["event"] == "ethernet")
    return {f"{who}.{name}": net[who][name] for who, names in LOST.items() for name in names
            if net[who][name]}


@pytest.fixture(params=["sim", pytest.param("lab", marks=pytest.mark.lab)])
def on(request):
    """The target; the lab only where there is one."""
    if request.param == "lab":
        request.getfixturevalue("lab")
    return request.param


@pytest.fixture
def tools(on):
    """What comes before the name of a busybox command where the test's command runs."""
    if on == "lab":
        return ""
    try:
        return f"{fetch.busybox()} "
    except cache.CacheError as e:
        pytest.skip(str(e))


def test_data_arrives_whole_by_msix(voy, tmp_path, on, tools):
    """States in order, DHCP, TCP both ways; nothing is lost by driver, device or glue."""
    data = os.urandom(SIZE[on])
    peer = Peer(data)
    file = "/tmp/data" if on == "lab" else tmp_path / "data"
    script = (f"{tools}ip -o link; {tools}nc {ROUTER} {peer.port} </dev/null >{file}; "
              f"sha256sum {file}; {tools}nc {ROUTER} {peer.port} <{file}; "
              f"{tools}ping -c 3 -W 10 {ROUTER}")
    said = voy("run", "em", "--on", on, "--json", "--", "sh", "-c", script)
    assert said.status == 0 and said.result["ok"], (said.result, said.err)
    assert said.result["interrupts"] == "3 vectors of MSI-X"
    assert said.result["mac"] == "52:54:00:82:57:4c"
    assert [e["state"] for e in said.events if e["event"] == "state"] == ["attached", "link", "ip"]
    out = output(said)
    assert "3 packets received" in out and "em0" in out, out
    assert hashlib.sha256(data).hexdigest() in out
    peer.join(60)
    assert hashlib.sha256(peer.received).digest() == hashlib.sha256(data).digest()
    assert lost(said) == {}


def test_a_program_of_another_repository_has_a_network(voy, tmp_path):
    """What holds it does not lie beside that program."""
    shutil.copy(paths.program("run-em"), tmp_path / "run-mine")
    shutil.copy(paths.ROOT / "drivers/em/voy.json", tmp_path)
    said = voy("run", tmp_path / "run-mine", "--until", "ip", "--json")
    assert said.status == 0 and said.result["reached"] == "ip", (said.result, said.err)


@pytest.mark.lab
def test_it_lives_again_and_again(voy, lab):
    """Attach to detach, five times in one process; nothing is left."""
    said = voy("run", "em", "--on", "lab", "--json", "--cycles", "5")
    assert said.status == 0 and said.result["ok"], (said.result, said.err)
    assert len([e for e in said.events if e["event"] == "ethernet"]) == 5


@pytest.mark.lab
def test_it_sleeps_and_wakes(voy, lab):
    """Three times, and the link and the address are there again after each."""
    said = voy("run", "em", "--on", "lab", "--json", "--suspend", "3", "--until", "ip")
    assert said.status == 0 and said.result["ok"], (said.result, said.err)
    links = [e["value"] for e in said.events if e["event"] == "info" and e["key"] == "link"]
    assert len([v for v in links if v.startswith("1000 Mb/s full")]) >= 4
