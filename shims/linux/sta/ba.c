/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ba.c - block ack agreements (IEEE 802.11-2016, 11.5): to receive whenever the access point asks,
 * to send for a TID that has traffic.
 */
#include "shims/linux/sta/sta_int.h"

#define WINDOW		64u
#define ASK_NS		(1 * SECOND)		/* for the answer */
#define ASKS		3u
#define REFUSED_NS	(30 * SECOND)		/* before asking again */
#define SOON_NS		(1 * SECOND)

static void
send_ba(struct sta *st, const struct mgmt_ba *ba)
{
	uint8_t frame[MGMT_MAX];

	tx_mgmt(st, frame, mgmt_ba(frame, st->caps->mac, st->bss.bssid, ba), COOKIE_NONE);
}

static void
send_delba(struct sta *st, unsigned tid, bool initiator, uint16_t reason)
{
	send_ba(st, &(struct mgmt_ba){ .action = DOT11_ACT_DELBA, .tid = (uint8_t)tid,
	    .initiator = initiator, .reason = reason });
}

static int
core(struct sta *st, enum pdk80211_baop op, unsigned tid, uint16_t *ssn, unsigned window)
{
	return STA_OP(st, ba, op, (int)tid, ssn, (int)window);
}

void
ba_reset(struct sta *st)
{
	unsigned tid;

	memset(st->ba, 0, sizeof(st->ba));
	st->ba_rx = 0;
	for (tid = 0; tid < PDK80211_NTID; tid++)
		tx_ba_quiet(st, tid, false);
	sta_timer(st, T_BA, NEVER);
}

/* ---- to send ---- */

/* The next thing to happen to one of them. */
static void
arm(struct sta *st)
{
	uint64_t when = NEVER;
	unsigned tid;

	for (tid = 0; tid < PDK80211_NTID; tid++)
		if (st->ba[tid].when != 0 && st->ba[tid].when < when)
			when = st->ba[tid].when;
	st->at[T_BA] = when;
}

/* Not now: what is there is sent without, and traffic is looked at again after a while. */
static void
rest(struct sta *st, unsigned tid, uint64_t ns)
{
	st->ba[tid].state = BA_IDLE;
	st->ba[tid].when = sta_now() + ns;
	tx_ba_quiet(st, tid, true);
	arm(st);
}

static void
ask(struct sta *st, unsigned tid)
{
	struct sta_ba *ba = &st->ba[tid];
	uint16_t ssn = 0;

	if (core(st, PDK_BA_TX_START, tid, &ssn, WINDOW) != 0) {
		rest(st, tid, REFUSED_NS);
		return;
	}
	ba->state = BA_ASKED;
	ba->token = ++st->ba_token;
	ba->tries++;
	ba->when = sta_now() + ASK_NS;
	send_ba(st, &(struct mgmt_ba){ .action = DOT11_ACT_ADDBA_REQ, .token = ba->token,
	    .tid = (uint8_t)tid, .immediate = true, .window = WINDOW, .ssn = ssn & 0xfff });
	arm(st);
}

void
ba_want(struct sta *st, uint8_t tids)
{
	unsigned tid;

	if (st->state != ST_RUNNING)
		return;
	for (tid = 0; tid < PDK80211_NTID; tid++) {
		if ((tids & 1u << tid) == 0 || st->ba[tid].state != BA_IDLE)
			continue;
		if ((st->bss.flags & PDK_BSS_HT) == 0 || st->ops->ba == NULL)
			tx_ba_quiet(st, tid, true);
		else if (sta_now() >= st->ba[tid].when)
			ask(st, tid);
	}
}

static void
answered(struct sta *st, const struct mgmt_ba *r)
{
	struct sta_ba *ba = &st->ba[r->tid];
	unsigned window = r->window == 0 || r->window > WINDOW ? WINDOW : r->window;
	uint16_t ssn = 0;

	if (ba->state != BA_ASKED || ba->token != r->token)
		return;
	if (r->status != DOT11_STATUS_OK || !r->immediate ||
	    core(st, PDK_BA_TX_RUN, r->tid, &ssn, window) != 0) {
		core(st, PDK_BA_TX_STOP, r->tid, &ssn, 0);
		if (r->status == DOT11_STATUS_OK)
			send_delba(st, r->tid, true, DOT11_REASON_BA_END);
		rest(st, r->tid, REFUSED_NS);
		return;
	}
	ba->state = BA_ON;
	ba->tries = 0;
	ba->when = 0;
	sta_count(st, ba_tx, 1);
	arm(st);
	tell_log(st, HYP_LOG_DEBUG, "block ack to send for TID %u, window %u", r->tid, window);
}

