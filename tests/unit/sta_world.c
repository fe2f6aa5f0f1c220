/* SPDX-License-Identifier: BSD-2-Clause */
/* The world of sta_world.h: clock, core, air, and what tests ask. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shims/linux/sta/ctl.h"
#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

#define MS		UINT64_C(1000000)
#define BEACON_NS	(UINT64_C(102400) * 1000)
#define SCAN_NS		(100 * MS)

struct world *world;

static const uint8_t own[6] = { 2, 0, 0, 0, 0, 5 };

static const struct pdk80211_chan chans[] = {
	{ .freq = 2412, .num = 1, .width = 20, .flags = PDK_CH_HT40U },
	{ .freq = 2437, .num = 6, .width = 20, .flags = PDK_CH_HT40U | PDK_CH_HT40D },
	{ .freq = 5180, .num = 36, .width = 20, .flags = PDK_CH_HT40U },
	{ .freq = 5200, .num = 40, .width = 20, .flags = PDK_CH_HT40D },
	{ .freq = 5260, .num = 52, .width = 20, .flags = PDK_CH_DFS | PDK_CH_PASSIVE },
};

static void __attribute__((format(printf, 2, 3)))
note(struct world *w, const char *fmt, ...)
{
	size_t n = strlen(w->ops);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->ops + n, sizeof(w->ops) - n, fmt, ap);
	va_end(ap);
}

/* ---- the air ---- */

void
world_air(struct world *w, const struct fakeap *ap, const void *frame, size_t len, unsigned flags)
{
	struct mbuf *m;

	if (w->nair == WORLD_AIR)
		return;
	m = sta_port_mbuf(w, len);
	if (m == NULL)
		abort();
	memcpy(m->m_data, frame, len);
	w->air[w->nair].m = m;
	w->air[w->nair].rxi = (struct pdk80211_rxinfo){ .rssi = ap->rssi, .noise = -95,
	    .chan = ap->chan, .rate = 12, .flags = (uint8_t)flags, .tsf = w->now / 1000 };
	w->nair++;
}

static void
deliver(struct world *w)
{
	struct pdk80211_rxinfo rxi = w->air[0].rxi;
	struct mbuf *m = w->air[0].m;

	memmove(w->air, w->air + 1, --w->nair * sizeof(w->air[0]));
	sta_rx(w->st, m, &rxi);
}

/* Who is heard: on the channel of the network, alive. */
static bool
heard(const struct world *w, const struct fakeap *ap)
{
	return w->up && w->joined && !ap->silent && ap->chan == w->bss.chan.num;
}

static struct fakeap *
ap_at(struct world *w, const uint8_t *addr)
{
	unsigned i;

	for (i = 0; i < w->naps; i++)
		if (memcmp(w->ap[i].bssid, addr, 6) == 0)
			return &w->ap[i];
	return NULL;
}

/* ---- the core ---- */

static int
op_scan(struct pdk_dev *dev, const struct pdk80211_scan *s)
{
	struct world *w = world;
	bool named;
	unsigned i, k;

	(void)dev;
	if (w->scan_on)
		return EBUSY;
	note(w, "scan%s ", s->background ? ":bg" : "");
	w->scan = *s;
	w->scan_on = true;
	w->scan_end = w->now + SCAN_NS;
	for (i = 0; i < w->naps; i++) {
		if (w->ap[i].silent)
			continue;
		named = !w->ap[i].hidden;
		for (k = 0; k < s->n_ssid; k++)
			named |= s->ssid_len[k] == w->ap[i].ssid_len &&
			    memcmp(s->ssid[k], w->ap[i].ssid, s->ssid_len[k]) == 0;
		world_beacon(w, &w->ap[i]);
		if (named && w->ap[i].chan != 52)
			fakeap_probe_resp(w, &w->ap[i], true);
	}
	return 0;
}

static void
op_scan_abort(struct pdk_dev *dev)
{
	(void)dev;
	note(world, "abort ");
	if (world->scan_on)
		world->scan_end = world->now + MS;
}

static int
op_join(struct pdk_dev *dev, const struct pdk80211_bss *b)
{
	struct world *w = world;

	(void)dev;
	if (w->joined || w->scan_on)
		abort();			/* against the order of pdk80211.h */
	note(w, "join:%u/%u ", b->chan.num, b->chan.width);
	w->bss = *b;
	w->joined = w->join_error == 0;
	return w->join_error;
}

static int
op_assoc(struct pdk_dev *dev, const struct pdk80211_bss *b)
{
	struct world *w = world;

	(void)dev;
	if (!w->joined)
		abort();
	note(w, "assoc:%u ", b->aid);
	w->bss = *b;
	w->associated = w->assoc_error == 0;
	return w->assoc_error;
}

static void
op_leave(struct pdk_dev *dev)
{
	(void)dev;
	note(world, "leave ");
	world->joined = world->associated = false;
}

