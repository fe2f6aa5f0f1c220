# SPDX-License-Identifier: BSD-2-Clause
"""The command line and environment of run-DRIVER, the program that a driver is linked into."""
import os

TIMEOUT = 60    # seconds that run-DRIVER takes by itself (harness/options.h)


def arguments(device, until=None, timeout=None, dma=None, cycles=None, suspend=None,
              trace=None, control=None, pcap=None, stay=False, json=True):
    """Arguments of run-DRIVER."""
    args = ["--device", str(device)]
    args += ["--json"] if json else []
    for name, value in (("--until", until), ("--timeout", timeout), ("--dma", dma),
                        ("--cycles", cycles), ("--suspend", suspend), ("--trace", trace),
                        ("--control", control), ("--pcap", pcap)):
        if value is not None:
            args += [name, f"{value:.9g}" if isinstance(value, float) else str(value)]
    if stay:
        args.append("--stay")
    return args


def patience(timeout, cycles=None, suspend=None):
    """Seconds that a run may take, from its begin to its last wanted state."""
    return (timeout or TIMEOUT) * (cycles or 1) * (1 + (suspend or 0))


def environment(driver, device, control=None, card=None, firmware=()):
    """What run-DRIVER, and a command beside it, find in their environment."""
    env = {"VOY_DRIVER": driver.name, "VOY_TARGET": str(device)}
    if control:
        env["VOY_CONTROL"] = str(control)
    if card:
        env["VOY_SIM_CONTROL"] = str(card.control)
    if firmware:
        path = [str(f.parent) for f in firmware] + [os.environ.get("VOY_FIRMWARE_PATH", "")]
        env["VOY_FIRMWARE_PATH"] = ":".join(filter(None, path))
    return env


def card_settings(given, firmware):
    """Settings for the simulated card: those given, and the firmware it is to expect."""
    if not firmware or any(s.startswith("firmware=") for s in given):
        return list(given)
    return [*given, f"firmware={firmware[0]}"]
