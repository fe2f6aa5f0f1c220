/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_attach.c - a wireless interface comes and goes: ieee80211(9), ifnet(9), pmf(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

#include <sys/kmem.h>
#include <sys/malloc.h>
#include <sys/pmf.h>

static void
set_channels(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;
	const struct pdk80211_chan *c;
	uint16_t flags;
	unsigned i;

	for (i = 0; i < w->w_caps.nchans; i++) {
		c = &w->w_chans[i];
		if (c->freq >= 3000) {
			flags = IEEE80211_CHAN_A;
			ic->ic_sup_rates[IEEE80211_MODE_11A] = ieee80211_std_rateset_11a;
		} else {
			flags = c->num == 14 ? IEEE80211_CHAN_B :
			    IEEE80211_CHAN_CCK | IEEE80211_CHAN_OFDM | IEEE80211_CHAN_DYN |
			    IEEE80211_CHAN_2GHZ;
			ic->ic_sup_rates[IEEE80211_MODE_11B] = ieee80211_std_rateset_11b;
			ic->ic_sup_rates[IEEE80211_MODE_11G] = ieee80211_std_rateset_11g;
		}
		if ((c->flags & (PDK_CH_PASSIVE | PDK_CH_DFS)) != 0)
			flags |= IEEE80211_CHAN_PASSIVE;
		ic->ic_channels[c->num].ic_freq = c->freq;
		ic->ic_channels[c->num].ic_flags = flags;
		ic->ic_ibss_chan = &ic->ic_channels[c->num];
	}
}

static void
set_com(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;

	ic->ic_ifp = &w->w_ec.ec_if;
	ic->ic_phytype = IEEE80211_T_OFDM;
	ic->ic_opmode = IEEE80211_M_STA;
	ic->ic_state = IEEE80211_S_INIT;
	ic->ic_caps = IEEE80211_C_WEP | IEEE80211_C_WPA | IEEE80211_C_SHSLOT |
	    IEEE80211_C_SHPREAMBLE;
	if (w->w_ops->update != NULL)
		ic->ic_caps |= IEEE80211_C_WME | IEEE80211_C_PMGT;
	if ((w->w_caps.flags & PDK_CAP_HW_CCMP) != 0 && w->w_ops->set_key != NULL)
		ic->ic_caps |= IEEE80211_C_AES_CCM;
	memcpy(ic->ic_myaddr, w->w_caps.mac, IEEE80211_ADDR_LEN);
	set_channels(w);
	w->w_amrr.amrr_min_success_threshold = IEEE80211_AMRR_MIN_SUCCESS_THRESHOLD;
	w->w_amrr.amrr_max_success_threshold = IEEE80211_AMRR_MAX_SUCCESS_THRESHOLD;
}

static void
set_ifnet(struct pdk80211_softc *w)
{
	struct ifnet *ifp = &w->w_ec.ec_if;

	ifp->if_softc = w;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_init = wlan_init;
	ifp->if_stop = wlan_stop;
	ifp->if_ioctl = wlan_ioctl;
	ifp->if_start = wlan_start;
	ifp->if_watchdog = wlan_watchdog;
	IFQ_SET_READY(&ifp->if_snd);
	strlcpy(ifp->if_xname, device_xname(w->w_dev->pd_self), IFNAMSIZ);
}

/* net80211 puts its own functions in at ieee80211_ifattach(); then it is our turn. */
static void
set_methods(struct pdk80211_softc *w)
{
	struct ieee80211com *ic = &w->w_ic;

	w->w_newstate = ic->ic_newstate;
	ic->ic_newstate = wlan_newstate;
	ic->ic_node_alloc = wlan_node_alloc;
	ic->ic_newassoc = wlan_newassoc;
	ic->ic_updateslot = wlan_updateslot;
	ic->ic_wme.wme_update = wlan_wme_update;
	ic->ic_crypto.cs_key_alloc = wlan_key_alloc;
	ic->ic_crypto.cs_key_set = wlan_key_set;
	ic->ic_crypto.cs_key_delete = wlan_key_delete;
}

static struct pdk80211_softc *
wlan_create(struct pdk_dev *dev, const struct pdk80211_ops *ops, const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *w = kmem_zalloc(sizeof(*w), KM_SLEEP);
	size_t size = caps->nchans * sizeof(w->w_chans[0]);

	w->w_dev = dev;
	w->w_ops = ops;
	w->w_caps = *caps;
	w->w_chans = kmem_zalloc(size, KM_SLEEP);
	w->w_scanchans = kmem_zalloc(size, KM_SLEEP);
	memcpy(w->w_chans, caps->chans, size);
	pdk_task_init(dev, &w->w_task, wlan_follow, w);
	pdk_timer_init(dev, &w->w_amrr_timer, wlan_rate_timeout, w);
	cv_init(&w->w_refs_cv, "pdkwlan");
	return w;
}

static void
wlan_destroy(struct pdk80211_softc *w)
{
	size_t size = w->w_caps.nchans * sizeof(w->w_chans[0]);

	cv_destroy(&w->w_refs_cv);
	kmem_free(w->w_scanchans, size);
	kmem_free(w->w_chans, size);
	kmem_free(w, sizeof(*w));
}

int
pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct pdk80211_softc *w;
	struct ieee80211com *ic;
	struct ifnet *ifp;

	if (dev->pd_80211 != NULL)
		return EBUSY;
	if (ops->up == NULL || ops->down == NULL || ops->scan == NULL || ops->scan_abort == NULL ||
	    ops->join == NULL || ops->assoc == NULL || ops->leave == NULL || ops->tx == NULL ||
	    caps->nchans == 0 || (caps->mac[0] & 1) != 0)
		return EINVAL;
	w = wlan_create(dev, ops, caps);
	ic = &w->w_ic;
	ifp = &w->w_ec.ec_if;
	KERNEL_LOCK(1, NULL);
	set_com(w);
	set_ifnet(w);
	(void)if_initialize(ifp);
	ieee80211_ifattach(ic);
	set_methods(w);
	ieee80211_media_init(ic, wlan_media_change, ieee80211_media_status);
	ifp->if_percpuq = if_percpuq_create(ifp);
	pdk_lock(dev);
	dev->pd_80211 = w;
	pdk_unlock(dev);
	if_register(ifp);
	bpf_attach2(ifp, DLT_IEEE802_11_RADIO,
	    sizeof(struct ieee80211_frame) + sizeof(w->w_tap), &w->w_bpf);
	ieee80211_announce(ic);
	pmf_class_network_register(dev->pd_self, ifp);
	KERNEL_UNLOCK_ONE(NULL);
	return 0;
}

/*
 * CONFIG.  First down, for which the upcalls must still work; then no new upcall comes in, and
 * those that are in are waited for.
 */
void
pdk80211_detach(struct pdk_dev *dev)
{
	struct pdk80211_softc *w = dev->pd_80211;
	int s;

	if (w == NULL)
		return;
	s = net_enter();
	w->w_ic.ic_ifp->if_flags &= ~IFF_UP;
	net_exit(s);
	(void)pdk_call(dev, wlan_down, w);
	pdk_lock(dev);
	dev->pd_80211 = NULL;
	while (w->w_refs != 0)
		cv_wait(&w->w_refs_cv, &dev->pd_mtx);
	pdk_unlock(dev);
	s = net_enter();
	ieee80211_ifdetach(&w->w_ic);
	net_exit(s);
	if_detach(&w->w_ec.ec_if);
	pdk_lock(dev);
	pdk_task_cancel(&w->w_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&w->w_amrr_timer);
	wlan_destroy(w);
}
