/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_if.c - an interface of DragonFly for pdknet.c.
 *
 * if_start and if_ioctl come with the interface's serializer, which is what makes ops->tx() one
 * at a time; the device's lock is behind it.  An ioctl that waits for WORKER leaves it, as the
 * core's upcalls take it.
 *
 * Manual pages: ifnet(9), altq(9), mbuf(9), bpf(4).
 */
#include "pdknet_newbus.h"

#include <sys/serialize.h>

#include <net/vlan/if_vlan_ether.h>
#include <net/vlan/if_vlan_var.h>

/* ---- transmission ---- */

/*
 * With the serializer.  A frame that there is no room for goes back, to be first; bpf must see
 * one before the driver may free it, so it does when it is tried first.
 */
static void
net_start(struct ifnet *ifp, struct ifaltq_subque *ifsq)
{
	struct pdknet_softc *sc = ifp->if_softc;
	struct net_os *os = &sc->sc_os;
	struct mbuf *m;
	int error;

	ASSERT_ALTQ_SQ_DEFAULT(ifp, ifsq);
	ASSERT_SERIALIZED(ifp->if_serializer);
	if ((ifp->if_flags & IFF_RUNNING) == 0)
		return;
	while (!ifsq_is_oactive(ifsq) && (m = ifsq_dequeue(ifsq)) != NULL) {
		if (!os->os_seen)
			ETHER_BPF_MTAP(ifp, m);
		error = sc->sc_ops->tx(sc->sc_dev, m);
		os->os_seen = error == ENOBUFS;
		if (error == ENOBUFS) {
			ifsq_prepend(ifsq, m);
			ifsq_set_oactive(ifsq);
		} else if (error != 0) {
			os->os_drops++;
			m_freem(m);
		}
	}
}

void
pdknet_if_running(struct pdknet_softc *sc, bool running)
{
	struct ifnet *ifp = net_if(sc);

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
		sc->sc_os.os_seen = false;
	}
	lwkt_serialize_exit(ifp->if_serializer);
}

void
pdknet_if_room(struct pdknet_softc *sc)
{
	struct ifnet *ifp = net_if(sc);

	lwkt_serialize_enter(ifp->if_serializer);
	ifq_clr_oactive(&ifp->if_snd);
	if_devstart(ifp);
	lwkt_serialize_exit(ifp->if_serializer);
}

/* ---- reception, link ---- */

void
pdknet_if_input(struct pdknet_softc *sc, struct mbuf *m)
{
	struct ifnet *ifp = net_if(sc);

	m->m_pkthdr.rcvif = ifp;
	IFNET_STAT_INC(ifp, ipackets, 1);
	ifp->if_input(ifp, m, NULL, -1);
}

void
pdknet_if_link(struct pdknet_softc *sc, const struct pdknet_link *link)
{
	struct ifnet *ifp = net_if(sc);

	lwkt_serialize_enter(ifp->if_serializer);
	ifp->if_baudrate = link->up ? (uint64_t)link->mbps * 1000 * 1000 : 0;
	ifp->if_link_state = link->up ? LINK_STATE_UP : LINK_STATE_DOWN;
	if_link_state_change(ifp);
	lwkt_serialize_exit(ifp->if_serializer);
}

/* ---- as the interface is to be ---- */

/* With the serializer.  All group addresses if there are more than the device takes. */
static void
net_read_mcasts(struct pdknet_softc *sc, struct pdknet_config *c,
    uint8_t (*addr)[ETHER_ADDR_LEN])
{
	struct ifmultiaddr *ifma;

	TAILQ_FOREACH(ifma, &net_if(sc)->if_multiaddrs, ifma_link) {
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

void
pdknet_if_config(struct pdknet_softc *sc, struct pdknet_config *c, uint8_t (*addr)[ETHER_ADDR_LEN])
{
	struct ifnet *ifp = net_if(sc);

	ifnet_serialize_all(ifp);
	c->mtu = (uint16_t)ifp->if_mtu;
	c->promisc = (ifp->if_flags & IFF_PROMISC) != 0;
	c->allmulti = (ifp->if_flags & IFF_ALLMULTI) != 0;
	c->nmcast = 0;
	c->mcast = (const uint8_t (*)[ETHER_ADDR_LEN])addr;
	net_read_mcasts(sc, c, addr);
	ifnet_deserialize_all(ifp);
}

/* With the serializer, which is left while the device follows. */
int
pdknet_if_wait(struct pdknet_softc *sc)
{
	struct ifnet *ifp = net_if(sc);
	int error;

	ifnet_deserialize_all(ifp);
	error = pdk_call(sc->sc_dev, pdknet_follow, sc);
	ifnet_serialize_all(ifp);
	return (error);
}

static int
net_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data, struct ucred *cr __unused)
{
	return (pdknet_ioctl(ifp->if_softc, cmd, data));
}

/* ---- counters ---- */

/* The interface's are the device's. */
void
pdknet_if_counters(struct pdknet_softc *sc, const struct pdknet_stats *st)
{
	struct ifnet *ifp = net_if(sc);

	IFNET_STAT_SET(ifp, ierrors, st->rx_crc + st->rx_length);
	IFNET_STAT_SET(ifp, iqdrops, st->rx_missed + st->rx_nomem);
	IFNET_STAT_SET(ifp, opackets, st->tx_frames);
	IFNET_STAT_SET(ifp, obytes, st->tx_bytes);
	IFNET_STAT_SET(ifp, oerrors, st->tx_errors + sc->sc_os.os_drops);
	IFNET_STAT_SET(ifp, collisions, st->collisions);
}

/* ---- attach ---- */

int
pdknet_if_alloc(struct pdknet_softc *sc)
{
	struct ifnet *ifp = net_if(sc);

	if_initname(ifp, device_get_name(sc->sc_dev->pd_dev),
	    device_get_unit(sc->sc_dev->pd_dev));
	ifp->if_softc = sc;
	ifp->if_flags = IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST;
	ifp->if_init = pdknet_init;
	ifp->if_ioctl = net_ioctl;
	ifp->if_start = net_start;
	ifq_set_maxlen(&ifp->if_snd, ifqmaxlen);
	return (0);
}

void
pdknet_if_free(struct pdknet_softc *sc __unused)
{
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

void
pdknet_if_attach(struct pdknet_softc *sc)
{
	ether_ifattach(net_if(sc), sc->sc_caps.mac, NULL);
	net_if_caps(sc, net_if(sc));
}
