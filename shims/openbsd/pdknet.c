/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - the Ethernet boundary: the core's operations, all in WORKER, and what it tells.
 */
#include "pdknet_openbsd.h"

#define NET_STATS_MS	1000
#define NET_RXBATCH	64

void
pdknet_tx_ready(struct pdk_dev *d)
{
	struct net *n = pdknet_of(d);
	int s;

	if (n == NULL)
		return;
	s = splnet();
	pdknet_set_oactive(&n->ac.ac_if, 0);
	pdknet_start(&n->ac.ac_if);
	splx(s);
}

/* if_input() once for many frames: each call counts for the stack's notion of pressure. */
void
pdknet_flush(struct pdk_dev *d)
{
	struct net *n = pdknet_of(d);
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
	if (m_trailingspace(m) >= ETHER_ALIGN) {
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
	struct net *n = pdknet_of(d);
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
		pdknet_flush(d);
}

void
pdknet_link(struct pdk_dev *d, const struct pdknet_link *link)
{
	struct net *n = pdknet_of(d);
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

/* WORKER.  The stack counts frames and octets; what the device alone knows is added here. */
void
pdknet_stats_task(void *arg)
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
void
pdknet_stats_time(void *arg)
{
	struct net *n = arg;

	pdk_task_post(&n->stats_task);
}

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
	pdknet_set_oactive(ifp, 0);
	pdknet_start(ifp);
	splx(s);
	pdknet_stats_task(n);
	return 0;
}

void
pdknet_down(struct net *n)
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
	pdknet_set_oactive(ifp, 0);
	splx(s);
	pdk_lock(n->dev);
	pdk_timer_stop(&n->stats_timer);
	pdk_unlock(n->dev);
	pdknet_stats_task(n);
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
int
pdknet_follow(void *arg)
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
		pdknet_down(n);
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

void
pdknet_life_task(void *arg)
{
	(void)pdknet_follow(arg);
}

void
pdknet_restart(struct pdk_dev *d)
{
	struct net *n = pdknet_of(d);

	if (n == NULL)
		return;
	pdk_printf(d, "hangs, starting it again");
	n->restart = 1;
	pdknet_post(n, &n->life_task);
}

/* WORKER. */
void
pdknet_sleep(struct pdk_dev *d)
{
	struct net *n = pdknet_of(d);

	n->asleep = 1;
	pdknet_down(n);
	pdk_lock(d);
	pdk_task_cancel(&n->life_task);
	pdk_task_cancel(&n->stats_task);
	pdk_unlock(d);
}

void
pdknet_wake(struct pdk_dev *d)
{
	struct net *n = pdknet_of(d);

	n->asleep = 0;
	(void)pdknet_follow(n);
}
