/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bridge.c - between hwsim's radios and the air: see bridge.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/hwsim/bridge.h"
#include "tools/sim/hwsim/hwsim.h"
#include "tools/sim/prog/say.h"

/* A frame that waits for room at the hub, or (data released) for its status. */
struct frame {
	STAILQ_ENTRY(frame) q;
	struct hwsim_tx	tx;		/* .frame points behind this struct */
	uint8_t		data[];
};
STAILQ_HEAD(frames, frame);

struct radio {
	struct bridge	*bridge;
	struct air	*air;
	uint8_t		hw[6];
	char		name[AIR_NAME_MAX];
	int		index;			/* of the kernel, or -1: not known */
	bool		on_air;			/* the hub has answered */
	bool		up;			/* it has an interface that is up */
	bool		told;			/* naddr is what the kernel told */
	uint8_t		addr[AIR_ADDRS_MAX][6];
	unsigned	uses[AIR_ADDRS_MAX];	/* an interface, and a scan with its address */
	unsigned	naddr;
	uint16_t	freq;			/* tuned to; 0: not yet */
	struct frames	waiting, sent;
	unsigned	nwaiting;
	struct bridge_stats stats;
};

struct bridge {
	struct bridge_conf conf;
	struct hwsim	*hwsim;
	struct radio	*radio[BRIDGE_RADIOS];
	unsigned	nradio, nnames;
	struct bridge_stats gone;
	bool		listed;			/* the kernel has told of its radios */
	char		failed[320];
};

static const struct air_ops air_ops;

static void
fail(struct bridge *b, const char *what, const char *why)
{
	if (b->failed[0] == '\0')
		snprintf(b->failed, sizeof(b->failed), "%s: %s", what, why);
}

/* ---- addresses ----------------------------------------------------------------------------- */

static int
find_addr(const struct radio *r, const uint8_t addr[6])
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

static void
tell_addrs(struct radio *r)
{
	struct air_addr addr[AIR_ADDRS_MAX];

	put_addrs(r, addr);
	if (air_addrs(r->air, addr, r->naddr) == ENOBUFS)
		fail(r->bridge, r->name, "the hub does not keep up");
}

static void
add_addr(struct radio *r, const uint8_t addr[6])
{
	int i = find_addr(r, addr);

	if (i >= 0) {
		r->uses[i]++;
		return;
	}
	if (r->naddr >= AIR_ADDRS_MAX)
		return;
	r->uses[r->naddr] = 1;
	memcpy(r->addr[r->naddr++], addr, 6);
	tell_addrs(r);
}

static void
del_addr(struct radio *r, const uint8_t addr[6])
{
	int i = find_addr(r, addr);

	if (i < 0 || --r->uses[i] != 0)
		return;
	memmove(r->addr[i], r->addr[i + 1], (r->naddr - (unsigned)i - 1) * 6);
	memmove(&r->uses[i], &r->uses[i + 1], (r->naddr - (unsigned)i - 1) * sizeof(r->uses[0]));
	r->naddr--;
	tell_addrs(r);
}

/* ---- radios -------------------------------------------------------------------------------- */

static struct radio *
find_radio(const struct bridge *b, const uint8_t hw[6])
{
	for (unsigned i = 0; i < b->nradio; i++)
		if (memcmp(b->radio[i]->hw, hw, 6) == 0)
			return b->radio[i];
	return NULL;
}

/* The first address of a radio whose second is known: hwsim sets a bit in the first octet. */
static void
first_address(const uint8_t hw[6], uint8_t perm[6])
{
	memcpy(perm, hw, 6);
	perm[0] &= (uint8_t)~0x40u;
}

