/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_attach.c - an Ethernet interface comes and goes: ether_ifattach(9), ifnet(9), pmf(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdknet_netbsd.h"

#include <sys/kmem.h>
#include <sys/pmf.h>

static void
set_ifnet(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;

	ifp->if_softc = n;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_init = pdknet_init;
	ifp->if_stop = pdknet_stop;
	ifp->if_ioctl = pdknet_ioctl;
	ifp->if_start = pdknet_start;
	IFQ_SET_READY(&ifp->if_snd);
	strlcpy(ifp->if_xname, device_xname(n->n_dev->pd_self), IFNAMSIZ);
	if ((n->n_caps.flags & PDKNET_CAP_VLAN) != 0)
		n->n_ec.ec_capabilities |= ETHERCAP_VLAN_MTU;
	if (n->n_caps.max_mtu > ETHERMTU)
		n->n_ec.ec_capabilities |= ETHERCAP_JUMBO_MTU;	/* pdknet_ioctl() has the limit */
	if ((n->n_caps.flags & PDKNET_CAP_RXCSUM) != 0)
		ifp->if_capabilities |= IFCAP_CSUM_IPv4_Rx | IFCAP_CSUM_TCPv4_Rx |
		    IFCAP_CSUM_UDPv4_Rx | IFCAP_CSUM_TCPv6_Rx | IFCAP_CSUM_UDPv6_Rx;
}

static struct pdknet_softc *
net_create(struct pdk_dev *dev, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct pdknet_softc *n = kmem_zalloc(sizeof(*n), KM_SLEEP);

	n->n_dev = dev;
	n->n_ops = ops;
	n->n_caps = *caps;
	n->n_mcast = kmem_zalloc((caps->max_mcast + 1) * sizeof(n->n_mcast[0]), KM_SLEEP);
	pdk_task_init(dev, &n->n_task, pdknet_follow, n);
	pdk_timer_init(dev, &n->n_stats_timer, pdknet_stats_timeout, n);
	cv_init(&n->n_refs_cv, "pdknet");
	return n;
}

static void
net_destroy(struct pdknet_softc *n)
{
	cv_destroy(&n->n_refs_cv);
	kmem_free(n->n_mcast, (n->n_caps.max_mcast + 1) * sizeof(n->n_mcast[0]));
	kmem_free(n, sizeof(*n));
}

int
pdknet_attach(struct pdk_dev *dev, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct pdknet_softc *n;
	struct ifnet *ifp;

	if (dev->pd_net != NULL)
		return EEXIST;
	n = net_create(dev, ops, caps);
	ifp = &n->n_ec.ec_if;
	aprint_normal_dev(dev->pd_self, "Ethernet address %s\n", ether_sprintf(caps->mac));
	KERNEL_LOCK(1, NULL);
	set_ifnet(n);
	pdknet_media_attach(n);
	(void)if_initialize(ifp);
	ifp->if_percpuq = if_percpuq_create(ifp);
	ether_ifattach(ifp, n->n_caps.mac);
	ether_set_ifflags_cb(&n->n_ec, pdknet_flags);
	pdk_lock(dev);
	dev->pd_net = n;
	pdk_unlock(dev);
	if_register(ifp);
	pmf_class_network_register(dev->pd_self, ifp);
	KERNEL_UNLOCK_ONE(NULL);
	return 0;
}

/*
 * CONFIG.  First down; then no new upcall comes in, and those that are in are waited for.
 */
void
pdknet_detach(struct pdk_dev *dev)
{
	struct pdknet_softc *n = dev->pd_net;
	int s;

	if (n == NULL)
		return;
	s = net_enter();
	n->n_ec.ec_if.if_flags &= ~IFF_UP;
	net_exit(s);
	(void)pdk_call(dev, pdknet_down, n);
	pdk_lock(dev);
	dev->pd_net = NULL;
	while (n->n_refs != 0)
		cv_wait(&n->n_refs_cv, &dev->pd_mtx);
	pdk_unlock(dev);
	s = net_enter();
	ether_ifdetach(&n->n_ec.ec_if);
	net_exit(s);
	if_detach(&n->n_ec.ec_if);
	pdknet_media_detach(n);
	pdk_lock(dev);
	pdk_task_cancel(&n->n_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&n->n_stats_timer);
	net_destroy(n);
}
