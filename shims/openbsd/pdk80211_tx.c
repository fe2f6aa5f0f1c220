/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_tx.c - frames out: if_start, encapsulation, encryption; what becomes of a frame.
 *
 * Frames that the core refuses for want of room are kept, one of management and one of data, and go
 * first next time.  After a leave none is sent.
 */
#include "pdk80211_openbsd.h"

struct wifi_txtap {
	struct ieee80211_radiotap_header h;
	uint8_t		flags, rate;
	uint16_t	freq, chan_flags;
} __packed;
#define WIFI_TXTAP_PRESENT						\
	(1 << IEEE80211_RADIOTAP_FLAGS | 1 << IEEE80211_RADIOTAP_RATE |	\
	1 << IEEE80211_RADIOTAP_CHANNEL)

void
wifi_frame_drop(struct wifi *w, struct wifi_frame *f)
{
	if (f->m == NULL)
		return;
	m_freem(f->m);
	ieee80211_release_node(&w->ic, f->info.cookie);
	memset(f, 0, sizeof(*f));
}

/*
 * The frame in one mbuf, with `gap' octets between header and body; the old one is freed.  NULL:
 * no memory, and the old one is freed, too.
 */
static struct mbuf *
wifi_contiguous(struct mbuf *m, int hdrlen, int gap)
{
	int len = m->m_pkthdr.len;
	struct mbuf *n;

	if (m->m_next == NULL && gap == 0)
		return m;
	n = len + gap <= MAXMCLBYTES ? wifi_cluster(len + gap) : NULL;
	if (n != NULL) {
		m_copydata(m, 0, hdrlen, mtod(n, caddr_t));
		m_copydata(m, hdrlen, len - hdrlen, mtod(n, caddr_t) + hdrlen + gap);
		n->m_len = n->m_pkthdr.len = len + gap;
	}
	m_freem(m);
	return n;
}

/*
 * The hardware will encrypt: make room for the CCMP header behind the frame's and fill it in.
 * The packet number is the key's own, which software uses as well.
 */
static struct mbuf *
wifi_ccmp_header(struct mbuf *m, int hdrlen, struct ieee80211_key *k)
{
	uint8_t *p;

	m = wifi_contiguous(m, hdrlen, IEEE80211_CCMP_HDRLEN);
	if (m == NULL)
		return NULL;
	k->k_tsc++;
	p = mtod(m, uint8_t *) + hdrlen;
	p[0] = k->k_tsc;
	p[1] = k->k_tsc >> 8;
	p[2] = 0;
	p[3] = k->k_id << 6 | IEEE80211_WEP_EXTIV;
	p[4] = k->k_tsc >> 16;
	p[5] = k->k_tsc >> 24;
	p[6] = k->k_tsc >> 32;
	p[7] = k->k_tsc >> 40;
	return m;
}

/* Encrypt, or see to it that the hardware does.  NULL: the frame is gone. */
static struct mbuf *
wifi_protect(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni,
    struct pdk80211_txinfo *info)
{
	struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);
	struct ieee80211_key *k;

	if ((wh->i_fc[1] & IEEE80211_FC1_PROTECTED) == 0)
		return wifi_contiguous(m, info->hdrlen, 0);
	k = ieee80211_get_txkey(&w->ic, wh, ni);
	if (w->hw_ptk && k == &w->ic.ic_bss->ni_pairwise_key &&
	    (wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) == IEEE80211_FC0_TYPE_DATA) {
		info->flags |= PDK_TX_HWENC;
		info->key_id = k->k_id;
		return wifi_ccmp_header(m, info->hdrlen, k);
	}
	if (k->k_cipher == IEEE80211_CIPHER_NONE) {	/* deleted since it was encapsulated */
		m_freem(m);
		return NULL;
	}
	m = ieee80211_encrypt(&w->ic, m, k);
	return m == NULL ? NULL : wifi_contiguous(m, info->hdrlen, 0);
}

