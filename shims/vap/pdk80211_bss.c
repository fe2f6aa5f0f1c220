/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_bss.c - the network as the core sees it, and its changes.
 *
 * A snapshot is made with the com lock held.  Changes come with locks held, even that one, so the
 * core hears of them in WORKER, by a task.
 *
 * Manual pages: ieee80211_node(9), ieee80211_vap(9).
 */
#include "pdk80211_vap.h"

/* ---- the network as the core sees it ---- */

void
vap_snap_chan(const struct ieee80211_channel *c, struct pdk80211_chan *pc)
{
	pc->freq = c->ic_freq;
	pc->num = c->ic_ieee;
	pc->width = IEEE80211_IS_CHAN_HT40(c) ? 40 : 20;
	pc->sco = IEEE80211_IS_CHAN_HT40U(c) ? 1 : IEEE80211_IS_CHAN_HT40D(c) ? -1 : 0;
	pc->flags = 0;
	if (IEEE80211_IS_CHAN_PASSIVE(c))
		pc->flags |= PDK_CH_PASSIVE;
	if (IEEE80211_IS_CHAN_DFS(c))
		pc->flags |= PDK_CH_DFS;
}

static void
vap_snap_rates(const struct ieee80211_node *ni, struct pdk80211_bss *b)
{
	int i;

	b->nrates = MIN(ni->ni_rates.rs_nrates, PDK80211_NRATES);
	for (i = 0; i < b->nrates; i++) {
		b->rates[i] = ni->ni_rates.rs_rates[i] & IEEE80211_RATE_VAL;
		if (ni->ni_rates.rs_rates[i] & IEEE80211_RATE_BASIC)
			b->basic_rates |= (uint32_t)1 << i;
	}
}

static void
vap_snap_ht(const struct ieee80211_node *ni, struct pdk80211_bss *b)
{
	int i;

	if ((ni->ni_flags & IEEE80211_NODE_HT) == 0)
		return;
	b->flags |= PDK_BSS_HT;
	for (i = 0; i < ni->ni_htrates.rs_nrates; i++)
		if (ni->ni_htrates.rs_rates[i] < sizeof(b->mcs) * NBBY)
			setbit(b->mcs, ni->ni_htrates.rs_rates[i]);
	b->htcaps = ni->ni_htcap;
	b->ampdu = ni->ni_htparam;
	b->htprot = ni->ni_htopmode & IEEE80211_HTINFO_OPMODE;
}

/* PDK_AC_* are the ACIs, which these stacks number alike. */
static void
vap_snap_wme(struct ieee80211com *ic, struct pdk80211_bss *b)
{
	struct chanAccParams chp;
	int ac;

	for (ac = 0; ac < PDK80211_NAC; ac++) {
		const struct wmeParams *p = vap_wme(ic, &chp, ac);

		b->wme[ac] = (struct pdk80211_wme){
			.aifsn = p->wmep_aifsn, .ecwmin = p->wmep_logcwmin,
			.ecwmax = p->wmep_logcwmax, .acm = p->wmep_acm,
			.txop = p->wmep_txopLimit,
		};
	}
}

static uint32_t
vap_snap_flags(const struct ieee80211vap *vap)
{
	uint32_t f = vap_flags(vap), flags = 0;

	if (f & IEEE80211_F_SHPREAMBLE)
		flags |= PDK_BSS_SHPREAMBLE;
	if (f & IEEE80211_F_SHSLOT)
		flags |= PDK_BSS_SHSLOT;
	if (f & IEEE80211_F_USEPROT)
		flags |= PDK_BSS_USEPROT;
	if (f & IEEE80211_F_PMGTON)
		flags |= PDK_BSS_PS;
	return (flags);
}

static void
vap_tell(const struct ieee80211vap *vap, struct vap_told *t)
{
	t->flags = vap_snap_flags(vap);
	t->dtim = vap->iv_bss->ni_dtim_period;
	t->htprot = vap->iv_bss->ni_htopmode & IEEE80211_HTINFO_OPMODE;
}

