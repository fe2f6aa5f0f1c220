/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inq.c - management and EAPOL frames on their way from BH to WORKER: a ring that is bounded,
 * and keeps room for the few among the many beacons; and what WORKER makes of each.
 */
#include "shims/linux/sta/sta_int.h"

void
inq_init(struct sta *st)
{
	pthread_mutex_init(&st->inq.mtx, NULL);
}

static bool
is_beacon(const struct mbuf *m)
{
	uint8_t kind = (uint8_t)m->m_data[0] & DOT11_KIND_MASK;

	return kind == DOT11_BEACON || kind == DOT11_PROBE_RESP;
}

void
inq_put(struct sta *st, struct mbuf *m, const struct pdk80211_rxinfo *rxi, bool eapol,
    bool sealed)
{
	struct sta_inq *q = &st->inq;
	unsigned most = !eapol && is_beacon(m) ? INQ_BEACONS : INQ_LEN;
	bool room;

	pthread_mutex_lock(&q->mtx);
	room = q->n < most;
	if (room)
		q->in[(q->head + q->n++) % INQ_LEN] = (struct sta_in){ .m = m, .rxi = *rxi,
		    .eapol = eapol, .sealed = sealed };
	pthread_mutex_unlock(&q->mtx);
	if (room)
		sta_port_wake(st->port);
	else {
		sta_count(st, rx_queue, 1);
		m_freem(m);
	}
}

bool
inq_get(struct sta *st, struct sta_in *in)
{
	struct sta_inq *q = &st->inq;
	bool any;

	pthread_mutex_lock(&q->mtx);
	any = q->n > 0;
	if (any) {
		*in = q->in[q->head];
		q->head = (q->head + 1) % INQ_LEN;
		q->n--;
	}
	pthread_mutex_unlock(&q->mtx);
	return any;
}

void
inq_flush(struct sta *st)
{
	struct sta_in in;

	while (inq_get(st, &in))
		m_freem(in.m);
}

static void
look_beacon(struct sta *st, const uint8_t *frame, size_t len, const struct pdk80211_rxinfo *rxi)
{
	struct bss b;

	if (bss_parse(&b, frame, len, rxi) != 0) {
		sta_count(st, rx_bad, 1);
		return;
	}
	scan_heard(st, &b);
	if (st->state == ST_RUNNING && dot11_same(b.bssid, st->bss.bssid))
		run_beacon(st, &b);
}

/* From the access point with which we are talking. */
static void
look_own(struct sta *st, const struct dot11_hdr *h, const uint8_t *body, size_t len)
{
	switch (h->kind) {
	case DOT11_AUTH:
		join_auth(st, body, len);
		break;
	case DOT11_ASSOC_RESP:
	case DOT11_REASSOC_RESP:
		join_assoc(st, body, len);
		break;
	case DOT11_DEAUTH:
	case DOT11_DISASSOC:
		run_bye(st, h->kind, body, len);
		break;
	case DOT11_ACTION:
		run_action(st, body, len);
		break;
	}
}

void
inq_look(struct sta *st, struct sta_in *in)
{
	const uint8_t *frame = mtod(in->m, const uint8_t *);
	size_t len = (size_t)in->m->m_len;
	struct dot11_hdr h;

	if (in->eapol) {
		supp_input(st, in);
		return;
	}
	if (dot11_hdr(&h, frame, len) != 0)
		return;
	if (h.kind == DOT11_BEACON || h.kind == DOT11_PROBE_RESP)
		look_beacon(st, frame, len, &in->rxi);
	else if (st->joined && dot11_same(h.addr2, st->bss.bssid) &&
	    dot11_same(h.addr3, st->bss.bssid))
		look_own(st, &h, frame + h.len, len - h.len);
	else
		sta_count(st, rx_other, 1);
}
