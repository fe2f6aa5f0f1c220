/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - the Ethernet boundary: the core's operations, all in WORKER, and what it tells.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdknet_netbsd.h"

/* Have the task do it.  Any context but FILTER, unlocked. */
void
pdknet_post(struct pdknet_softc *n, unsigned todo)
{
	pdk_lock(n->n_dev);
	n->n_todo |= todo;
	pdk_task_post(&n->n_task);
	pdk_unlock(n->n_dev);
}

/* False: a range, or more than the device takes one by one. */
static bool
list_groups(struct pdknet_softc *n)
{
	struct pdknet_config *c = &n->n_config;
	struct ether_multistep step;
	struct ether_multi *enm;
	bool fits = true;

#ifdef ETHER_LOCK
	ETHER_LOCK(&n->n_ec);
#endif
	c->nmcast = 0;
	ETHER_FIRST_MULTI(step, &n->n_ec, enm);
	while (enm != NULL && fits) {
		fits = c->nmcast < n->n_caps.max_mcast &&
		    memcmp(enm->enm_addrlo, enm->enm_addrhi, ETHER_ADDR_LEN) == 0;
		if (fits)
			memcpy(n->n_mcast[c->nmcast++], enm->enm_addrlo, ETHER_ADDR_LEN);
		ETHER_NEXT_MULTI(step, enm);
	}
#ifdef ETHER_LOCK
	ETHER_UNLOCK(&n->n_ec);
#endif
	return fits;
}

static void
configure(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;
	struct pdknet_config *c = &n->n_config;
	int s = net_enter();

	c->mtu = ifp->if_mtu;
	c->promisc = (ifp->if_flags & IFF_PROMISC) != 0;
	c->allmulti = !list_groups(n) || c->promisc;
	if (c->allmulti) {
		c->nmcast = 0;
		ifp->if_flags |= IFF_ALLMULTI;
	} else {
		ifp->if_flags &= ~IFF_ALLMULTI;
	}
	c->mcast = (const uint8_t (*)[ETHER_ADDR_LEN])n->n_mcast;
	net_exit(s);
}

int
pdknet_down(void *arg)
{
	struct pdknet_softc *n = arg;
	struct ifnet *ifp = &n->n_ec.ec_if;
	int s;

	if (!n->n_up)
		return 0;
	s = net_enter();
	ifp->if_flags &= ~(IFF_RUNNING | IFF_OACTIVE);
	net_exit(s);
	n->n_up = false;
	n->n_ops->down(n->n_dev);
	s = net_enter();
	pdknet_drop_held(n);
	net_exit(s);
	pdk_lock(n->n_dev);
	pdk_timer_stop(&n->n_stats_timer);
	n->n_todo = 0;
	pdk_unlock(n->n_dev);
	return 0;
}

int
pdknet_up(void *arg)
{
	struct pdknet_softc *n = arg;
	struct ifnet *ifp = &n->n_ec.ec_if;
	int error, s;

	if (n->n_dev->pd_phase == PDK_P_FAILED)
		return ENXIO;
	if (n->n_up && n->n_config.mtu != ifp->if_mtu)
		(void)pdknet_down(n);
	configure(n);
	if (n->n_up)
		return n->n_ops->filter(n->n_dev, &n->n_config);
	if ((error = n->n_ops->up(n->n_dev, &n->n_config)) != 0)
		return error;
	n->n_up = true;
	pdk_lock(n->n_dev);
	pdk_timer_arm(&n->n_stats_timer, STATS_MS);
	pdk_unlock(n->n_dev);
	s = net_enter();
	ifp->if_flags |= IFF_RUNNING;
	ifp->if_flags &= ~IFF_OACTIVE;
	pdknet_start(ifp);
	net_exit(s);
	return 0;
}

static void
restart(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;
	int error;

	aprint_error_dev(n->n_dev->pd_self, "the device hangs, restarting\n");
	(void)pdknet_down(n);
	if ((ifp->if_flags & IFF_UP) != 0 && (error = pdknet_up(n)) != 0)
		aprint_error_dev(n->n_dev->pd_self, "could not restart, error %d\n", error);
}

static void
set_filter(struct pdknet_softc *n)
{
	int error;

	configure(n);
	if ((error = n->n_ops->filter(n->n_dev, &n->n_config)) != 0)
		aprint_error_dev(n->n_dev->pd_self, "filter not set, error %d\n", error);
}