/* With the com lock held, under which iv_bss does not change. */
void
vap_snapshot(struct pdk80211_softc *sc, struct ieee80211vap *vap, struct pdk80211_bss *b)
{
	const struct ieee80211_node *ni = vap->iv_bss;
	const struct ieee80211_channel *c = ni->ni_chan;

	memset(b, 0, sizeof(*b));
	memcpy(b->bssid, ni->ni_bssid, sizeof(b->bssid));
	b->essid_len = MIN(ni->ni_esslen, PDK80211_MAXSSID);
	memcpy(b->essid, ni->ni_essid, b->essid_len);
	b->dtim_period = ni->ni_dtim_period;
	b->bintval = ni->ni_intval;
	b->aid = IEEE80211_AID(ni->ni_associd);
	b->capinfo = ni->ni_capinfo;
	vap_snap_chan(c != IEEE80211_CHAN_ANYC ? c : sc->sc_ic.ic_curchan, &b->chan);
	vap_snap_rates(ni, b);
	b->flags = vap_snap_flags(vap);
	if (ni->ni_flags & IEEE80211_NODE_QOS)
		b->flags |= PDK_BSS_QOS;
	vap_snap_ht(ni, b);
	vap_snap_wme(&sc->sc_ic, b);
	b->tsf = le64dec(ni->ni_tstamp.data);
	vap_tell(vap, &sc->sc_told);
}

/* ---- its changes ---- */

void
vap_post_update(struct pdk80211_softc *sc, unsigned what)
{
	pdk_lock(sc->sc_dev);
	sc->sc_updates |= what;
	pdk_task_post(&sc->sc_update_task);
	pdk_unlock(sc->sc_dev);
}

/*
 * WORKER.  These come with locks held, even the com lock, so the core hears of them here and
 * not where they happen.  While the stack is taken away there is nothing to tell, and at the
 * end no com lock.
 */
static void
vap_update(void *arg)
{
	struct pdk80211_softc *sc = arg;
	struct ieee80211vap *vap;
	struct pdk80211_bss bss;
	unsigned what;

	pdk_lock(sc->sc_dev);
	what = sc->sc_gone ? 0 : sc->sc_updates;
	sc->sc_updates = 0;
	pdk_unlock(sc->sc_dev);
	if (what == 0)
		return;
	IEEE80211_LOCK(&sc->sc_ic);
	vap = vap_first(sc);
	if (vap != NULL)
		vap_snapshot(sc, vap, &bss);
	IEEE80211_UNLOCK(&sc->sc_ic);
	if (vap == NULL || sc->sc_joined != VAP_ASSOC || sc->sc_ops->update == NULL ||
	    vap_is_dead(sc))
		return;
	if (sc->sc_ops->update(sc->sc_dev, (int)what, &bss) == 0 || vap_is_dead(sc))
		return;
	vap_do_leave(sc);
	ieee80211_runtask(&sc->sc_ic, &sc->sc_lost_task);
}

static void
vap_updateslot(struct ieee80211com *ic)
{
	vap_post_update(vap_ic_sc(ic), PDK_UPD_SLOT);
}

static int
vap_wme_update(struct ieee80211com *ic)
{
	vap_post_update(vap_ic_sc(ic), PDK_UPD_EDCA);
	return (0);
}

static void
vap_update_chw(struct ieee80211com *ic)
{
	vap_post_update(vap_ic_sc(ic), PDK_UPD_CHAN | PDK_UPD_HT);
}

/*
 * After a beacon of the network: not all that it may change is told by a method, and the
 * methods there are differ between stacks.  Without the com lock: a torn look costs an update
 * too many, and the task looks again.
 */
void
vap_heard_beacon(struct pdk80211_softc *sc, struct ieee80211vap *vap)
{
	struct vap_told now;
	unsigned what = 0;

	vap_tell(vap, &now);
	if ((now.flags ^ sc->sc_told.flags) & PDK_BSS_SHSLOT)
		what |= PDK_UPD_SLOT;
	if ((now.flags ^ sc->sc_told.flags) & (PDK_BSS_USEPROT | PDK_BSS_SHPREAMBLE))
		what |= PDK_UPD_PROT;
	if ((now.flags ^ sc->sc_told.flags) & PDK_BSS_PS)
		what |= PDK_UPD_PS;
	if (now.dtim != sc->sc_told.dtim)
		what |= PDK_UPD_DTIM;
	if (now.htprot != sc->sc_told.htprot)
		what |= PDK_UPD_HT | PDK_UPD_PROT;
	if (what != 0)
		vap_post_update(sc, what);
}

/* The core receives what it needs; there is nothing to set. */
static void
vap_update_none(struct ieee80211com *ic __unused)
{
}

void
vap_bss_attach(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;

	pdk_task_init(sc->sc_dev, &sc->sc_update_task, vap_update, sc);
	ic->ic_set_channel = vap_update_none;	/* join and scan choose the channel */
	ic->ic_update_mcast = vap_update_none;
	ic->ic_update_promisc = vap_update_none;
	ic->ic_updateslot = vap_updateslot;
	ic->ic_update_chw = vap_update_chw;
	ic->ic_wme.wme_update = vap_wme_update;
}
