/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - an Ethernet driver of the pdk as a DragonFly network interface.
 *
 * What the interface shall be (up, with which addresses and MTU) is in the ifnet; what the
 * device is, is sc_up and sc_mtu, of WORKER alone.  Whatever changes the first has WORKER
 * make the second follow: an ioctl waits for that, but a change of group addresses, which may
 * come with locks held, does not.
 *
 * if_start and if_ioctl come with the interface's serializer, which is what makes ops->tx() one
 * at a time; the device's lock is behind it.  An ioctl that waits for WORKER leaves it, as the
 * core's upcalls take it.
 *
 * Manual pages: ifnet(9), altq(9), ifmedia(4), mbuf(9), bpf(4).
 */
#include <pdknet.h>

#include <sys/socket.h>
#include <sys/sockio.h>

#include <sys/serialize.h>

#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/if_dl.h>
#include <net/if_media.h>
#include <net/if_types.h>
#include <net/if_var.h>
#include <net/ifq_var.h>
#include <net/vlan/if_vlan_ether.h>
#include <net/vlan/if_vlan_var.h>

#define NET_STATS_MS	1000		/* between two looks at the device's counters */

struct pdknet_softc {
	struct pdk_dev		*sc_dev;
	const struct pdknet_ops	*sc_ops;
	struct pdknet_caps	 sc_caps;
	struct arpcom		 sc_arpcom;
	struct ifmedia		 sc_media;

	/* WORKER alone. */
	bool			 sc_up;
	int			 sc_mtu;	/* that it is up with */

	/* The device's lock. */
	struct pdk_task		 sc_follow_task, sc_stats_task;
	struct pdk_timer	 sc_stats_timer;
	bool			 sc_refilter;	/* the filter has to be set anew */
	bool			 sc_restart;
	bool			 sc_asleep, sc_gone;
	struct pdknet_link	 sc_link;

	/* The interface's serializer. */
	uint64_t		 sc_drops;	/* frames that could not be sent */
	bool			 sc_seen;	/* by bpf: the first of the queue, which was refused */
};

static struct pdknet_softc *
net_sc(struct pdk_dev *dev)
{
	return (dev->pd_glue);
}

/* ---- transmission ---- */

/*
 * With the serializer.  A frame that there is no room for goes back, to be first; bpf must see
 * one before the driver may free it, so it does when it is tried first.
 */
static void
net_start(struct ifnet *ifp, struct ifaltq_subque *ifsq)
{
	struct pdknet_softc *sc = ifp->if_softc;
	struct mbuf *m;
	int error;

	ASSERT_ALTQ_SQ_DEFAULT(ifp, ifsq);
	ASSERT_SERIALIZED(ifp->if_serializer);
	if ((ifp->if_flags & IFF_RUNNING) == 0)
		return;
	while (!ifsq_is_oactive(ifsq) && (m = ifsq_dequeue(ifsq)) != NULL) {
		if (!sc->sc_seen)
			ETHER_BPF_MTAP(ifp, m);
		error = sc->sc_ops->tx(sc->sc_dev, m);
		sc->sc_seen = error == ENOBUFS;
		if (error == ENOBUFS) {
			ifsq_prepend(ifsq, m);
			ifsq_set_oactive(ifsq);
		} else if (error != 0) {
			sc->sc_drops++;
			m_freem(m);
		}
	}
}

static void
net_set_running(struct pdknet_softc *sc, bool running)
{
	struct ifnet *ifp = &sc->sc_arpcom.ac_if;

	lwkt_serialize_enter(ifp->if_serializer);
	if (running)
		ifp->if_flags |= IFF_RUNNING;
	else
		ifp->if_flags &= ~IFF_RUNNING;
	ifq_clr_oactive(&ifp->if_snd);
	if (running) {
		if_devstart(ifp);
	} else {
		ifq_purge(&ifp->if_snd);
		sc->sc_seen = false;
	}
	lwkt_serialize_exit(ifp->if_serializer);
}

