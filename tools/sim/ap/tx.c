/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.c - frames on their way out: a queue per station and access category, and the few frames
 * that the hub has at a time.
 *
 * Sequence and packet numbers are given when a frame leaves for the hub, so that the order on
 * the air is the order of the numbers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define MAX_WAITING	256u		/* data frames of one station */
#define DATA_SLOTS	32u		/* of AP_SLOTS; the rest is for management */
#define HEADROOM	64u		/* what data_build() and CCMP add to an Ethernet frame */
#define MGMT_TRIES	8u
#define AMPDU_FRAMES	32u
#define AMPDU_US	5500u		/* as drivers limit it, for the sake of the others */

/* 802.11 access categories of user priorities (10.2.4.2), and the hub's priorities for them. */
unsigned
tid_ac(unsigned tid)
{
	static const uint8_t ac[8] = { 0, 1, 1, 0, 2, 2, 3, 3 };

	return ac[tid & 7];
}

static const uint8_t ac_prio[4] = { 2, 1, 3, 4 };
static const uint8_t ac_order[4] = { 3, 2, 0, 1 };
#define PRIO_MGMT	6u
#define PRIO_BEACON	7u

struct pkt *
pkt_new(struct ap *ap, struct sta *sta, size_t cap)
{
	struct pkt *p = malloc(sizeof(*p) + cap + HEADROOM);

	if (p == NULL)
		return NULL;
	*p = (struct pkt){ .ap = ap, .sta = sta, .cap = cap + HEADROOM };
	return p;
}

void
pktq_drop(struct pktq *q)
{
	struct pkt *p;

	while ((p = STAILQ_FIRST(q)) != NULL) {
		STAILQ_REMOVE_HEAD(q, link);
		free(p);
	}
}

void
tx_queue(struct pkt *p)
{
	struct sta *sta = p->sta;

	if (sta->waiting >= MAX_WAITING) {
		sta->tx_dropped++;
		free(p);
		return;
	}
	STAILQ_INSERT_TAIL(&sta->queue[tid_ac(p->tid)], p, link);
	sta->waiting++;
	ps_update_tim(sta);
}

void
tx_urgent(struct pkt *p)
{
	if (p->beacon)
		STAILQ_INSERT_HEAD(&p->ap->urgent, p, link);
	else
		STAILQ_INSERT_TAIL(&p->ap->urgent, p, link);
	tx_pump(p->ap);
}

/* ---- to the hub ------------------------------------------------------------------------- */

static unsigned
free_slot(const struct ap *ap)
{
	for (unsigned i = 0; i < AP_SLOTS; i++)
		if (ap->slot[i] == NULL)
			return i;
	return AP_SLOTS;
}

static uint16_t
next_seq(struct pkt *p)
{
	uint16_t *seq = &p->ap->seq;
	uint16_t n;

	if (p->sta != NULL)
		seq = &p->sta->seq[DOT11_IS(p->data[0], DOT11_QOS_DATA) ? p->tid : 16];
	n = *seq;
	*seq = (n + 1) & 0xfff;
	return n;
}

/* Before its first time on the air: an 802.11 frame with its number, encrypted. */
static int
finish(struct pkt *p)
{
	uint16_t sc;
	int error;

	if (p->mpdu) {
		if ((p->data[0] & 0x0c) != 0x04) {	/* control frames have none */
			sc = (uint16_t)(next_seq(p) << 4);
			p->data[22] = (uint8_t)sc;
			p->data[23] = (uint8_t)(sc >> 8);
		}
		return 0;
	}
	error = data_build(p);
	p->mpdu = true;
	return error;
}

/* Into the A-MPDU that is being filled, or the first of a new one. */
static void
aggregate(const struct pkt *p, struct air_tx *tx)
{
	struct ampdu *a = &p->ap->ampdu;
	size_t most = (size_t)air_rate_100kbps(&tx->rate[0]) * AMPDU_US / 80;

	if (a->sta != p->sta || a->tid != p->tid || a->frames >= AMPDU_FRAMES ||
	    a->bytes + p->len > most || p->ap->nslot == 0)
		*a = (struct ampdu){ .sta = p->sta, .tid = p->tid, .number = a->number + 1 };
	a->frames++;
	a->bytes += p->len;
	tx->flags |= AIR_TX_AMPDU;
	tx->ampdu = a->number;
}

