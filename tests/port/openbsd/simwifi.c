/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simwifi.c - OpenBSD's net80211, as far as a shim sees it: a station's.  It notes in `said` what it
 * is told; a state is S0 (INIT) to S4 (RUN).  See simnet.h.
 */
#include "simnet.h"
#include "tap.h"

const struct ieee80211_rateset ieee80211_std_rateset_11a = { 2, { 0x80 | 12, 24 } };
const struct ieee80211_rateset ieee80211_std_rateset_11b = { 2, { 0x80 | 2, 4 } };
const struct ieee80211_rateset ieee80211_std_rateset_11g = { 2, { 0x80 | 2, 12 } };

struct ieee80211_node bss;
struct ieee80211com *ic;
int protect, join_next;

static struct ifmedia_entry media;

struct mbuf *
k_frame(uint8_t fc0, uint8_t fc1, int len)
{
	struct mbuf *m = k_mbuf(256);

	m->m_len = m->m_pkthdr.len = len;
	m->m_data[0] = (char)fc0;
	m->m_data[1] = (char)fc1;
	return m;
}

void
k_send_mgmt(struct ieee80211com *c, struct ieee80211_node *ni, int type)
{
	struct mbuf *m = k_frame((uint8_t)type, 0, 30);
	int s = splnet();

	m->m_pkthdr.ph_cookie = ieee80211_ref_node(ni);
	mq_enqueue(&c->ic_mgtq, m);
	c->ic_if.if_start(&c->ic_if);
	splx(s);
}

void
ieee80211_release_node(struct ieee80211com *c, struct ieee80211_node *ni)
{
	KASSERT(ni->ni_refcnt > 0);
	if (--ni->ni_refcnt == 0 && ni->ni_unref_cb != NULL)
		ni->ni_unref_cb(c, ni);
}

static int
stack_newstate(struct ieee80211com *c, enum ieee80211_state ns, int arg)
{
	enum ieee80211_state os = c->ic_state;

	say("S%d ", ns);
	c->ic_state = ns;
	if (ns == IEEE80211_S_INIT && os >= IEEE80211_S_ASSOC && arg != -1)
		k_send_mgmt(c, c->ic_bss, 0xc0);
	if (ns == IEEE80211_S_SCAN && os > IEEE80211_S_SCAN)
		ieee80211_begin_scan(&c->ic_if);
	if (ns == IEEE80211_S_AUTH)
		k_send_mgmt(c, c->ic_bss, 0xb0);
	return 0;
}

static void
stack_recv_mgmt(struct ieee80211com *c __unused, struct mbuf *m __unused,
    struct ieee80211_node *ni __unused, struct ieee80211_rxinfo *rxi __unused, int type __unused)
{
}

void
if_attach(struct ifnet *ifp __unused)
{
	k_live++;
}

void
if_detach(struct ifnet *ifp)
{
	k_purge(&ifp->if_snd.ifq_list);
	k_live--;
}

void
ieee80211_ifattach(struct ifnet *ifp)
{
	ic = (struct ieee80211com *)ifp;
	memset(&bss, 0, sizeof(bss));
	memcpy(bss.ni_bssid, "\2\0\0\0\0\1", 6);
	bss.ni_chan = &ic->ic_channels[6];
	bss.ni_associd = 0xc007;
	bss.ni_flags = IEEE80211_NODE_QOS | IEEE80211_NODE_HT;
	bss.ni_rates = ieee80211_std_rateset_11g;
	ic->ic_bss = &bss;
	ic->ic_fixed_rate = -1;
	ic->ic_media.ifm_cur = &media;
	ic->ic_flags = IEEE80211_F_QOS | IEEE80211_F_HTON;
	ic->ic_newstate = stack_newstate;
	ic->ic_recv_mgmt = stack_recv_mgmt;
	TAILQ_INIT(&ic->ic_ess);
}

void
ieee80211_ifdetach(struct ifnet *ifp __unused)
{
	k_purge(&ic->ic_mgtq.mq_list);
}

void
ieee80211_begin_scan(struct ifnet *ifp __unused)
{
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
}

