# SPDX-License-Identifier: BSD-2-Clause
"""iperf3 out of Debian's archive, and its server on this machine.

    with iperf.server(iperf.command()) as port: ...     # where a guest's or a station's traffic ends
"""
import contextlib
import socket
import subprocess
import threading

import pytest

from voyageur import cache, procs, programs


def command():
    """The words that run it; a test is skipped where it cannot be had."""
    try:
        p = programs.package("iperf3")
    except cache.CacheError as e:
        pytest.skip(str(e))
    return [str(p.loader), "--library-path", str(p.libs), str(p.names["iperf3"])]


@contextlib.contextmanager
def server(argv, *options):
    """On this machine's loopback, which a router passes connections to; its port.

    It listens when the block begins, and is gone when that ends.
    """
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    p = subprocess.Popen([*argv, "-s", "-B", "127.0.0.1", "-p", str(port), "--forceflush",
                          *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                         env=procs.environment())
    try:
        for line in p.stdout:
            if "listening" in line:
                break
        # A full pipe would stop it.
        threading.Thread(target=p.stdout.read, daemon=True).start()
        yield port
    finally:
        p.kill()
        p.wait()


def tcp_counters(text):
    """{"RetransSegs": 0, ...} of /proc/net/snmp and /proc/net/netstat."""
    lines, found = text.splitlines(), {}
    for names, values in zip(lines[::2], lines[1::2]):
        if names.startswith(("Tcp:", "TcpExt:")):
            found.update(zip(names.split()[1:], map(int, values.split()[1:])))
    return found