static void
fill_tx(struct pkt *p, struct air_tx *tx)
{
	bool data = (p->data[0] & 0x0c) == 0x08;
	bool qos = data && (p->data[0] & 0x80) != 0;

	tx->prio = p->beacon ? PRIO_BEACON : data && p->sta != NULL ? ac_prio[tid_ac(p->tid)] :
	    PRIO_MGMT;
	if (p->beacon || DOT11_IS(p->data[0], DOT11_PROBE_RESP))
		tx->flags |= AIR_TX_TSF;
	if (p->sta == NULL || p->lowest || !data)
		rate_lowest(p->ap, tx, dot11_is_group(p->data + 4) ? 1 : MGMT_TRIES);
	else
		rate_ladder(p->sta, tx);
	if (qos && p->sta != NULL && !p->lowest && (p->data[1] & 0x40 || !p->ap->rsn) &&
	    p->sta->ba_tx[p->tid].state == BA_TX_ON && tx->rate[0].kind == AIR_RATE_HT)
		aggregate(p, tx);
	else
		p->ap->ampdu.sta = NULL;
}

static void
unsent(struct pkt *p)
{
	if (p->eosp && p->sta != NULL)
		ps_sp_over(p->sta);
	free(p);
}

/* There is room() at the hub. */
static void
submit(struct ap *ap, struct pkt *p)
{
	struct air_tx tx = { .flags = 0 };
	unsigned slot = free_slot(ap);

	if (p->more)
		p->data[1] |= DOT11_FC_MOREDATA >> 8;
	else
		p->data[1] &= (uint8_t)~(DOT11_FC_MOREDATA >> 8);
	if ((p->data[0] & 0x8c) == 0x88)
		p->data[24] = (uint8_t)((p->data[24] & ~DOT11_QOS_EOSP) |
		    (p->eosp ? DOT11_QOS_EOSP : 0));
	fill_tx(p, &tx);
	tx.cookie = slot;
	if (slot == AP_SLOTS || air_tx(ap->air, &tx, p->data, p->len) != 0) {
		unsent(p);		/* the hub is gone */
		return;
	}
	ap->slot[slot] = p;
	ap->nslot++;
	ap->tx_frames++;
}

static bool
room(const struct ap *ap, unsigned limit)
{
	return ap->nslot < limit && air_window(ap->air) > 0;
}

/* ---- what next -------------------------------------------------------------------------- */

static struct pkt *
take(struct sta *sta, struct pktq *q)
{
	struct pkt *p = STAILQ_FIRST(q);

	STAILQ_REMOVE_HEAD(q, link);
	sta->waiting--;
	ps_sending(sta, p);
	ps_update_tim(sta);
	return p;
}

/* Where a station's next frame of a category is that may be sent now; NULL: nowhere. */
static struct pktq *
queue_of(struct sta *sta, unsigned ac)
{
	struct pkt *p = STAILQ_FIRST(&sta->again);

	if (p != NULL && ps_may_send(sta, tid_ac(p->tid)))
		return &sta->again;
	/* What was sent before comes before what was not. */
	if ((p != NULL && tid_ac(p->tid) == ac) || STAILQ_EMPTY(&sta->queue[ac]) ||
	    !ps_may_send(sta, ac))
		return NULL;
	return &sta->queue[ac];
}

/* The next frame of the highest category, stations in turn. */
static struct pkt *
pick(struct ap *ap)
{
	for (unsigned c = 0; c < 4; c++) {
		unsigned ac = ac_order[c];

		for (unsigned i = 0; i < ap->top_aid; i++) {
			unsigned aid = (ap->turn + i) % ap->top_aid + 1;
			struct sta *sta = ap->by_aid[aid];
			struct pktq *q;

			if (sta == NULL || sta->waiting == 0)
				continue;
			q = queue_of(sta, ac);
			if (q == NULL || ba_tx_hold(sta, STAILQ_FIRST(q)->tid))
				continue;
			ap->turn = aid % ap->top_aid;
			return take(sta, q);
		}
	}
	return NULL;
}

