/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - the Ethernet boundary on NetBSD 8 (7.99.34) to current: an ifnet(9) that is not
 * MPSAFE, with the per-processor input queues.
 *
 * The stack calls if_start, if_ioctl and the callback for flags with the kernel lock, at splnet().
 * What has to sleep is recorded and done by one task in WORKER (follow()); if_init and if_stop,
 * which the stack waits for, are pdk_call()s.  Frames go up by if_percpuq(9), which takes them
 * from any context.
 *
 *	if_init			up; when it is up: another MTU restarts, else the filter is set
 *	SIOCADDMULTI, IFF_PROMISC, IFF_ALLMULTI		recorded; the task calls ops->filter()
 *	if_start		ops->tx(), one at a time; a frame that is refused for want of room is
 *				kept, and goes first next time
 *	ops->stats()		every STATS_MS: errors and collisions are added to the interface's
 *
 * Media: the core negotiates by itself, so there is IFM_AUTO alone.
 *
 * See ifnet(9), ether_ifattach(9), ifmedia(4), bpf(9), pmf(9), spl(9).
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include <pdknet.h>

#include <sys/kmem.h>
#include <sys/pmf.h>

#include "pdk_if.h"

#define STATS_MS	5000

/* What the task has to do: n_todo. */
#define TODO_RESTART	0x01	/* the device hangs */
#define TODO_FILTER	0x02
#define TODO_STATS	0x04

struct pdknet_softc {
	struct pdk_dev		*n_dev;
	const struct pdknet_ops	*n_ops;
	struct pdknet_caps	 n_caps;

	/* the stack's, by net_enter() */
	struct ethercom		 n_ec;
	struct ifmedia		 n_media;
	struct pdknet_link	 n_link;
	struct mbuf		*n_held;	/* refused */
	bool			 n_tx_busy, n_tx_again;

	/* by the device's lock */
	struct pdk_task		 n_task;
	struct pdk_timer	 n_stats_timer;
	unsigned		 n_todo;	/* TODO_* */
	unsigned		 n_refs;	/* upcalls that are in here */
	kcondvar_t		 n_refs_cv;

	/* WORKER */
	bool			 n_up;
	struct pdknet_config	 n_config;
	struct pdknet_stats	 n_stats;	/* what was added up already */
	uint8_t			(*n_mcast)[ETHER_ADDR_LEN];
};

/* Have the task do it.  Any context but FILTER, unlocked. */
static void
post(struct pdknet_softc *n, unsigned todo)
{
	pdk_lock(n->n_dev);
	n->n_todo |= todo;
	pdk_task_post(&n->n_task);
	pdk_unlock(n->n_dev);
}

/* ---- transmission ---- */

static void
drop_held(struct pdknet_softc *n)
{
	if (n->n_held != NULL)
		COUNT(&n->n_ec.ec_if, if_oerrors);
	m_freem(n->n_held);
	n->n_held = NULL;
}

static struct mbuf *
next_frame(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;
	struct mbuf *m = n->n_held;

	n->n_held = NULL;
	if (m == NULL) {
		IFQ_DEQUEUE(&ifp->if_snd, m);
		if (m != NULL)
			TAP(ifp, m, BPF_D_OUT);
	}
	return m;
}

/* 0; or ENOBUFS: it is held, and tx_ready will come. */
static int
send_frame(struct pdknet_softc *n, struct mbuf *m)
{
	struct ifnet *ifp = &n->n_ec.ec_if;
	int error = n->n_ops->tx(n->n_dev, m);

	if (error == 0) {
		COUNT(ifp, if_opackets);
	} else if (error == ENOBUFS) {
		n->n_held = m;
		ifp->if_flags |= IFF_OACTIVE;
	} else {
		COUNT(ifp, if_oerrors);
		m_freem(m);
	}
	return error == ENOBUFS ? error : 0;
}

/*
 * The kernel lock is given up when tx() has to wait for the device's lock, so another thread may
 * come by meanwhile; it leaves its work to the first, since tx() is called one at a time.
 */
static void
net_start(struct ifnet *ifp)
{
	struct pdknet_softc *n = ifp->if_softc;
	struct mbuf *m;

	n->n_tx_again = true;
	if (n->n_tx_busy)
		return;
	n->n_tx_busy = true;
	while (n->n_tx_again) {
		n->n_tx_again = false;
		while ((ifp->if_flags & (IFF_RUNNING | IFF_OACTIVE)) == IFF_RUNNING &&
		    (m = next_frame(n)) != NULL && send_frame(n, m) == 0)
			continue;
	}
	n->n_tx_busy = false;
}

/* ---- WORKER: the core's operations ---- */

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

static int
go_down(void *arg)
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
	drop_held(n);
	net_exit(s);
	pdk_lock(n->n_dev);
	pdk_timer_stop(&n->n_stats_timer);
	n->n_todo = 0;
	pdk_unlock(n->n_dev);
	return 0;
}

static int
go_up(void *arg)
{
	struct pdknet_softc *n = arg;
	struct ifnet *ifp = &n->n_ec.ec_if;
	int error, s;

	if (n->n_dev->pd_phase == PDK_P_FAILED)
		return ENXIO;
	if (n->n_up && n->n_config.mtu != ifp->if_mtu)
		(void)go_down(n);
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
	net_start(ifp);
	net_exit(s);
	return 0;
}

