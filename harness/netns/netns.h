/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netns.h - voy-netns: the network that a wifi driver under the harness gives to the host.
 *
 *	voy-netns --fd 3 --ifname iwm0 --mac 7c:7a:91:00:72:60 --mtu 1500
 *
 * It makes a network interface in namespaces of its own (user, network, mount; no root
 * needed), hands the harness a descriptor on which whole Ethernet frames are read and
 * written, runs the DHCP client while the link is up, and keeps the namespaces alive until
 * the harness closes its end of the socket.  A command joins it by nsenter(1).
 *
 * Messages on the socket (SOCK_SEQPACKET), as text:
 *	to the harness	"port IFNAME PID"	with the descriptor; PID: whose namespaces
 *			"lease ADDRESS/BITS ROUTER DNS"	"-": none
 *			"nolease"
 *			"error TEXT"		it ends after that
 *	from it		"up", "down"		the link
 *
 * Everything here is single-threaded and reports errors by netns_die().
 */
#ifndef HARNESS_NETNS_H
#define HARNESS_NETNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct netns_options {
	const char	*ifname;
	uint8_t		 mac[6];
	unsigned	 mtu;
	bool		 host;		/* in the host's namespaces, as root */
	const char	*busybox;	/* whose udhcpc is the DHCP client */
	const char	*script;	/* what it runs for a lease */
	int		 fd;		/* the socket */
};

/* Tell the harness "error TEXT" and end with status 1. */
_Noreturn void netns_die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	netns_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* space.c: leave the host's network for one of our own, where /etc/resolv.conf is ours. */
void	space_enter(void);

/* port.c: the interface is made; down until port_link().  Returns the harness's descriptor. */
int	port_make(const struct netns_options *);
/* The carrier: what a cable, or an association, is. */
void	port_link(bool up);
/* Readable when an interface has changed; port_changed() looks whether ours was deleted. */
int	port_changes_fd(void);
void	port_changed(const char *ifname);

/* dhcp.c: start or end the client.  Its answers are read from dhcp_fd() by dhcp_read(). */
void	dhcp_start(const struct netns_options *);
void	dhcp_stop(void);
void	dhcp_forget(const struct netns_options *);	/* stopped: the address goes, too */
int	dhcp_fd(void);			/* -1: it does not run */
void	dhcp_read(void);

#endif
