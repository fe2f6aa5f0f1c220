/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usernet.h - a router in this process: libslirp, a TCP/IP stack that needs no privilege.
 *
 * 10.0.2.0/24: the router is 10.0.2.2 and stands for this machine's loopback (a server on 127.0.0.1
 * is reached there), DNS is 10.0.2.3, DHCP gives 10.0.2.15 and on.  There is no IPv6.
 *
 * One thread.  Whoever has one polls for it:
 *
 *	n = usernet_fill(u, fds, 0, MAX, &ms);
 *	usernet_poll(u, fds, poll(fds, n, ms) < 0);
 */
#ifndef TOOLS_SIM_PROG_USERNET_H
#define TOOLS_SIM_PROG_USERNET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usernet;

/* What the router calls; `arg` is usernet_new()'s. */
struct usernet_ops {
	/*
	 * An Ethernet frame to the guest; the memory is the router's.  It may come from inside
	 * usernet_input(): keep it for later, and do not call usernet_*() from here.
	 */
	void		(*packet)(void *arg, const uint8_t *eth, size_t len);
	/* Nanoseconds, of the clock that the guest's time goes by. */
	uint64_t	(*now)(void *arg);
	/*
	 * NULL where usernet_fill() is called before each wait anyhow.  A descriptor came or went
	 * (one of the same number may be another); the router wants to be polled soon.
	 */
	void		(*changed)(void *arg);
	void		(*soon)(void *arg);
};

/* A router; NULL: no memory.  `ops` stays the caller's, and has to outlive it. */
struct usernet *usernet_new(const struct usernet_ops *ops, void *arg);
void	usernet_free(struct usernet *);		/* NULL is harmless */

/* A frame from the guest.  What is not IPv4 or ARP is dropped. */
void	usernet_input(struct usernet *, const uint8_t *eth, size_t len);

/*
 * What to wait for: descriptors into p[n..max), and *ms lowered to what the router waits at most.
 * The new n.  `p` has to stay until usernet_poll().
 */
size_t	usernet_fill(struct usernet *, struct pollfd *p, size_t n, size_t max, uint32_t *ms);
/* poll(2) has said what came, or has failed: connections are served, packet() is called. */
void	usernet_poll(struct usernet *, const struct pollfd *p, bool failed);

#endif /* TOOLS_SIM_PROG_USERNET_H */
