/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface, and the descriptor behind it that gives and takes whole Ethernet frames.
 *
 * It is a TAP device where /dev/net/tun may be opened, and else, where that is closed to
 * plain users, one end of a veth pair with a packet socket on the other end: both need no
 * right but to the network namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/netns/netns.h"

#define PEER	"voypeer0"		/* the veth pair's other end */

static struct nl_sock *nl, *changes;
static int port = -1;
static unsigned ifindex;
static bool is_tap;

static struct rtnl_link *
named(const char *name)
{
	struct rtnl_link *link = rtnl_link_alloc();

	if (link == NULL)
		netns_die("no memory");
	rtnl_link_set_name(link, name);
	return link;
}

/* Change what `to` sets of the interface `name`; frees it. */
static void
change(const char *name, struct rtnl_link *to)
{
	struct rtnl_link *from = named(name);
	int rc = rtnl_link_change(nl, from, to, 0);

	rtnl_link_put(from);
	rtnl_link_put(to);
	if (rc < 0)
		netns_die("%s: %s", name, nl_geterror(rc));
}

static void
set_flags(const char *name, bool up)
{
	struct rtnl_link *to = named(name);

	if (up)
		rtnl_link_set_flags(to, IFF_UP);
	else
		rtnl_link_unset_flags(to, IFF_UP);
	change(name, to);
}

static void
set_address(const struct netns_options *o)
{
	struct rtnl_link *to = named(o->ifname);
	struct nl_addr *mac = nl_addr_build(AF_LLC, o->mac, sizeof(o->mac));

	if (mac == NULL)
		netns_die("no memory");
	rtnl_link_set_addr(to, mac);
	rtnl_link_set_mtu(to, o->mtu);
	nl_addr_put(mac);
	change(o->ifname, to);
}

/* -1 with errno when the device file is closed to us. */
static int
make_tap(const char *ifname)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) != 0)
		netns_die("%s: %s%s", ifname, strerror(errno), errno == EBUSY ?
		    "; an interface of this name exists, name another (--ifname)" : "");
	return fd;
}

static void
make_pair(const char *ifname)
{
	struct rtnl_link *link = rtnl_link_veth_alloc(), *peer;
	int rc;

	if (link == NULL)
		netns_die("no memory");
	rtnl_link_set_name(link, ifname);
	peer = rtnl_link_veth_get_peer(link);
	rtnl_link_set_name(peer, PEER);
	rtnl_link_put(peer);
	rc = rtnl_link_add(nl, link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_veth_release(link);
	if (rc < 0)
		netns_die("%s: /dev/net/tun cannot be opened, nor a veth pair be made: %s", ifname,
		    nl_geterror(rc));
}

/* What the socket reads are frames as on a wire: each whole, its checksums computed. */
static void
no_offload(int fd, const char *ifname)
{
	static const uint32_t off[] = { ETHTOOL_STXCSUM, ETHTOOL_SGSO, ETHTOOL_STSO };
	struct ethtool_value value;
	struct ifreq ifr = { .ifr_data = (char *)&value };
	unsigned i;

	strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
	for (i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
		value = (struct ethtool_value){ .cmd = off[i] };
		if (ioctl(fd, SIOCETHTOOL, &ifr) != 0 && errno != EOPNOTSUPP)
			netns_die("%s: ethtool %#x: %s", ifname, off[i], strerror(errno));
	}
}

static int
packet_socket(const char *ifname)
{
	struct sockaddr_ll sll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int one = 1, fd;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	sll.sll_ifindex = (int)if_nametoindex(PEER);
	if (fd < 0 || sll.sll_ifindex == 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) != 0 ||
	    bind(fd, (const void *)&sll, sizeof(sll)) != 0)
		netns_die("%s: packet socket: %s", ifname, strerror(errno));
	no_offload(fd, ifname);
	return fd;
}

static struct nl_sock *
netlink(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	int rc = sock != NULL ? nl_connect(sock, NETLINK_ROUTE) : -NLE_NOMEM;

	if (rc < 0)
		netns_die("netlink: %s", nl_geterror(rc));
	return sock;
}

/* Hear of every change of an interface. */
static void
watch_changes(void)
{
	int rc;

	changes = netlink();
	rc = nl_socket_add_membership(changes, RTNLGRP_LINK);
	if (rc < 0 || (rc = nl_socket_set_nonblocking(changes)) < 0)
		netns_die("netlink: %s", nl_geterror(rc));
}

int
port_make(const struct netns_options *o)
{
	nl = netlink();
	port = make_tap(o->ifname);
	is_tap = port >= 0;
	if (!is_tap && o->host)
		netns_die("%s: /dev/net/tun: %s; an interface among the host's own needs root",
		    o->ifname, strerror(errno));
	if (!is_tap) {
		make_pair(o->ifname);
		port = packet_socket(o->ifname);
	}
	if (!o->host)
		set_flags("lo", true);
	set_address(o);
	port_link(false);
	set_flags(o->ifname, true);
	ifindex = if_nametoindex(o->ifname);
	watch_changes();
	return port;
}

int
port_changes_fd(void)
{
	return nl_socket_get_fd(changes);
}

void
port_changed(const char *ifname)
{
	char text[4096], name[IFNAMSIZ];

	while (recv(port_changes_fd(), text, sizeof(text), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		;
	if (if_indextoname(ifindex, name) == NULL)
		netns_die("the interface %s was deleted; the run cannot go on without it", ifname);
}

void
port_link(bool up)
{
	unsigned carrier = up;

	if (!is_tap)
		set_flags(PEER, up);
	else if (ioctl(port, TUNSETCARRIER, &carrier) != 0)
		netns_die("carrier: %s", strerror(errno));
}
