# SPDX-License-Identifier: BSD-2-Clause
"""The command line and environment of run-DRIVER, the program that a driver is linked into."""
import os
import pathlib

from . import paths

NETNS = "voy-netns"             # the process that holds a network (harness/netns)
IDS = ("vendor", "device")      # of a PCI device in sysfs
DIVERGED = 71   # its exit status when a driver does otherwise than in the recording
TIMEOUT = 60    # seconds that run-DRIVER takes by itself (harness/options.h)


def arguments(device, until=None, timeout=None, dma=None, cycles=None, suspend=None,
              trace=None, control=None, pcap=None, record=None, memory=None, stay=False, json=True,
              debugger=False, contain=True, hang_limit=None):
    """Arguments of run-DRIVER."""
    args = ["--device", str(device)]
    args += ["--json"] if json else []
    for name, value in (("--until", until), ("--timeout", timeout), ("--dma", dma),
                        ("--cycles", cycles), ("--suspend", suspend), ("--trace", trace),
                        ("--control", control), ("--pcap", pcap), ("--record", record),
                        ("--memory", memory), ("--hang-limit", hang_limit)):
        if value is not None:
            args += [name, f"{value:.9g}" if isinstance(value, float) else str(value)]
    args += ["--stay"] if stay else []
    args += ["--debugger"] if debugger else []
    args += [] if contain else ["--no-contain"]
    return args


def patience(timeout, cycles=None, suspend=None):
    """Seconds that a run may take, from its begin to its last wanted state."""
    return (timeout or TIMEOUT) * (cycles or 1) * (1 + (suspend or 0))


def firmware_names(driver, target):
    """The firmware files of the card that the driver will meet; of all, if nobody knows which."""
    if target.kind == "bdf":
        at = pathlib.Path("/sys/bus/pci/devices", target.device)
        ids = ":".join((at / f).read_text().strip().removeprefix("0x") for f in IDS)
        return driver.firmware_of(ids)
    if target.kind == "replay":
        return ()                   # it is in the recording
    return driver.firmware if target.kind == "unix" else driver.firmware_of()


def environment(driver, device, control=None, card=None, firmware=()):
    """What run-DRIVER, and a command beside it, find in their environment."""
    env = {"VOY_DRIVER": driver.name, "VOY_TARGET": str(device)}
    if control:
        env["VOY_CONTROL"] = str(control)
    if card:
        env["VOY_SIM_CONTROL"] = str(card.control)
    if firmware:
        path = [str(f.parent) for f in firmware] + [os.environ.get("VOY_FIRMWARE_PATH", "")]
        env["VOY_FIRMWARE_PATH"] = ":".join(dict.fromkeys(filter(None, path)))
    if driver.path and not pathlib.Path(driver.path).with_name(NETNS).exists():
        # A program of another repository: this one's network does for it.
        env["VOY_NETNS"] = os.environ.get("VOY_NETNS") or str(paths.program(NETNS))
    return env


def card_settings(given, firmware):
    """Settings for the simulated card: those given, and the firmware it is to expect."""
    if not firmware or any(s.startswith("firmware=") for s in given):
        return list(given)
    return [*given, f"firmware={firmware[0]}"]
