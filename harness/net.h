/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h - the port's other side: the process voy-netns, which holds the namespaces.
 * Private to harness/.  harness/netns/netns.h has the messages.
 *
 *	keeper_start(&k, &how, why, sizeof(why));
 *	keeper_next(&k, text, sizeof(text));	"lease 10.0.2.15/24 10.0.2.2 10.0.2.3"
 *	keeper_tell(&k, "up");
 *	keeper_end(&k);
 */
#ifndef HARNESS_NET_H
#define HARNESS_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/options.h"

struct keeper {
	int	sock;			/* messages */
	int	port;			/* frames */
	pid_t	pid;
	int	pidfd;			/* readable when it has ended */
	char	ifname[32];
};

struct keeper_how {
	char		ifname[32];
	bool		host;
	uint8_t		mac[6];
	unsigned	mtu;
};

/* The run's options: which network hyp_net_open() makes.  Borrowed.  First of all. */
void	net_init(const struct options *);

/*
 * Start it and wait until the port is there.  An errno, and why.  The program is voy-netns
 * beside this one; VOY_NETNS names another, VOY_BUSYBOX and VOY_DHCP_SCRIPT its DHCP client.
 */
int	keeper_start(struct keeper *, const struct keeper_how *, char *why, size_t size);
/* The warden's part of it: the process itself, with `end` for messages.  An errno, and why. */
int	keeper_spawn(const struct keeper_how *, int end, pid_t *, char *why, size_t size);
/* The next message if there is one: 1; 0: none now; -1: it has ended. */
int	keeper_next(struct keeper *, char *text, size_t size);
/* "up" or "down"; never blocks. */
void	keeper_tell(struct keeper *, const char *what);
/* It and its namespaces end.  Its exit status, 128 + the signal that ended it, 0 if it hung. */
int	keeper_end(struct keeper *);

#endif /* HARNESS_NET_H */
