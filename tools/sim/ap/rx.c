/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rx.c - data frames from stations: who sent it, power save, duplicates, decryption; then, in
 * order, replay check and defragmentation.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define NO_TID		16u
#define MAX_MSDU	7935u

static struct rxframe *
new_frame(const struct dot11 *f, const uint8_t *body, size_t len)
{
	struct rxframe *r = calloc(1, sizeof(*r) + len);

	if (r == NULL)
		return NULL;
	r->seq = f->seq;
	r->frag = f->frag;
	r->tid = f->has_qos ? f->qos & 7 : NO_TID;
	r->more_frag = (f->fc & DOT11_FC_MOREFRAG) != 0;
	r->amsdu = f->has_qos && (f->qos & DOT11_QOS_AMSDU) != 0;
	memcpy(r->da, f->addr3, 6);
	memcpy(r->sa, f->addr2, 6);
	memcpy(r->body, body, len);
	r->len = len;
	return r;
}

static struct rxframe *
decrypt(struct sta *sta, const struct dot11 *f, const uint8_t *frame, size_t len)
{
	uint8_t copy[AIR_FRAME_MAX];
	struct rxframe *r;
	uint64_t pn = 0;

	if (sta->key == NULL || len > sizeof(copy))
		return NULL;
	memcpy(copy, frame, len);
	if (ccmp_decrypt(sta->key, copy, f->hdrlen, &len, &pn) != 0) {
		sta->ap->bad_frames++;
		return NULL;
	}
	r = new_frame(f, copy + f->hdrlen, len - f->hdrlen);
	if (r != NULL) {
		r->is_protected = true;
		r->pn = pn;
	}
	return r;
}

/* Not associated: the sender is told so, unless it knows (11.3.4). */
static void
refuse(struct ap *ap, const struct sta *sta, const uint8_t addr[6])
{
	if (sta == NULL)
		mgmt_refuse(ap, addr, DOT11_DEAUTH, REASON_CLASS3);
	else
		mgmt_refuse(ap, addr, DOT11_DISASSOC, REASON_CLASS3);
}

void
rx_data(struct ap *ap, const struct air_rx *rx, const uint8_t *frame, size_t len,
    const struct dot11 *f)
{
	struct sta *sta = sta_find(ap, f->addr2);
	struct rxframe *r;

	/* From a station to the distribution system, and nothing else. */
	if ((f->fc & (DOT11_FC_TODS | DOT11_FC_FROMDS)) != DOT11_FC_TODS ||
	    dot11_is_group(f->addr2))
		return;
	if (sta == NULL || sta->state < STA_ASSOC) {
		refuse(ap, sta, f->addr2);
		return;
	}
	sta->seen = apd_now(ap->d);
	sta->signal = rx->signal;
	/* QoS null frames have any number at all (10.3.2.11). */
	if (!DOT11_IS(f->fc, DOT11_QOS_NULL) &&
	    sta_duplicate(sta, f, f->has_qos ? f->qos & 7 : NO_TID))
		return;
	if ((f->fc & DOT11_FC_MOREFRAG) == 0)
		ps_set(sta, (f->fc & DOT11_FC_PWRMGT) != 0);
	if (f->has_qos)
		ps_trigger(sta, f->qos & 7);
	if ((f->fc & 0x40) != 0)		/* a null frame */
		return;
	if ((f->fc & DOT11_FC_PROTECTED) != 0)
		r = decrypt(sta, f, frame, len);
	else
		r = new_frame(f, f->body, f->bodylen);
	if (r == NULL)
		return;
	if (r->tid != NO_TID && sta->ba_rx[r->tid].active && !r->more_frag && r->frag == 0)
		ba_rx(sta, r);
	else
		rx_in_order(sta, r);
}

/* ---- in order --------------------------------------------------------------------------- */

/* Appends a fragment; the whole frame when it was the last one, else NULL. Takes r. */
static struct rxframe *
defragment(struct sta *sta, struct rxframe *r)
{
	struct rxframe *whole = sta->frag;
	struct rxframe *both = NULL;
	bool fits = whole != NULL && r->seq == whole->seq && r->tid == whole->tid &&
	    r->frag == whole->frag + 1 && r->is_protected == whole->is_protected &&
	    (!r->is_protected || r->pn == whole->pn + 1) && whole->len + r->len <= MAX_MSDU;

	sta->frag = NULL;
	if (r->frag == 0) {
		both = r;
	} else if (fits) {
		both = realloc(whole, sizeof(*whole) + whole->len + r->len);
		if (both != NULL) {
			memcpy(both->body + both->len, r->body, r->len);
			both->len += r->len;
			both->frag = r->frag;
			both->pn = r->pn;
			both->more_frag = r->more_frag;
			whole = NULL;
		}
		free(r);
	} else {
		sta->ap->bad_frames++;
		free(r);
	}
	free(whole);
	if (both != NULL && both->more_frag) {
		sta->frag = both;
		return NULL;
	}
	return both;
}

void
rx_in_order(struct sta *sta, struct rxframe *r)
{
	if (r->is_protected && (sta->key == NULL || !ccmp_fresh(sta->key, r->tid, r->pn))) {
		sta->replays++;
		free(r);
		return;
	}
	if (r->frag != 0 || r->more_frag)
		r = defragment(sta, r);
	if (r == NULL)
		return;
	data_from_sta(sta, r);
	free(r);
}