static void
restart(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;
	int error;

	aprint_error_dev(n->n_dev->pd_self, "the device hangs, restarting\n");
	(void)go_down(n);
	if ((ifp->if_flags & IFF_UP) != 0 && (error = go_up(n)) != 0)
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
static void
stats_timeout(void *arg)
{
	struct pdknet_softc *n = arg;

	n->n_todo |= TODO_STATS;
	pdk_task_post(&n->n_task);
	pdk_timer_arm(&n->n_stats_timer, STATS_MS);
}

static void
follow(void *arg)
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

/* ---- ifnet(9) ---- */

static int
net_init(struct ifnet *ifp)
{
	struct pdknet_softc *n = ifp->if_softc;

	return pdk_call(n->n_dev, go_up, n);
}

static void
net_stop(struct ifnet *ifp, int disable)
{
	struct pdknet_softc *n = ifp->if_softc;

	(void)pdk_call(n->n_dev, go_down, n);
}

/* The flags that a running device has to know of are those of the filter. */
static int
net_flags(struct ethercom *ec)
{
	post(ec->ec_if.if_softc, TODO_FILTER);
	return 0;
}

static int
net_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct pdknet_softc *n = ifp->if_softc;
	struct ifreq *ifr = data;
	int error, s;

	s = net_enter();
	switch (cmd) {
	case SIOCSIFMEDIA:
	case SIOCGIFMEDIA:
		error = ifmedia_ioctl(ifp, ifr, &n->n_media, cmd);
		break;
	case SIOCSIFMTU:
		if (ifr->ifr_mtu > n->n_caps.max_mtu) {
			error = EINVAL;
			break;
		}
		/* FALLTHROUGH */
	default:
		error = ether_ioctl(ifp, cmd, data);
		break;
	}
	if (error == ENETRESET) {		/* the groups have changed */
		error = 0;
		if ((ifp->if_flags & IFF_RUNNING) != 0)
			post(n, TODO_FILTER);
	}
	net_exit(s);
	return error;
}

/* ---- ifmedia(4) ---- */

static int
media_change(struct ifnet *ifp)
{
	return 0;
}

static int
media_of(uint32_t mbps)
{
	switch (mbps) {
	case 10:
		return IFM_10_T;
	case 100:
		return IFM_100_TX;
	case 1000:
		return IFM_1000_T;
	case 10000:
		return IFM_10G_T;
	default:
		return IFM_AUTO;
	}
}

static void
media_status(struct ifnet *ifp, struct ifmediareq *ifmr)
{
	const struct pdknet_softc *n = ifp->if_softc;

	ifmr->ifm_status = IFM_AVALID;
	ifmr->ifm_active = IFM_ETHER;
	if (!n->n_link.up) {
		ifmr->ifm_active |= IFM_NONE;
		return;
	}
	ifmr->ifm_status |= IFM_ACTIVE;
	ifmr->ifm_active |= media_of(n->n_link.mbps);
	if (n->n_link.full_duplex)
		ifmr->ifm_active |= IFM_FDX;
}

static void
media_attach(struct pdknet_softc *n)
{
	ifmedia_init(&n->n_media, 0, media_change, media_status);
	ifmedia_add(&n->n_media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&n->n_media, IFM_ETHER | IFM_AUTO);
#if __NetBSD_Version__ >= 1000000000
	n->n_ec.ec_ifmedia = &n->n_media;
#endif
}

static void
media_detach(struct pdknet_softc *n)
{
#if __NetBSD_Version__ >= 1000000000
	ifmedia_fini(&n->n_media);
#else
	ifmedia_delete_instance(&n->n_media, IFM_INST_ANY);
#endif
}

/* ---- attach and detach ---- */

static void
set_ifnet(struct pdknet_softc *n)
{
	struct ifnet *ifp = &n->n_ec.ec_if;

	ifp->if_softc = n;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_init = net_init;
	ifp->if_stop = net_stop;
	ifp->if_ioctl = net_ioctl;
	ifp->if_start = net_start;
	IFQ_SET_READY(&ifp->if_snd);
	strlcpy(ifp->if_xname, device_xname(n->n_dev->pd_self), IFNAMSIZ);
	if ((n->n_caps.flags & PDKNET_CAP_VLAN) != 0)
		n->n_ec.ec_capabilities |= ETHERCAP_VLAN_MTU;
	if (n->n_caps.max_mtu > ETHERMTU)
		n->n_ec.ec_capabilities |= ETHERCAP_JUMBO_MTU;	/* net_ioctl() has the limit */
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
	pdk_task_init(dev, &n->n_task, follow, n);
	pdk_timer_init(dev, &n->n_stats_timer, stats_timeout, n);
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
	media_attach(n);
	(void)if_initialize(ifp);
	ifp->if_percpuq = if_percpuq_create(ifp);
	ether_ifattach(ifp, n->n_caps.mac);
	ether_set_ifflags_cb(&n->n_ec, net_flags);
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
	(void)pdk_call(dev, go_down, n);
	pdk_lock(dev);
	dev->pd_net = NULL;
	while (n->n_refs != 0)
		cv_wait(&n->n_refs_cv, &dev->pd_mtx);
	pdk_unlock(dev);
	s = net_enter();
	ether_ifdetach(&n->n_ec.ec_if);
	net_exit(s);
	if_detach(&n->n_ec.ec_if);
	media_detach(n);
	pdk_lock(dev);
	pdk_task_cancel(&n->n_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);
	pdk_timer_drain(&n->n_stats_timer);
	net_destroy(n);
}

/* ---- upcalls; BH or WORKER ---- */

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
	net_start(&n->n_ec.ec_if);
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
	post(n, TODO_RESTART);
	release(n);
}
