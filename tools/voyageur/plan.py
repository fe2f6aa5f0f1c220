# SPDX-License-Identifier: BSD-2-Clause
"""Which driver on which target, and everything of a run that can be refused before a process is
started for it.

    driver, target = plan(options)      # or a VoyError that says what to change
"""
from . import drivers, targets, world
from .errors import VoyError

# What a replay takes from the recording, or has no use for.
RECORDED = ("until", "ssid", "psk", "psk_file", "open", "bssid", "air", "ifname", "settings", "model",
            "cycles", "suspend", "stay", "dma", "hcmds", "scan_table", "record", "command")


def plan(o):
    """The driver and the target of a run; `o`: options as parsed by cli.py."""
    driver = drivers.find(o.driver)
    target = targets.parse(o.on)
    if o.model:
        driver.choose(o.model)
    if target.kind == "replay":
        _check_replay(o)
    world.check(o, driver, target.kind in ("sim", "lab"))
    _check_card(o, driver, target)
    _check_together(o, target)
    if o.sanitize and driver.path:
        drivers.check_sanitizer(driver.path, o.sanitize)
    targets.check(target)
    return driver, target


def _check_replay(o):
    given = [name for name in RECORDED if getattr(o, name)]
    if given:
        name = {"settings": "--set", "command": "-- COMMAND"}.get(
            given[0], "--" + given[0].replace("_", "-"))
        if given[0] == "dma":
            raise VoyError(f"--dma: not with --on {o.on}: no device reads or writes memory in a "
                           "replay; give it to the run that is recorded")
        raise VoyError(f"{name}: not with --on {o.on}: a replay does what the recorded run did, "
                       f"with its options; leave {name} out")


def _check_card(o, driver, target):
    """What is asked of a simulated card needs one, and one that the driver drives."""
    theirs = target.kind in ("bdf", "unix") or (target.kind == "lab" and driver.lab)
    if o.settings and theirs:
        raise VoyError(f"--set: {o.on} is no simulated card of this run; give the setting to "
                       "the one who runs it, or leave --set out")
    if (o.hcmds or o.scan_table) and theirs:
        raise VoyError(f"--{'hcmds' if o.hcmds else 'scan-table'}: {o.on} is no simulated card "
                       "of this run, and only such a one tells; use --on sim, or give the option "
                       "to its voy sim")
    if target.kind == "sim" and driver.lab and not driver.model:
        raise VoyError(f"{o.driver}: no simulated card here is one that it drives; QEMU has one: "
                       "give --on lab")
    if target.kind in ("sim", "lab") and not driver.model and not driver.lab:
        raise VoyError(f"{o.driver}: no voy.json beside it says which simulated card it drives; "
                       "give --model MODEL, or --on unix:PATH")


def _check_together(o, target):
    """What excludes each other."""
    if target.kind == "lab" and (o.gdb or o.valgrind or o.ifname):
        name = "--gdb" if o.gdb else "--valgrind" if o.valgrind else "--ifname"
        raise VoyError(f"{name}: not with --on lab, where driver and network are inside the guest; "
                       "use --on sim, or put what you want inside: voy lab -- COMMAND")
    if o.gdb and o.command:
        raise VoyError("--gdb and -- COMMAND exclude each other; type the command in gdb "
                       "(shell COMMAND)")
    if o.gdb and o.json:
        raise VoyError("--gdb and --json exclude each other: gdb talks on the same terminal")
    if o.valgrind and (o.gdb or o.sanitize):
        raise VoyError(f"--valgrind and --{'gdb' if o.gdb else 'sanitize'} exclude each other; give "
                       "one of them")
