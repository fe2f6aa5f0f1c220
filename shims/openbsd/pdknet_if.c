/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_if.c - what the system asks of an Ethernet interface: if_start, ioctl(2), ifmedia(4).
 *
 * A frame that the core has no room for is kept, and goes first next time.
 */
#include "pdknet_openbsd.h"

#include "../bsd/pdk_media.h"

#ifdef NET_2016
static struct mbuf *
net_dequeue(struct ifnet *ifp)
{
	struct mbuf *m;

	IFQ_DEQUEUE(&ifp->if_snd, m);
	return m;
}

void
pdknet_set_oactive(struct ifnet *ifp, int on)
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

void
pdknet_set_oactive(struct ifnet *ifp, int on)
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
void
pdknet_start(struct ifnet *ifp)
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
			pdknet_set_oactive(ifp, 1);
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

int
pdknet_media_change(struct ifnet *ifp)
{
	struct net *n = ifp->if_softc;

	return IFM_SUBTYPE(n->media.ifm_media) == IFM_AUTO ? 0 : EINVAL;
}

void
pdknet_media_status(struct ifnet *ifp, struct ifmediareq *req)
{
	struct net *n = ifp->if_softc;

	req->ifm_status = IFM_AVALID;
	req->ifm_active = IFM_ETHER | IFM_AUTO;
	if (!n->link.up)
		return;
	req->ifm_status |= IFM_ACTIVE;
	req->ifm_active = IFM_ETHER | pdk_media_type(n->link.mbps) |
	    (n->link.full_duplex ? IFM_FDX : IFM_HDX);
}

/*
 * A process, which may sleep here for WORKER; WORKER takes no lock that a process may hold.  Groups
 * come and go in soft interrupts, too: nothing waits for those.
 */
int
pdknet_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
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
			pdknet_post(n, &n->life_task);
			error = 0;
		}
		splx(s);
	}
	return error == ENETRESET ? pdk_call(n->dev, pdknet_follow, n) : error;
}
