#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# files.sh - make the files.DRIVER of a driver for config(1): kernel/DRIVER/ next to this script.
#
#	sh shims/netbsd/build/files.sh edu
#	sh shims/netbsd/build/files.sh iwm radio
#	sh shims/netbsd/build/files.sh em ethernet
#	sh shims/netbsd/build/files.sh conform radio	(the conformance suite)
#
# A kernel is linked from objects in one folder, so the base names of all its sources differ; a
# driver's (main.c, pci.c) are its own affair.  Each gets a file of one line, DRIVER_NAME.c,
# that includes it.

set -eu
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
	echo "usage: files.sh DRIVER [radio | ethernet]" >&2
	exit 2
fi
driver=$1
class=${2:-}
build=$(cd "$(dirname "$0")" && pwd)
top=../../../../..			# from what is made
src=drivers/$driver
out=$build/kernel/$driver
base=external/bsd/voyageur/shims/netbsd/build/kernel/$driver

if [ ! -d "$build/../../../$src" ]; then
	echo "files.sh: $driver: no such driver in drivers/" >&2
	exit 1
fi
case $class in
radio)		attributes="ifnet, arp, wlan, pdk80211" ;;
ethernet)	attributes="ifnet, ether, arp, pdknet" ;;
"")		attributes="pdk" ;;
*)		echo "files.sh: $class: a class is radio or ethernet" >&2; exit 1 ;;
esac

rm -rf "$out"
mkdir -p "$out"
{
	echo "# Made by files.sh."
	echo
	echo "device	$driver: $attributes"
	echo "attach	$driver at pci"
	for f in "$build/../../../$src"/*.c; do
		name=${driver}_$(basename "$f")
		echo "#include \"$top/$src/$(basename "$f")\"" > "$out/$name"
		echo "file	$base/$name	$driver"
	done
} > "$out/files.$driver"

cat << END
Lines for the end of sys/dev/pci/files.pci (the first one once):
include "external/bsd/voyageur/shims/netbsd/build/files.pdk"
include "$base/files.$driver"
Take out there, if it has them, the lines of the device of the same name:
device $driver..., attach $driver at pci, file dev/pci/if_$driver.c
Line for the kernel's configuration, if that does not name $driver:
$driver* at pci? dev ? function ?
END
