/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rx.c - frames from the radio: management to WORKER, data through all checks to the host.
 */
#include <errno.h>

#include "shims/linux/sta/eth.h"
#include "shims/linux/sta/sta_int.h"

void
rx_init(struct sta *st)
{
	pthread_mutex_init(&st->rx.mtx, NULL);
	dup_init(&st->rx.dup);
}

void
rx_join(struct sta *st, const uint8_t bssid[6], bool secure)
{
	struct sta_rx *rx = &st->rx;

	pthread_mutex_lock(&rx->mtx);
	rx->on = true;
	rx->secure = secure;
	rx->open = false;
	memcpy(rx->bssid, bssid, sizeof(rx->bssid));
	dup_init(&rx->dup);
	defrag_reset(&rx->defrag);
	atomic_store(&rx->rssi16, 0);
	atomic_store(&rx->rssi, 0);
	atomic_store(&rx->heard, sta_now());
	pthread_mutex_unlock(&rx->mtx);
}

void
rx_open(struct sta *st, bool open)
{
	pthread_mutex_lock(&st->rx.mtx);
	st->rx.open = open;
	pthread_mutex_unlock(&st->rx.mtx);
}

void
rx_leave(struct sta *st)
{
	pthread_mutex_lock(&st->rx.mtx);
	st->rx.on = st->rx.open = false;
	pthread_mutex_unlock(&st->rx.mtx);
}

/* ---- to the host; with rx.mtx ---- */

static void
deliver(struct sta *st, const uint8_t *eth, size_t len)
{
	int error;

	if (dot11_is_group(eth) && dot11_same(eth + DOT11_ADDR_LEN, st->caps->mac)) {
		sta_count(st, rx_echo, 1);
		return;
	}
	if (dot11_be16(eth + 12) == DOT11_ETHERTYPE_EAPOL && st->rx.secure) {
		sta_count(st, rx_port, 1);	/* not to be seen by programs; 12.6.1.3.3 */
		return;
	}
	error = st->net == NULL ? ENETDOWN : hyp_net_send(st->net, eth, len);
	if (error == EINVAL)
		sta_count(st, rx_long, 1);
	else if (error != 0)
		sta_count(st, rx_host, 1);
	else {
		sta_count(st, rx_to_host, 1);
		sta_count(st, rx_to_host_bytes, len);
	}
}

static void
msdu(struct sta *st, const uint8_t *da, const uint8_t *sa, uint8_t *body, size_t len)
{
	size_t n;
	uint8_t *eth = eth_from_llc(da, sa, body, len, &n);

	if (eth == NULL)
		sta_count(st, rx_llc, 1);
	else
		deliver(st, eth, n);
}

static void
amsdu(struct sta *st, const struct rx_clear *c)
{
	struct eth_amsdu a = { c->body, c->len };
	struct eth_sub s;

	if (eth_amsdu_is_forged(c->body, c->len)) {
		sta_count(st, rx_amsdu_bad, 1);
		return;
	}
	sta_count(st, rx_amsdu, 1);
	while (eth_amsdu_next(&a, &s))
		msdu(st, s.da, s.sa, s.body, s.len);
	if (a.left != 0)
		sta_count(st, rx_amsdu_bad, 1);
}

static void
fragment(struct sta *st, const struct dot11_hdr *h, const struct rx_clear *c)
{
	struct defrag_in in = { .seq = h->seq, .frag = h->frag,
	    .tid = h->has_qos ? h->qos & DOT11_QOS_TID : DUP_NO_TID,
	    .more = (h->flags & DOT11_MOREFRAG) != 0, .sealed = c->sealed, .serial = c->serial,
	    .pn = c->pn, .body = c->body, .len = c->len };
	uint8_t *body;
	size_t len;

	if (dot11_is_group(h->addr1)) {		/* there are none: 10.2.7 */
		sta_count(st, rx_fragment, 1);
		return;
	}
	switch (defrag_put(&st->rx.defrag, &in, sta_now(), &body, &len)) {
	case DEFRAG_MORE:
		break;
	case DEFRAG_BAD:
		sta_count(st, rx_fragment, 1);
		break;
	case DEFRAG_DONE:
		sta_count(st, rx_reassembled, 1);
		msdu(st, h->addr1, h->addr3, body, len);
		break;
	}
}

/* ---- a data frame; with rx.mtx ---- */

/* Cheap reasons not to look any further. */
static bool
wanted(struct sta *st, const struct dot11_hdr *h)
{
	struct sta_rx *rx = &st->rx;

	if (!rx->on) {
		sta_count(st, rx_early, 1);
		return false;
	}
	if ((h->flags & (DOT11_TODS | DOT11_FROMDS)) != DOT11_FROMDS ||
	    !dot11_same(h->addr2, rx->bssid) ||
	    (!dot11_is_group(h->addr1) && !dot11_same(h->addr1, st->caps->mac))) {
		sta_count(st, rx_other, 1);
		return false;
	}
	if ((h->kind & DOT11_SUB_NODATA) != 0) {	/* with any number: 10.3.2.11 */
		sta_count(st, rx_null, 1);
		return false;
	}
	if (!dot11_is_group(h->addr1) && dup_is(&rx->dup, (h->flags & DOT11_RETRY) != 0,
	    h->has_qos ? h->qos & DOT11_QOS_TID : DUP_NO_TID,
	    (uint16_t)(h->seq << 4 | h->frag))) {
		sta_count(st, rx_duplicate, 1);
		return false;
	}
	return true;
}

