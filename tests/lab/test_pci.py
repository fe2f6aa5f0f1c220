# SPDX-License-Identifier: BSD-2-Clause
"""voy-pci on a real kernel's sysfs: list, doctor, bind and unbind of QEMU's edu in the guest."""

from pathlib import Path

import pytest

import lab

BIN = Path(__file__).resolve().parents[2] / "build/gcc/bin"
DRIVER = "/sys/bus/pci/devices/0000:00:10.0/driver"

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("guest_parts")]


def guest(script):
    """Run a script in a guest that has VFIO loaded and edu bound to uio_pci_generic."""
    setup = ("echo 1234 11e8 > /sys/bus/pci/drivers/uio_pci_generic/new_id\n"
             "driver() { basename $(readlink " + DRIVER + " || echo none); }\n")
    return lab.run(["/bin/sh", "-c", setup + script], device="edu", vfio=False,
                   modules=["vfio-pci", "vfio_iommu_type1", "uio_pci_generic"],
                   files=[str(BIN / "voy-pci"), str(BIN / "run-edu")], timeout=250)


def test_bind_gives_a_device_to_vfio_and_unbind_puts_the_former_driver_back():
    r = guest("""
        driver
        voy-pci bind 00:10.0 || exit 1
        driver
        voy-pci bind 00:10.0; echo second $?
        voy-pci doctor 00:10.0 > /tmp/doctor; echo doctor $?
        run-edu --device 0000:00:10.0 > /tmp/run; echo run $?
        run-edu --device 0000:00:10.0 --stay > /tmp/stay & pid=$!
        until grep -q tested /tmp/stay; do sleep 0.1; done
        voy-pci unbind 00:10.0; echo used $?
        kill $pid; wait $pid
        voy-pci unbind 00:10.0 || exit 1
        driver
        cat /sys/bus/pci/devices/0000:00:10.0/driver_override
        ls /run/voyageur/driver | wc -l
        voy-pci list --driver edu=1234:11e8 | grep voyageur
    """)
    out = r.stdout.decode().splitlines()
    errors = r.stderr.decode()
    assert r.status == 0, errors
    assert out[0] == "uio_pci_generic"
    assert "was uio_pci_generic" in out[1]
    assert out[2:6] == ["vfio-pci", "second 1", "doctor 0", "run 0"]
    assert "bound to vfio-pci already" in errors
    assert out[6] == "used 1" and "run-edu) is using it" in errors
    assert "given back to uio_pci_generic" in out[7]
    assert out[8:11] == ["uio_pci_generic", "(null)", "0"]
    assert "[voyageur: edu]" in out[11] and "1234:11e8 group" in out[11]


def test_unbind_leaves_a_device_without_driver_that_had_none():
    r = guest("""
        echo 0000:00:10.0 > /sys/bus/pci/drivers/uio_pci_generic/unbind
        voy-pci bind 00:10.0 && voy-pci unbind 00:10.0
        driver
    """)
    out = r.stdout.decode().splitlines()
    assert "was bound to no driver" in out[0] and "given back to no driver" in out[1]
    assert out[2] == "none"