/* ---- the device follows the interface: WORKER ---- */

/*
 * The interface as it is now, to `c`, with up to max_mcast group addresses to `addr`; all of them
 * if there are more than the device takes.
 */
static void
net_read_config(struct pdknet_softc *sc, struct pdknet_config *c, uint8_t (*addr)[ETHER_ADDR_LEN])
{
	struct ifnet *ifp = &sc->sc_arpcom.ac_if;
	struct ifmultiaddr *ifma;

	c->mtu = (uint16_t)ifp->if_mtu;
	c->promisc = (ifp->if_flags & IFF_PROMISC) != 0;
	c->allmulti = (ifp->if_flags & IFF_ALLMULTI) != 0;
	c->nmcast = 0;
	c->mcast = (const uint8_t (*)[ETHER_ADDR_LEN])addr;
	TAILQ_FOREACH(ifma, &ifp->if_multiaddrs, ifma_link) {
		if (ifma->ifma_addr->sa_family != AF_LINK)
			continue;
		if (c->nmcast >= sc->sc_caps.max_mcast)
			c->allmulti = 1;
		else
			memcpy(addr[c->nmcast++],
			    LLADDR((struct sockaddr_dl *)ifma->ifma_addr), ETHER_ADDR_LEN);
	}
	if (c->allmulti)
		c->nmcast = 0;
}

static int
net_configure(struct pdknet_softc *sc,
    int (*op)(struct pdk_dev *, const struct pdknet_config *))
{
	struct ifnet *ifp = &sc->sc_arpcom.ac_if;
	size_t size = (size_t)sc->sc_caps.max_mcast * ETHER_ADDR_LEN;
	uint8_t (*addr)[ETHER_ADDR_LEN] = NULL;
	struct pdknet_config c;
	int error;

	if (size != 0)
		addr = pdk_zalloc(size, PDK_WAITOK);
	ifnet_serialize_all(ifp);
	net_read_config(sc, &c, addr);
	ifnet_deserialize_all(ifp);
	error = op(sc->sc_dev, &c);
	if (error == 0)
		sc->sc_mtu = c.mtu;
	pdk_free(addr, size);
	return (error);
}

static void
net_down(struct pdknet_softc *sc)
{
	net_set_running(sc, false);
	if (sc->sc_up)
		sc->sc_ops->down(sc->sc_dev);
	sc->sc_up = false;
}

static int
net_up(struct pdknet_softc *sc)
{
	int error;

	error = net_configure(sc, sc->sc_ops->up);
	if (error != 0) {
		pdk_printf(sc->sc_dev, "cannot be started: error %d", error);
		return (error);
	}
	sc->sc_up = true;
	net_set_running(sc, true);
	pdk_lock(sc->sc_dev);
	pdk_timer_arm(&sc->sc_stats_timer, NET_STATS_MS);
	pdk_unlock(sc->sc_dev);
	return (0);
}

static int
net_refilter(struct pdknet_softc *sc)
{
	if (sc->sc_ops->filter == NULL)
		return (0);
	return (net_configure(sc, sc->sc_ops->filter));
}

static int
net_follow(void *arg)
{
	struct pdknet_softc *sc = arg;
	struct ifnet *ifp = &sc->sc_arpcom.ac_if;
	bool want, restart, filter;

	pdk_lock(sc->sc_dev);
	want = !sc->sc_asleep && !sc->sc_gone && (ifp->if_flags & IFF_UP) != 0;
	restart = sc->sc_restart;
	filter = sc->sc_refilter;
	sc->sc_restart = sc->sc_refilter = false;
	pdk_unlock(sc->sc_dev);
	if (sc->sc_up && (!want || restart || sc->sc_mtu != (int)ifp->if_mtu))
		net_down(sc);
	if (!want)
		return (0);
	if (!sc->sc_up)
		return (net_up(sc));
	return (filter ? net_refilter(sc) : 0);
}

