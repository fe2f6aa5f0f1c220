/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bridge.c - between hwsim's radios and the air: see bridge.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/hwsim/bridge_int.h"
#include "tools/sim/prog/say.h"

void
bridge_fail(struct bridge *b, const char *what, const char *why)
{
	if (b->failed[0] == '\0')
		snprintf(b->failed, sizeof(b->failed), "%s: %s", what, why);
}

/* ---- the kernel tells ---------------------------------------------------------------------- */

static void
on_radio(void *arg, const uint8_t hw[6], const uint8_t perm[6], int index)
{
	struct bridge *b = arg;
	struct radio *r = radio_find(b, hw);

	if (r == NULL)
		r = radio_new(b, hw, perm);
	if (r != NULL)
		r->index = index;
}

static void
on_listed(void *arg)
{
	struct bridge *b = arg;

	b->listed = true;
}

static void
on_radio_gone(void *arg, int index)
{
	struct bridge *b = arg;

	for (unsigned i = 0; i < b->nradio; i++) {
		if (b->radio[i]->index != index)
			continue;
		say("radio", "{s:s,s:s}", "name", b->radio[i]->name, "state", "gone");
		radio_free(b->radio[i]);
		b->radio[i] = b->radio[--b->nradio];
		return;
	}
}

static void
on_addr(void *arg, const uint8_t hw[6], const uint8_t addr[6], bool add)
{
	struct bridge *b = arg;
	struct radio *r = radio_find(b, hw);
	char text[18];

	if (r == NULL && add)
		r = radio_new(b, hw, addr);
	if (r == NULL)
		return;
	if (!r->told) {			/* what was guessed before makes way */
		r->told = true;
		r->naddr = 0;
		radio_tell_addrs(r);
	}
	if (add)
		radio_add_addr(r, addr);
	else
		radio_del_addr(r, addr);
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", addr[0], addr[1], addr[2],
	    addr[3], addr[4], addr[5]);
	say("address", "{s:s,s:s,s:b}", "name", r->name, "address", text, "up", add);
	r->up = r->naddr != 0;
	if (!r->up && r->freq != 0 &&
	    air_tune(r->air, &(struct air_tune){ .on = 0 }) == 0)
		r->freq = 0;
}

static const struct hwsim_ops kernel_ops = {
	.radio = on_radio,
	.listed = on_listed,
	.radio_gone = on_radio_gone,
	.addr = on_addr,
	.tx = radio_tx,
};

/* ---- life ---------------------------------------------------------------------------------- */

int
bridge_new(const struct bridge_conf *conf, struct bridge **bp, char *errmsg, size_t errlen)
{
	struct bridge *b = calloc(1, sizeof(*b));
	int error;

	if (b == NULL) {
		snprintf(errmsg, errlen, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	b->conf = *conf;
	error = hwsim_open(&kernel_ops, b, &b->hwsim, errmsg, errlen);
	if (error != 0) {
		free(b);
		return error;
	}
	*bp = b;
	return 0;
}

void
bridge_free(struct bridge *b)
{
	while (b->nradio > 0)
		radio_free(b->radio[--b->nradio]);
	hwsim_close(b->hwsim);
	free(b);
}

size_t
bridge_fill(struct bridge *b, struct pollfd *p)
{
	size_t n = 0;

	p[n++] = (struct pollfd){ .fd = hwsim_fd(b->hwsim), .events = POLLIN };
	for (unsigned i = 0; i < b->nradio; i++)
		p[n++] = (struct pollfd){ .fd = air_fd(b->radio[i]->air),
		    .events = air_events(b->radio[i]->air) };
	return n;
}

void
bridge_poll(struct bridge *b, const struct pollfd *p, size_t n)
{
	int error;

	/* The radios first: the kernel's messages may bring and remove some. */
	for (size_t i = 1; i < n && i - 1 < b->nradio; i++)
		if (p[i].revents != 0)
			(void)air_dispatch(b->radio[i - 1]->air, p[i].revents);
	error = p[0].revents != 0 ? hwsim_dispatch(b->hwsim) : 0;
	if (error != 0)
		bridge_fail(b, "mac80211_hwsim", error == ENODEV ?
		    "the module was unloaded; load it and start voy-hwsim again" :
		    "its netlink socket failed");
}

bool
bridge_ready(const struct bridge *b)
{
	for (unsigned i = 0; i < b->nradio; i++)
		if (!b->radio[i]->on_air)
			return false;
	return b->listed;
}

const char *
bridge_failed(const struct bridge *b)
{
	return b->failed[0] != '\0' ? b->failed : NULL;
}

unsigned
bridge_radios(const struct bridge *b)
{
	return b->nradio;
}

void
bridge_stats(const struct bridge *b, struct bridge_stats *s)
{
	*s = b->gone;
	for (unsigned i = 0; i < b->nradio; i++)
		radio_add_stats(s, &b->radio[i]->stats);
}

unsigned
bridge_overruns(const struct bridge *b)
{
	return hwsim_overruns(b->hwsim);
}
