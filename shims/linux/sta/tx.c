/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.c - frames to the radio.  What the core has no room for waits here, one data frame and a
 * few of management, and goes first when it has; the host keeps the rest.  So packet numbers stay
 * in order, and nothing is lost but is counted.
 */
#include <errno.h>

#include "shims/linux/sta/sta_int.h"

void
tx_init(struct sta *st)
{
	pthread_mutex_init(&st->tx.mtx, NULL);
}

/* ---- to the core; with tx.mtx ---- */

static void
counted(struct sta *st, const struct sta_out *o, int len)
{
	sta_count(st, tx_frames, 1);
	sta_count(st, tx_bytes, (unsigned)len);
	if ((o->txi.flags & PDK_TX_MGMT) != 0)
		sta_count(st, tx_mgmt, 1);
	else if ((o->txi.flags & PDK_TX_EAPOL) != 0)
		sta_count(st, tx_eapol, 1);
	else
		sta_count(st, tx_from_host, 1);
}

int
tx_give(struct sta *st, struct sta_out *o)
{
	int len = o->m->m_len, error = STA_OP(st, tx, o->m, &o->txi);

	if (error == ENOBUFS) {
		st->tx.full = true;
		sta_count(st, tx_stalls, 1);
		return error;
	}
	if (error == 0)
		counted(st, o, len);
	else {
		sta_count(st, tx_refused, 1);
		m_freem(o->m);
	}
	o->m = NULL;
	return 0;
}

/* What waits of management and EAPOL.  False: some of it still does. */
static bool
drain_mgmt(struct sta *st)
{
	struct sta_tx *tx = &st->tx;
	unsigned i;

	for (i = 0; i < tx->nmgmt && tx_give(st, &tx->mgmt[i]) == 0; i++)
		;
	tx->nmgmt -= i;
	memmove(tx->mgmt, tx->mgmt + i, tx->nmgmt * sizeof(tx->mgmt[0]));
	return tx->nmgmt == 0;
}

/* The same, and then data. */
static bool
drain(struct sta *st)
{
	struct sta_tx *tx = &st->tx;

	return drain_mgmt(st) && (tx->data.m == NULL || tx_give(st, &tx->data) == 0);
}

/* With the mutex: who has closed the gate may close the port, too. */
static void
host_ready(struct sta *st)
{
	if (st->net != NULL)
		hyp_net_ready(st->net);
}

void
sta_tx_ready(struct sta *st)
{
	hyp_lock(&st->tx.mtx);
	st->tx.full = false;
	if (drain(st) && st->tx.gate == TX_OPEN)
		host_ready(st);
	hyp_unlock(&st->tx.mtx);
}

void
tx_give_or_keep(struct sta *st, struct sta_out *o)
{
	struct sta_tx *tx = &st->tx;

	/* The core has room for these when it has none for data.  EAPOL has a TID of its own. */
	if (drain_mgmt(st) && tx_give(st, o) == 0)
		return;
	if (tx->nmgmt < TX_MGMTQ)
		tx->mgmt[tx->nmgmt++] = *o;
	else {
		sta_count(st, tx_flushed, 1);
		m_freem(o->m);
	}
}

/* ---- the gate ---- */

static void
flush(struct sta *st)
{
	struct sta_tx *tx = &st->tx;

	while (tx->nmgmt > 0) {
		m_freem(tx->mgmt[--tx->nmgmt].m);
		sta_count(st, tx_flushed, 1);
	}
	if (tx->data.m != NULL) {
		m_freem(tx->data.m);
		tx->data.m = NULL;
		sta_count(st, tx_flushed, 1);
	}
	tx->full = false;
}

void
tx_join(struct sta *st, const uint8_t bssid[6])
{
	hyp_lock(&st->tx.mtx);
	memcpy(st->tx.bssid, bssid, sizeof(st->tx.bssid));
	hyp_unlock(&st->tx.mtx);
}

void
tx_leave(struct sta *st)
{
	hyp_lock(&st->tx.mtx);
	if (st->tx.gate == TX_OPEN)
		st->tx.gate = TX_HOLD;
	flush(st);
	hyp_unlock(&st->tx.mtx);
}

void
tx_gate(struct sta *st, enum tx_gate gate)
{
	hyp_lock(&st->tx.mtx);
	/* Closed: what the host keeps is asked for, so that it is dropped and counted. */
	if (st->tx.gate != gate && gate != TX_HOLD)
		host_ready(st);
	st->tx.gate = gate;
	hyp_unlock(&st->tx.mtx);
}

bool
tx_hold(struct sta *st)
{
	bool was;

	hyp_lock(&st->tx.mtx);
	was = st->tx.gate == TX_OPEN;
	if (was)
		st->tx.gate = TX_HOLD;
	hyp_unlock(&st->tx.mtx);
	return was;
}

void
tx_params(struct sta *st)
{
	unsigned ac;

	hyp_lock(&st->tx.mtx);
	st->tx.secure = st->want.secure;
	st->tx.qos = (st->bss.flags & PDK_BSS_QOS) != 0;
	st->tx.acm = 0;
	for (ac = 0; ac < PDK80211_NAC; ac++)
		if (st->bss.wme[ac].acm)
			st->tx.acm |= (uint8_t)(1u << ac);
	hyp_unlock(&st->tx.mtx);
}

void
sta_tx_done(struct sta *st, void *cookie, const struct pdk80211_txstat *stat)
{
	if (stat->ok)
		sta_count(st, tx_ok, 1);
	else
		sta_count(st, tx_failed, 1);
	switch ((enum sta_cookie)(uintptr_t)cookie) {
	case COOKIE_NONE:
		break;
	case COOKIE_PROBE:
		if (stat->ok)
			sta_post(st, MB_PROBE_ACKED);
		break;
	case COOKIE_ALIVE:
		if (!stat->ok)
			sta_post(st, MB_ALIVE_LOST);
		break;
	case COOKIE_BYE:
		sta_post(st, MB_BYE_SENT);
		break;
	}
}