static void
net_follow_task(void *arg)
{
	(void)net_follow(arg);
}

static void
net_post(struct pdknet_softc *sc, bool *flag)
{
	pdk_lock(sc->sc_dev);
	*flag = true;
	pdk_task_post(&sc->sc_follow_task);
	pdk_unlock(sc->sc_dev);
}

/* ---- counters ---- */

static void
net_set_counters(struct pdknet_softc *sc, const struct pdknet_stats *st)
{
	struct ifnet *ifp = &sc->sc_arpcom.ac_if;

	IFNET_STAT_SET(ifp, ierrors, st->rx_crc + st->rx_length);
	IFNET_STAT_SET(ifp, iqdrops, st->rx_missed + st->rx_nomem);
	IFNET_STAT_SET(ifp, opackets, st->tx_frames);
	IFNET_STAT_SET(ifp, obytes, st->tx_bytes);
	IFNET_STAT_SET(ifp, oerrors, st->tx_errors + sc->sc_drops);
	IFNET_STAT_SET(ifp, collisions, st->collisions);
}

/* The interface's counters are the device's, as they were within the last second. */
static void
net_stats_task(void *arg)
{
	struct pdknet_softc *sc = arg;
	struct pdknet_stats st;

	if (sc->sc_ops->stats == NULL || sc->sc_ops->stats(sc->sc_dev, &st) != 0)
		return;
	net_set_counters(sc, &st);
	pdk_lock(sc->sc_dev);
	if (sc->sc_up && !sc->sc_gone)
		pdk_timer_arm(&sc->sc_stats_timer, NET_STATS_MS);
	pdk_unlock(sc->sc_dev);
}

/* TIMER. */
static void
net_stats_timer(void *arg)
{
	struct pdknet_softc *sc = arg;

	pdk_task_post(&sc->sc_stats_task);
}

/* ---- ioctls ---- */

/* With the serializer, which is left while the device follows. */
static int
net_wait(struct pdknet_softc *sc)
{
	struct ifnet *ifp = &sc->sc_arpcom.ac_if;
	int error;

	ifnet_deserialize_all(ifp);
	error = pdk_call(sc->sc_dev, net_follow, sc);
	ifnet_serialize_all(ifp);
	return (error);
}

static int
net_set_mtu(struct pdknet_softc *sc, int mtu)
{
	if (mtu < ETHERMIN || mtu > sc->sc_caps.max_mtu)
		return (EINVAL);
	sc->sc_arpcom.ac_if.if_mtu = mtu;
	return (net_wait(sc));
}

/* Promiscuous mode and ALLMULTI come this way, too. */
static int
net_set_flags(struct pdknet_softc *sc)
{
	pdk_lock(sc->sc_dev);
	sc->sc_refilter = true;
	pdk_unlock(sc->sc_dev);
	return (net_wait(sc));
}

static int
net_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data, struct ucred *cr __unused)
{
	struct pdknet_softc *sc = ifp->if_softc;
	struct ifreq *ifr = (struct ifreq *)data;

	switch (cmd) {
	case SIOCSIFFLAGS:
		return (net_set_flags(sc));
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		net_post(sc, &sc->sc_refilter);
		return (0);
	case SIOCSIFMTU:
		return (net_set_mtu(sc, ifr->ifr_mtu));
	case SIOCSIFCAP:
		ifp->if_capenable ^= (ifr->ifr_reqcap ^ ifp->if_capenable) & IFCAP_RXCSUM;
		return (0);
	case SIOCSIFMEDIA:
	case SIOCGIFMEDIA:
		return (ifmedia_ioctl(ifp, ifr, &sc->sc_media, cmd));
	default:
		return (ether_ioctl(ifp, cmd, data));
	}
}