static int
op_update(struct pdk_dev *dev, int what, const struct pdk80211_bss *b)
{
	(void)dev;
	note(world, "update:%d ", what);
	world->bss = *b;
	return world->update_error;
}

static int
op_stats(struct pdk_dev *dev, struct pdk80211_stats *s)
{
	(void)dev;
	*s = (struct pdk80211_stats){ .signal = -51, .temperature = 41, .tx_ht = 1, .tx_mcs = 7,
	    .tx_width = 40, .missed = 3, .counted = world->counted };
	if (world->counted)
		s->beacons = 12, s->rx_time = 1000, s->tx_time = 200, s->scan_time = 30;
	return world->stats_error;
}

static int
op_set_key(struct pdk_dev *dev, const struct pdk80211_key *k)
{
	(void)dev;
	note(world, "key:%c%u ", k->group ? 'g' : 'p', k->id);
	*(k->group ? &world->gtk : &world->ptk) = *k;
	if (world->in_set_key != NULL)
		world->in_set_key();
	return world->key_error;
}

static int
op_ba(struct pdk_dev *dev, enum pdk80211_baop op, int tid, uint16_t *ssn, int window)
{
	static const char *const names[] = { "rx", "rxstop", "tx", "txstop", "txrun" };

	(void)dev;
	note(world, "ba:%s:%d:%d ", names[op], tid, window);
	if (op == PDK_BA_TX_START)
		*ssn = world->ssn;
	else if (op == PDK_BA_RX_START)
		world->ssn = *ssn;
	return world->no_ba ? EINVAL : 0;
}

static int
op_tx(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_txinfo *txi)
{
	struct world *w = world;
	struct pdk80211_txstat st = { .tries = 1 };
	const uint8_t *f = mtod(m, const uint8_t *);
	struct fakeap *ap = ap_at(w, f + 4);

	(void)dev;
	if (w->tx_error != 0)
		return w->tx_error;
	if (!w->joined)
		return ENETDOWN;
	if (w->full || (w->data_full && (txi->flags & (PDK_TX_MGMT | PDK_TX_EAPOL)) == 0))
		return ENOBUFS;
	st.ok = ap != NULL && heard(w, ap);
	if (st.ok)
		fakeap_input(w, ap, f, (size_t)m->m_len, txi);
	m_freem(m);
	sta_tx_done(w->st, txi->cookie, &st);
	return 0;
}

static int
op_up(struct pdk_dev *dev)
{
	(void)dev;
	return 0;
}

static void
op_down(struct pdk_dev *dev)
{
	(void)dev;
}

static const struct pdk80211_ops ops = { .up = op_up, .down = op_down, .scan = op_scan,
    .scan_abort = op_scan_abort, .join = op_join, .assoc = op_assoc, .leave = op_leave,
    .update = op_update, .set_key = op_set_key, .ba = op_ba, .stats = op_stats,
    .tx = op_tx };

/* ---- time ---- */

/* What is due next, or `until`. */
static uint64_t
next(const struct world *w, uint64_t until)
{
	unsigned i;

	if (w->alarm < until)
		until = w->alarm;
	if (w->scan_on && !w->scan_hangs && w->scan_end < until)
		until = w->scan_end;
	for (i = 0; i < w->naps; i++)
		if (heard(w, &w->ap[i]) && !w->ap[i].mute && w->ap[i].next_beacon < until)
			until = w->ap[i].next_beacon;
	return until > w->now ? until : w->now;
}

static void
beacons(struct world *w)
{
	unsigned i;

	for (i = 0; i < w->naps; i++) {
		if (w->ap[i].next_beacon > w->now)
			continue;
		if (heard(w, &w->ap[i]) && !w->ap[i].mute)
			world_beacon(w, &w->ap[i]);
		w->ap[i].next_beacon = w->now + BEACON_NS;
	}
}

/* Everything that happens without time. */
static void
settle(struct world *w)
{
	while (w->nair > 0 || w->woken || w->alarm <= w->now) {
		if (w->nair > 0) {
			deliver(w);
			continue;
		}
		w->woken = false;
		w->alarm = UINT64_MAX;
		sta_work(w->st);
	}
}

void
world_run(struct world *w, unsigned ms)
{
	uint64_t until = w->now + ms * MS;

	for (;;) {
		settle(w);
		beacons(w);
		if (w->scan_on && !w->scan_hangs && w->scan_end <= w->now) {
			w->scan_on = false;
			sta_scan_done(w->st, w->scan_end != w->now);
		}
		settle(w);
		if (w->now >= until)
			return;
		w->now = next(w, until);
	}
}

bool
world_until(struct world *w, const char *state, unsigned ms)
{
	for (; ms > 0 && !world_is(w, state); ms--)
		world_run(w, 1);
	return world_is(w, state);
}

/* ---- life ---- */

