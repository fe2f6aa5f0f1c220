# SPDX-License-Identifier: BSD-2-Clause
"""`voy port`: what it is going to be; the ports to the BSD kernels are not in this version."""
import json
import sys

from . import drivers

TEXT = """voy: port: this version has the Linux harness only, so {name} cannot be checked against \
{systems} yet.
The shims for NetBSD, OpenBSD, FreeBSD and DragonFly will compile a driver's unchanged source
against each system's own headers (--src NAME=DIR: your source tree) and report what does not
build or means something else there.  What a driver may call is fixed already:
shims/include/pdk.h; `voy test` checks that drivers keep to it."""
SYSTEMS = ("netbsd", "openbsd", "freebsd", "dragonfly")


def run(options):
    """Say so; never succeeds."""
    driver = drivers.find(options.driver)
    systems = options.os or SYSTEMS
    text = TEXT.format(name=driver.name, systems=", ".join(systems))
    print(text, file=sys.stderr)
    if options.json:
        print(json.dumps({"event": "result", "ok": False, "driver": driver.name,
                          "systems": list(systems), "error": text.splitlines()[0]}))
    return 1
