/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_rx.c - frames in: radiotap, decrypted frames, ieee80211_input(9).
 */
#include "pdk80211_openbsd.h"

#define WIFI_RXBATCH		64

struct wifi_rxtap {
	struct ieee80211_radiotap_header h;
	uint64_t	tsf;
	uint8_t		flags, rate;
	uint16_t	freq, chan_flags;
	int8_t		signal, noise;
} __packed;
#define WIFI_RXTAP_PRESENT						\
	(1 << IEEE80211_RADIOTAP_TSFT | 1 << IEEE80211_RADIOTAP_FLAGS |	\
	1 << IEEE80211_RADIOTAP_RATE | 1 << IEEE80211_RADIOTAP_CHANNEL |	\
	1 << IEEE80211_RADIOTAP_DBM_ANTSIGNAL | 1 << IEEE80211_RADIOTAP_DBM_ANTNOISE)

static void
wifi_tap_in(struct wifi *w __unused, struct mbuf *m __unused,
    const struct pdk80211_rxinfo *info __unused)
{
#if NBPFILTER > 0
	const struct ieee80211_channel *c = &w->ic.ic_channels[info->chan];
	struct wifi_rxtap tap;

	if (w->drvbpf == NULL)
		return;
	memset(&tap, 0, sizeof(tap));
	tap.h.it_len = htole16(sizeof(tap));
	tap.h.it_present = htole32(WIFI_RXTAP_PRESENT);
	tap.tsf = htole64(info->tsf);
	if ((info->flags & PDK_RX_SHPREAMBLE) != 0)
		tap.flags |= IEEE80211_RADIOTAP_F_SHORTPRE;
	tap.rate = (info->flags & PDK_RX_HT) != 0 ? 0x80 | info->mcs : info->rate;
	tap.freq = htole16(c->ic_freq);
	tap.chan_flags = htole16(c->ic_flags);
	tap.signal = info->rssi;
	tap.noise = info->noise;
#ifdef WIFI_2016
	bpf_mtap_hdr(w->drvbpf, (caddr_t)&tap, sizeof(tap), m, BPF_DIRECTION_IN, NULL);
#else
	bpf_mtap_hdr(w->drvbpf, &tap, sizeof(tap), m, BPF_DIRECTION_IN);
#endif
#endif
}

#ifdef WIFI_2016
/*
 * net80211 of then takes a frame that the hardware has decrypted as it comes: the packet number
 * is compared here, and the CCMP header taken out.
 */
static int
wifi_ccmp_strip(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni, u_int hdrlen)
{
	struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	struct ieee80211_key *k = &ni->ni_pairwise_key;
	const uint8_t *p = mtod(m, uint8_t *) + hdrlen;
	unsigned tid = 0;
	uint64_t pn;

	if (IEEE80211_IS_MULTICAST(wh->i_addr1))
		k = &w->ic.ic_nw_keys[p[3] >> 6];
	if (ieee80211_has_qos(wh))
		tid = ieee80211_get_qos(wh) & IEEE80211_QOS_TID;
	pn = p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[4] << 16 | (uint64_t)p[5] << 24 |
	    (uint64_t)p[6] << 32 | (uint64_t)p[7] << 40;
	if (k->k_cipher != IEEE80211_CIPHER_CCMP || pn <= k->k_rsc[tid]) {
		w->ic.ic_stats.is_ccmp_replays++;
		return EINVAL;
	}
	k->k_rsc[tid] = pn;
	wh->i_fc[1] &= ~IEEE80211_FC1_PROTECTED;
	memmove(mtod(m, caddr_t) + IEEE80211_CCMP_HDRLEN, wh, hdrlen);
	m_adj(m, IEEE80211_CCMP_HDRLEN);
	return 0;
}
#else
/* ieee80211_input() compares packet numbers and takes the CCMP header out. */
static int
wifi_ccmp_strip(struct wifi *w __unused, struct mbuf *m __unused,
    struct ieee80211_node *ni __unused, u_int hdrlen __unused)
{
	return 0;
}
#endif

/* A frame that the hardware has decrypted, and that has no MIC any more. */
static int
wifi_decrypted(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni)
{
	const struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	u_int hdrlen;

	if (!ieee80211_has_seq(wh))
		return EINVAL;
	hdrlen = ieee80211_get_hdrlen(wh);
	if ((u_int)m->m_len < hdrlen + IEEE80211_CCMP_HDRLEN)
		return EINVAL;
	return wifi_ccmp_strip(w, m, ni, hdrlen);
}

