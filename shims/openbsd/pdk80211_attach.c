/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_attach.c - a wireless interface comes and goes: ieee80211_ifattach(9), if_attach(9),
 * bpfattach(9).
 */
#include "pdk80211_openbsd.h"

static const struct pdk_class wifi_class = {
	.sleep = wifi_sleep,
	.wake = wifi_wake,
	.flush = wifi_flush,
};

static void
wifi_set_channel(struct wifi *w, const struct pdk80211_chan *pc)
{
	struct ieee80211_channel *c = &w->ic.ic_channels[pc->num];

	c->ic_freq = pc->freq;
	if (pc->freq < 3000)
		c->ic_flags = IEEE80211_CHAN_CCK | IEEE80211_CHAN_OFDM | IEEE80211_CHAN_DYN |
		    IEEE80211_CHAN_2GHZ;
	else
		c->ic_flags = IEEE80211_CHAN_A;
	if ((pc->flags & (PDK_CH_PASSIVE | PDK_CH_DFS)) != 0)
		c->ic_flags |= IEEE80211_CHAN_PASSIVE;
#ifndef WIFI_2016
	if (w->caps.htcaps != 0)
		c->ic_flags |= IEEE80211_CHAN_HT;
	if ((pc->flags & (PDK_CH_HT40U | PDK_CH_HT40D)) != 0)
		c->ic_flags |= IEEE80211_CHAN_40MHZ;
#endif
}

static void
wifi_set_caps(struct wifi *w)
{
	struct ieee80211com *ic = &w->ic;
	unsigned i;

	memcpy(ic->ic_myaddr, w->caps.mac, sizeof(ic->ic_myaddr));
	ic->ic_phytype = IEEE80211_T_OFDM;
	ic->ic_opmode = IEEE80211_M_STA;
	ic->ic_state = IEEE80211_S_INIT;
	ic->ic_caps = IEEE80211_C_WEP | IEEE80211_C_RSN | IEEE80211_C_SCANALL |
	    IEEE80211_C_SHSLOT | IEEE80211_C_SHPREAMBLE | IEEE80211_C_QOS;
	if (w->ops->update != NULL)
		ic->ic_caps |= IEEE80211_C_PMGT;
	ic->ic_sup_rates[IEEE80211_MODE_11A] = ieee80211_std_rateset_11a;
	ic->ic_sup_rates[IEEE80211_MODE_11B] = ieee80211_std_rateset_11b;
	ic->ic_sup_rates[IEEE80211_MODE_11G] = ieee80211_std_rateset_11g;
	for (i = 0; i < w->caps.nchans; i++)
		wifi_set_channel(w, &w->chans[i]);
	ic->ic_ibss_chan = &ic->ic_channels[w->chans[0].num];
	ic->ic_max_rssi = WIFI_RSSI_MAX - WIFI_RSSI_MIN;
#ifndef WIFI_2016
	ic->ic_caps |= IEEE80211_C_SCANALLBAND;
	if (w->caps.htcaps == 0)
		return;
	ic->ic_htcaps = w->caps.htcaps;
	ic->ic_ampdu_params = w->caps.ampdu;
	memcpy(ic->ic_sup_mcs, w->caps.rx_mcs, MIN(sizeof(ic->ic_sup_mcs),
	    sizeof(w->caps.rx_mcs)));
	if (w->ops->ba != NULL)
		ic->ic_caps |= IEEE80211_C_TX_AMPDU;
#endif
}

static void
wifi_set_hooks(struct wifi *w)
{
	struct ieee80211com *ic = &w->ic;

	w->newstate = ic->ic_newstate;
	w->recv_mgmt = ic->ic_recv_mgmt;
	ic->ic_newstate = wifi_newstate;
	ic->ic_updateslot = wifi_updateslot;
	ic->ic_updateedca = wifi_updateedca;
	ic->ic_set_key = wifi_set_key;
	ic->ic_delete_key = wifi_delete_key;
#ifndef WIFI_2016
	ic->ic_recv_mgmt = wifi_recv_mgmt;
	ic->ic_updateprot = wifi_updateprot;
	ic->ic_updatechan = wifi_updatechan;
	ic->ic_updatedtim = wifi_updatedtim;
	ic->ic_bgscan_start = wifi_bgscan_start;
	ic->ic_ampdu_rx_start = wifi_ampdu_rx_start;
	ic->ic_ampdu_rx_stop = wifi_ampdu_rx_stop;
	ic->ic_ampdu_tx_start = wifi_ampdu_tx_start;
	ic->ic_ampdu_tx_stop = wifi_ampdu_tx_stop;
#endif
}

