/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - while there is a network: what its beacons change, whether it is still there, and where
 * it goes.
 */
#include "shims/linux/sta/sta_int.h"

#define PROBES		4u
#define PROBE_NS	(400 * MS)
#define ALIVE_NS	(30 * SECOND)
#define CORE_NS		(500 * MS)

void
run_begin(struct sta *st)
{
	st->probes = 0;
	st->csa.on = false;
	sta_timer(st, T_ALIVE, ALIVE_NS);
	roam_begin(st);
	run_doze(st);
}

/* ---- parameters ---- */

/* False: the core has failed.  Mostly its firmware has died, and it will soon say so. */
static bool
update(struct sta *st, int what)
{
	st->core_error = st->ops->update == NULL ? 0 : STA_OP(st, update, what, &st->bss);
	sta_count(st, updates, 1);
	if (st->core_error != 0)
		sta_timer(st, T_CORE, CORE_NS);
	return st->core_error == 0;
}

void
run_core_failed(struct sta *st)
{
	if (st->state == ST_RUNNING)
		retry_lost(st, DOT11_REASON_LEAVING, 0, "station",
		    "the card does not follow a change of the network: %s",
		    strerror(st->core_error));
}

/* Power save as it is wanted; from the first data on, not before. */
void
run_doze(struct sta *st)
{
	bool is = (st->bss.flags & PDK_BSS_PS) != 0;

	if (st->state != ST_RUNNING || is == st->doze)
		return;
	st->bss.flags ^= PDK_BSS_PS;
	(void)update(st, PDK_UPD_PS);
}

/* A change of channel is announced: do as told, if that is allowed. */
static void
announced(struct sta *st, const struct bss_csa *c)
{
	const struct pdk80211_chan *chan = params_chan(st->caps, c->chan);

	if (!c->on || st->csa.on || c->chan == st->bss.chan.num)
		return;
	if (chan == NULL) {
		retry_lost(st, DOT11_REASON_LEAVING, 0, "station", "the access point moves to "
		    "channel %u, which the card must not use", c->chan);
		return;
	}
	st->csa = *c;
	if (c->quiet)
		tx_gate(st, TX_HOLD);
	tell_log(st, HYP_LOG_INFO, "the access point will be on channel %u", c->chan);
	sta_timer(st, T_CSA, c->count * st->bss.bintval * DOT11_TU_NS);
}

void
run_switch(struct sta *st)
{
	const struct pdk80211_chan *chan = params_chan(st->caps, st->csa.chan);

	if (st->state != ST_RUNNING || !st->csa.on || chan == NULL)
		return;
	st->csa.on = false;
	st->bss.chan = params_width(st->caps, chan,
	    (st->bss.flags & PDK_BSS_HT) != 0 ? st->csa.sco : 0);
	st->cur.chan = chan->num;
	atomic_store(&st->freq, chan->freq);
	if (!update(st, PDK_UPD_CHAN))
		return;
	tx_gate(st, TX_OPEN);
	sta_count(st, channel_switches, 1);
	sta_view_update(st);
	tell_channel(st);
}

void
run_beacon(struct sta *st, const struct bss *b)
{
	int what;

	sta_count(st, beacons, 1);
	run_answered(st);
	if (!b->beacon)
		return;
	what = params_beacon(&st->bss, b, st->caps);
	if (what != 0) {
		if (!update(st, what))
			return;
		tx_params(st);
		sta_view_update(st);
	}
	announced(st, &b->csa);
}

void
run_action(struct sta *st, const uint8_t *body, size_t len)
{
	struct bss_csa c;

	if (len == 0)
		return;
	if (body[0] == DOT11_CAT_BA)
		ba_action(st, body, len);
	else if (st->state == ST_RUNNING && bss_csa_action(&c, body, len))
		announced(st, &c);
}

/* ---- the end of it ---- */

void
run_bye(struct sta *st, uint8_t kind, const uint8_t *body, size_t len)
{
	struct wpa_verdict v;
	uint16_t reason;

	if (!mgmt_bye_read(&reason, body, len))
		return;
	switch (st->state) {
	case ST_ASSOC:
		retry_failed(st, 0, false, "the access point breaks the association off: %s "
		    "(reason %u)", dot11_reason(reason), reason);
		break;
	case ST_HANDSHAKE:
		if (wpa_lost(st->wpa, reason, &v))
			retry_failed(st, 0, v.passphrase, "%s", v.text);
		else
			retry_failed(st, 0, false, "the access point leaves during the key "
			    "handshake: %s (reason %u)", dot11_reason(reason), reason);
		break;
	case ST_RUNNING:
		retry_lost(st, 0, reason, "ap", "%s by the access point: %s",
		    kind == DOT11_DEAUTH ? "deauthenticated" : "disassociated",
		    dot11_reason(reason));
		break;
	default:	/* what it says of an earlier association is of no interest */
		break;
	}
}

/* ---- is it still there? ---- */

static void
probe(struct sta *st)
{
	uint8_t frame[MGMT_MAX];

	tx_mgmt(st, frame, mgmt_probe(frame, st->caps->mac, st->bss.bssid, st->bss.essid,
	    st->bss.essid_len, params_band5(st->bss.chan.num)), COOKIE_PROBE);
	sta_timer(st, T_PROBE, PROBE_NS);
}

void
run_missed(struct sta *st)
{
	if (st->state != ST_RUNNING || st->probes != 0 || st->csa.on)
		return;
	tell_log(st, HYP_LOG_DEBUG, "the access point is not heard; asking");
	st->probes = 1;
	probe(st);
}

void
run_answered(struct sta *st)
{
	st->probes = 0;
	sta_timer(st, T_PROBE, NEVER);
}

void
run_probe_timeout(struct sta *st)
{
	uint64_t silent = sta_now() - atomic_load(&st->rx.heard);

	if (st->state != ST_RUNNING)
		return;
	if (silent < PROBE_NS)
		run_answered(st);
	else if (st->probes++ < PROBES)
		probe(st);
	else
		retry_lost(st, 0, 0, "radio", "the access point is gone: not heard for %u.%u s",
		    (unsigned)(silent / SECOND), (unsigned)(silent % SECOND / (SECOND / 10)));
}

/* A station that never says anything is forgotten by some. */
void
run_alive(struct sta *st)
{
	if (st->state != ST_RUNNING)
		return;
	tx_null(st, COOKIE_ALIVE);
	sta_timer(st, T_ALIVE, ALIVE_NS);
}