/* Percent are of the span, so that it fits the thresholds of net80211. */
static int
wifi_rssi(int dbm)
{
	return MAX(MIN(dbm, WIFI_RSSI_MAX) - WIFI_RSSI_MIN, 0);
}

#ifdef WIFI_2016
/* The access point is there: the answer to what pdk80211_beacon_miss() asked. */
static int
wifi_is_answer(struct wifi *w, const struct mbuf *m)
{
	const struct ieee80211_frame *wh = mtod(m, const struct ieee80211_frame *);
	unsigned subtype = wh->i_fc[0] & (IEEE80211_FC0_TYPE_MASK | IEEE80211_FC0_SUBTYPE_MASK);

	return w->ic.ic_state == IEEE80211_S_RUN && m->m_len >= (int)sizeof(*wh) &&
	    (subtype == (IEEE80211_FC0_TYPE_MGT | IEEE80211_FC0_SUBTYPE_BEACON) ||
	    subtype == (IEEE80211_FC0_TYPE_MGT | IEEE80211_FC0_SUBTYPE_PROBE_RESP)) &&
	    IEEE80211_ADDR_EQ(wh->i_addr3, w->ic.ic_bss->ni_bssid);
}

/*
 * The stack of then learns a beacon's channel from ic_bss, has no hook for protection, and does
 * not stop its management timer when an access point answers that was asked while associated.
 */
static void
wifi_input(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni,
    struct ieee80211_rxinfo *rxi, unsigned chan)
{
	if (wifi_is_answer(w, m))
		w->ic.ic_mgt_timer = 0;
	if (w->ic.ic_state == IEEE80211_S_SCAN)
		w->ic.ic_bss->ni_chan = &w->ic.ic_channels[chan];
	ieee80211_input(&w->ic.ic_if, m, ni, rxi);
	if (w->assoc && w->useprot != ((w->ic.ic_flags & IEEE80211_F_USEPROT) != 0)) {
		w->useprot = !w->useprot;
		w->what |= PDK_UPD_PROT;
		wifi_post(w, &w->update_task);
	}
}

void
wifi_flush(struct pdk_dev *d __unused)
{
}
#else
/* if_input() once for many frames: each call counts for the stack's notion of pressure. */
void
wifi_flush(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	struct mbuf_list ml;
	int s;

	if (w == NULL || ml_empty(&w->rxml))
		return;
	s = splnet();
	ml = w->rxml;
	ml_init(&w->rxml);
	if_input(&w->ic.ic_if, &ml);
	splx(s);
}

static void
wifi_input(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni,
    struct ieee80211_rxinfo *rxi, unsigned chan)
{
	rxi->rxi_chan = chan;
	ieee80211_inputm(&w->ic.ic_if, m, ni, rxi, &w->rxml);
	if (ml_len(&w->rxml) >= WIFI_RXBATCH)
		wifi_flush(w->dev);
}
#endif

/*
 * The core has brought A-MPDUs into order: AMPDU_DONE, whether there is an agreement or not, keeps
 * the stack from doing that again.
 */
static void
wifi_rx(struct wifi *w, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	struct ieee80211com *ic = &w->ic;
	struct ieee80211_rxinfo rxi;
	struct ieee80211_node *ni;

	memset(&rxi, 0, sizeof(rxi));
	rxi.rxi_flags = IEEE80211_RXI_AMPDU_DONE;
	rxi.rxi_rssi = wifi_rssi(info->rssi);
	rxi.rxi_tstamp = (u_int32_t)info->tsf;
	ni = ieee80211_find_rxnode(ic, mtod(m, struct ieee80211_frame *));
	if ((info->flags & PDK_RX_DECRYPTED) != 0) {
		rxi.rxi_flags |= IEEE80211_RXI_HWDEC;
		if (wifi_decrypted(w, m, ni) != 0) {
			ic->ic_if.if_ierrors++;
			m_freem(m);
			ieee80211_release_node(ic, ni);
			return;
		}
	}
	wifi_input(w, m, ni, &rxi, info->chan);
	ieee80211_release_node(ic, ni);
}

void
pdk80211_rx(struct pdk_dev *d, struct mbuf *m, const struct pdk80211_rxinfo *info)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL || m->m_len < (int)sizeof(struct ieee80211_frame_min)) {
		m_freem(m);
		return;
	}
	s = splnet();
	if (!w->up)
		m_freem(m);
	else if ((info->flags & PDK_RX_MICFAIL) != 0) {
		w->ic.ic_stats.is_ccmp_dec_errs++;
		w->ic.ic_if.if_ierrors++;
		m_freem(m);
	} else {
		wifi_tap_in(w, m, info);
		wifi_rx(w, m, info);
	}
	splx(s);
}
