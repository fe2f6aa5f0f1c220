/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - a pdknet driver under OpenBSD's network stack, for kernels of 2016 (5.9) to 7.8.
 *
 *	here		runs in							entered at
 *	net_start	if_start: the stack sends				IPL_NET, kernel lock
 *	net_ioctl	a process; sleeps until WORKER has done it		IPL_NONE, kernel lock
 *	*_task		WORKER							IPL_NONE, kernel lock
 *	upcalls		BH, WORKER						any, raised to IPL_NET
 *
 * The stack's lock is the pdk's: splnet() under the kernel lock.  What the interface shall be is in
 * if_flags, the list of groups and the MTU; WORKER makes the device follow, one thing at a time.
 * ops->tx is called by net_start, and splnet() keeps it single.
 *
 * Manual pages: ifq_dequeue(9), if_rxr_init(9), ifmedia(4), bpf_mtap(9), mbuf(9), spl(9).
 */
#include "pdk_unit.h"

#include <pdknet.h>

#include "bpfilter.h"

#include <sys/socket.h>
#include <sys/sockio.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_media.h>
#if NBPFILTER > 0
#include <net/bpf.h>
#endif
#include <netinet/in.h>
#include <netinet/if_ether.h>

#if OpenBSD < 201605
#define NET_2016			/* the queue is an ifqueue without a lock of its own */
#endif

#define NET_STATS_MS	1000
#define NET_RXBATCH	64

struct net {
	struct arpcom		 ac;		/* first: the stack casts an ifnet to it */
	struct pdk_dev		*dev;
	const struct pdknet_ops	*ops;
	struct pdknet_caps	 caps;
	struct ifmedia		 media;
	struct pdknet_link	 link;

	int			 up;		/* WORKER only */
	int			 asleep;
	int			 reset, restart; /* down and up again; the second: it hangs */
	unsigned		 mtu;		/* with which it is up */
	uint8_t			(*mcast)[6];	/* for the core, caps.max_mcast of them */
	struct pdk_task		 life_task;

	struct mbuf		*held;		/* refused for want of room */
	struct mbuf_list	 rxml;

	struct pdknet_stats	 stats;		/* as told last */
	struct pdk_task		 stats_task;
	struct pdk_timer	 stats_timer;
};

static struct net *
net_of(struct pdk_dev *d)
{
	return d->pd_unit->pu_class_sc;
}

static void
net_post(struct net *n, struct pdk_task *t)
{
	pdk_lock(n->dev);
	pdk_task_post(t);
	pdk_unlock(n->dev);
}

/* ---- frames out ---- */

#ifdef NET_2016
static struct mbuf *
net_dequeue(struct ifnet *ifp)
{
	struct mbuf *m;

	IFQ_DEQUEUE(&ifp->if_snd, m);
	return m;
}

static void
net_set_oactive(struct ifnet *ifp, int on)
{
	if (on)
		ifp->if_flags |= IFF_OACTIVE;
	else
		ifp->if_flags &= ~IFF_OACTIVE;
}
#else
static struct mbuf *
net_dequeue(struct ifnet *ifp)
{
	return ifq_dequeue(&ifp->if_snd);
}

static void
net_set_oactive(struct ifnet *ifp, int on)
{
	if (on)
		ifq_set_oactive(&ifp->if_snd);
	else
		ifq_clr_oactive(&ifp->if_snd);
}
#endif

static struct mbuf *
net_next(struct net *n)
{
	struct ifnet *ifp = &n->ac.ac_if;
	struct mbuf *m = n->held;

	n->held = NULL;
	if (m != NULL)
		return m;
	m = net_dequeue(ifp);
#if NBPFILTER > 0
	if (m != NULL && ifp->if_bpf != NULL)
		bpf_mtap(ifp->if_bpf, m, BPF_DIRECTION_OUT);
#endif
	return m;
}