/* An address has been set; ifnet(9) has set IFF_UP. */
static void
net_init(void *arg)
{
	struct pdknet_softc *sc = arg;

	net_post(sc, &sc->sc_refilter);
}

static int
net_media_change(struct ifnet *ifp __unused)
{
	return (0);		/* there is only IFM_AUTO to choose */
}

static int
net_subtype(uint32_t mbps)
{
	switch (mbps) {
	case 10:
		return (IFM_10_T);
	case 100:
		return (IFM_100_TX);
	case 1000:
		return (IFM_1000_T);
	case 10000:
		return (IFM_10G_T);
	default:
		return (IFM_AUTO);
	}
}

static void
net_media_status(struct ifnet *ifp, struct ifmediareq *ifmr)
{
	struct pdknet_softc *sc = ifp->if_softc;
	struct pdknet_link link;

	pdk_lock(sc->sc_dev);
	link = sc->sc_link;
	pdk_unlock(sc->sc_dev);
	ifmr->ifm_status = IFM_AVALID;
	ifmr->ifm_active = IFM_ETHER;
	if (!link.up) {
		ifmr->ifm_active |= IFM_NONE;
		return;
	}
	ifmr->ifm_status |= IFM_ACTIVE;
	ifmr->ifm_active |= net_subtype(link.mbps) | (link.full_duplex ? IFM_FDX : IFM_HDX);
}

/* ---- what the core tells ---- */

static bool
net_alive(struct pdknet_softc *sc)
{
	bool gone;

	if (sc == NULL)
		return (false);
	pdk_lock(sc->sc_dev);
	gone = sc->sc_gone;
	pdk_unlock(sc->sc_dev);
	return (!gone);
}

static void
net_rx_csum(struct mbuf *m, unsigned flags)
{
	if (flags & PDKNET_RX_IP4_OK)
		m->m_pkthdr.csum_flags |= CSUM_IP_CHECKED | CSUM_IP_VALID;
	if (flags & PDKNET_RX_L4_OK) {
		m->m_pkthdr.csum_flags |= CSUM_DATA_VALID | CSUM_PSEUDO_HDR |
		    CSUM_FRAG_NOT_CHECKED;
		m->m_pkthdr.csum_data = 0xffff;
	}
}

void
pdknet_rx(struct pdk_dev *dev, struct mbuf *m, unsigned flags)
{
	struct pdknet_softc *sc = net_sc(dev);
	struct ifnet *ifp;

	if (!net_alive(sc)) {
		m_freem(m);
		return;
	}
	ifp = &sc->sc_arpcom.ac_if;
	m->m_pkthdr.rcvif = ifp;
	if ((ifp->if_capenable & IFCAP_RXCSUM) != 0)
		net_rx_csum(m, flags);
	IFNET_STAT_INC(ifp, ipackets, 1);
	ifp->if_input(ifp, m, NULL, -1);
}

void
pdknet_tx_ready(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);
	struct ifnet *ifp;

	if (!net_alive(sc))
		return;
	ifp = &sc->sc_arpcom.ac_if;
	lwkt_serialize_enter(ifp->if_serializer);
	ifq_clr_oactive(&ifp->if_snd);
	if_devstart(ifp);
	lwkt_serialize_exit(ifp->if_serializer);
}

void
pdknet_link(struct pdk_dev *dev, const struct pdknet_link *link)
{
	struct pdknet_softc *sc = net_sc(dev);
	struct ifnet *ifp;

	if (!net_alive(sc))
		return;
	pdk_lock(dev);
	sc->sc_link = *link;
	pdk_unlock(dev);
	ifp = &sc->sc_arpcom.ac_if;
	lwkt_serialize_enter(ifp->if_serializer);
	ifp->if_baudrate = link->up ? (uint64_t)link->mbps * 1000 * 1000 : 0;
	ifp->if_link_state = link->up ? LINK_STATE_UP : LINK_STATE_DOWN;
	if_link_state_change(ifp);
	lwkt_serialize_exit(ifp->if_serializer);
}

