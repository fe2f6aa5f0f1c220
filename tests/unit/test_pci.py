# SPDX-License-Identifier: BSD-2-Clause
"""voy-pci on made-up hosts: a folder stands in for /sys, /proc, /dev and /run."""

import json
import os
import subprocess
from pathlib import Path

import pytest

VOY_PCI = Path(__file__).resolve().parents[2] / "build/gcc/bin/voy-pci"
BDF = "0000:03:00.0"


class Host:
    """A host with one network card in an IOMMU group of its own."""

    def __init__(self, root):
        self.root = root
        self.pci = root / "sys/bus/pci"
        for folder in ("drivers/vfio-pci", "drivers/iwlwifi", "devices"):
            (self.pci / folder).mkdir(parents=True)
        (self.pci / "drivers_probe").touch()
        (self.pci / "drivers/iwlwifi/unbind").touch()
        (self.pci / "drivers/vfio-pci/unbind").touch()
        (root / "sys/module/vfio_iommu_type1").mkdir(parents=True)
        (root / "proc").mkdir()
        (root / "dev/vfio").mkdir(parents=True)
        (root / "dev/vfio/vfio").touch()
        (root / "run").mkdir()
        self.add(BDF, "iwlwifi", 7)

    def add(self, bdf, driver, group, pciclass="0x028000"):
        dev = self.pci / "devices" / bdf
        dev.mkdir()
        (dev / "vendor").write_text("0x8086\n")
        (dev / "class").write_text(pciclass + "\n")
        (dev / "driver_override").touch()
        devices = self.root / f"sys/kernel/iommu_groups/{group}/devices"
        devices.mkdir(parents=True, exist_ok=True)
        (devices / bdf).symlink_to(dev)
        (dev / "iommu_group").symlink_to(devices.parent)
        if driver:
            self.drive(bdf, driver)

    def drive(self, bdf, driver):
        link = self.pci / "devices" / bdf / "driver"
        link.unlink(missing_ok=True)
        link.symlink_to(self.pci / "drivers" / driver)

    def device(self, bdf, path, subsystem):
        """A device of a class (net, block) at a path below a card's folder, as sysfs has it."""
        folder = self.pci / "devices" / bdf / path
        folder.mkdir(parents=True)
        (folder / "subsystem").symlink_to(self.root / "sys/class" / subsystem)
        return folder

    def voy_pci(self, *args):
        return subprocess.run([VOY_PCI, "--root", self.root, *args], text=True,
                              capture_output=True, timeout=120)

    def doctor(self, *bdfs):
        """The doctor's checks by name, and its exit status."""
        run = self.voy_pci("doctor", "--json", *bdfs)
        report = json.loads(run.stdout)
        assert report["ok"] == (run.returncode == 0)
        return {c["check"]: c for c in report["checks"]}


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_doctor_is_content_with_a_host_that_is_ready(host):
    host.drive(BDF, "vfio-pci")
    (host.root / "dev/vfio/7").touch()
    checks = host.doctor(BDF)
    assert {c["status"] for name, c in checks.items() if name != "memlock"} == {"ok"}


def test_doctor_says_that_the_iommu_is_off_and_how_to_switch_it_on(host):
    os.rename(host.root / "sys/kernel/iommu_groups", host.root / "away")
    (host.root / "proc/cpuinfo").write_text("vendor_id : GenuineIntel\n")
    check = host.doctor()["iommu"]
    assert check["status"] == "fail" and "intel_iommu=on" in check["mend"]
    (host.root / "proc/cmdline").write_text("root=/dev/sda intel_iommu=off\n")
    assert "remove `iommu=off`" in host.doctor()["iommu"]["mend"]


def test_doctor_names_the_missing_module(host):
    (host.root / "sys/module/vfio_iommu_type1").rmdir()
    check = host.doctor()["vfio_iommu_type1"]
    assert check["status"] == "fail" and "no such module" in check["text"]
    release = os.uname().release
    (host.root / "lib/modules" / release).mkdir(parents=True)
    (host.root / "lib/modules" / release / "modules.dep").write_text(
        "kernel/drivers/vfio/vfio_iommu_type1.ko: kernel/drivers/vfio/vfio.ko\n")
    assert host.doctor()["vfio_iommu_type1"]["mend"] == "run `modprobe vfio_iommu_type1` as root"


def test_doctor_names_the_other_devices_of_a_group_and_their_drivers(host):
    (host.pci / "drivers/snd").mkdir()
    host.add("0000:03:00.1", "snd", 7)
    host.add("0000:03:00.2", None, 7)
    check = host.doctor(BDF)["group"]
    assert check["status"] == "fail"
    assert "0000:03:00.1 (snd)" in check["text"] and "0000:03:00.2" not in check["text"]
    assert check["mend"] == "voy bind 0000:03:00.1"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_doctor_says_who_may_not_open_the_group(host):
    host.drive(BDF, "vfio-pci")
    (host.root / "dev/vfio/7").touch(mode=0)
    check = host.doctor(BDF)["permission"]
    assert check["status"] == "fail" and "chown" in check["mend"]


def test_doctor_names_the_process_that_has_the_group(host):
    host.drive(BDF, "vfio-pci")
    (host.root / "dev/vfio/7").touch()
    (host.root / "proc/4242/fd").mkdir(parents=True)
    (host.root / "proc/4242/fd/3").symlink_to("/dev/vfio/7")
    (host.root / "proc/4242/comm").write_text("run-iwm\n")
    check = host.doctor(BDF)["permission"]
    assert check["status"] == "fail" and "process 4242 (run-iwm)" in check["text"]
    unbind = host.voy_pci("unbind", BDF)
    assert unbind.returncode == 1 and "process 4242" in unbind.stderr