/* A frame that the core has no room for is the first to go when pdknet_tx_ready() comes. */
static void
net_start(struct ifnet *ifp)
{
	struct net *n = ifp->if_softc;
	struct mbuf *m;
	int error;

	splassert(IPL_NET);
	if ((ifp->if_flags & IFF_RUNNING) == 0 || !n->up)
		return;
	while ((m = net_next(n)) != NULL) {
		error = n->ops->tx(n->dev, m);
		pdk_assert_unlocked(n->dev);
		if (error == ENOBUFS) {
			n->held = m;
			net_set_oactive(ifp, 1);
			return;
		}
		if (error != 0) {
			ifp->if_oerrors++;
			m_freem(m);
			continue;
		}
#ifdef NET_2016
		ifp->if_opackets++;		/* later, the queue counts */
#endif
	}
}

void
pdknet_tx_ready(struct pdk_dev *d)
{
	struct net *n = net_of(d);
	int s;

	if (n == NULL)
		return;
	s = splnet();
	net_set_oactive(&n->ac.ac_if, 0);
	net_start(&n->ac.ac_if);
	splx(s);
}

/* ---- frames in ---- */

/* if_input() once for many frames: each call counts for the stack's notion of pressure. */
static void
net_flush(struct pdk_dev *d)
{
	struct net *n = net_of(d);
	struct mbuf_list ml;
	int s;

	if (n == NULL || ml_empty(&n->rxml))
		return;
	s = splnet();
	ml = n->rxml;
	ml_init(&n->rxml);
	if_input(&n->ac.ac_if, &ml);
	splx(s);
}

/* Where it matters, the IP header behind the 14 octets of Ethernet's lies on a multiple of 4. */
static void
net_align(struct mbuf *m)
{
#ifdef __STRICT_ALIGNMENT
	caddr_t from = m->m_data;

	if (((u_long)from & 3) == ETHER_ALIGN)
		return;
	if (M_TRAILINGSPACE(m) >= ETHER_ALIGN) {
		m->m_data += ETHER_ALIGN;
		memmove(m->m_data, from, m->m_len);
	}
#else
	(void)m;
#endif
}

void
pdknet_rx(struct pdk_dev *d, struct mbuf *m, unsigned flags)
{
	struct net *n = net_of(d);
	int s;

	if (n == NULL || m->m_len < ETHER_HDR_LEN) {
		m_freem(m);
		return;
	}
	if ((flags & PDKNET_RX_IP4_OK) != 0)
		m->m_pkthdr.csum_flags |= M_IPV4_CSUM_IN_OK;
	if ((flags & PDKNET_RX_L4_OK) != 0)
		m->m_pkthdr.csum_flags |= M_TCP_CSUM_IN_OK | M_UDP_CSUM_IN_OK;
	net_align(m);
	s = splnet();
	if (n->up)
		ml_enqueue(&n->rxml, m);
	else
		m_freem(m);
	splx(s);
	if (ml_len(&n->rxml) >= NET_RXBATCH)
		net_flush(d);
}

/* ---- link, media ---- */

void
pdknet_link(struct pdk_dev *d, const struct pdknet_link *link)
{
	struct net *n = net_of(d);
	struct ifnet *ifp;
	int s, state = LINK_STATE_DOWN;

	if (n == NULL)
		return;
	ifp = &n->ac.ac_if;
	s = splnet();
	n->link = *link;
	if (link->up)
		state = link->full_duplex ? LINK_STATE_FULL_DUPLEX : LINK_STATE_HALF_DUPLEX;
	ifp->if_baudrate = link->up ? IF_Mbps(link->mbps) : 0;
	if (ifp->if_link_state != state) {
		ifp->if_link_state = state;
		if_link_state_change(ifp);
	}
	splx(s);
}

static int
net_media_change(struct ifnet *ifp)
{
	struct net *n = ifp->if_softc;

	return IFM_SUBTYPE(n->media.ifm_media) == IFM_AUTO ? 0 : EINVAL;
}

static int
net_media_type(uint32_t mbps)
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
net_media_status(struct ifnet *ifp, struct ifmediareq *req)
{
	struct net *n = ifp->if_softc;

	req->ifm_status = IFM_AVALID;
	req->ifm_active = IFM_ETHER | IFM_AUTO;
	if (!n->link.up)
		return;
	req->ifm_status |= IFM_ACTIVE;
	req->ifm_active = IFM_ETHER | net_media_type(n->link.mbps) |
	    (n->link.full_duplex ? IFM_FDX : IFM_HDX);
}

/* ---- counters ---- */

