/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_attach.c - a wifi driver of the pdk under the VAP net80211; one station VAP.
 *
 * Manual pages: ieee80211(9), ieee80211_vap(9).
 */
#include "pdk80211_vap.h"

VAP_MODULE_DEPEND;

static void
vap_override(struct pdk80211_softc *sc, struct vap_vap *vv)
{
	vap_state_override(vv);
	vap_key_override(&vv->vv_vap);
	vap_ampdu_override(sc, &vv->vv_vap);
}

static struct ieee80211vap *
vap_create(struct ieee80211com *ic, const char name[IFNAMSIZ], int unit,
    enum ieee80211_opmode opmode, int flags, const uint8_t bssid[IEEE80211_ADDR_LEN],
    const uint8_t mac[IEEE80211_ADDR_LEN])
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	struct vap_vap *vv;

	if (!TAILQ_EMPTY(&ic->ic_vaps) || opmode != IEEE80211_M_STA)
		return (NULL);
	vv = pdk_zalloc(sizeof(*vv), PDK_WAITOK);
	if (ieee80211_vap_setup(ic, &vv->vv_vap, name, unit, opmode, flags, bssid) != 0) {
		pdk_free(vv, sizeof(*vv));
		return (NULL);
	}
	vap_override(sc, vv);
	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) == 0)
		ieee80211_ratectl_init(&vv->vv_vap);
	ieee80211_vap_attach(&vv->vv_vap, ieee80211_media_change, ieee80211_media_status, mac);
	ic->ic_opmode = opmode;
	return (&vv->vv_vap);
}

/* After ieee80211_vap_detach() no task finds the VAP; wait for those that have found it. */
static void
vap_delete(struct ieee80211vap *vap)
{
	struct pdk80211_softc *sc = vap_ic_sc(vap->iv_ic);

	vap_flush(sc);
	if ((sc->sc_caps.flags & PDK_CAP_RATECTL) == 0)
		ieee80211_ratectl_deinit(vap);
	ieee80211_vap_detach(vap);
	ieee80211_draintask(&sc->sc_ic, &sc->sc_scan_task);
	ieee80211_draintask(&sc->sc_ic, &sc->sc_lost_task);
	pdk_worker_drain(sc->sc_dev);
	pdk_free(vap, sizeof(struct vap_vap));
}

/* ---- attach ---- */

struct vap_chanlist {
	struct ieee80211_channel *chans;
	int			  n, max;
};

/*
 * One mode of a channel.  Powers are left at 0: the radio keeps to limits of its own, and does
 * not tell them.
 */
static void
vap_add_mode(struct vap_chanlist *l, const struct pdk80211_chan *pc, uint32_t mode, int ext)
{
	struct ieee80211_channel *c;

	if (l->n >= l->max)
		return;
	c = &l->chans[l->n++];
	memset(c, 0, sizeof(*c));
	c->ic_freq = pc->freq;
	c->ic_ieee = pc->num;
	c->ic_extieee = ext != 0 ? pc->num + 4 * ext : 0;
	c->ic_flags = mode;
	if (pc->flags & (PDK_CH_PASSIVE | PDK_CH_DFS))
		c->ic_flags |= IEEE80211_CHAN_PASSIVE;
	if (pc->flags & PDK_CH_DFS)
		c->ic_flags |= IEEE80211_CHAN_DFS;
}

static void
vap_add_chan(struct vap_chanlist *l, const struct pdk80211_chan *pc, bool ht)
{
	bool low = pc->freq < 3000;
	uint32_t base = low ? IEEE80211_CHAN_G : IEEE80211_CHAN_A;

	if (low)
		vap_add_mode(l, pc, IEEE80211_CHAN_B, 0);
	if (low && pc->num == 14)	/* Japan's, without OFDM */
		return;
	vap_add_mode(l, pc, base, 0);
	if (!ht)
		return;
	vap_add_mode(l, pc, base | IEEE80211_CHAN_HT20, 0);
	if (pc->flags & PDK_CH_HT40U)
		vap_add_mode(l, pc, base | IEEE80211_CHAN_HT40U, 1);
	if (pc->flags & PDK_CH_HT40D)
		vap_add_mode(l, pc, base | IEEE80211_CHAN_HT40D, -1);
}

static void
vap_getradiocaps(struct ieee80211com *ic, int max, int *n, struct ieee80211_channel chans[])
{
	struct pdk80211_softc *sc = vap_ic_sc(ic);
	struct vap_chanlist l = { .chans = chans, .n = 0, .max = max };
	int i;

	for (i = 0; i < sc->sc_caps.nchans; i++)
		vap_add_chan(&l, &sc->sc_chans[i], sc->sc_caps.htcaps != 0);
	*n = l.n;
}