void
pdknet_restart(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (net_alive(sc))
		net_post(sc, &sc->sc_restart);
}

/* ---- attach ---- */

/* CONFIG: the system goes to sleep, or is awake again. */
static void
net_power(struct pdk_dev *dev, int on)
{
	struct pdknet_softc *sc = net_sc(dev);

	pdk_lock(dev);
	sc->sc_asleep = !on;
	pdk_unlock(dev);
	(void)pdk_call(dev, net_follow, sc);
}

/* When the device is gone, and with it whoever could make an upcall. */
static void
net_free(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	pdk_timer_drain(&sc->sc_stats_timer);
	pdk_free(sc, sizeof(*sc));
	dev->pd_glue = NULL;
}

static void
net_if_init(struct pdknet_softc *sc, struct ifnet *ifp)
{
	if_initname(ifp, device_get_name(sc->sc_dev->pd_dev),
	    device_get_unit(sc->sc_dev->pd_dev));
	ifp->if_softc = sc;
	ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_init = net_init;
	ifp->if_ioctl = net_ioctl;
	ifp->if_start = net_start;
	ifq_set_maxlen(&ifp->if_snd, ifqmaxlen);
}

static void
net_if_caps(struct pdknet_softc *sc, struct ifnet *ifp)
{
	if (sc->sc_caps.flags & PDKNET_CAP_RXCSUM)
		ifp->if_capabilities |= IFCAP_RXCSUM;
	if (sc->sc_caps.flags & PDKNET_CAP_VLAN) {
		ifp->if_capabilities |= IFCAP_VLAN_MTU;
		ifp->if_data.ifi_hdrlen = EVL_ENCAPLEN + ETHER_HDR_LEN;
	}
	ifp->if_capenable = ifp->if_capabilities;
}

static void
net_media_init(struct pdknet_softc *sc)
{
	ifmedia_init(&sc->sc_media, 0, net_media_change, net_media_status);
	ifmedia_add(&sc->sc_media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&sc->sc_media, IFM_ETHER | IFM_AUTO);
}

static struct pdknet_softc *
net_alloc(struct pdk_dev *dev, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct pdknet_softc *sc = pdk_zalloc(sizeof(*sc), PDK_WAITOK);

	sc->sc_dev = dev;
	sc->sc_ops = ops;
	sc->sc_caps = *caps;
	pdk_task_init(dev, &sc->sc_follow_task, net_follow_task, sc);
	pdk_task_init(dev, &sc->sc_stats_task, net_stats_task, sc);
	pdk_timer_init(dev, &sc->sc_stats_timer, net_stats_timer, sc);
	return (sc);
}

int
pdknet_attach(struct pdk_dev *dev, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct pdknet_softc *sc;
	struct ifnet *ifp;

	if (net_sc(dev) != NULL)
		return (EEXIST);
	sc = net_alloc(dev, ops, caps);
	ifp = &sc->sc_arpcom.ac_if;
	net_if_init(sc, ifp);
	net_media_init(sc);
	dev->pd_glue = sc;
	dev->pd_glue_power = net_power;
	dev->pd_glue_free = net_free;
	ether_ifattach(ifp, caps->mac, NULL);
	net_if_caps(sc, ifp);
	return (0);
}

/* The interface goes first, so that nothing asks for the device to be up; then the device. */
void
pdknet_detach(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (!net_alive(sc))
		return;
	ether_ifdetach(&sc->sc_arpcom.ac_if);
	pdk_lock(dev);
	sc->sc_gone = true;
	pdk_timer_stop(&sc->sc_stats_timer);
	pdk_task_cancel(&sc->sc_stats_task);
	pdk_task_cancel(&sc->sc_follow_task);
	pdk_unlock(dev);
	(void)pdk_call(dev, net_follow, sc);
	ifmedia_removeall(&sc->sc_media);
}