/* WORKER.  The stack counts frames and octets; what the device alone knows is added here. */
static void
net_stats_task(void *arg)
{
	struct net *n = arg;
	struct ifnet *ifp = &n->ac.ac_if;
	struct pdknet_stats st, *o = &n->stats;
	int s;

	if (n->ops->stats == NULL)
		return;
	memset(&st, 0, sizeof(st));
	if (n->ops->stats(n->dev, &st) == 0) {
		s = splnet();
		ifp->if_ierrors += st.rx_crc + st.rx_length - o->rx_crc - o->rx_length;
		ifp->if_iqdrops += st.rx_missed + st.rx_nomem - o->rx_missed - o->rx_nomem;
		ifp->if_oerrors += st.tx_errors - o->tx_errors;
		ifp->if_collisions += st.collisions - o->collisions;
		splx(s);
		*o = st;
	}
	pdk_assert_unlocked(n->dev);
	if (!n->up)
		return;
	pdk_lock(n->dev);
	pdk_timer_arm(&n->stats_timer, NET_STATS_MS);
	pdk_unlock(n->dev);
}

/* TIMER: the lock is held. */
static void
net_stats_time(void *arg)
{
	struct net *n = arg;

	pdk_task_post(&n->stats_task);
}

/* ---- up and down ---- */

/* The groups, or all of them when the device cannot tell so many, or ranges, apart; splnet. */
static void
net_groups(struct net *n, struct pdknet_config *c)
{
	struct ether_multistep step;
	struct ether_multi *enm;

	c->mcast = (const uint8_t (*)[6])n->mcast;
	if (n->ac.ac_multirangecnt > 0 || n->ac.ac_multicnt > n->caps.max_mcast) {
		c->allmulti = 1;
		return;
	}
	ETHER_FIRST_MULTI(step, &n->ac, enm);
	while (enm != NULL && c->nmcast < n->caps.max_mcast) {
		memcpy(n->mcast[c->nmcast++], enm->enm_addrlo, ETHER_ADDR_LEN);
		ETHER_NEXT_MULTI(step, enm);
	}
}

static void
net_config(struct net *n, struct pdknet_config *c)
{
	struct ifnet *ifp = &n->ac.ac_if;
	int s;

	memset(c, 0, sizeof(*c));
	s = splnet();
	c->mtu = n->mtu = ifp->if_mtu;
	c->promisc = (ifp->if_flags & IFF_PROMISC) != 0;
	net_groups(n, c);
	c->allmulti |= c->promisc;
	if (c->allmulti)
		ifp->if_flags |= IFF_ALLMULTI;
	else
		ifp->if_flags &= ~IFF_ALLMULTI;
	splx(s);
}

static int
net_up(struct net *n)
{
	struct ifnet *ifp = &n->ac.ac_if;
	struct pdknet_config c;
	int s, error;

	net_config(n, &c);
	n->up = 1;			/* frames may come before the call returns */
	error = n->ops->up(n->dev, &c);
	pdk_assert_unlocked(n->dev);
	if (error != 0) {
		n->up = 0;
		pdk_printf(n->dev, "does not start, error %d", error);
		return error;
	}
	s = splnet();
	ifp->if_flags |= IFF_RUNNING;
	net_set_oactive(ifp, 0);
	net_start(ifp);
	splx(s);
	net_stats_task(n);
	return 0;
}

static void
net_down(struct net *n)
{
	struct ifnet *ifp = &n->ac.ac_if;
	int s;

	if (!n->up)
		return;
	s = splnet();
	ifp->if_flags &= ~IFF_RUNNING;
	n->up = 0;			/* from here on nothing is passed to the core */
	m_freem(n->held);
	n->held = NULL;
	splx(s);
	n->ops->down(n->dev);
	pdk_assert_unlocked(n->dev);
	s = splnet();
	net_set_oactive(ifp, 0);
	splx(s);
	pdk_lock(n->dev);
	pdk_timer_stop(&n->stats_timer);
	pdk_unlock(n->dev);
	net_stats_task(n);
}

/* WORKER: the device is up, and its filter has to follow if nothing else has. */
static int
net_filter(struct net *n)
{
	struct pdknet_config c;
	int error;

	net_config(n, &c);
	if (n->ops->filter == NULL)
		return 0;
	error = n->ops->filter(n->dev, &c);
	pdk_assert_unlocked(n->dev);
	return error;
}