/* What came since last time goes to the interface's counters. */
static void
add_stats(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;
	struct pdknet_stats st, *o = &n->n_stats;
	int s;

	memset(&st, 0, sizeof(st));
	if (n->n_ops->stats == NULL || n->n_ops->stats(n->n_dev, &st) != 0)
		return;
	s = net_enter();
	COUNT_ADD(ifp, if_ierrors, st.rx_crc - o->rx_crc + st.rx_length - o->rx_length);
	COUNT_ADD(ifp, if_iqdrops, st.rx_missed - o->rx_missed + st.rx_nomem - o->rx_nomem);
	COUNT_ADD(ifp, if_oerrors, st.tx_errors - o->tx_errors);
	COUNT_ADD(ifp, if_collisions, st.collisions - o->collisions);
	net_exit(s);
	*o = st;
}

/* TIMER, with the lock. */
void
pdknet_stats_timeout(void *arg)
{
	struct pdknet_softc *n = arg;

	n->n_todo |= TODO_STATS;
	pdk_task_post(&n->n_task);
	pdk_timer_arm(&n->n_stats_timer, STATS_MS);
}

void
pdknet_follow(void *arg)
{
	struct pdknet_softc *n = arg;
	unsigned todo;

	pdk_lock(n->n_dev);
	todo = n->n_todo;
	n->n_todo = 0;
	pdk_unlock(n->n_dev);
	if (!n->n_up)
		return;
	if ((todo & TODO_STATS) != 0)
		add_stats(n);
	if ((todo & TODO_RESTART) != 0)
		restart(n);
	else if ((todo & TODO_FILTER) != 0)
		set_filter(n);
}

/* NULL: not attached any more. */
static struct pdknet_softc *
hold(struct pdk_dev *dev)
{
	struct pdknet_softc *n;

	pdk_lock(dev);
	if ((n = dev->pd_net) != NULL)
		n->n_refs++;
	pdk_unlock(dev);
	return n;
}

static void
release(struct pdknet_softc *n)
{
	struct pdk_dev *dev = n->n_dev;

	pdk_lock(dev);
	if (--n->n_refs == 0)
		cv_broadcast(&n->n_refs_cv);
	pdk_unlock(dev);
}

/* The L4 flags are a set: the stack looks at that of the protocol it finds. */
static int
csum_flags(const struct ifnet *ifp, unsigned flags)
{
	int csum = 0;

	if ((flags & PDKNET_RX_IP4_OK) != 0 && (ifp->if_capenable & IFCAP_CSUM_IPv4_Rx) != 0)
		csum |= M_CSUM_IPv4;
	if ((flags & PDKNET_RX_L4_OK) == 0)
		return csum;
	if ((ifp->if_capenable & IFCAP_CSUM_TCPv4_Rx) != 0)
		csum |= M_CSUM_TCPv4;
	if ((ifp->if_capenable & IFCAP_CSUM_UDPv4_Rx) != 0)
		csum |= M_CSUM_UDPv4;
	if ((ifp->if_capenable & IFCAP_CSUM_TCPv6_Rx) != 0)
		csum |= M_CSUM_TCPv6;
	if ((ifp->if_capenable & IFCAP_CSUM_UDPv6_Rx) != 0)
		csum |= M_CSUM_UDPv6;
	return csum;
}

/* Since 8 the input queue counts frames and shows them to bpf(4). */
void
pdknet_rx(struct pdk_dev *dev, struct mbuf *m, unsigned flags)
{
	struct pdknet_softc *n = hold(dev);
	struct ifnet *ifp;

	if (n == NULL) {
		m_freem(m);
		return;
	}
	ifp = &n->n_ec.ec_if;
	m_set_rcvif(m, ifp);
	m->m_pkthdr.csum_flags = csum_flags(ifp, flags);
#if __NetBSD_Version__ < 800000000
	COUNT(ifp, if_ipackets);
	TAP(ifp, m, BPF_D_IN);
#endif
	if_percpuq_enqueue(ifp->if_percpuq, m);
	release(n);
}

void
pdknet_tx_ready(struct pdk_dev *dev)
{
	struct pdknet_softc *n = hold(dev);
	int s;

	if (n == NULL)
		return;
	s = net_enter();
	n->n_ec.ec_if.if_flags &= ~IFF_OACTIVE;
	pdknet_start(&n->n_ec.ec_if);
	net_exit(s);
	release(n);
}

void
pdknet_link(struct pdk_dev *dev, const struct pdknet_link *link)
{
	struct pdknet_softc *n = hold(dev);
	struct ifnet *ifp;
	int s;

	if (n == NULL)
		return;
	ifp = &n->n_ec.ec_if;
	s = net_enter();
	n->n_link = *link;
	ifp->if_baudrate = link->up ? IF_Mbps((uint64_t)link->mbps) : 0;
	if_link_state_change(ifp, link->up ? LINK_STATE_UP : LINK_STATE_DOWN);
	net_exit(s);
	release(n);
}

void
pdknet_restart(struct pdk_dev *dev)
{
	struct pdknet_softc *n = hold(dev);

	if (n == NULL)
		return;
	pdknet_post(n, TODO_RESTART);
	release(n);
}
