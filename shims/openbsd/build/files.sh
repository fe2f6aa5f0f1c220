#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# files.sh - make what config(8) wants of a driver, in kernel/DRIVER/ next to this script:
#
#	files.DRIVER	the device and its sources, to be included by sys/dev/pci/files.pci
#	config.DRIVER	the line for a kernel's configuration
#	DRIVER_*.c	one for each source, which includes it: a kernel's objects are all in one
#			folder, where config(8) wants every base name once
#
#	sh shims/openbsd/build/files.sh edu
#	sh shims/openbsd/build/files.sh iwm radio
#	sh shims/openbsd/build/files.sh em ethernet
#	sh shims/openbsd/build/files.sh conform radio	(the conformance suite)

set -eu

fail() {
	echo "files.sh: $*" >&2
	exit 1
}

[ $# -eq 1 ] || [ $# -eq 2 ] || fail "usage: files.sh DRIVER [radio | ethernet]"
driver=$1
build=$(cd "$(dirname "$0")" && pwd)
out=$build/kernel/$driver
top=dev/pci/voyageur
src=drivers/$driver
flags="-I\$S/$top/shims/openbsd -I\$S/$top/shims/include"

[ -d "$build/../../../$src" ] || fail "$driver: there is no such driver in drivers/"
case ${2:-none} in
none)		needs="pdk" ;;
radio)		needs="ifnet, wlan, firmload, pdk, pdk80211" ;;
ethernet)	needs="ether, ifnet, ifmedia, pdk, pdknet" ;;
*)		fail "$2: a class is radio or ethernet" ;;
esac

rm -rf "$out"
mkdir -p "$out"
{
	echo "# Made by files.sh."
	echo "device	$driver: $needs"
	echo "attach	$driver at pci"
} > "$out/files.$driver"
for source in "$build/../../../$src"/*.c; do
	base=$(basename "$source")
	echo "#include \"../../../../../$src/$base\"" > "$out/${driver}_$base"
	{
		echo "file	$top/shims/openbsd/build/kernel/$driver/${driver}_$base	$driver"
		echo "	compile-with \"\${NORMAL_C} $flags\""
	} >> "$out/files.$driver"
done
echo "$driver*	at pci?" > "$out/config.$driver"

cat << END
Lines for the end of sys/dev/pci/files.pci (the first one once):
include "$top/shims/openbsd/build/files.pdk"
include "$top/shims/openbsd/build/kernel/$driver/files.$driver"
Take out there, if it has them, the lines of the driver of the same name:
device $driver..., attach $driver at pci, file dev/pci/if_$driver*.c
Line for the kernel's configuration, if that does not name $driver:
$(cat "$out/config.$driver")
END
