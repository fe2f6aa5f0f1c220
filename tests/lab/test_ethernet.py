# SPDX-License-Identifier: BSD-2-Clause
"""iperf3 over em, through the guest's real VFIO on QEMU's e1000e: nothing is lost by the driver.

With VOY_LONG set in the environment five minutes each way; the figures are printed (pytest -s).
"""
import json
import os

import iperf
import pytest

import lab
from voyageur import paths

LONG = bool(os.environ.get("VOY_LONG"))
SECONDS = 300 if LONG else 2
ROUTER = "10.0.2.2"     # of QEMU's own network; this machine's loopback
# What must be 0: frames that driver, device or glue have lost, restarts.
LOST = {"core": ("rx_crc", "rx_length", "rx_missed", "rx_nomem", "tx_errors", "collisions"),
        "glue": ("rx_bad", "rx_host", "tx_memory", "tx_refused", "restarts")}
SCRIPT = """
run-em --device $VOY_BDF --json --stay --net ns >/tmp/events & run=$!
until grep -q '"state":"ip"' /tmp/events; do kill -0 $run || exit 9; sleep 0.1; done
pid=$(sed -n 's/.*"event":"net".*"pid":\\([0-9]*\\).*/\\1/p' /tmp/events)
into="nsenter -t $pid -n -m --"
$into iperf3 -c {router} -p {port} -t {seconds} --json >/tmp/up
$into iperf3 -c {router} -p {port} -t {seconds} --json -R >/tmp/down
$into cat /proc/net/snmp /proc/net/netstat >/tmp/tcp
kill -TERM $run; wait $run; status=$?
for f in events up down tcp; do echo "== $f"; cat /tmp/$f; echo; done
exit $status
"""


def files(out):
    """{name: text} of what the script has printed."""
    return dict(part.split("\n", 1) for part in ("\n" + out).split("\n== ")[1:])


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.deadline(1500 if LONG else 200)
def test_em_loses_nothing_of_iperf3_either_way(guest_parts):
    """What the device has counted is what the driver handed over, frame by frame.

    TCP's retransmissions are told only: a guest that stands still for a while makes some.
    """
    with iperf.server(iperf.command()) as port:
        r = lab.run([SCRIPT.format(router=ROUTER, port=port, seconds=SECONDS)], device="e1000e",
                    files=[str(paths.program(n)) for n in ("run-em", "voy-netns")],
                    modules=["tun"], packages=["iperf3"], timeout=4 * SECONDS + 120)
    said = files(r.stdout.decode())
    events = [json.loads(line) for line in said["events"].split("\n") if line]
    assert r.status == 0 and events[-1]["ok"], (events[-3:], r.stderr)
    net, = (e for e in events if e["event"] == "ethernet")
    core, glue, tcp = net["core"], net["glue"], iperf.tcp_counters(said["tcp"])
    up, down = (json.loads(said[name])["end"] for name in ("up", "down"))
    print(f"\nup {up['sum_sent']}\ndown {down['sum_received']}\n{core}\n{glue}\n"
          + str({k: v for k, v in tcp.items() if "Retrans" in k or "OFO" in k or k == "TCPLoss"}))
    assert {f"{who}.{n}": net[who][n] for who, names in LOST.items() for n in names
            if net[who][n]} == {}
    # No frame is anywhere else: device, driver, glue.
    assert core["rx_device"] == core["rx_frames"] == glue["rx"] > 0
    assert core["tx_device"] == core["tx_frames"] == glue["tx"] > 0
    assert glue["rx_bytes"] == core["rx_bytes"] >= down["sum_received"]["bytes"] > 0
    # What the other side has got; what was still in the socket at the end was never sent.
    assert glue["tx_bytes"] == core["tx_bytes"] >= up["sum_received"]["bytes"] > 0