static void
wifi_txinfo(struct wifi *w, const struct mbuf *m, struct ieee80211_node *ni, int eapol,
    struct pdk80211_txinfo *info)
{
	const struct ieee80211_frame *wh = mtod(m, struct ieee80211_frame *);

	memset(info, 0, sizeof(*info));
	info->cookie = ni;
	info->hdrlen = ieee80211_get_hdrlen(wh);
	if ((wh->i_fc[0] & IEEE80211_FC0_TYPE_MASK) != IEEE80211_FC0_TYPE_DATA) {
		info->flags |= PDK_TX_MGMT;
		info->ac = PDK_AC_VO;
	} else if (ieee80211_has_qos(wh)) {
		info->tid = ieee80211_get_qos(wh) & (PDK80211_NTID - 1);
		info->ac = ieee80211_up_to_ac(&w->ic, info->tid);
	}
	if (eapol)
		info->flags |= PDK_TX_EAPOL;
	if (IEEE80211_IS_MULTICAST(wh->i_addr1))
		info->flags |= PDK_TX_MCAST;
	info->rate = wifi_rate(w, ni, info);
#ifndef WIFI_2016
	if (w->ic.ic_fixed_mcs > 0 && (info->flags & (PDK_TX_MGMT | PDK_TX_EAPOL)) == 0)
		info->mcs = w->ic.ic_fixed_mcs;
#endif
}

static void
wifi_tap_out(struct wifi *w __unused, struct mbuf *m __unused,
    const struct ieee80211_node *ni __unused, const struct pdk80211_txinfo *info __unused)
{
#if NBPFILTER > 0
	struct wifi_txtap tap;

	if (w->ic.ic_rawbpf != NULL)
		bpf_mtap(w->ic.ic_rawbpf, m, BPF_DIRECTION_OUT);
	if (w->drvbpf == NULL)
		return;
	memset(&tap, 0, sizeof(tap));
	tap.h.it_len = htole16(sizeof(tap));
	tap.h.it_present = htole32(WIFI_TXTAP_PRESENT);
	tap.rate = info->rate;
	if (ni->ni_chan != IEEE80211_CHAN_ANYC) {
		tap.freq = htole16(ni->ni_chan->ic_freq);
		tap.chan_flags = htole16(ni->ni_chan->ic_flags);
	}
#ifdef WIFI_2016
	bpf_mtap_hdr(w->drvbpf, (caddr_t)&tap, sizeof(tap), m, BPF_DIRECTION_OUT, NULL);
#else
	bpf_mtap_hdr(w->drvbpf, &tap, sizeof(tap), m, BPF_DIRECTION_OUT);
#endif
#endif
}

/* Takes frame and reference; they are in *f, or gone. */
static void
wifi_prepare(struct wifi *w, struct mbuf *m, struct ieee80211_node *ni, int eapol,
    struct wifi_frame *f)
{
	const struct ieee80211_frame *wh;

	if (m->m_len < (int)sizeof(*wh))
		m = m_pullup(m, sizeof(*wh));
	wh = m == NULL ? NULL : mtod(m, struct ieee80211_frame *);
	/* The core makes the control frames that there are. */
	if (m != NULL && ieee80211_has_seq(wh)) {
		wifi_txinfo(w, m, ni, eapol, &f->info);
		wifi_tap_out(w, m, ni, &f->info);
		f->m = wifi_protect(w, m, ni, &f->info);
	} else
		m_freem(m);
	if (f->m == NULL) {
		w->ic.ic_if.if_oerrors++;
		ieee80211_release_node(&w->ic, ni);
	}
}

/*
 * Nonzero: the place is free again, the frame sent or of no use.  Zero: the core is full, the
 * frame stays where it is and is the first to go when pdk80211_tx_ready() comes.  Any other error,
 * as after leave, means that it can never be sent.
 */
