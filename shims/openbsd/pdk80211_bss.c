/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_bss.c - the network as the core wants it: a snapshot.
 */
#include "pdk80211_openbsd.h"

/* A band's channel in the core's terms; 20 MHz. */
static void
wifi_chan(struct wifi *w, const struct ieee80211_channel *c, struct pdk80211_chan *pc)
{
	unsigned i, num = ieee80211_chan2ieee(&w->ic, c);

	memset(pc, 0, sizeof(*pc));
	for (i = 0; i < w->caps.nchans; i++)
		if (w->chans[i].num == num && w->chans[i].freq == c->ic_freq)
			*pc = w->chans[i];
	pc->freq = c->ic_freq;
	pc->num = num;
	pc->width = 20;
	pc->sco = 0;
}

#ifndef WIFI_2016
/* The widest channel that both ends can use, and HT's values once they are negotiated. */
static void
wifi_snapshot_ht(struct wifi *w, struct pdk80211_bss *b)
{
	struct ieee80211_node *ni = w->ic.ic_bss;
	unsigned sco = ni->ni_htop0 & IEEE80211_HTOP0_SCO_MASK;

	if ((w->ic.ic_flags & IEEE80211_F_HTON) != 0 && w->caps.htcaps != 0 &&
	    (w->caps.htcaps & IEEE80211_HTCAP_CBW20_40) != 0 &&
	    ieee80211_node_supports_ht_chan40(ni) && IEEE80211_CHAN_40MHZ_ALLOWED(ni->ni_chan)) {
		if (sco == IEEE80211_HTOP0_SCO_SCA && (b->chan.flags & PDK_CH_HT40U) != 0)
			b->chan.sco = 1;
		else if (sco == IEEE80211_HTOP0_SCO_SCB && (b->chan.flags & PDK_CH_HT40D) != 0)
			b->chan.sco = -1;
		if (b->chan.sco != 0)
			b->chan.width = 40;
	}
	if ((ni->ni_flags & IEEE80211_NODE_HT) == 0)
		return;
	b->flags |= PDK_BSS_HT;
	b->htcaps = ni->ni_htcaps;
	b->ampdu = ni->ni_ampdu_param;
	memcpy(b->mcs, ni->ni_rxmcs, MIN(sizeof(b->mcs), sizeof(ni->ni_rxmcs)));
	b->htprot = (ni->ni_htop1 & IEEE80211_HTOP1_PROT_MASK) >> IEEE80211_HTOP1_PROT_SHIFT;
}
#endif

static void
wifi_snapshot_edca(struct wifi *w, struct pdk80211_bss *b)
{
	const struct ieee80211_edca_ac_params *ac;
	unsigned i;

	CTASSERT((int)EDCA_AC_BE == PDK_AC_BE && (int)EDCA_AC_VO == PDK_AC_VO);
	for (i = 0; i < PDK80211_NAC; i++) {
		ac = &w->ic.ic_edca_ac[i];
		b->wme[i].aifsn = ac->ac_aifsn;
		b->wme[i].ecwmin = ac->ac_ecwmin;
		b->wme[i].ecwmax = ac->ac_ecwmax;
		b->wme[i].acm = ac->ac_acm;
		b->wme[i].txop = ac->ac_txoplimit;
	}
}

static void
wifi_snapshot_rates(const struct ieee80211_rateset *rs, struct pdk80211_bss *b)
{
	unsigned i;

	b->nrates = MIN(rs->rs_nrates, PDK80211_NRATES);
	for (i = 0; i < b->nrates; i++) {
		b->rates[i] = rs->rs_rates[i] & IEEE80211_RATE_VAL;
		if ((rs->rs_rates[i] & IEEE80211_RATE_BASIC) != 0)
			b->basic_rates |= 1u << i;
	}
}

/* Of ic_bss, at splnet(): what crosses to the core is values, never the node. */
void
wifi_snapshot(struct wifi *w, struct pdk80211_bss *b)
{
	struct ieee80211com *ic = &w->ic;
	struct ieee80211_node *ni = ic->ic_bss;
	uint64_t tsf;

	splassert(IPL_NET);
	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, ni->ni_bssid, sizeof(b->bssid));
	b->essid_len = MIN(ni->ni_esslen, PDK80211_MAXSSID);
	memcpy(b->essid, ni->ni_essid, b->essid_len);
	b->bintval = ni->ni_intval;
	b->aid = ni->ni_associd & 0x3fff;
	b->capinfo = ni->ni_capinfo;
	memcpy(&tsf, ni->ni_tstamp, sizeof(tsf));
	b->tsf = le64toh(tsf);
	b->dtim_period = 1;
	wifi_chan(w, ni->ni_chan, &b->chan);
	wifi_snapshot_rates(&ni->ni_rates, b);
	wifi_snapshot_edca(w, b);
	if ((ic->ic_flags & IEEE80211_F_SHPREAMBLE) != 0)
		b->flags |= PDK_BSS_SHPREAMBLE;
	if ((ic->ic_flags & IEEE80211_F_SHSLOT) != 0)
		b->flags |= PDK_BSS_SHSLOT;
	if ((ic->ic_flags & IEEE80211_F_USEPROT) != 0)
		b->flags |= PDK_BSS_USEPROT;
	if ((ic->ic_flags & IEEE80211_F_PMGTON) != 0)
		b->flags |= PDK_BSS_PS;
	if ((ic->ic_flags & IEEE80211_F_QOS) != 0 && (ni->ni_flags & IEEE80211_NODE_QOS) != 0)
		b->flags |= PDK_BSS_QOS;
#ifndef WIFI_2016
	if (ni->ni_dtimperiod != 0)
		b->dtim_period = ni->ni_dtimperiod;
	wifi_snapshot_ht(w, b);
#endif
	w->useprot = (ic->ic_flags & IEEE80211_F_USEPROT) != 0;
}
