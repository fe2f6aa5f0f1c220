# SPDX-License-Identifier: BSD-2-Clause
"""The judge of the i82574 model: Linux's own e1000e, as Debian ships it, on two kernels."""
import hashlib
import os
import socket
import threading

import pytest

import klog
import parts
import shell
from asking import Requests
from voyageur import control

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(600)]
ROUTER, MAC = "10.0.2.2", "52:54:00:82:57:4c"
SIZE = 1 << 20
MODES = {"msix": 2, "msi": 1, "intx": 0}    # e1000e's parameter IntMode
SCRIPT = shell.ASK + shell.TOOLS + f"""
CARRIER=/sys/class/net/eth0/carrier
online() {{ wait_for /sys/class/net/eth0/address {MAC} && ip link set eth0 up &&
	wait_for $CARRIER 1 && udhcpc -i eth0 -n -q -f -t 30 -T 1 >/dev/null 2>&1 && echo LEASE; }}
traffic() {{ ping -c 3 -W 10 {ROUTER} | grep received
	nc {ROUTER} $1 </dev/null >/tmp/data; sha256sum </tmp/data; nc {ROUTER} $2 </tmp/data
	grep -H . /sys/class/net/eth0/statistics/*; }}
""" + "".join(f"""
part {mode}
insmod /voy/modules/e1000e.ko IntMode={number}
online; traffic {{{mode}_down}} {{{mode}_up}}; grep eth0 /proc/interrupts
ip link set eth0 down; rmmod e1000e
""" for mode, number in MODES.items()).replace("{ROUTER}", ROUTER) + """
part link
insmod /voy/modules/e1000e.ko
online; ask SET link down; wait_for $CARRIER 0 && echo DOWN
ask SET speed 100; ask SET link up; wait_for $CARRIER 1 && cat /sys/class/net/eth0/speed
ping -c 3 -W 10 10.0.2.2 | grep received
ip link set eth0 down; rmmod e1000e
"""


class Peer(threading.Thread):
    """One connection: sends `data`, or takes what comes (into .received)."""

    def __init__(self, data=b""):
        super().__init__(daemon=True)
        self.data, self.received = data, b""
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.start()

    def run(self):
        conn, _ = self.sock.accept()
        with conn:
            if self.data:
                conn.sendall(self.data)
                return
            chunks = []
            while chunk := conn.recv(1 << 16):
                chunks.append(chunk)
            self.received = b"".join(chunks)

    def end(self):
        """Wait until it is served."""
        self.join(60)
        self.sock.close()
        assert not self.is_alive()


def counters(part):
    """The interface's, by name."""
    return {line.split("/")[-1].split(":")[0]: int(line.split(":")[1]) for line in part.out
            if line.startswith("/sys/class/net/eth0/statistics/")}


def test_linux_moves_data_by_each_kind_of_interrupt(lab, kernel, sim, tmp_path):
    """DHCP, ping, a megabyte each way with segmentation and checksums by the card; link changes;
    and the card has nothing to complain of."""
    card = sim("i82574")
    data = os.urandom(SIZE)
    down, up = ({m: Peer(d) for m in MODES} for d in (data, b""))

    def request(line):
        _, key, value = line.split()
        answer = control.ask(card.control, {"cmd": "set", "key": key, "value": value})
        assert answer["ok"], answer

    asked = Requests(tmp_path / "test", request)
    try:
        script = SCRIPT
        for m in MODES:
            script = script.replace("{%s_down}" % m, str(down[m].port))
            script = script.replace("{%s_up}" % m, str(up[m].port))
        # Loaded once by the lab, and taken out: what it needs stays.
        r = lab(["mkdir -p /lib/modules/$(uname -r); rmmod e1000e\n" + script],
                device={"socket": str(card.socket)}, modules=["e1000e"], vfio=False,
                kernel=kernel, channels={"test": tmp_path / "test"}, timeout=400)
    finally:
        asked.close()
    dmesg = r.dmesg.splitlines()
    found = parts.split(r.stdout.decode().splitlines(), dmesg)
    for m in MODES:
        out = found[m].out
        assert "LEASE" in out and any("3 packets received" in line for line in out), out
        assert f"{hashlib.sha256(data).hexdigest()}  -" in out, out
        down[m].end()
        up[m].end()
        assert up[m].received == data
        c = counters(found[m])
        assert c["rx_bytes"] > SIZE and c["tx_bytes"] > SIZE
        assert {k: v for k, v in c.items() if v and ("err" in k or k == "tx_dropped")} == {}
    assert len([line for line in found["msix"].out if "eth0-rx-0" in line]) == 1
    assert "MSI" in found["msi"].out[-1] and "eth0" in found["intx"].out[-1]
    assert found["link"].out[0] == "LEASE" and found["link"].out[1:3] == ["DOWN", "100"]
    assert "3 packets received" in found["link"].text
    klog.check(dmesg)
    assert not [line for line in dmesg if "Unit Hang" in line or "transmit queue" in line]
    card.stop()
    assert card.child.status == 0       # it is 1 after a violation