static void
pump_urgent(struct ap *ap)
{
	struct pkt *p;

	while ((p = STAILQ_FIRST(&ap->urgent)) != NULL && room(ap, AP_SLOTS)) {
		STAILQ_REMOVE_HEAD(&ap->urgent, link);
		if (finish(p) != 0)
			unsent(p);
		else
			submit(ap, p);
	}
}

/* Sending may make new frames (a request for a block ack agreement): they do not send at once. */
void
tx_pump(struct ap *ap)
{
	struct pkt *p;

	if (ap->air == NULL || !ap->on || ap->pumping)
		return;
	ap->pumping = true;
	pump_urgent(ap);
	while (room(ap, DATA_SLOTS) && (p = pick(ap)) != NULL) {
		if (!p->mpdu && finish(p) != 0)
			unsent(p);
		else
			submit(ap, p);
	}
	pump_urgent(ap);
	ap->pumping = false;
}

/* ---- afterwards ------------------------------------------------------------------------- */

static void
sent_to_sta(struct sta *sta, struct pkt *p, const struct air_txstatus *st)
{
	bool data = (p->data[0] & 0x0c) == 0x08;

	if (data && !p->lowest)
		rate_result(sta, st);
	if (st->result == AIR_TX_ACKED) {
		sta->tx_frames++;
		sta->tx_bytes += p->len;
		sta->seen = apd_now(sta->ap->d);
		sta->probing = false;
		return;
	}
	sta->tx_failed++;
	if (data && (p->data[0] & 0x80) != 0)
		ba_tx_gap(sta, p->tid, dot11_le16(p->data + 22) >> 4);
}

void
tx_status(struct ap *ap, const struct air_txstatus *st)
{
	struct pkt *p = st->cookie < AP_SLOTS ? ap->slot[st->cookie] : NULL;
	struct sta *sta;

	if (p == NULL)
		return;
	ap->slot[st->cookie] = NULL;
	ap->nslot--;
	sta = p->sta;
	if (sta != NULL && p->eosp)
		ps_sp_over(sta);
	/* It went to sleep while the frame was on its way: the frame waits for it. */
	if (sta != NULL && sta->ps && st->result == AIR_TX_NOANSWER && p->done == NULL &&
	    (p->data[0] & 0x4c) == 0x08) {
		p->data[1] |= DOT11_FC_RETRY >> 8;
		STAILQ_INSERT_TAIL(&sta->again, p, link);
		sta->waiting++;
		ps_update_tim(sta);
		return;
	}
	if (sta != NULL) {
		sent_to_sta(sta, p, st);
		if (p->done != NULL)
			p->done(sta, st->result == AIR_TX_ACKED);
	}
	free(p);
	tx_pump(ap);
}

static void
drop_of(struct pktq *q, const struct sta *sta)
{
	struct pktq keep = STAILQ_HEAD_INITIALIZER(keep);
	struct pkt *p;

	while ((p = STAILQ_FIRST(q)) != NULL) {
		STAILQ_REMOVE_HEAD(q, link);
		if (p->sta == sta)
			free(p);
		else
			STAILQ_INSERT_TAIL(&keep, p, link);
	}
	STAILQ_CONCAT(q, &keep);
}

void
tx_forget(struct sta *sta)
{
	struct ap *ap = sta->ap;

	for (unsigned i = 0; i < AP_SLOTS; i++)
		if (ap->slot[i] != NULL && ap->slot[i]->sta == sta)
			ap->slot[i]->sta = NULL;
	if (ap->ampdu.sta == sta)
		ap->ampdu.sta = NULL;
	drop_of(&ap->urgent, sta);
	for (unsigned i = 0; i < 4; i++)
		pktq_drop(&sta->queue[i]);
	pktq_drop(&sta->again);
	sta->waiting = 0;
	ps_update_tim(sta);
}