/* The key handshake: true when the frame is of it, and the mbuf now holds its data alone. */
static bool
eapol(struct sta *st, const struct dot11_hdr *h, const struct rx_clear *c, struct mbuf *m)
{
	if (eth_llc_type(c->body, c->len) != DOT11_ETHERTYPE_EAPOL ||
	    dot11_is_group(h->addr1) || (h->flags & DOT11_MOREFRAG) != 0 || h->frag != 0)
		return false;
	sta_count(st, rx_eapol, 1);
	m->m_data = (caddr_t)(c->body + DOT11_SNAP_LEN);
	m->m_len = (int)(c->len - DOT11_SNAP_LEN);
	return true;
}

/* May plain data go on?  Before the keys, nothing may; behind them, nothing in the clear. */
static bool
permitted(struct sta *st, const struct rx_clear *c)
{
	if (!st->rx.open) {
		sta_count(st, rx_port, 1);
		return false;
	}
	if (st->rx.secure && !c->sealed) {
		sta_count(st, rx_clear, 1);
		return false;
	}
	return true;
}

/* True: the mbuf is an EAPOL frame for WORKER. */
static bool
data(struct sta *st, struct mbuf *m, const struct pdk80211_rxinfo *rxi, struct dot11_hdr *h,
    bool *sealed)
{
	uint8_t *frame = mtod(m, uint8_t *);
	struct rx_clear c;

	if (!wanted(st, h) ||
	    !keys_open(st, frame, (size_t)m->m_len, h, rxi->flags, &c))
		return false;
	*sealed = c.sealed;
	capture_rx_data(st, rxi, frame, &c);
	if (st->rx.secure && eapol(st, h, &c, m))
		return true;
	if (!permitted(st, &c))
		return false;
	if ((h->flags & DOT11_MOREFRAG) != 0 || h->frag != 0)
		fragment(st, h, &c);
	else if (h->has_qos && (h->qos & DOT11_QOS_AMSDU) != 0)
		amsdu(st, &c);
	else
		msdu(st, h->addr1, h->addr3, c.body, c.len);
	return false;
}

/* ---- everything ---- */

/* In 100 kb/s; HT with the long guard interval (802.11-2016, 19.5). */
static unsigned
rate_of(const struct pdk80211_rxinfo *rxi)
{
	static const uint16_t mcs20[8] = { 65, 130, 195, 260, 390, 520, 585, 650 };
	static const uint16_t mcs40[8] = { 135, 270, 405, 540, 810, 1080, 1215, 1350 };

	if ((rxi->flags & PDK_RX_HT) == 0)
		return rxi->rate * 5u;
	return (rxi->width == 40 ? mcs40 : mcs20)[rxi->mcs & 7] * (1u + (rxi->mcs >> 3 & 3));
}

/* How well the access point is heard; with rx.mtx. */
static void
level(struct sta_rx *rx, const struct dot11_hdr *h, const struct pdk80211_rxinfo *rxi)
{
	int avg = atomic_load(&rx->rssi16);

	if (!rx->on || !dot11_same(h->addr2, rx->bssid))
		return;
	atomic_store(&rx->heard, sta_now());
	atomic_store(&rx->noise, rxi->noise);
	if (rate_of(rxi) != 0)
		atomic_store(&rx->rate, rate_of(rxi));
	if (rxi->rssi == 0)
		return;
	atomic_store(&rx->rssi, rxi->rssi);
	atomic_store(&rx->rssi16, avg == 0 ? rxi->rssi * 16 : bss_average(avg, rxi->rssi));
}

static void
rx_data(struct sta *st, struct mbuf *m, const struct pdk80211_rxinfo *rxi, struct dot11_hdr *h)
{
	bool is_eapol, sealed = false;

	sta_count(st, rx_data, 1);
	pthread_mutex_lock(&st->rx.mtx);
	level(&st->rx, h, rxi);
	is_eapol = data(st, m, rxi, h, &sealed);
	pthread_mutex_unlock(&st->rx.mtx);
	if (is_eapol)
		inq_put(st, m, rxi, true, sealed);
	else
		m_freem(m);
}

void
sta_rx(struct sta *st, struct mbuf *m, const struct pdk80211_rxinfo *rxi)
{
	struct dot11_hdr h;

	sta_count(st, rx_frames, 1);
	sta_count(st, rx_bytes, (unsigned)m->m_len);
	if (m->m_next != NULL || m->m_len < 0 ||
	    dot11_hdr(&h, mtod(m, const uint8_t *), (size_t)m->m_len) != 0) {
		sta_count(st, rx_bad, 1);
		m_freem(m);
		return;
	}
	if ((h.kind & DOT11_TYPE_MASK) == DOT11_TYPE_DATA) {
		rx_data(st, m, rxi, &h);
		return;
	}
	sta_count(st, rx_mgmt, 1);
	capture_rx(st, rxi, mtod(m, const uint8_t *), (size_t)m->m_len);
	pthread_mutex_lock(&st->rx.mtx);
	level(&st->rx, &h, rxi);
	pthread_mutex_unlock(&st->rx.mtx);
	if ((h.flags & DOT11_PROTECTED) != 0 ||
	    (!dot11_is_group(h.addr1) && !dot11_same(h.addr1, st->caps->mac))) {
		sta_count(st, rx_other, 1);
		m_freem(m);
	} else
		inq_put(st, m, rxi, false, false);
}
