#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What busybox's DHCP client does with a lease: address, routes, name servers.  Runs as
# /etc/udhcpc/default.script; the variables are udhcpc's.

case $1 in
deconfig)
	ip addr flush dev "$interface"
	ip link set "$interface" up
	;;
bound | renew)
	ip addr flush dev "$interface"
	ip addr add "$ip/${mask:-24}" broadcast + dev "$interface"
	for r in $router; do
		ip route add default via "$r" dev "$interface"
	done
	: >/etc/resolv.conf
	for s in $dns; do
		echo "nameserver $s" >>/etc/resolv.conf
	done
	;;
esac