static struct radio *
new_radio(struct bridge *b, const uint8_t hw[6], const uint8_t perm[6])
{
	struct air_hello hello = { .flags = AIR_HELLO_ALLCHAN };
	struct radio *r;
	char msg[256];

	if (b->nradio >= BRIDGE_RADIOS) {
		fail(b, "radios", "more than 32 at once");
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		fail(b, "radio", strerror(ENOMEM));
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
	if (air_connect(b->conf.air, &hello, &air_ops, r, &r->air, msg, sizeof(msg)) != 0) {
		fail(b, r->name, msg);
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

static void
add_stats(struct bridge_stats *to, const struct bridge_stats *s)
{
	to->tx += s->tx;
	to->acked += s->acked;
	to->noack += s->noack;
	to->unacked += s->unacked;
	to->unsent += s->unsent;
	to->rx += s->rx;
	to->rx_dropped += s->rx_dropped;
}

static void
free_radio(struct radio *r)
{
	add_stats(&r->bridge->gone, &r->stats);
	air_close(r->air);
	drop_frames(&r->waiting);
	drop_frames(&r->sent);
	free(r);
}

/* ---- a radio sends ------------------------------------------------------------------------- */

/* The kernel waits for the status of each frame it gave: this one went nowhere. */
static void
unsent(struct radio *r, const struct hwsim_tx *tx)
{
	struct hwsim_txinfo info;

	r->stats.unsent++;
	hwsim_status_unsent(tx, &info);
	(void)hwsim_txinfo(r->bridge->hwsim, r->hw, &info);
}

static void
tune(struct radio *r, uint32_t freq)
{
	if (r->freq == freq)
		return;
	if (air_tune(r->air, &(struct air_tune){ .on = 1, .freq = (uint16_t)freq,
	    .center = (uint16_t)freq, .width = 20 }) == 0)
		r->freq = (uint16_t)freq;
}

static int
transmit(struct radio *r, struct frame *f)
{
	struct air_tx tx = { .cookie = f->tx.cookie, .flags = hwsim_air_flags(&f->tx),
	    .freq = (uint16_t)f->tx.freq, .prio = hwsim_prio(f->tx.frame, f->tx.len) };
	int error;

	if (air_window(r->air) == 0)
		return ENOBUFS;
	tune(r, f->tx.freq);
	tx.nrates = (uint8_t)hwsim_ladder(&f->tx, tx.rate);
	error = air_tx(r->air, &tx, f->tx.frame, f->tx.len);
	if (error == 0)
		STAILQ_INSERT_TAIL(&r->sent, f, q);
	return error;
}

static void
pump(struct radio *r)
{
	struct frame *f;
	int error;

	while ((f = STAILQ_FIRST(&r->waiting)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->waiting, q);
		error = transmit(r, f);
		if (error == ENOBUFS) {
			STAILQ_INSERT_HEAD(&r->waiting, f, q);
			return;
		}
		r->nwaiting--;
		if (error != 0) {
			unsent(r, &f->tx);
			free(f);
		}
	}
}

/* A radio of the air sends with addresses it answers to; so it is with these, unless group. */
static void
learn(struct radio *r, const uint8_t *frame, size_t len)
{
	struct dot11 d;

	if (!r->told && dot11_parse(frame, len, &d) == 0 && d.addr2 != NULL &&
	    !dot11_is_group(d.addr2) && find_addr(r, d.addr2) < 0)
		add_addr(r, d.addr2);
}

static void
on_tx(void *arg, const uint8_t hw[6], const struct hwsim_tx *tx)
{
	struct bridge *b = arg;
	struct radio *r = find_radio(b, hw);
	struct frame *f = NULL;
	uint8_t perm[6];

	first_address(hw, perm);
	if (r == NULL)
		r = new_radio(b, hw, perm);
	if (r == NULL)
		return;
	r->up = true;
	r->stats.tx++;
	if (r->nwaiting < BRIDGE_WAITING && tx->len >= AIR_FRAME_MIN &&
	    tx->len <= AIR_FRAME_MAX && tx->freq <= UINT16_MAX && air_freq_chan(tx->freq) != 0)
		f = malloc(sizeof(*f) + tx->len);
	if (f == NULL) {
		unsent(r, tx);
		return;
	}
	f->tx = *tx;
	f->tx.frame = f->data;
	memcpy(f->data, tx->frame, tx->len);
	learn(r, f->data, f->tx.len);
	STAILQ_INSERT_TAIL(&r->waiting, f, q);
	r->nwaiting++;
	pump(r);
}

static void
count(struct bridge_stats *s, const struct air_txstatus *st)
{
	switch (st->result) {
	case AIR_TX_ACKED:
		s->acked++;
		break;
	case AIR_TX_SENT:
		s->noack++;
		break;
	case AIR_TX_NOANSWER:
		s->unacked++;
		break;
	default:
		s->unsent++;
		break;
	}
}

static void
on_txstatus(void *arg, const struct air_txstatus *st)
{
	struct radio *r = arg;
	struct hwsim_txinfo info;
	struct frame *f;

	STAILQ_FOREACH(f, &r->sent, q)
		if (f->tx.cookie == st->cookie)
			break;
	if (f == NULL)
		return;
	STAILQ_REMOVE(&r->sent, f, frame, q);
	count(&r->stats, st);
	hwsim_status(&f->tx, st, &info);
	(void)hwsim_txinfo(r->bridge->hwsim, r->hw, &info);
	free(f);
	pump(r);
}

/* ---- a radio hears ------------------------------------------------------------------------- */

static void
on_rx(void *arg, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	struct radio *r = arg;
	struct hwsim_rx to = { .freq = rx->freq, .rate = hwsim_rx_rate(&rx->rate, rx->freq),
	    .signal = rx->signal };

	if (!r->up)
		return;
	if (hwsim_rx(r->bridge->hwsim, r->hw, &to, frame, len) == 0)
		r->stats.rx++;
	else
		r->stats.rx_dropped++;
}

static void
on_welcome(void *arg, const struct air_welcome *w)
{
	struct radio *r = arg;

	(void)w;
	r->on_air = true;
}

static void
on_hub_gone(void *arg, const char *why)
{
	struct radio *r = arg;

	fail(r->bridge, r->name, why);
}

static const struct air_ops air_ops = {
	.welcome = on_welcome,
	.rx = on_rx,
	.txstatus = on_txstatus,
	.gone = on_hub_gone,
};

/* ---- the kernel tells ---------------------------------------------------------------------- */

static void
on_radio(void *arg, const uint8_t hw[6], const uint8_t perm[6], int index)
{
	struct bridge *b = arg;
	struct radio *r = find_radio(b, hw);

	if (r == NULL)
		r = new_radio(b, hw, perm);
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
		free_radio(b->radio[i]);
		b->radio[i] = b->radio[--b->nradio];
		return;
	}
}

static void
on_addr(void *arg, const uint8_t hw[6], const uint8_t addr[6], bool add)
{
	struct bridge *b = arg;
	struct radio *r = find_radio(b, hw);
	char text[18];

	if (r == NULL && add)
		r = new_radio(b, hw, addr);
	if (r == NULL)
		return;
	if (!r->told) {			/* what was guessed before makes way */
		r->told = true;
		r->naddr = 0;
		tell_addrs(r);
	}
	if (add)
		add_addr(r, addr);
	else
		del_addr(r, addr);
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
	.tx = on_tx,
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
		free_radio(b->radio[--b->nradio]);
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
		fail(b, "mac80211_hwsim", error == ENODEV ?
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
		add_stats(s, &b->radio[i]->stats);
}

unsigned
bridge_overruns(const struct bridge *b)
{
	return hwsim_overruns(b->hwsim);
}