@pytest.mark.parametrize("kib, status", [(64, "fail"), (4095, "fail"), (8192, "warn"),
                                         (65536, "ok")])
def test_doctor_tells_a_memlock_limit_that_is_too_low_from_a_small_one(host, kib, status):
    """8 MiB is what a plain user has: enough for the drivers here, so it does not stop a run."""
    prefix = ["prlimit", f"--memlock={kib * 1024}:{kib * 1024}"]
    if subprocess.run([*prefix, "true"], capture_output=True, timeout=120).returncode != 0:
        pytest.skip(f"this user may not lock {kib} KiB")
    if os.geteuid() == 0:
        prefix += ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"]
    run = subprocess.run([*prefix, VOY_PCI, "--root", host.root, "doctor", "--json"], text=True,
                         capture_output=True, timeout=120)
    check, = (c for c in json.loads(run.stdout)["checks"] if c["check"] == "memlock")
    assert check["status"] == status
    if status != "ok":
        assert f"memlock limit: {kib} KiB" in check["text"] and "ulimit -l" in check["mend"]


def test_a_network_interface_that_is_up_keeps_its_device(host):
    net = host.device(BDF, "net/wlan0", "net")
    (net / "flags").write_text("0x1003\n")
    run = host.voy_pci("bind", BDF)
    assert run.returncode == 1
    assert "wlan0 is up" in run.stderr and "ip link set wlan0 down" in run.stderr
    assert (host.pci / "devices" / BDF / "driver_override").read_text() == ""
    (host.root / "run/NetworkManager").mkdir()
    assert "nmcli device set wlan0 managed no" in host.doctor(BDF)["driver"]["mend"]


# Where the kernel puts a disk, by the kind of its controller (readlink -f /sys/block/*).
DISKS = [("ata1/host0/target0:0:0/0:0:0:0/block/sdq", "sdq2"),
         ("nvme/nvme0/nvme0n1", "nvme0n1p2"),
         ("usb2/2-1/2-1.4/2-1.4.2/2-1.4.2:1.0/host6/target6:0:0/6:0:0:0/block/sdq", "sdq2")]


@pytest.mark.parametrize("disk, partition", DISKS, ids=lambda v: v.split("/")[0])
def test_a_disk_in_use_keeps_its_device(host, disk, partition):
    """A partition that is mounted or swapped to, or part of an encrypted, LVM or RAID volume."""
    host.device(BDF, disk, "block")
    part = host.device(BDF, f"{disk}/{partition}", "block")
    (host.root / "proc/self").mkdir()
    mounts, swaps = host.root / "proc/self/mounts", host.root / "proc/swaps"
    mounts.write_text(f"/dev/{partition}0 /a ext4 rw\ntmpfs /dev/{partition} tmpfs rw\n")
    assert "voy bind" in host.doctor(BDF)["driver"]["mend"]

    mounts.write_text(f"/dev/{partition}0 /a ext4 rw\n/dev/{partition} /b ext4 rw\n")
    check = host.doctor(BDF)["driver"]
    assert check["status"] == "fail" and check["mend"] == f"umount /dev/{partition}"
    assert f"/dev/{partition} is mounted" in host.voy_pci("bind", BDF).stderr

    mounts.write_text("/dev/root / ext4 rw\n")     # the same disk, as the kernel has it mounted
    info = host.root / "proc/self/mountinfo"
    info.write_text("22 1 8:11 / / rw,relatime shared:1 - ext4 /dev/root rw\n")
    (part / "dev").write_text("8:1\n")
    assert "voy bind" in host.doctor(BDF)["driver"]["mend"]
    (part / "dev").write_text("8:11\n")
    assert host.doctor(BDF)["driver"]["mend"] == f"umount /dev/{partition}"

    mounts.write_text("")
    info.write_text("")
    swaps.write_text(f"Filename Type Size Used Priority\n/dev/{partition} partition 1 0 -2\n")
    assert host.doctor(BDF)["driver"]["mend"] == f"swapoff /dev/{partition}"

    swaps.write_text("Filename Type Size Used Priority\n")
    (part / "holders/dm-0").mkdir(parents=True)
    check = host.doctor(BDF)["driver"]
    assert check["status"] == "fail" and f"disk {partition} is part of dm-0" in check["text"]


@pytest.mark.parametrize("bdf, text", [
    ("0000:09:00.0", "no such PCI device"),
    ("nonsense", "not a PCI address"),
])
def test_a_bdf_that_is_none_is_refused(host, bdf, text):
    for command in ("bind", "unbind", "doctor"):
        run = host.voy_pci(command, bdf)
        assert run.returncode != 0 and text in run.stderr + run.stdout


def test_a_bridge_is_not_bound(host):
    host.add("0000:00:1c.0", None, 1, pciclass="0x060400")
    run = host.voy_pci("bind", "00:1c.0")
    assert run.returncode == 1 and "is a bridge" in run.stderr


def test_bind_without_vfio_pci_says_what_to_load(host):
    (host.pci / "drivers/vfio-pci/unbind").unlink()
    (host.pci / "drivers/vfio-pci").rmdir()
    run = host.voy_pci("bind", BDF)
    assert run.returncode == 1 and "modprobe vfio-pci" in run.stderr


def test_a_bind_that_fails_undoes_its_steps(host):
    run = host.voy_pci("bind", BDF)         # nobody moves the driver link here
    assert run.returncode == 1 and "did not take the device" in run.stderr
    assert (host.pci / "devices" / BDF / "driver_override").read_text().strip() != "vfio-pci"
    assert not (host.root / "run/voyageur/driver" / BDF).exists()


def test_unbind_of_a_device_that_is_not_bound(host):
    run = host.voy_pci("unbind", BDF)
    assert run.returncode == 1 and "bound to vfio-pci but to iwlwifi" in run.stderr
