# SPDX-License-Identifier: BSD-2-Clause
"""The network port of a wifi driver (harness/net.c, voy-netns): run-fake has a whole other host
behind it, which answers ARP, ping and DHCP (fake_net.c)."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest
from harness_run import BUILD, Card, Control, fake, finish, start, wait_for
from processes import children, name

from voyageur import fetch, pytest_run

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "harness/netns/udhcpc.sh"
NOBODY = 65534


@pytest.fixture(scope="module")
def busybox():
    """busybox, whose DHCP client and ping are used."""
    try:
        return str(fetch.busybox())
    except fetch.cache.CacheError as e:
        pytest.skip(str(e))


@pytest.fixture
def card(tmp_path):
    with Card(tmp_path) as c:
        yield c


def keeper(proc):
    """The process id of the voy-netns of a run: a child of its warden."""
    pid, = (p for warden in children(proc.pid) for p in children(warden) if name(p) == "voy-netns")
    return pid


class Up:
    """A run-fake that stays up with its port; .events so far, .say(cmd=...)."""

    def __init__(self, card, folder, busybox, *args, env=None, **kw):
        self.busybox, path = busybox, folder / "ctl"
        self.proc = start(card, "net", "--stay", "--control", str(path), *args, env={
            "VOY_BUSYBOX": busybox, "VOY_DHCP_SCRIPT": str(SCRIPT), **(env or {})}, **kw)
        wait_for(lambda: path.exists() or self.proc.poll() is not None, "the control socket")
        self.control = Control(path)
        self.control("subscribe")
        self.control("wait", state="hot")       # the port is open

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.control.__exit__()
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.communicate()

    def wait(self, want):
        """The first event to come that want() takes."""
        while (event := self.control.line()) is not None:
            if want(event):
                return event
        raise AssertionError(finish(self.proc).stderr)

    def log(self, text):
        return self.wait(lambda e: e["event"] == "log" and text in e["text"])

    def inside(self, *argv):
        """A command in the port's namespaces."""
        user = ["-U", "--preserve-credentials"] if os.geteuid() != 0 else []
        return subprocess.run(["nsenter", "-t", str(keeper(self.proc)), *user, "-n", "-m",
                               self.busybox, *argv],
                              text=True, capture_output=True, check=False, timeout=250)

    def end(self):
        self.proc.send_signal(signal.SIGTERM)
        return finish(self.proc)


def test_a_lease_is_got_and_a_command_reaches_the_other_host(card, tmp_path, busybox):
    """Each frame is refused once, so back-pressure is at work all the time."""
    with Up(card, tmp_path, busybox, "--net", "ns") as up:
        up.control("link", up=True)
        up.log("lease 10.9.8.2/24 router 10.9.8.1 dns 10.9.8.53")
        shown = up.inside("ip", "address").stdout
        assert "inet 10.9.8.2/24" in shown and "mtu 1400" in shown, shown
        assert "02:00:00:09:08:02" in shown and shown.count("inet ") == 2     # and lo
        assert "default via 10.9.8.1" in up.inside("ip", "route").stdout
        assert up.inside("cat", "/etc/resolv.conf").stdout == "nameserver 10.9.8.53\n"
        ping = up.inside("ping", "-c", "3", "10.9.8.1")
        assert "3 packets received" in ping.stdout, ping
        counts = up.control("counts")
        assert counts["stalls"] >= counts["from_host"] >= 5 and counts["to_host"] >= 5
        run = up.end()
    assert run.status == 0 and run.result["ip"] == "10.9.8.2/24", run.stderr
    assert run.one("net")["port"]["namespace"] is True
    host = pathlib.Path("/etc/resolv.conf")
    assert not host.exists() or "10.9.8.53" not in host.read_text()


def test_a_link_that_goes_loses_the_address_and_gets_it_again(card, tmp_path, busybox):
    with Up(card, tmp_path, busybox, "--net", "ns") as up:
        up.control("link", up=True)
        up.log("lease 10.9.8.2/24")
        up.control("link", down=True)
        up.log("lease none")
        assert "LOWER_UP" not in up.inside("ip", "link", "show", "fake0").stdout
        assert "10.9.8.2" not in up.inside("ip", "address").stdout
        up.control("link", up=True)
        up.log("lease 10.9.8.2/24")
        run = up.end()
        assert run.status == 0, run.stderr


