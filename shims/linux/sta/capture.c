/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * capture.c - frames of both directions for --pcap, each with a radiotap header (radiotap.org).
 *
 * Data that this station can read is written in plain text, without CCMP header and Protected bit:
 * as a packet sniffer on the air would show it behind decryption.  What it cannot read is written
 * as it came.
 */
#include "shims/linux/sta/sta_int.h"

#define RT_TSFT		(1u << 0)
#define RT_FLAGS	(1u << 1)
#define RT_RATE		(1u << 2)
#define RT_CHANNEL	(1u << 3)
#define RT_SIGNAL	(1u << 5)
#define RT_NOISE	(1u << 6)
#define RT_TX_FLAGS	(1u << 15)
#define RT_MCS		(1u << 19)
#define RT_F_SHORTPRE	0x02u
#define RT_CH_CCK	0x0020u
#define RT_CH_OFDM	0x0040u
#define RT_CH_2GHZ	0x0080u
#define RT_CH_5GHZ	0x0100u
#define RT_MCS_HAVE	0x03u		/* bandwidth and index are known */
#define RT_TX_NOACK	0x0008u
#define RT_MAX		40u

#define HDR_MAX		(DOT11_HDR_LEN + DOT11_ADDR_LEN + DOT11_QOS_LEN + DOT11_HTC_LEN)

struct rt {
	uint8_t	buf[RT_MAX];
	size_t	len;
};

static void
put(struct rt *rt, uint64_t v, unsigned size)
{
	while (rt->len % size != 0)
		rt->buf[rt->len++] = 0;
	for (; size > 0; size--, v >>= 8)
		rt->buf[rt->len++] = (uint8_t)v;
}

static void
begin(struct rt *rt, uint32_t present)
{
	rt->len = 0;
	put(rt, 0, 2);
	put(rt, 0, 2);			/* the length, in the end */
	put(rt, present, 4);
}

static void
put_channel(struct rt *rt, unsigned freq, bool cck)
{
	put(rt, freq, 2);
	put(rt, (freq > 3000 ? RT_CH_5GHZ : RT_CH_2GHZ) | (cck ? RT_CH_CCK : RT_CH_OFDM), 2);
}

static void
rx_head(struct sta *st, struct rt *rt, const struct pdk80211_rxinfo *rxi)
{
	const struct pdk80211_chan *c = params_chan(st->caps, rxi->chan);
	bool ht = (rxi->flags & PDK_RX_HT) != 0;
	bool cck = !ht && (rxi->rate == 2 || rxi->rate == 4 || rxi->rate == 11 ||
	    rxi->rate == 22);

	begin(rt, RT_TSFT | RT_FLAGS | (ht ? RT_MCS : RT_RATE) | (c != NULL ? RT_CHANNEL : 0) |
	    RT_SIGNAL | RT_NOISE);
	put(rt, rxi->tsf, 8);
	put(rt, (rxi->flags & PDK_RX_SHPREAMBLE) != 0 ? RT_F_SHORTPRE : 0, 1);
	if (!ht)
		put(rt, rxi->rate, 1);
	if (c != NULL)
		put_channel(rt, c->freq, cck);
	put(rt, (uint8_t)rxi->rssi, 1);
	put(rt, (uint8_t)rxi->noise, 1);
	if (ht) {
		put(rt, RT_MCS_HAVE, 1);
		put(rt, rxi->width == 40 ? 1 : 0, 1);
		put(rt, rxi->mcs, 1);
	}
	dot11_put16(rt->buf + 2, (unsigned)rt->len);
}

/* Behind the radiotap header comes the frame's, changed or not; then its body. */
static void
frame(struct sta *st, int out, const struct rt *rt, const uint8_t *hdr, size_t hdrlen, bool clear,
    const uint8_t *body, size_t len)
{
	uint8_t head[RT_MAX + HDR_MAX];

	memcpy(head, rt->buf, rt->len);
	memcpy(head + rt->len, hdr, hdrlen);
	if (clear)
		head[rt->len + 1] &= (uint8_t)~DOT11_PROTECTED;
	hyp_capture(st->hyp, out, head, rt->len + hdrlen, body, len);
}

void
capture_rx(struct sta *st, const struct pdk80211_rxinfo *rxi, const uint8_t *f, size_t len)
{
	struct rt rt;

	if (!hyp_capture_wanted(st->hyp))
		return;
	rx_head(st, &rt, rxi);
	hyp_capture(st->hyp, 0, rt.buf, rt.len, f, len);
}

void
capture_rx_data(struct sta *st, const struct pdk80211_rxinfo *rxi, const uint8_t *f,
    const struct rx_clear *c)
{
	struct rt rt;

	if (!hyp_capture_wanted(st->hyp) || c->hdr > HDR_MAX)
		return;
	rx_head(st, &rt, rxi);
	frame(st, 0, &rt, f, c->hdr, true, c->body, c->len);
}

void
capture_tx(struct sta *st, const struct pdk80211_txinfo *txi, const uint8_t *hdr, size_t hdrlen,
    const uint8_t *body, size_t len)
{
	unsigned freq = atomic_load(&st->freq);
	struct rt rt;

	if (!hyp_capture_wanted(st->hyp) || hdrlen > HDR_MAX)
		return;
	begin(&rt, RT_TX_FLAGS | (freq != 0 ? RT_CHANNEL : 0));
	if (freq != 0)
		put_channel(&rt, freq, false);
	put(&rt, (txi->flags & PDK_TX_MCAST) != 0 ? RT_TX_NOACK : 0, 2);
	dot11_put16(rt.buf + 2, (unsigned)rt.len);
	frame(st, 1, &rt, hdr, hdrlen, false, body, len);
}
