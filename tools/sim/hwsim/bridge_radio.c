/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bridge_radio.c - hwsim's radios as radios of the air, and the addresses they answer to.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/hwsim/bridge_int.h"
#include "tools/sim/prog/say.h"

/* ---- addresses ----------------------------------------------------------------------------- */

int
radio_find_addr(const struct radio *r, const uint8_t addr[6])
{
	for (unsigned i = 0; i < r->naddr; i++)
		if (memcmp(r->addr[i], addr, 6) == 0)
			return (int)i;
	return -1;
}

static void
put_addrs(const struct radio *r, struct air_addr *to)
{
	for (unsigned i = 0; i < r->naddr; i++) {
		memcpy(to[i].addr, r->addr[i], 6);
		memset(to[i].mask, 0xff, 6);
	}
}

void
radio_tell_addrs(struct radio *r)
{
	struct air_addr addr[AIR_ADDRS_MAX];

	put_addrs(r, addr);
	if (air_addrs(r->air, addr, r->naddr) == ENOBUFS)
		bridge_fail(r->bridge, r->name, "the hub does not keep up");
}

void
radio_add_addr(struct radio *r, const uint8_t addr[6])
{
	int i = radio_find_addr(r, addr);

	if (i >= 0) {
		r->uses[i]++;
		return;
	}
	if (r->naddr >= AIR_ADDRS_MAX)
		return;
	r->uses[r->naddr] = 1;
	memcpy(r->addr[r->naddr++], addr, 6);
	radio_tell_addrs(r);
}

void
radio_del_addr(struct radio *r, const uint8_t addr[6])
{
	int i = radio_find_addr(r, addr);

	if (i < 0 || --r->uses[i] != 0)
		return;
	memmove(r->addr[i], r->addr[i + 1], (r->naddr - (unsigned)i - 1) * 6);
	memmove(&r->uses[i], &r->uses[i + 1], (r->naddr - (unsigned)i - 1) * sizeof(r->uses[0]));
	r->naddr--;
	radio_tell_addrs(r);
}

/* ---- radios -------------------------------------------------------------------------------- */

struct radio *
radio_find(const struct bridge *b, const uint8_t hw[6])
{
	for (unsigned i = 0; i < b->nradio; i++)
		if (memcmp(b->radio[i]->hw, hw, 6) == 0)
			return b->radio[i];
	return NULL;
}

void
radio_first_address(const uint8_t hw[6], uint8_t perm[6])
{
	memcpy(perm, hw, 6);
	perm[0] &= (uint8_t)~0x40u;
}

struct radio *
radio_new(struct bridge *b, const uint8_t hw[6], const uint8_t perm[6])
{
	struct air_hello hello = { .flags = AIR_HELLO_ALLCHAN };
	struct radio *r;
	char msg[256];

	if (b->nradio >= BRIDGE_RADIOS) {
		bridge_fail(b, "radios", "more than 32 at once");
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		bridge_fail(b, "radio", strerror(ENOMEM));
		return NULL;
	}
	r->bridge = b;
	r->index = -1;
	r->up = true;			/* known only when an interface of it changes */
	memcpy(r->hw, hw, 6);
	memcpy(r->addr[r->naddr], perm, 6);
	r->uses[r->naddr++] = 1;
	STAILQ_INIT(&r->waiting);
	STAILQ_INIT(&r->sent);
	snprintf(r->name, sizeof(r->name), "%.20s%u", b->conf.name, b->nnames++ % 100000000u);
	memcpy(hello.name, r->name, sizeof(hello.name));
	hello.naddr = r->naddr;
	put_addrs(r, hello.addr);
	if (air_connect(b->conf.air, &hello, &radio_air_ops, r, &r->air, msg, sizeof(msg)) != 0) {
		bridge_fail(b, r->name, msg);
		free(r);
		return NULL;
	}
	b->radio[b->nradio++] = r;
	say("radio", "{s:s,s:s}", "name", r->name, "state", "there");
	return r;
}

static void
drop_frames(struct frames *q)
{
	struct frame *f;

	while ((f = STAILQ_FIRST(q)) != NULL) {
		STAILQ_REMOVE_HEAD(q, q);
		free(f);
	}
}

void
radio_add_stats(struct bridge_stats *to, const struct bridge_stats *s)
{
	to->tx += s->tx;
	to->acked += s->acked;
	to->noack += s->noack;
	to->unacked += s->unacked;
	to->unsent += s->unsent;
	to->rx += s->rx;
	to->rx_dropped += s->rx_dropped;
}

void
radio_free(struct radio *r)
{
	radio_add_stats(&r->bridge->gone, &r->stats);
	air_close(r->air);
	drop_frames(&r->waiting);
	drop_frames(&r->sent);
	free(r);
}