def test_a_lease_that_is_renewed_disturbs_nobody(card, tmp_path, busybox):
    """Its address stays in place, and with it what goes through it; another address does not."""
    with Up(card, tmp_path, busybox, "--net", "ns") as up:
        up.control("link", up=True)
        up.log("lease 10.9.8.2/24")
        assert up.inside("ip", "route", "add", "10.77.0.0/16", "via", "10.9.8.1").returncode == 0
        for address, stays in ("10.9.8.2", True), ("10.9.8.9", False):
            said = up.inside("env", "interface=fake0", f"ip={address}", "mask=24",
                             "router=10.9.8.1", "dns=10.9.8.53", f"VOY_BUSYBOX={busybox}", "sh",
                             str(SCRIPT), "renew")
            assert said.stdout == f"lease {address}/24 10.9.8.1 10.9.8.53\n", said
            assert ("10.77.0.0" in up.inside("ip", "route").stdout) is stays
            assert f"inet {address}/24" in up.inside("ip", "address").stdout
        run = up.end()
    assert run.status == 0, run.stderr


@pytest.mark.parametrize("how", ["harness", "keeper"])
def test_whoever_is_killed_the_rest_ends(card, tmp_path, busybox, how):
    """Nothing stays of the port; a run whose port is gone fails and says so."""
    token = {"VOY_TEST_TOKEN": f"net-{how}-{os.getpid()}"}
    with Up(card, tmp_path, busybox, "--net", "ns", env=token) as up:
        up.control("link", up=True)
        up.log("lease 10.9.8.2/24")
        if how == "harness":
            up.proc.kill()
            up.proc.communicate()
        else:
            os.kill(keeper(up.proc), signal.SIGKILL)
            run = finish(up.proc)
            assert run.status == 1 and "the process that holds fake0 has ended" in \
                run.result["error"]
        wait_for(lambda: not pytest_run.strays(token["VOY_TEST_TOKEN"]), "the others' end")


def test_an_interface_that_is_deleted_ends_the_run(card, tmp_path, busybox):
    """With a word, and not by spinning around it."""
    with Up(card, tmp_path, busybox, "--net", "ns") as up:
        up.control("link", up=True)
        up.log("lease 10.9.8.2/24")
        assert up.inside("ip", "link", "delete", "fake0").returncode == 0
        run = finish(up.proc)
        assert run.status == 1, run.stderr
        assert "the interface fake0 was deleted" in run.result["error"], run.stderr