void
ieee80211_end_scan(struct ifnet *ifp __unused)
{
	say("end_scan ");
	if (join_next)
		(void)ieee80211_new_state(ic, IEEE80211_S_AUTH, -1);
}

int
ieee80211_ioctl(struct ifnet *ifp __unused, u_long cmd __unused, caddr_t data __unused)
{
	return ENETRESET;
}

/* 14 octets of Ethernet become 24, or 26 with QoS, of 802.11. */
struct mbuf *
ieee80211_encap(struct ifnet *ifp __unused, struct mbuf *m, struct ieee80211_node **ni)
{
	int eapol = (uint8_t)m->m_data[12] == 0x88, hdrlen = eapol ? 24 : 26;
	struct mbuf *n = k_frame(eapol ? 0x08 : 0x88, protect ? 0x41 : 0x01, m->m_len - 14 + hdrlen);

	memset(n->m_data + 24, 0, 2);
	memcpy(n->m_data + hdrlen, m->m_data + 14, (size_t)m->m_len - 14);
	m_freem(m);
	*ni = ieee80211_ref_node(&bss);
	return n;
}

struct mbuf *
ieee80211_encrypt(struct ieee80211com *c __unused, struct mbuf *m, struct ieee80211_key *k)
{
	say("enc ");
	k->k_tsc++;
	return m;
}

void
ieee80211_inputm(struct ifnet *ifp __unused, struct mbuf *m, struct ieee80211_node *ni __unused,
    struct ieee80211_rxinfo *rxi, struct mbuf_list *ml)
{
	say("in(%x,%d) ", rxi->rxi_flags, m->m_len);
	k_put(ml, m);
}

void
if_input(struct ifnet *ifp __unused, struct mbuf_list *ml)
{
	say("input(%u) ", ml->ml_len);
	k_purge(ml);
}

int
ieee80211_set_key(struct ieee80211com *c __unused, struct ieee80211_node *ni __unused,
    struct ieee80211_key *k __unused)
{
	say("software ");
	return 0;
}

void
ieee80211_delete_key(struct ieee80211com *c __unused, struct ieee80211_node *ni __unused,
    struct ieee80211_key *k)
{
	memset(k, 0, sizeof(*k));
}

int
ieee80211_addba_request(struct ieee80211com *c __unused, struct ieee80211_node *ni, u_int16_t ssn,
    u_int8_t tid)
{
	say("ask(%u) ", ssn);
	ni->ni_tx_ba[tid] = (struct ieee80211_ba){ IEEE80211_BA_REQUESTED, 0, ssn, 64 };
	return 0;
}

void
ieee80211_delba_request(struct ieee80211com *c, struct ieee80211_node *ni, u_int16_t why __unused,
    u_int8_t tx, u_int8_t tid)
{
	say("delba ");
	(tx ? ni->ni_tx_ba : ni->ni_rx_ba)[tid].ba_state = IEEE80211_BA_INIT;
	(tx ? c->ic_ampdu_tx_stop : c->ic_ampdu_rx_stop)(c, ni, tid);
}

void
ieee80211_addba_req_accept(struct ieee80211com *c __unused, struct ieee80211_node *ni, uint8_t tid)
{
	say("yes ");
	ni->ni_rx_ba[tid].ba_state = IEEE80211_BA_AGREED;
}

void
ieee80211_addba_req_refuse(struct ieee80211com *c __unused, struct ieee80211_node *ni, uint8_t tid)
{
	say("no ");
	ni->ni_rx_ba[tid].ba_state = IEEE80211_BA_INIT;
}

void
ieee80211_addba_resp_accept(struct ieee80211com *c __unused, struct ieee80211_node *ni, uint8_t tid)
{
	say("agreed ");
	ni->ni_tx_ba[tid].ba_state = IEEE80211_BA_AGREED;
}

void
ieee80211_addba_resp_refuse(struct ieee80211com *c __unused, struct ieee80211_node *ni,
    uint8_t tid, uint16_t status __unused)
{
	ni->ni_tx_ba[tid].ba_state = IEEE80211_BA_INIT;
}
