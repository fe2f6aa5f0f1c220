# SPDX-License-Identifier: BSD-2-Clause
"""`voy list`, `bind`, `unbind`, `doctor`: the C program voy-pci, and what Python knows more."""
import json
import subprocess

from . import build, doctor, drivers, paths, procs
from .errors import VoyError


def _call(args):
    status = subprocess.run([paths.program("voy-pci"), *args], env=procs.environment(),
                            stdin=subprocess.DEVNULL, check=False).returncode
    return status if status >= 0 else 128 - status


def list_devices(options):
    """voy list"""
    build.ninja("build/gcc/bin/voy-pci")
    args = ["list"] + (["--json"] if options.json else [])
    args += ["--verbose"] if options.verbose else []
    for name in drivers.known():
        for ids in drivers.find(name).ids:
            args += ["--driver", f"{name}={ids}"]
    return _call(args)


def bind(options):
    """voy bind"""
    build.ninja("build/gcc/bin/voy-pci")
    return _call(["bind", *(["--force"] if options.force else []), options.bdf])


def unbind(options):
    """voy unbind"""
    build.ninja("build/gcc/bin/voy-pci")
    return _call(["unbind", options.bdf])


def checks(devices=()):
    """The checks of `voy-pci doctor` as a list of dicts: check, status, text, mend."""
    p = subprocess.run([paths.program("voy-pci"), "doctor", "--json", *devices],
                       capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                       env=procs.environment())
    if p.returncode == 2:       # an argument that is no address
        raise VoyError(p.stderr.strip().removeprefix("voy-pci: "))
    try:
        return json.loads(p.stdout)["checks"]
    except (ValueError, KeyError) as e:
        raise VoyError(f"voy-pci doctor: {procs.describe(p.returncode)}: "
                       f"{p.stderr.strip() or 'no output'}") from e


def require_usable(bdf):
    """Raise VoyError, with the mend, unless a driver can be run on the card at `bdf`."""
    failed = [c for c in checks([bdf]) if c["status"] == "fail"]
    if failed:
        raise VoyError("; ".join(f"{c['text']}" + (f" ({c['mend']})" if c["mend"] else "")
                                 for c in failed))


def run_doctor(options):
    """voy doctor"""
    build.ninja("build/gcc/bin/voy-pci")
    card = checks(options.bdf)
    groups = [("sim", "a simulated card", doctor.sim()), ("lab", "the lab guest", doctor.lab()),
              ("card", "a real card", card)]
    needed = card if options.bdf else [c for _, _, g in groups for c in g]
    ok = not any(c["status"] == "fail" for c in needed)
    if options.json:
        print(json.dumps({"ok": ok, "checks": [dict(c, target=name) for name, _, g in
                                               groups for c in g]}))
        return 0 if ok else 1
    for _, title, group in groups:
        bad = any(c["status"] == "fail" for c in group)
        print(f"For {title}: {'not ready' if bad else 'ready'}")
        for c in group:
            print(f"  {c['status']:4}  {c['text']}" + (f"\n        mend: {c['mend']}"
                                                       if c["mend"] else ""))
    return 0 if ok else 1
