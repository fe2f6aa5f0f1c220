/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * router.c - the router of a network: prog/usernet.c, but DHCP is ours (dhcp.c).
 *
 * What it sends from inside router_input() is only queued on the way to a station, so nothing
 * gets back into it from there.
 */
#include <stdlib.h>

#include "tools/sim/ap/ap.h"
#include "tools/sim/prog/usernet.h"

struct router {
	struct apd	*d;
	struct net	*net;
	struct usernet	*user;
	struct dhcp	*dhcp;
};

static void
packet(void *arg, const uint8_t *eth, size_t len)
{
	struct router *r = arg;

	net_from_router(r->net, eth, len);
}

static uint64_t
now(void *arg)
{
	struct router *r = arg;

	return apd_now(r->d) * 1000u;
}

/* All descriptors are asked for before each poll. */
static const struct usernet_ops ops = { .packet = packet, .now = now };

struct router *
router_new(struct apd *d, struct net *net)
{
	struct router *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->d = d;
	r->net = net;
	r->dhcp = dhcp_new(net);
	r->user = r->dhcp != NULL ? usernet_new(&ops, r) : NULL;
	if (r->user == NULL) {
		free(r->dhcp);
		free(r);
		return NULL;
	}
	return r;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	usernet_free(r->user);
	free(r->dhcp);
	free(r);
}

void
router_input(struct router *r, const uint8_t *eth, size_t len)
{
	if (!dhcp_input(r->dhcp, eth, len))
		usernet_input(r->user, eth, len);
}

size_t
router_fill(struct router *r, struct pollfd *p, size_t n, size_t max, uint32_t *ms)
{
	return usernet_fill(r->user, p, n, max, ms);
}

void
router_poll(struct router *r, const struct pollfd *p, bool failed)
{
	usernet_poll(r->user, p, failed);
}
