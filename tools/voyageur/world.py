# SPDX-License-Identifier: BSD-2-Clause
"""The network that a wifi driver's run is to join, and the simulated world that has it.

A run on a simulated card has an air with access points: of the file that --air names
(aircfg.py), else tools/sim/voyageur.json.  Without --ssid it joins the first of them.
"""
import json
import os

from . import aircfg, fetch, paths, psk
from .errors import VoyError

DEFAULT = paths.ROOT / "tools/sim/voyageur.json"
DHCP_SCRIPT = paths.ROOT / "harness/netns/udhcpc.sh"
# States in which a wifi driver needs no air around its card.
ALONE = ("attached", "alive")
PROGRAMS = ("voy-air", "voy-ap")


def check(o, driver, simulated):
    """Refuse options that this driver, or this target, has no use for; sets o.passphrase."""
    wifi = {"--ssid": o.ssid, "--psk": o.psk, "--psk-file": o.psk_file, "--open": o.open,
            "--bssid": o.bssid, "--air": o.air, "--ifname": o.ifname, "--pcap": o.pcap}
    if driver.ethernet:
        del wifi["--ifname"]
    given = [name for name, value in wifi.items() if value not in (None, False)]
    if given and not driver.radio:
        raise VoyError(f"{given[0]}: {driver.name} hands over no 802.11 frames and joins no "
                       f"network; leave {given[0]} out")
    if o.air and not simulated:
        raise VoyError(f"--air: {o.on} is no simulated card of this run, so it hears no "
                       "simulated air; leave --air out")
    if o.ifname and os.geteuid() != 0:
        raise VoyError("--ifname: an interface among this machine's own needs root; without "
                       "the option the command runs in a network namespace, which does not")
    _check_texts(o)
    keys = (o.psk is not None) + (o.psk_file is not None) + bool(o.open)
    if (keys or o.bssid) and not o.ssid:
        raise VoyError("--ssid is missing: the name of the network that is meant")
    if keys > 1:
        raise VoyError("--psk, --psk-file and --open exclude each other")
    o.passphrase = psk.given(o)


def _check_texts(o):
    """An empty word, as of a variable that is not set, must not become an open network."""
    for name, text in (("--ssid", o.ssid), ("--psk", o.psk), ("--psk-file", o.psk_file),
                       ("--bssid", o.bssid)):
        if text == "":
            raise VoyError(f"{name}: it is empty; leave {name} out, or say what is meant"
                           + (" (--open: no passphrase)" if name.startswith("--psk") else ""))


def wanted(o, driver, simulated):
    """Does this run want an air?"""
    return simulated and driver.radio and (bool(o.air) or o.until not in ALONE)


def air(o, folder, emit, variant):
    """The air and its access points, to be entered by `with`."""
    return aircfg.Air(folder, o.air or DEFAULT, emit, variant=variant, keep_stderr=True)


def _word(value):
    """A name or passphrase of the file as voy-ap takes it, which may be a number; None: none."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def _first_ap(config, wanted=None):
    """(SSID, passphrase or None) of the first access point (with that SSID); else (None, None)."""
    aps = json.loads(config.text).get("aps", [])
    for ap in aps if isinstance(aps, list) else []:
        ssid = _word(ap.get("ssid")) if isinstance(ap, dict) else None
        if ssid is not None and wanted in (None, ssid):
            return ssid, _word(ap.get("psk"))
    return None, None


class Network:
    """What run-DRIVER is told of the network to join: `arguments`; empty when there is none."""

    def __init__(self, o, folder, config=None):
        found, its_key = _first_ap(config, o.ssid) if config else (None, None)
        ssid = o.ssid or found
        self.arguments = ["--ssid", ssid] if ssid else []
        if not ssid:
            return
        key = o.passphrase
        if key is None and not o.open:
            key = its_key
        if key is not None:
            self.file = folder / "psk"      # a command line is for everybody to read
            with open(os.open(self.file, os.O_WRONLY | os.O_CREAT, 0o600), "w",
                      encoding="ascii") as f:
                f.write(key + "\n")
        self.arguments += ["--psk-file", str(self.file)] if self.file else ["--open"]
        self.arguments += ["--bssid", o.bssid] if o.bssid else []

    file = None


def port_arguments(o, driver, network):
    """The driver's network becomes an interface of the host's, if anybody would use it."""
    if o.ifname:
        return ["--ifname", o.ifname]
    if o.on.startswith("replay:"):
        return []                   # what the host's interface did is in the recording
    on_one = driver.ethernet or network.arguments
    if on_one and (o.until in (None, "ip") or o.command):
        return ["--net", "ns"]
    return []


def port_environment():
    """Where the DHCP client of the port is found."""
    return {"VOY_BUSYBOX": str(fetch.busybox()), "VOY_DHCP_SCRIPT": str(DHCP_SCRIPT)}


def enter(port):
    """The beginning of a command that is to run in the port's namespaces."""
    if not port or not port.get("namespace"):
        return []
    user = ["-U", "--preserve-credentials"] if os.geteuid() != 0 else []
    return ["nsenter", "-t", str(port["pid"]), *user, "-n", "-m", f"--wd={os.getcwd()}", "--"]