/* WORKER: make what is follow what is wanted.  A device that hangs is started again. */
static int
net_follow(void *arg)
{
	struct net *n = arg;
	struct ifnet *ifp = &n->ac.ac_if;
	int s, again, want, error;

	s = splnet();
	again = n->restart || n->reset || (n->up && n->mtu != ifp->if_mtu);
	n->restart = n->reset = 0;
	want = (ifp->if_flags & IFF_UP) != 0 && !n->asleep;
	splx(s);
	if (!want || again)
		net_down(n);
	if (!want)
		return 0;
	error = n->up ? net_filter(n) : net_up(n);
	if (error != 0 && !n->up) {
		s = splnet();
		ifp->if_flags &= ~IFF_UP;
		splx(s);
	}
	return error;
}

static void
net_life_task(void *arg)
{
	(void)net_follow(arg);
}

void
pdknet_restart(struct pdk_dev *d)
{
	struct net *n = net_of(d);

	if (n == NULL)
		return;
	pdk_printf(d, "hangs, starting it again");
	n->restart = 1;
	net_post(n, &n->life_task);
}

/* WORKER. */
static void
net_sleep(struct pdk_dev *d)
{
	struct net *n = net_of(d);

	n->asleep = 1;
	net_down(n);
	pdk_lock(d);
	pdk_task_cancel(&n->life_task);
	pdk_task_cancel(&n->stats_task);
	pdk_unlock(d);
}

static void
net_wake(struct pdk_dev *d)
{
	struct net *n = net_of(d);

	n->asleep = 0;
	(void)net_follow(n);
}

/* ---- ifnet ---- */

/*
 * A process, which may sleep here for WORKER; WORKER takes no lock that a process may hold.  Groups
 * come and go in soft interrupts, too: nothing waits for those.
 */
static int
net_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	struct net *n = ifp->if_softc;
	int s, error = ENETRESET;

	switch (cmd) {
	case SIOCSIFADDR:
		ifp->if_flags |= IFF_UP;
#ifdef NET_2016
		if (((struct ifaddr *)data)->ifa_addr->sa_family == AF_INET)
			arp_ifinit(&n->ac, (struct ifaddr *)data);
#endif
		break;
	case SIOCSIFFLAGS:
		break;
	case SIOCGIFMEDIA:
	case SIOCSIFMEDIA:
		error = ifmedia_ioctl(ifp, (struct ifreq *)data, &n->media, cmd);
		break;
	default:
		s = splnet();
		error = ether_ioctl(ifp, &n->ac, cmd, data);
		if (error == 0 && cmd == SIOCSIFMTU)
			error = ENETRESET;
		else if (error == ENETRESET) {
			net_post(n, &n->life_task);
			error = 0;
		}
		splx(s);
	}
	return error == ENETRESET ? pdk_call(n->dev, net_follow, n) : error;
}

/* ---- attach ---- */

static const struct pdk_class net_class = {
	.sleep = net_sleep,
	.wake = net_wake,
	.flush = net_flush,
};

static void
net_ifattach(struct net *n)
{
	struct ifnet *ifp = &n->ac.ac_if;

	ifp->if_softc = n;
	ifp->if_flags |= IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_ioctl = net_ioctl;
	ifp->if_start = net_start;
	ifp->if_hardmtu = n->caps.max_mtu;
	if ((n->caps.flags & PDKNET_CAP_VLAN) != 0)
		ifp->if_capabilities |= IFCAP_VLAN_MTU;
	strlcpy(ifp->if_xname, pdk_name(n->dev), IFNAMSIZ);
	memcpy(n->ac.ac_enaddr, n->caps.mac, ETHER_ADDR_LEN);
	ifmedia_init(&n->media, 0, net_media_change, net_media_status);
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
	pdk_task_init(d, &n->life_task, net_life_task, n);
	pdk_task_init(d, &n->stats_task, net_stats_task, n);
	pdk_timer_init(d, &n->stats_timer, net_stats_time, n);
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
	net_down(n);
	return 0;
}

void
pdknet_detach(struct pdk_dev *d)
{
	struct net *n = net_of(d);
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