static void
wifi_init_tasks(struct wifi *w)
{
	struct pdk_dev *d = w->dev;

	pdk_task_init(d, &w->life_task, wifi_life_task, w);
	pdk_task_init(d, &w->state_task, wifi_state_task, w);
	pdk_task_init(d, &w->update_task, wifi_update_task, w);
	pdk_task_init(d, &w->key_task, wifi_key_task, w);
	pdk_task_init(d, &w->ba_task, wifi_ba_task, w);
	pdk_timer_init(d, &w->retry_timer, wifi_retry, w);
	pdk_timer_init(d, &w->amrr_timer, wifi_amrr, w);
#ifdef WIFI_2016
	pdk_timer_init(d, &w->ba_timer, wifi_ba_task, w);	/* never armed */
#else
	pdk_task_init(d, &w->bgscan_task, wifi_bgscan_task, w);
	pdk_timer_init(d, &w->ba_timer, wifi_ba_timeout, w);
	ml_init(&w->rxml);
#endif
	w->amrr.amrr_min_success_threshold = 1;
	w->amrr.amrr_max_success_threshold = 15;
}

static void
wifi_ifattach(struct wifi *w)
{
	struct ifnet *ifp = &w->ic.ic_if;

	ifp->if_softc = w;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_ioctl = wifi_ioctl;
	ifp->if_start = wifi_start;
	ifp->if_watchdog = wifi_watchdog;
	strlcpy(ifp->if_xname, pdk_name(w->dev), IFNAMSIZ);
	if_attach(ifp);
	ieee80211_ifattach(ifp);
	wifi_set_hooks(w);
	ieee80211_media_init(ifp, wifi_media_change, ieee80211_media_status);
#if NBPFILTER > 0
	bpfattach(&w->drvbpf, ifp, DLT_IEEE802_11_RADIO,
	    sizeof(struct ieee80211_frame) + IEEE80211_RADIOTAP_HDRLEN);
#endif
}

static void
wifi_free(struct wifi *w)
{
	pdk_free(w->chans, w->caps.nchans * sizeof(w->chans[0]));
	pdk_free(w, sizeof(*w));
}

/* EEXIST; EINVAL: not a station; ENOMEM.  The interface exists from here on. */
int
pdk80211_attach(struct pdk_dev *d, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct wifi *w;

	if (d->pd_unit->pu_class != NULL)
		return EEXIST;
	if (caps->nchans == 0 || ops->up == NULL || ops->down == NULL || ops->scan == NULL ||
	    ops->scan_abort == NULL || ops->join == NULL || ops->assoc == NULL ||
	    ops->leave == NULL || ops->tx == NULL)
		return EINVAL;
	w = pdk_zalloc(sizeof(*w), PDK_WAITOK);
	w->chans = pdk_zalloc(caps->nchans * sizeof(w->chans[0]), PDK_WAITOK);
	memcpy(w->chans, caps->chans, caps->nchans * sizeof(w->chans[0]));
	w->caps = *caps;
	w->caps.chans = w->chans;
	w->ops = ops;
	w->dev = d;
	wifi_init_tasks(w);
	wifi_set_caps(w);
	wifi_ifattach(w);
	pdk_printf(d, "address %s", ether_sprintf(w->ic.ic_myaddr));
	d->pd_unit->pu_class_sc = w;
	d->pd_unit->pu_class = &wifi_class;
	return 0;
}

static int
wifi_detach_down(void *arg)
{
	struct wifi *w = arg;

	w->asleep = 1;
	wifi_down(w, 1);
	return 0;
}

void
pdk80211_detach(struct pdk_dev *d)
{
	struct wifi *w = wifi_of(d);
	int s;

	if (w == NULL)
		return;
	(void)pdk_call(d, wifi_detach_down, w);
	pdk_timer_drain(&w->retry_timer);
	pdk_timer_drain(&w->ba_timer);
	pdk_timer_drain(&w->amrr_timer);
	pdk_worker_drain(d);		/* tasks of before find it asleep */
	ieee80211_ifdetach(&w->ic.ic_if);
	if_detach(&w->ic.ic_if);
	s = splnet();
	d->pd_unit->pu_class = NULL;	/* an upcall from now on finds nobody */
	d->pd_unit->pu_class_sc = NULL;
	splx(s);
	wifi_free(w);
}