def test_without_net_there_is_none(card):
    run = fake(card, "net")
    assert run.status == 1 and "not implemented" in run.result["error"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a plain user who may not")
def test_where_plain_users_may_make_no_namespace_it_says_what_to_do(open_folder):
    """As behind another root folder, where the kernel lets nobody make one."""
    program, root = open_folder / "voy-netns", open_folder / "root"
    root.mkdir()
    shutil.copy(BUILD / "gcc/bin/voy-netns", program)
    inside = (f"mount --rbind / {root} || exit 77; "
              f"exec chroot --userspec={NOBODY}:{NOBODY} {root} \"$@\"")
    said = subprocess.run(["unshare", "-m", "sh", "-c", inside, "sh", program, "--ifname", "no0",
                           "--mac", "02:00:00:00:00:01"], text=True, capture_output=True,
                          check=False, timeout=250)
    if said.returncode == 77 or "unshare failed" in said.stderr:
        pytest.skip(f"no mount namespace here: {said.stderr}")
    assert said.returncode == 1, said
    for text in ("a network namespace cannot be made: Operation not permitted",
                 "kernel.unprivileged_userns_clone=1", "run as root"):
        assert text in said.stderr


@pytest.mark.parametrize("env,text", [
    ({"VOY_NETNS": "/nonexistent/netns"}, "/nonexistent/netns: No such file"),
    ({"VOY_NETNS": "/bin/true"}, "ended without a word"),
    ({"VOY_DHCP_SCRIPT": "/nonexistent/script"}, "DHCP script /nonexistent/script: No such"),
    ({"VOY_BUSYBOX": "/nonexistent/busybox"}, "DHCP client /nonexistent/busybox: No such")])
def test_what_is_missing_is_named(card, busybox, env, text):
    """And nothing hangs."""
    run = fake(card, "net", "--net", "ns", "--stay", "--timeout", "100", env={
        "VOY_BUSYBOX": busybox, "VOY_DHCP_SCRIPT": str(SCRIPT), **env})
    assert run.status == 1 and text in run.stderr, run.stderr


def test_a_keeper_that_ends_badly_fails_the_run(card, tmp_path, busybox):
    """What a sanitizer finds at its very end, say, when all is well otherwise."""
    program = tmp_path / "voy-netns"
    program.write_text(f'#!/bin/sh\n"{BUILD}/gcc/bin/voy-netns" "$@"\nexit 23\n')
    program.chmod(0o755)
    run = fake(card, "net", "--net", "ns", env={
        "VOY_BUSYBOX": busybox, "VOY_DHCP_SCRIPT": str(SCRIPT), "VOY_NETNS": str(program)})
    assert run.status == 1 and "voy-netns ended with status 23" in run.result["error"]


@pytest.mark.parametrize("name", ["", "a/b", "sixteen-letters-"])
def test_a_bad_name_is_refused(card, name):
    run = fake(card, "net", "--ifname", name)
    assert run.status == 1 and "a name has 1 to 15 characters" in run.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may do so")
def test_root_may_have_it_among_the_hosts_interfaces(card, tmp_path, busybox):
    """The host is a namespace here; its routes and name servers stay."""
    inner = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
    try:
        into = ["nsenter", "-n", "-t", str(inner.pid)]
        wait_for(lambda: os.readlink(f"/proc/{inner.pid}/ns/net") != os.readlink(
            "/proc/self/ns/net"), "the namespace")
        before = pathlib.Path("/etc/resolv.conf")
        before = before.read_text() if before.exists() else None
        path = tmp_path / "ctl"
        proc = subprocess.Popen(
            [*into, BUILD / "gcc/bin/run-fake", "--device", card.target, "--json", "--stay",
             "--control", path, "--ifname", "wifi7"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=dict(
                os.environ, FAKE="net", VOY_BUSYBOX=busybox, VOY_DHCP_SCRIPT=str(SCRIPT)))
        show = [*into, busybox, "ip", "address", "show", "wifi7"]
        wait_for(lambda: "inet 10.9.8.2" in subprocess.run(
            show, text=True, capture_output=True, check=False).stdout or proc.poll() is not None,
            "the address")
        routes = subprocess.run([*into, busybox, "ip", "route"], text=True, capture_output=True,
                                check=True).stdout
        proc.terminate()
        run = finish(proc)
    finally:
        inner.kill()
        inner.wait()
    assert run.status == 0 and run.one("net")["port"]["namespace"] is False
    assert "default" not in routes and "10.9.8.0/24" in routes
    if before is not None:
        assert pathlib.Path("/etc/resolv.conf").read_text() == before


@pytest.fixture
def open_folder():
    """A folder that every user may enter, and NOBODY write."""
    with tempfile.TemporaryDirectory(prefix="voy-nobody-") as d:
        os.chown(d, NOBODY, NOBODY)
        yield pathlib.Path(d)


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are this one for a plain user")
@pytest.mark.parametrize("end", ["asked to", "deleted"])
def test_a_plain_user_needs_no_root(open_folder, busybox, end):
    """Where /dev/net/tun is closed to users, a veth pair does; its end is noticed, too."""
    for file in (busybox, SCRIPT, *(BUILD / "gcc/bin" / n for n in
                                    ("run-fake", "voy-sim", "voy-netns"))):
        shutil.copy(file, open_folder)
    down = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*down, "unshare", "-Urn", "true"], check=False,
                      stderr=subprocess.DEVNULL).returncode:
        pytest.skip("plain users may not make namespaces here")
    env = dict(os.environ, TMPDIR=str(open_folder), FAKE="net",
               VOY_BUSYBOX=str(open_folder / "busybox"),
               VOY_DHCP_SCRIPT=str(open_folder / SCRIPT.name))
    socket = open_folder / "card"
    sim = subprocess.Popen([*down, open_folder / "voy-sim", "edu", "--socket", socket], env=env,
                           stdout=subprocess.DEVNULL)
    try:
        wait_for(socket.exists, "the card")
        proc = subprocess.Popen(
            [*down, open_folder / "run-fake", "--device", f"unix:{socket}", "--json", "--stay",
             "--net", "ns"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        said = []
        for line in proc.stdout:
            said.append(line)
            if '"text":"lease 10.9.8.2/24' in line or '"result"' in line:
                break
        into = ["nsenter", "-t", str(keeper(proc)), "-U", "--preserve-credentials", "-n", "-m"]
        ping = subprocess.run([*down, *into, open_folder / "busybox", "ping", "-c", "2", "10.9.8.1"],
                              text=True, capture_output=True, check=False, timeout=200)
        if end == "deleted":
            subprocess.run([*down, *into, open_folder / "busybox", "ip", "link", "delete", "fake0"],
                           check=True)
        else:
            proc.terminate()
        out, err = proc.communicate(timeout=200)
    finally:
        sim.kill()
        sim.wait()
    assert "2 packets received" in ping.stdout, (ping, said)
    if end == "deleted":
        assert proc.returncode == 1 and "the interface fake0 was deleted" in out, (said, out, err)
    else:
        assert proc.returncode == 0, (said, out, err)