static int
wifi_push(struct wifi *w, struct wifi_frame *f)
{
	int error = w->ops->tx(w->dev, f->m, &f->info);

	pdk_assert_unlocked(w->dev);
	if (error == ENOBUFS)
		return 0;
	if (error != 0) {
		w->ic.ic_if.if_oerrors++;
		wifi_frame_drop(w, f);
		return 1;
	}
	w->inflight++;
	wifi_ba_wish(w, &f->info);
	memset(f, 0, sizeof(*f));
	return 1;
}

static int
wifi_send_mgmt(struct wifi *w)
{
	struct wifi_frame *f = &w->held[WIFI_MGMT];
	struct mbuf *m;

	if (f->m == NULL) {
		if ((m = wifi_mgt_dequeue(w)) == NULL)
			return 0;
		wifi_prepare(w, m, m->m_pkthdr.ph_cookie, 0, f);
		if (f->m == NULL)
			return 1;
	}
	return wifi_push(w, f);
}

/* Of the key handshake: Ethernet's type is 0x888e (IEEE 802.1X). */
static int
wifi_is_eapol(const struct mbuf *m)
{
	const uint8_t *type = (const uint8_t *)m->m_data + offsetof(struct ether_header, ether_type);

	return type[0] == 0x88 && type[1] == 0x8e;
}

/* The next Ethernet frame of the queue as an 802.11 one. */
static int
wifi_next_data(struct wifi *w, struct wifi_frame *f)
{
	struct ifnet *ifp = &w->ic.ic_if;
	struct ieee80211_node *ni;
	struct mbuf *m;
	int eapol;

	if ((m = wifi_data_dequeue(w)) == NULL)
		return 0;
	if (m->m_len < ETHER_HDR_LEN && (m = m_pullup(m, ETHER_HDR_LEN)) == NULL) {
		ifp->if_oerrors++;
		return 1;
	}
	eapol = wifi_is_eapol(m);
#if NBPFILTER > 0
	if (ifp->if_bpf != NULL)
		bpf_mtap(ifp->if_bpf, m, BPF_DIRECTION_OUT);
#endif
	if ((m = ieee80211_encap(ifp, m, &ni)) == NULL) {
		ifp->if_oerrors++;
		return 1;
	}
	wifi_prepare(w, m, ni, eapol, f);
	return 1;
}

static int
wifi_send_data(struct wifi *w)
{
	struct wifi_frame *f = &w->held[WIFI_DATA];

	if (w->ic.ic_state != IEEE80211_S_RUN || !w->assoc || wifi_mgmt_only(w))
		return 0;
	if (f->m == NULL) {
		if (!wifi_next_data(w, f))
			return 0;
		if (f->m == NULL)
			return 1;
	}
	if (wifi_push(w, f))
		return 1;
	wifi_set_oactive(&w->ic.ic_if, 1);
	return 0;
}

/* Management frames go first, whether data are stopped or not: the core keeps room for them. */
void
wifi_start(struct ifnet *ifp)
{
	struct wifi *w = ifp->if_softc;

	splassert(IPL_NET);
	if ((ifp->if_flags & IFF_RUNNING) == 0 || !w->up)
		return;
	while (wifi_send_mgmt(w) || wifi_send_data(w))
		continue;
}

void
pdk80211_tx_ready(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL)
		return;
	s = splnet();
	wifi_set_oactive(&w->ic.ic_if, 0);
	wifi_start(&w->ic.ic_if);
	splx(s);
}

void
pdk80211_tx_done(struct pdk_dev *d, struct mbuf *m, void *cookie,
    const struct pdk80211_txstat *st)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL) {
		m_freem(m);
		return;
	}
	s = splnet();
	if (st->ok)
		wifi_note_rate(w, st);
	else
		w->ic.ic_if.if_oerrors++;
#ifdef WIFI_2016
	w->ic.ic_if.if_opackets++;	/* later, the queue counts */
#endif
	m_freem(m);
	ieee80211_release_node(&w->ic, cookie);
	w->inflight--;
	pdk_lock(d);
	pdk_wake(d, &w->wchan);
	pdk_unlock(d);
	splx(s);
}
