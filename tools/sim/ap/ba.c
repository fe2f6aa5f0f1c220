/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ba.c - block ack agreements, which are what A-MPDUs need (IEEE 802.11-2016, 10.24 and 11.5):
 * negotiation in both directions, and the receiver's reorder buffer. The BlockAck frames
 * themselves are the hub's, as all acknowledgements are.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define CATEGORY_BA	3u
#define ADDBA_REQ	0u
#define ADDBA_RESP	1u
#define DELBA		2u
#define PARAM_AMSDU	0x0001u
#define PARAM_IMMEDIATE	0x0002u
#define PARAM(tid, size) ((uint16_t)(PARAM_IMMEDIATE | (tid) << 2 | (size) << 6))
#define SEQ_MASK	0x0fffu
#define GAP_US		100000u		/* how long a hole in the sequence is waited for */
#define ANSWER_US	500000u
#define RETRY_US	2000000u
#define ENOUGH_FRAMES	16u		/* of a TID, before an agreement pays */
#define MAX_ASKED	3u

static struct pkt *
begin(struct sta *sta, uint8_t action, struct dot11_buf *b)
{
	struct pkt *p = mgmt_begin(sta->ap, sta, sta->addr, DOT11_ACTION, b);

	if (p != NULL) {
		dot11_put8(b, CATEGORY_BA);
		dot11_put8(b, action);
	}
	return p;
}

/* ---- receiving -------------------------------------------------------------------------- */

/* How far a is ahead of b, 0..4095; over 2047 means behind. */
static unsigned
ahead(uint16_t a, uint16_t b)
{
	return (unsigned)(a - b) & SEQ_MASK;
}

static void
release_one(struct ba_rx *ba)
{
	struct rxframe **slot = &ba->slot[ba->start % BA_WINDOW];
	struct rxframe *r = *slot;

	*slot = NULL;
	ba->start = (ba->start + 1) & SEQ_MASK;
	if (r == NULL)
		return;
	ba->held--;
	rx_in_order(ba->sta, r);
}

static void
watch_gap(struct ba_rx *ba)
{
	if (ba->held == 0)
		timer_stop(&ba->timer);
	else if (!ba->timer.armed)
		timer_in(ba->sta->ap->d, &ba->timer, GAP_US);
}

/*
 * What is passed on may end the association (an EAPOL frame that is wrong), and then the
 * agreement: `active` says so. The station itself stays until the next turn of the loop.
 */
static void
release_in_order(struct ba_rx *ba)
{
	while (ba->active && ba->slot[ba->start % BA_WINDOW] != NULL)
		release_one(ba);
}

static void
move_start(struct ba_rx *ba, uint16_t start)
{
	while (ba->active && ba->start != start && ba->held > 0)
		release_one(ba);
	if (ba->active)
		ba->start = start;
}

static void
gap_over(void *arg)
{
	struct ba_rx *ba = arg;

	while (ba->active && ba->held > 0 && ba->slot[ba->start % BA_WINDOW] == NULL)
		ba->start = (ba->start + 1) & SEQ_MASK;
	release_in_order(ba);
	if (ba->active)
		watch_gap(ba);
}

void
ba_rx(struct sta *sta, struct rxframe *r)
{
	struct ba_rx *ba = &sta->ba_rx[r->tid];
	unsigned off = ahead(r->seq, ba->start);

	if (off > 2047) {			/* old, or passed over */
		free(r);
		return;
	}
	if (off >= ba->size) {
		move_start(ba, (uint16_t)(r->seq - ba->size + 1) & SEQ_MASK);
		if (!ba->active) {
			free(r);
			return;
		}
	}
	if (ba->slot[r->seq % BA_WINDOW] != NULL) {
		free(r);
		return;
	}
	if (r->seq != ba->start)
		sta->reordered++;
	ba->slot[r->seq % BA_WINDOW] = r;
	ba->held++;
	release_in_order(ba);
	if (ba->active)
		watch_gap(ba);
}

static void
stop_rx(struct ba_rx *ba)
{
	timer_stop(&ba->timer);
	ba->active = false;
	for (unsigned i = 0; i < BA_WINDOW; i++) {
		free(ba->slot[i]);
		ba->slot[i] = NULL;
	}
	ba->held = 0;
}

static void
addba_req(struct sta *sta, const uint8_t *p, size_t len)
{
	uint16_t param, size, timeout;
	struct dot11_buf b;
	struct ba_rx *ba;
	struct pkt *out;
	unsigned tid;
	bool ok;

	if (len < 7 || (out = begin(sta, ADDBA_RESP, &b)) == NULL)
		return;
	param = dot11_le16(p + 1);
	timeout = dot11_le16(p + 3);
	tid = param >> 2 & 15;
	size = param >> 6;
	if (size == 0 || size > BA_WINDOW)
		size = BA_WINDOW;
	ok = tid < 8 && sta->ht && sta->state == STA_READY && (param & PARAM_IMMEDIATE) != 0;
	dot11_put8(&b, p[0]);
	dot11_put16(&b, ok ? STATUS_OK : STATUS_BA_DECLINED);
	dot11_put16(&b, PARAM(tid, size));
	dot11_put16(&b, timeout);
	mgmt_send(out, &b);
	if (!ok)
		return;
	ba = &sta->ba_rx[tid];
	stop_rx(ba);
	ba->sta = sta;
	ba->tid = (uint8_t)tid;
	ba->size = size;
	ba->start = dot11_le16(p + 5) >> 4;
	ba->active = true;
	timer_init(&ba->timer, gap_over, ba);
	ap_event(sta->ap, "blockack", "{s:s,s:s,s:i,s:i}", "sta", mac_text(sta->addr),
	    "direction", "rx", "tid", (int)tid, "size", (int)size);
}

