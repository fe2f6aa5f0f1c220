/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_bss.c - the network, as the core sees it: a snapshot, and what beacons change.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

CTASSERT(WME_AC_BE == PDK_AC_BE && WME_AC_BK == PDK_AC_BK && WME_AC_VI == PDK_AC_VI &&
    WME_AC_VO == PDK_AC_VO);

static struct pdk80211_chan
chan_of(struct pdk80211_softc *w, struct ieee80211_channel *c)
{
	struct pdk80211_chan ch;
	unsigned i, num = ieee80211_chan2ieee(&w->w_ic, c);

	memset(&ch, 0, sizeof(ch));
	for (i = 0; i < w->w_caps.nchans; i++)
		if (w->w_chans[i].num == num && w->w_chans[i].freq == c->ic_freq)
			ch = w->w_chans[i];
	ch.freq = c->ic_freq;
	ch.num = num;
	ch.width = 20;
	ch.sco = 0;
	return ch;
}

static uint32_t
bss_flags(struct ieee80211com *ic)
{
	uint32_t flags = 0;

	if ((ic->ic_flags & IEEE80211_F_SHPREAMBLE) != 0)
		flags |= PDK_BSS_SHPREAMBLE;
	if ((ic->ic_flags & IEEE80211_F_SHSLOT) != 0)
		flags |= PDK_BSS_SHSLOT;
	if ((ic->ic_flags & IEEE80211_F_USEPROT) != 0)
		flags |= PDK_BSS_USEPROT;
	if ((ic->ic_flags & IEEE80211_F_PMGTON) != 0)
		flags |= PDK_BSS_PS;
	if ((ic->ic_bss->ni_flags & IEEE80211_NODE_QOS) != 0)
		flags |= PDK_BSS_QOS;
	return flags;
}

/*
 * Which rates are basic in the network net80211 forgets when it compares them with ours; those that
 * the band's standard makes mandatory take their place.
 */
static void
set_rates(struct ieee80211com *ic, struct pdk80211_bss *b)
{
	struct ieee80211_rateset rs = ic->ic_bss->ni_rates;
	unsigned i;

	ieee80211_set11gbasicrates(&rs, ieee80211_chan2mode(ic, ic->ic_bss->ni_chan));
	b->nrates = MIN(rs.rs_nrates, PDK80211_NRATES);
	for (i = 0; i < b->nrates; i++) {
		b->rates[i] = rs.rs_rates[i] & IEEE80211_RATE_VAL;
		if ((rs.rs_rates[i] & IEEE80211_RATE_BASIC) != 0)
			b->basic_rates |= 1U << i;
	}
}

static void
set_wme(const struct ieee80211com *ic, struct pdk80211_bss *b)
{
	const struct wmeParams *p = ic->ic_wme.wme_chanParams.cap_wmeParams;
	unsigned i;

	for (i = 0; i < PDK80211_NAC; i++) {
		b->wme[i].aifsn = p[i].wmep_aifsn;
		b->wme[i].ecwmin = p[i].wmep_logcwmin;
		b->wme[i].ecwmax = p[i].wmep_logcwmax;
		b->wme[i].acm = p[i].wmep_acm;
		b->wme[i].txop = p[i].wmep_txopLimit;
	}
}

void
wlan_describe_bss(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	const struct ieee80211_node *ni = ic->ic_bss;
	struct pdk80211_bss *b = &w->w_bss;
	uint64_t tsf;

	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, ni->ni_bssid, sizeof(b->bssid));
	b->essid_len = MIN(ni->ni_esslen, sizeof(b->essid));
	memcpy(b->essid, ni->ni_essid, b->essid_len);
	b->dtim_period = MAX(ni->ni_dtim_period, 1);
	b->bintval = ni->ni_intval;
	b->aid = IEEE80211_NODE_AID(ni);
	b->capinfo = ni->ni_capinfo;
	b->chan = chan_of(w, ni->ni_chan);
	set_rates(ic, b);
	b->flags = bss_flags(ic);
	set_wme(ic, b);
	memcpy(&tsf, ni->ni_tstamp.data, sizeof(tsf));
	b->tsf = le64toh(tsf);
	w->w_flags = b->flags;
	w->w_dtim = b->dtim_period;
}

/* Beacons change slot time, protection and the DTIM period in silence. */
void
wlan_notice_changes(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	uint32_t diff = bss_flags(ic) ^ w->w_flags;
	unsigned update = 0;

	if (ic->ic_state != IEEE80211_S_RUN || !w->w_joined)
		return;
	if ((diff & PDK_BSS_SHSLOT) != 0)
		update |= PDK_UPD_SLOT;
	if ((diff & (PDK_BSS_USEPROT | PDK_BSS_SHPREAMBLE)) != 0)
		update |= PDK_UPD_PROT;
	if (MAX(ic->ic_bss->ni_dtim_period, 1) != w->w_dtim)
		update |= PDK_UPD_DTIM;
	if (update == 0)
		return;
	w->w_flags ^= diff;
	w->w_dtim = MAX(ic->ic_bss->ni_dtim_period, 1);
	wlan_post(w, 0, update);
}
