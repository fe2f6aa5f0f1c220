/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_traffic.c - see sta_traffic.h.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sta_traffic.h"
#include "tests/unit/tap.h"

struct world w;

/* What counters were at the last question. */
static struct {
	const char		*name;
	unsigned long long	 n;
} asked[64];
static unsigned nasked;

void
fresh(void)
{
	memset(asked, 0, sizeof(asked));
	nasked = 0;
	world_new(&w);
}

struct fakeap *
joined(bool secure, bool hw, bool qos)
{
	struct fakeap *ap;

	fresh();
	w.hw = hw;
	ap = world_ap(&w, 36, secure);
	ap->qos = qos;
	world_join(&w, "home", secure ? "passphrase" : NULL);
	world_up(&w);
	ok(world_show(&w, world_until(&w, "running", 5000)), "joined");
	w.ngot = 0;
	return ap;
}

void
receive(struct fakeap *ap, struct fakedata d)
{
	if (d.da == NULL)
		d.da = own;
	if (d.sa == NULL)
		d.sa = peer;
	w.nhost = 0;
	world_data(&w, ap, &d);
	world_run(&w, 1);
}

int
transmit(const uint8_t *da, uint16_t type, const void *data, size_t len)
{
	uint8_t eth[1600] = { 0 };

	memcpy(eth, da, 6);
	memcpy(eth + 6, own, 6);
	eth[12] = (uint8_t)(type >> 8);
	eth[13] = (uint8_t)type;
	memcpy(eth + 14, data, len);
	return world_ether(&w, eth, 14 + len);
}

bool
counted(const char *name)
{
	unsigned long long now = world_count(&w, name), before;
	unsigned i;

	for (i = 0; i < nasked && strcmp(asked[i].name, name) != 0; i++)
		;
	if (i == nasked) {
		if (nasked == sizeof(asked) / sizeof(asked[0]))
			abort();
		asked[nasked++].name = name;
	}
	before = asked[i].n;
	asked[i].n = now;
	return now == before + 1;
}