static void
vap_set_caps(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;
	const struct pdk80211_caps *caps = &sc->sc_caps;

	ic->ic_phytype = IEEE80211_T_OFDM;
	ic->ic_opmode = IEEE80211_M_STA;
	ic->ic_caps = IEEE80211_C_STA | IEEE80211_C_WPA | IEEE80211_C_WME | IEEE80211_C_PMGT |
	    IEEE80211_C_SHSLOT | IEEE80211_C_SHPREAMBLE | IEEE80211_C_BGSCAN;
	ic->ic_flags_ext |= IEEE80211_FEXT_SCAN_OFFLOAD;
	vap_seqno_offload(ic);
	ic->ic_rxstream = caps->rx_chains;
	ic->ic_txstream = caps->tx_chains;
	if (caps->htcaps != 0)
		ic->ic_htcaps = IEEE80211_HTC_HT | caps->htcaps |
		    (sc->sc_ops->ba != NULL ? IEEE80211_HTC_AMPDU : 0);
	if (caps->flags & PDK_CAP_HW_CCMP)
		ic->ic_cryptocaps = IEEE80211_CRYPTO_AES_CCM;
	memcpy(ic->ic_macaddr, caps->mac, IEEE80211_ADDR_LEN);
	vap_getradiocaps(ic, IEEE80211_CHAN_MAX, &ic->ic_nchans, ic->ic_channels);
}

/* Ours in the place of the stack's, which ieee80211_ifattach() has set. */
static void
vap_set_methods(struct pdk80211_softc *sc)
{
	struct ieee80211com *ic = &sc->sc_ic;

	ic->ic_vap_create = vap_create;
	ic->ic_vap_delete = vap_delete;
	ic->ic_getradiocaps = vap_getradiocaps;
	vap_state_attach(sc);
	vap_bss_attach(sc);
	vap_tx_attach(sc);
	vap_scan_attach(sc);
	vap_key_attach(sc);
	vap_ampdu_attach(sc);
	vap_upcall_attach(sc);
}

/* When the device is gone, and with it whoever could make an upcall. */
static void
vap_free(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_sc(dev);

	vap_task_destroy(&sc->sc_scan_task);
	vap_task_destroy(&sc->sc_lost_task);
	vap_task_destroy(&sc->sc_rfkill_task);
	vap_task_destroy(&sc->sc_restart_task);
	vap_mtx_destroy(&sc->sc_txmtx);
	vap_mtx_destroy(&sc->sc_rxmtx);
	pdk_free(sc->sc_chans, sc->sc_caps.nchans * sizeof(sc->sc_chans[0]));
	pdk_free(sc, sizeof(*sc));
	vap_sc_set(dev, NULL);
}

static struct pdk80211_softc *
vap_alloc(struct pdk_dev *dev, const struct pdk80211_ops *ops, const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *sc = pdk_zalloc(sizeof(*sc), PDK_WAITOK);

	sc->sc_dev = dev;
	sc->sc_ops = ops;
	sc->sc_caps = *caps;
	sc->sc_chans = pdk_zalloc(caps->nchans * sizeof(sc->sc_chans[0]), PDK_WAITOK);
	memcpy(sc->sc_chans, caps->chans, caps->nchans * sizeof(sc->sc_chans[0]));
	vap_mtx_init(&sc->sc_txmtx, vap_unit(dev), "pdk80211 transmit");
	vap_mtx_init(&sc->sc_rxmtx, vap_unit(dev), "pdk80211 receive");
	return (sc);
}

int
pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *sc;
	struct ieee80211com *ic;

	if (vap_sc(dev) != NULL)
		return (EBUSY);
	if (caps->nchans == 0 || IEEE80211_IS_MULTICAST(caps->mac) || ops->up == NULL ||
	    ops->down == NULL || ops->scan == NULL || ops->join == NULL ||
	    ops->assoc == NULL || ops->leave == NULL || ops->tx == NULL)
		return (EINVAL);
	sc = vap_alloc(dev, ops, caps);
	ic = &sc->sc_ic;
	ic->ic_softc = sc;
	ic->ic_name = vap_unit(dev);
	vap_set_caps(sc);
	ieee80211_ifattach(ic);
	vap_set_methods(sc);
	ieee80211_radiotap_attach(ic, &sc->sc_txtap.hdr, sizeof(sc->sc_txtap),
	    VAP_TXTAP_PRESENT, &sc->sc_rxtap.hdr, sizeof(sc->sc_rxtap), VAP_RXTAP_PRESENT);
	vap_sc_set(dev, sc);
	vap_hooks(dev, vap_power, vap_free);
	if (bootverbose)
		ieee80211_announce(ic);
	return (0);
}

/*
 * CONFIG.  The VAP goes, and with it, by ic_parent, the radio; a restart that is under way ends
 * before, and none begins.  What is left may be in use by an upcall: vap_free() frees it.
 */
void
pdk80211_detach(struct pdk_dev *dev)
{
	struct pdk80211_softc *sc = vap_alive(dev);

	if (sc == NULL)
		return;
	pdk_lock(dev);
	sc->sc_gone = true;
	pdk_unlock(dev);
	vap_thread_drain(&sc->sc_restart_task);
	vap_thread_drain(&sc->sc_rfkill_task);
	ieee80211_ifdetach(&sc->sc_ic);
	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_update_task);
	pdk_task_cancel(&sc->sc_key_task);
	pdk_task_cancel(&sc->sc_ba_task);
	pdk_unlock(dev);
	(void)pdk_call(dev, vap_call_down, sc);
}
