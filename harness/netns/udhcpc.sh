#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What busybox's DHCP client does with a lease: address, routes, name servers; and a line on
# stdout for who started the client (dhcp.c).  The variables are udhcpc's, but for VOY_BUSYBOX,
# whose ip(8) is at hand also where iproute2 is not, and VOY_HOST: the interface is among the
# host's own, whose default route and name servers stay.

ip() {
	"${VOY_BUSYBOX:-busybox}" ip "$@"
}

case $1 in
deconfig)
	ip addr flush dev "$interface"
	ip link set "$interface" up
	echo nolease
	;;
bound | renew)
	case $1:$(ip addr show dev "$interface") in
	renew:*"inet $ip/"*) ;;		# as it was: routes and connections stay
	*)
		ip addr flush dev "$interface"
		ip addr add "$ip/${mask:-24}" broadcast + dev "$interface"
		;;
	esac
	if [ -z "$VOY_HOST" ]; then
		for r in $router; do
			ip route add default via "$r" dev "$interface"
		done
		for s in $dns; do
			echo "nameserver $s"
		done >/etc/resolv.conf
	fi
	set -- ${router:--}
	router=$1
	set -- ${dns:--}
	echo "lease $ip/${mask:-24} $router $1"
	;;
esac
