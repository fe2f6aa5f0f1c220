#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The lab guest's only process of its own: loads modules, gives the device to vfio-pci, runs one
# command with its output on channels of their own, reports the exit status, powers off.
# Busybox's shell, as /init of the initramfs.  /voy/conf and /voy/command are written by the lab.

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /tmp /run
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
chmod 1777 /tmp /dev/shm
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
. /voy/conf
export HOME=/root

halt_now() {
	reboot -f	# QEMU runs with -no-reboot: it ends
}

load() {
	for m in $1; do
		eval "args=\$args_$m"
		insmod "/voy/modules/$m.ko" $args || fault "module $m cannot be loaded"
	done
}

port() {
	for p in /sys/class/virtio-ports/*; do
		[ "$(cat "$p/name")" = "$1" ] && echo "/dev/${p##*/}" && return
	done
}

fault() {
	echo "error $1" >&3
	halt_now
	sleep 60
}

exec 3>/dev/console
load "$base_modules"
i=0
while [ -z "$(port voy.err)" ] && [ $i -lt 100 ]; do
	sleep 0.05
	i=$((i + 1))
done
control=$(port voy.ctl)
[ -n "$control" ] || fault "no virtio-serial port appeared"
exec 3>"$control"
echo "booted $(cut -d' ' -f1 /proc/uptime)" >&3
mkdir /dev/voy
for p in /sys/class/virtio-ports/*; do
	case $(cat "$p/name") in
	voy-*) ln -s "../${p##*/}" "/dev/voy/$(sed s/voy-// "$p/name")" ;;
	esac
done
hostname lab
ip link set lo up

load "$vfio_modules"
if [ -n "$slot" ]; then
	bdf=
	for d in /sys/bus/pci/devices/$slot/0000:* /sys/bus/pci/devices/$slot; do
		[ -e "$d/vendor" ] && bdf=${d##*/} && break
	done
	[ -n "$bdf" ] || fault "the device did not appear on the guest's PCI bus"
	# behind a root port, the port is the first match only when no card answered
	case $expect_child$bdf in
	1$slot) fault "no card answered behind the root port (the device's server refused or left)" ;;
	esac
	export VOY_BDF=$bdf
fi
if [ "$vfio" = 1 ] && [ -n "$bdf" ]; then
	dev=/sys/bus/pci/devices/$bdf
	[ -e "$dev/iommu_group" ] || fault "$bdf has no IOMMU group"
	[ -e "$dev/driver" ] && echo "$bdf" >"$dev/driver/unbind"
	echo vfio-pci >"$dev/driver_override"
	echo "$bdf" >/sys/bus/pci/drivers_probe
	[ "$(basename "$(readlink "$dev/driver")")" = vfio-pci ] || fault "vfio-pci refused $bdf"
	group=$(basename "$(readlink "$dev/iommu_group")")
	[ -n "$user" ] && chown "$user" "/dev/vfio/$group"
	echo "bound $bdf group $group" >&3
fi
load "$extra_modules"

mkfifo -m 666 /run/out /run/err
(cat </run/out >"$(port voy.out)"; : >/run/out.done) &
(cat </run/err >"$(port voy.err)"; : >/run/err.done) &
echo "start $(cut -d' ' -f1 /proc/uptime)" >&3
[ -n "$user" ] && as_user="su -s /bin/sh $user -c"
(exec 3>&-; exec ${as_user:-sh -c} "exec sh /voy/command" </dev/null >/run/out 2>/run/err)
status=$?
# what the command left running may hold its output open: give it a moment, not for ever
i=0
while [ ! -e /run/out.done ] || [ ! -e /run/err.done ]; do
	[ $i -gt 40 ] && break
	[ $i -gt 0 ] && sleep 0.05
	i=$((i + 1))
done
# Nobody is to take a radio up again.
kill -9 -1 2>/dev/null
# A halting kernel switches the IOMMU off, and a card at work would go on writing to whatever its
# addresses mean then.  An interface that is down is not enough: a P2P device keeps the radio up.
for n in /sys/class/ieee80211/*; do
	dev=$(readlink -f "$n/device")
	[ -e "/sys/bus/pci/devices/${dev##*/}" ] && echo "${dev##*/}" >"$dev/driver/unbind" &
done
wait
echo "exit $status $(cut -d' ' -f1 /proc/uptime)" >&3
halt_now
sleep 60
