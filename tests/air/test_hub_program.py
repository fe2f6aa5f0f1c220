# SPDX-License-Identifier: BSD-2-Clause
"""voy-air as a program: its socket, its output, its end."""
import contextlib
import json
import resource
import signal
import socket
import stat
import subprocess

import pytest
import radio
from radio import PROGRAM, WAIT, data


def run(*options):
    """A run that ends by itself."""
    return subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=WAIT,
                          stdin=subprocess.DEVNULL, check=False)


def test_only_its_user_may_connect(hub):
    for path in (hub.path, hub.ctl, hub.pcap):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_on_a_signal_and_leaves_no_socket(start, sig):
    hub = start()
    hub.proc.send_signal(sig)
    assert hub.proc.wait(WAIT) == 0
    assert hub.stop()["ok"] and not hub.path.exists() and not hub.ctl.exists()


def test_the_last_event_is_the_result_with_all_figures(start):
    hub = start()
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    a.send_and_wait(data(b.mac, a.mac))
    result = hub.stop()
    assert [e["event"] for e in hub.events] == ["radio", "radio", "left", "left", "result"]
    assert {k: result[k] for k in ("ok", "violations", "tx", "acked", "rx", "radios_most")} == \
        dict(ok=True, violations=0, tx=1, acked=1, rx=1, radios_most=2)
    assert result["seconds"] > 0 and result["tsf"] > 0 and result["captured"] == 2


def test_the_radios_are_told_that_the_hub_ends(start):
    hub = start()
    a = hub.radio("a")
    hub.proc.terminate()
    assert a.bye() == "the hub ends"


def test_a_second_hub_on_a_socket_is_refused_and_a_stale_socket_is_replaced(hub, tmp_path):
    second = run("--socket", str(hub.path))
    assert second.returncode == 2 and "a running server has this socket" in second.stderr
    stale = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.bind(str(stale))
    with subprocess.Popen([PROGRAM, "--socket", stale], stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout.readline() == f"listening: socket={stale}\n"
        p.terminate()
        assert p.stdout.read().startswith("result: tx=0 ") and p.wait(WAIT) == 0


def test_it_ends_when_nobody_reads_its_events(start):
    hub = start()
    hub.proc.stdout.close()
    with contextlib.suppress(radio.Gone):
        radio.Radio(hub.path, "a", radio.mac(1)).close()
    assert hub.proc.wait(WAIT) >= 0
    hub.stopped = True
    hub.events.append({"event": "result"})


def test_it_ends_when_its_events_cannot_be_written(tmp_path):
    """And says why, where that is not the reader's doing."""
    with open("/dev/full", "wb") as full:
        p = subprocess.run([PROGRAM, "--socket", tmp_path / "air", "--json"], stdout=full,
                           stderr=subprocess.PIPE, text=True, timeout=WAIT, check=False)
    assert p.stderr == "voy-air: standard output: No space left on device\n"


@pytest.mark.plain("a sanitizer's runtime wants files at the end")
def test_it_says_why_it_cannot_wait(tmp_path):
    """Its radios are only told that it ends; that this was nobody's wish has to be said."""
    with radio.Hub(tmp_path) as hub:
        a = hub.radio("a")
        resource.prlimit(hub.proc.pid, resource.RLIMIT_NOFILE, (1, 1))
        a.tune(2437)
        assert a.bye() == "the hub ends" and hub.proc.wait(WAIT) == 2
        result = hub.stop()
    assert not result["ok"] and result["error"] == "ppoll: Invalid argument"
    assert hub.stderr == "voy-air: ppoll: Invalid argument\n"


def test_help_names_every_option_and_setting():
    text = run("--help")
    assert text.returncode == 0
    for word in ("--socket", "--control", "--pcap", "--time", "--json", "--set", "rssi", "noise",
                 "loss", "delay", "sensitivity", "airtime", "radios", "seed"):
        assert word in text.stdout


@pytest.mark.parametrize("options,word", [
    ((), "usage:"), (("--socket",), "requires an argument"), (("--sing",), "unrecognized"),
    (("--socket", "/tmp/x", "more"), "usage:"),
    (("--socket", "/tmp/x", "--time", "slow"), "there are real and fast"),
    (("--socket", "/no/such/folder/x"), "No such file")])
def test_a_wrong_command_line_is_told(options, word):
    p = run(*options)
    assert p.returncode == 2 and word in p.stderr and p.stdout == ""


def test_events_are_json_lines(start):
    hub = start()
    hub.radio("a")
    hub.stop()
    assert all(isinstance(e["t"], float) and e["event"] for e in hub.events)
    assert json.dumps(hub.events)
