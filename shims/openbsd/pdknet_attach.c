/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_attach.c - an Ethernet interface comes and goes: if_attach(9), ether_ifattach(9).
 */
#include "pdknet_openbsd.h"

static const struct pdk_class net_class = {
	.sleep = pdknet_sleep,
	.wake = pdknet_wake,
	.flush = pdknet_flush,
};

static void
net_ifattach(struct net *n)
{
	struct ifnet *ifp = &n->ac.ac_if;

	ifp->if_softc = n;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_ioctl = pdknet_ioctl;
	ifp->if_start = pdknet_start;
	ifp->if_hardmtu = n->caps.max_mtu;
	if ((n->caps.flags & PDKNET_CAP_VLAN) != 0)
		ifp->if_capabilities |= IFCAP_VLAN_MTU;
	strlcpy(ifp->if_xname, pdk_name(n->dev), IFNAMSIZ);
	memcpy(n->ac.ac_enaddr, n->caps.mac, ETHER_ADDR_LEN);
	ifmedia_init(&n->media, 0, pdknet_media_change, pdknet_media_status);
	ifmedia_add(&n->media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&n->media, IFM_ETHER | IFM_AUTO);
	if_attach(ifp);
	ether_ifattach(ifp);
}

static size_t
net_mcast_size(const struct net *n)
{
	return MAX(n->caps.max_mcast, 1) * sizeof(n->mcast[0]);
}

int
pdknet_attach(struct pdk_dev *d, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct net *n;

	if (d->pd_unit->pu_class != NULL)
		return EEXIST;
	n = pdk_zalloc(sizeof(*n), PDK_WAITOK);
	n->dev = d;
	n->ops = ops;
	n->caps = *caps;
	n->mcast = pdk_zalloc(net_mcast_size(n), PDK_WAITOK);
	pdk_task_init(d, &n->life_task, pdknet_life_task, n);
	pdk_task_init(d, &n->stats_task, pdknet_stats_task, n);
	pdk_timer_init(d, &n->stats_timer, pdknet_stats_time, n);
	ml_init(&n->rxml);
	net_ifattach(n);
	pdk_printf(d, "address %s", ether_sprintf(n->ac.ac_enaddr));
	d->pd_unit->pu_class_sc = n;
	d->pd_unit->pu_class = &net_class;
	return 0;
}

static int
net_detach_down(void *arg)
{
	struct net *n = arg;

	n->asleep = 1;
	pdknet_down(n);
	return 0;
}

void
pdknet_detach(struct pdk_dev *d)
{
	struct net *n = pdknet_of(d);
	int s;

	if (n == NULL)
		return;
	(void)pdk_call(d, net_detach_down, n);
	pdk_timer_drain(&n->stats_timer);
	pdk_worker_drain(d);		/* tasks of before find it asleep */
	ether_ifdetach(&n->ac.ac_if);
	if_detach(&n->ac.ac_if);
	ifmedia_delete_instance(&n->media, IFM_INST_ANY);
	s = splnet();
	d->pd_unit->pu_class = NULL;	/* an upcall from now on finds nobody */
	d->pd_unit->pu_class_sc = NULL;
	splx(s);
	pdk_free(n->mcast, net_mcast_size(n));
	pdk_free(n, sizeof(*n));
}