void
ba_bar(struct sta *sta, const uint8_t *frame, size_t len)
{
	struct ba_rx *ba;
	uint16_t start;
	unsigned tid;

	if (len < 20)
		return;
	tid = dot11_le16(frame + 16) >> 12;
	start = dot11_le16(frame + 18) >> 4;
	if (tid > 7 || !sta->ba_rx[tid].active)
		return;
	ba = &sta->ba_rx[tid];
	if (ahead(start, ba->start) > 2047)
		return;
	move_start(ba, start);
	release_in_order(ba);
	if (ba->active)
		watch_gap(ba);
}

/* ---- sending ---------------------------------------------------------------------------- */

static void
ask(struct sta *sta, unsigned tid)
{
	struct ba_tx *ba = &sta->ba_tx[tid];
	struct dot11_buf b;
	struct pkt *p = begin(sta, ADDBA_REQ, &b);

	if (p == NULL)
		return;
	ba->state = BA_TX_ASKED;
	ba->token++;
	ba->asked++;
	ba->until = apd_now(sta->ap->d) + ANSWER_US;
	dot11_put8(&b, ba->token);
	dot11_put16(&b, PARAM(tid, BA_WINDOW));
	dot11_put16(&b, 0);
	dot11_put16(&b, (uint16_t)(sta->seq[tid] << 4));
	mgmt_send(p, &b);
}

bool
ba_tx_hold(struct sta *sta, unsigned tid)
{
	struct ba_tx *ba = &sta->ba_tx[tid];

	if (ba->state == BA_TX_ASKED) {
		if (apd_now(sta->ap->d) < ba->until)
			return true;
		ba->state = ba->asked < MAX_ASKED ? BA_TX_IDLE : BA_TX_NEVER;
		ba->until += RETRY_US;
	}
	if (ba->state != BA_TX_IDLE || !sta->ht || !sta->wmm || sta->state != STA_READY ||
	    sta->ps || ++ba->frames < ENOUGH_FRAMES || apd_now(sta->ap->d) < ba->until)
		return false;
	ask(sta, tid);
	return ba->state == BA_TX_ASKED;
}

static void
addba_resp(struct sta *sta, const uint8_t *p, size_t len)
{
	struct ba_tx *ba;
	unsigned tid;
	bool ok;

	if (len < 7)
		return;
	tid = dot11_le16(p + 3) >> 2 & 15;
	ok = dot11_le16(p + 1) == STATUS_OK;
	ba = &sta->ba_tx[tid & 7];
	if (tid > 7 || ba->state != BA_TX_ASKED || p[0] != ba->token)
		return;
	ba->state = ok ? BA_TX_ON : BA_TX_NEVER;
	ba->asked = 0;
	ap_event(sta->ap, "blockack", "{s:s,s:s,s:i,s:b}", "sta",
	    mac_text(sta->addr), "direction", "tx", "tid", (int)tid, "ok", ok);
}

/* A BlockAckReq with the number behind the lost one (9.3.1.8, compressed bitmap). */
void
ba_tx_gap(struct sta *sta, unsigned tid, uint16_t seq)
{
	struct dot11_buf b;
	struct pkt *p;

	if (sta->ba_tx[tid].state != BA_TX_ON)
		return;
	p = pkt_new(sta->ap, sta, 20);
	if (p == NULL)
		return;
	b = (struct dot11_buf){ .p = p->data, .cap = p->cap };
	dot11_put16(&b, DOT11_BAR);
	dot11_put16(&b, 0);
	dot11_put(&b, sta->addr, 6);
	dot11_put(&b, sta->ap->conf.bssid, 6);
	dot11_put16(&b, (uint16_t)(0x0004 | tid << 12));
	dot11_put16(&b, (uint16_t)((seq + 1) << 4));
	mgmt_send(p, &b);
}

/* ---- both ------------------------------------------------------------------------------- */

static void
delba(struct sta *sta, const uint8_t *p, size_t len)
{
	uint16_t param;
	unsigned tid;

	if (len < 4)
		return;
	param = dot11_le16(p);
	tid = param >> 12;
	if (tid > 7)
		return;
	/* Bit 11: sent by who asked for the agreement, which is then the one towards us. */
	if ((param & 0x0800) != 0)
		stop_rx(&sta->ba_rx[tid]);
	else
		sta->ba_tx[tid] = (struct ba_tx){ .token = sta->ba_tx[tid].token,
		    .until = apd_now(sta->ap->d) + RETRY_US };
}

void
ba_action(struct sta *sta, const uint8_t *body, size_t len)
{
	if (len < 2)
		return;
	switch (body[1]) {
	case ADDBA_REQ:
		addba_req(sta, body + 2, len - 2);
		break;
	case ADDBA_RESP:
		addba_resp(sta, body + 2, len - 2);
		break;
	case DELBA:
		delba(sta, body + 2, len - 2);
		break;
	}
}

void
ba_reset(struct sta *sta)
{
	for (unsigned i = 0; i < 8; i++) {
		stop_rx(&sta->ba_rx[i]);
		sta->ba_tx[i] = (struct ba_tx){ .token = sta->ba_tx[i].token };
	}
}