void
world_new(struct world *w)
{
	static const char *const states[] = { "alive", "scanned", "associated", "ip", NULL };

	memset(w, 0, sizeof(*w));
	world = w;
	w->now = 1000 * UINT64_C(1000000000);
	w->alarm = UINT64_MAX;
	memcpy(w->states, states, sizeof(states));
	memcpy(w->caps.mac, own, sizeof(own));
	w->caps.nchans = sizeof(chans) / sizeof(chans[0]);
	w->caps.chans = chans;
	w->caps.htcaps = 0x006e;
	w->caps.ampdu = 0x17;
	w->caps.rx_mcs[0] = w->caps.rx_mcs[1] = 0xff;
	w->caps.flags = PDK_CAP_SCAN_OFFLOAD;
}

struct fakeap *
world_ap(struct world *w, uint8_t chan, bool secure)
{
	struct fakeap *ap = &w->ap[w->naps];

	bench_new(&ap->auth, "passphrase");
	memcpy(ap->bssid, (uint8_t[]){ 2, 0, 0, 0, 1, (uint8_t)w->naps }, 6);
	memcpy(ap->auth.aa, ap->bssid, 6);
	memcpy(ap->auth.spa, own, 6);
	memcpy(ap->ssid, "home", 4);
	ap->ssid_len = 4;
	ap->chan = chan;
	ap->secure = secure;
	ap->ht = ap->qos = true;
	ap->rssi = -50;
	ap->dtim = 2;
	ap->aid = 1;
	ap->vo_aifsn = 2;
	ap->capinfo = DOT11_CAP_ESS | DOT11_CAP_SHSLOT;
	w->naps++;
	return ap;
}

void
world_join(struct world *w, const char *ssid, const char *psk)
{
	w->wifi.ssid = (const uint8_t *)ssid;
	w->wifi.ssid_len = strlen(ssid);
	w->wifi.psk = psk;
}

void
world_up(struct world *w)
{
	struct sta_conf conf = { .ops = &ops, .caps = &w->caps, .port = w };

	conf.states = w->states;
	if (w->st == NULL)
		w->st = sta_new(&conf);
	if (w->st == NULL)
		abort();
	w->up = true;
	w->caps.flags |= w->hw ? PDK_CAP_HW_CCMP : 0;
	sta_up(w->st);
	w->woken = true;
}

void
world_restart(struct world *w)
{
	sta_down(w->st, false, "the firmware has died");
	w->joined = w->associated = w->scan_on = w->full = false;
	w->nair = w->nair;			/* what is on the air stays there */
	note(w, "restart ");
	sta_up(w->st);
	w->woken = true;
}

struct fakeap *
world_joined(struct world *w, uint8_t chan, bool secure)
{
	struct fakeap *ap;

	world_new(w);
	ap = world_ap(w, chan, secure);
	world_join(w, "home", secure ? "passphrase" : NULL);
	world_up(w);
	ok(world_show(w, world_until(w, "running", 5000)), "joined");
	w->ops[0] = w->log[0] = w->events[0] = '\0';
	return ap;
}

void
world_end(struct world *w)
{
	unsigned i;

	sta_down(w->st, true, "the run ends");
	w->up = false;
	sta_close(w->st);
	settle(w);
	sta_free(w->st);
	for (i = 0; i < w->naps; i++)
		fakeap_free(&w->ap[i]);
	if (!ok(w->mbufs == 0 && !w->joined, "nothing is left behind"))
		printf("# %u mbufs\n", w->mbufs);
	w->st = NULL;
}

/* ---- what tests ask ---- */

json_t *
world_ask(struct world *w, const char *request)
{
	static json_t *out;
	json_t *req = json_loads(request, 0, NULL);
	const char *error;

	json_decref(out);
	out = json_object();
	if (req == NULL)
		abort();
	error = sta_ctl(w->st, req, out);
	if (error != NULL)
		json_object_set_new(out, "error", json_string(error));
	json_decref(req);
	return out;
}

bool
world_is(struct world *w, const char *state)
{
	const char *s = json_string_value(json_object_get(world_ask(w, "{\"do\":\"status\"}"),
	    "state"));

	return s != NULL && strcmp(s, state) == 0;
}

unsigned long long
world_count(struct world *w, const char *name)
{
	json_t *stats = json_object_get(world_ask(w, "{\"do\":\"stats\"}"), "stats");

	if (json_object_get(stats, name) == NULL)
		abort();
	return (unsigned long long)json_integer_value(json_object_get(stats, name));
}

bool
world_told(const struct world *w, const char *what)
{
	return strcmp(w->ops, what) == 0;
}

bool
world_show(struct world *w, bool good)
{
	if (!good)
		printf("# ops: %s\n# log:\n%s\n", w->ops, w->log);
	return good;
}

int
world_ether(struct world *w, const void *eth, size_t len)
{
	return w->net_ops->tx(w->net_arg, eth, len);
}