/* No answer, or a rest is over. */
static void
due(struct sta *st, unsigned tid)
{
	struct sta_ba *ba = &st->ba[tid];
	uint16_t ssn = 0;

	if (ba->state != BA_ASKED) {
		ba->when = 0;
		tx_ba_quiet(st, tid, false);
		return;
	}
	core(st, PDK_BA_TX_STOP, tid, &ssn, 0);
	send_delba(st, tid, true, DOT11_REASON_BA_TIMEOUT);
	if (ba->tries >= ASKS) {
		ba->tries = 0;
		rest(st, tid, REFUSED_NS);
	} else
		rest(st, tid, SOON_NS);
}

void
ba_timer(struct sta *st)
{
	unsigned tid;

	for (tid = 0; tid < PDK80211_NTID; tid++)
		if (st->ba[tid].when != 0 && st->ba[tid].when <= sta_now())
			due(st, tid);
	arm(st);
}

static void
tx_ended(struct sta *st, unsigned tid, uint64_t ns)
{
	uint16_t ssn = 0;

	if (st->ba[tid].state == BA_IDLE)
		return;
	core(st, PDK_BA_TX_STOP, tid, &ssn, 0);
	rest(st, tid, ns);
}

/* ---- to receive ---- */

static void
rx_stop(struct sta *st, unsigned tid)
{
	uint16_t ssn = 0;

	if ((st->ba_rx & 1u << tid) == 0)
		return;
	st->ba_rx &= (uint8_t)~(1u << tid);
	core(st, PDK_BA_RX_STOP, tid, &ssn, 0);
}

/* DOT11_STATUS_*, and the window that we give. */
static uint16_t
rx_start(struct sta *st, const struct mgmt_ba *q, unsigned *window)
{
	uint16_t ssn = q->ssn;

	*window = q->window == 0 || q->window > WINDOW ? WINDOW : q->window;
	if (!q->immediate || q->tid >= PDK80211_NTID || st->ops->ba == NULL ||
	    (st->bss.flags & PDK_BSS_HT) == 0)
		return DOT11_STATUS_DECLINED;
	rx_stop(st, q->tid);			/* it asks anew */
	if (core(st, PDK_BA_RX_START, q->tid, &ssn, *window) != 0)
		return DOT11_STATUS_DECLINED;
	st->ba_rx |= (uint8_t)(1u << q->tid);
	sta_count(st, ba_rx, 1);
	tell_log(st, HYP_LOG_DEBUG, "block ack to receive for TID %u, window %u", q->tid,
	    *window);
	return DOT11_STATUS_OK;
}

static void
asked(struct sta *st, const struct mgmt_ba *q)
{
	struct mgmt_ba r = *q;
	unsigned window;

	r.action = DOT11_ACT_ADDBA_RESP;
	r.status = rx_start(st, q, &window);
	r.window = (uint16_t)window;
	r.timeout = 0;
	send_ba(st, &r);
}

void
ba_action(struct sta *st, const uint8_t *body, size_t len)
{
	struct mgmt_ba ba;

	if ((st->state != ST_RUNNING && st->state != ST_HANDSHAKE) ||
	    !mgmt_ba_read(&ba, body, len) ||
	    (ba.tid >= PDK80211_NTID && ba.action != DOT11_ACT_ADDBA_REQ))
		return;
	switch (ba.action) {
	case DOT11_ACT_ADDBA_REQ:
		asked(st, &ba);
		break;
	case DOT11_ACT_ADDBA_RESP:
		answered(st, &ba);
		break;
	case DOT11_ACT_DELBA:
		if (st->ops->ba == NULL)
			break;
		if (ba.initiator)
			rx_stop(st, ba.tid);
		else
			tx_ended(st, ba.tid, SOON_NS);
		break;
	}
}

/* The core has ended some by itself; the access point is told. */
void
ba_gone(struct sta *st, uint8_t rx, uint8_t tx)
{
	unsigned tid;

	if (!st->joined)
		return;
	for (tid = 0; tid < PDK80211_NTID; tid++) {
		if ((rx & st->ba_rx & 1u << tid) != 0) {
			st->ba_rx &= (uint8_t)~(1u << tid);
			send_delba(st, tid, false, DOT11_REASON_BA_END);
		}
		if ((tx & 1u << tid) != 0 && st->ba[tid].state != BA_IDLE) {
			send_delba(st, tid, true, DOT11_REASON_BA_END);
			rest(st, tid, SOON_NS);
		}
	}
}
