/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_if.c - an interface of FreeBSD (13, 14, 15) for pdknet.c.
 *
 * if_transmit comes from any thread, so the queue is here, with a mutex that is held across
 * ops->tx(), which makes it one at a time; the device's lock is behind it.
 *
 * Manual pages: ifnet(9), mbuf(9), epoch(9), vnet(9), bpf(9).
 */
#include "pdknet_newbus.h"

#include <net/vnet.h>

/* ---- transmission ---- */

static struct mbuf *
net_next(struct pdknet_softc *sc)
{
	struct net_os *os = &sc->sc_os;
	struct mbuf *m = os->os_next;

	os->os_next = NULL;
	if (m != NULL)
		return (m);
	m = mbufq_dequeue(&os->os_queue);
	if (m != NULL)
		ETHER_BPF_MTAP(os->os_ifp, m);	/* before the driver may free it */
	return (m);
}

static void
net_start(struct pdknet_softc *sc)
{
	struct net_os *os = &sc->sc_os;
	struct mbuf *m;
	int error;

	mtx_assert(&os->os_txmtx, MA_OWNED);
	while (os->os_running && !os->os_full && (m = net_next(sc)) != NULL) {
		error = sc->sc_ops->tx(sc->sc_dev, m);
		if (error == ENOBUFS) {
			os->os_next = m;
			os->os_full = true;
		} else if (error != 0) {
			if_inc_counter(os->os_ifp, IFCOUNTER_OERRORS, 1);
			m_freem(m);
		}
	}
}

static int
net_transmit(if_t ifp, struct mbuf *m)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);
	struct net_os *os = &sc->sc_os;
	int error;

	mtx_lock(&os->os_txmtx);
	error = os->os_running ? mbufq_enqueue(&os->os_queue, m) : ENETDOWN;
	if (error == 0)
		net_start(sc);
	mtx_unlock(&os->os_txmtx);
	if (error != 0) {
		if_inc_counter(ifp, IFCOUNTER_OQDROPS, 1);
		m_freem(m);
	}
	return (error);
}

static void
net_flush(struct net_os *os)
{
	mtx_assert(&os->os_txmtx, MA_OWNED);
	mbufq_drain(&os->os_queue);
	m_freem(os->os_next);
	os->os_next = NULL;
	os->os_full = false;
}

static void
net_qflush(if_t ifp)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);

	mtx_lock(&sc->sc_os.os_txmtx);
	net_flush(&sc->sc_os);
	mtx_unlock(&sc->sc_os.os_txmtx);
	if_qflush(ifp);
}

void
pdknet_if_running(struct pdknet_softc *sc, bool running)
{
	struct net_os *os = &sc->sc_os;

	mtx_lock(&os->os_txmtx);
	os->os_running = running;
	net_flush(os);
	mtx_unlock(&os->os_txmtx);
	if (running)
		if_setdrvflagbits(os->os_ifp, IFF_DRV_RUNNING, 0);
	else
		if_setdrvflagbits(os->os_ifp, 0, IFF_DRV_RUNNING);
}

void
pdknet_if_room(struct pdknet_softc *sc)
{
	mtx_lock(&sc->sc_os.os_txmtx);
	sc->sc_os.os_full = false;
	net_start(sc);
	mtx_unlock(&sc->sc_os.os_txmtx);
}

/* ---- reception, link ---- */

/* WORKER, unlike the interrupt thread, is not in the network epoch. */
void
pdknet_if_input(struct pdknet_softc *sc, struct mbuf *m)
{
	struct epoch_tracker et;

	m->m_pkthdr.rcvif = net_if(sc);
	if_inc_counter(net_if(sc), IFCOUNTER_IPACKETS, 1);
	NET_EPOCH_ENTER(et);
	if_input(net_if(sc), m);
	NET_EPOCH_EXIT(et);
}

void
pdknet_if_link(struct pdknet_softc *sc, const struct pdknet_link *link)
{
	if_setbaudrate(net_if(sc), link->up ? IF_Mbps((uint64_t)link->mbps) : 0);
	if_link_state_change(net_if(sc), link->up ? LINK_STATE_UP : LINK_STATE_DOWN);
}

/* ---- as the interface is to be ---- */

struct net_mcast {
	uint8_t	(*addr)[ETHER_ADDR_LEN];
	u_int	  max;
};

static u_int
net_add_mcast(void *arg, struct sockaddr_dl *sdl, u_int n)
{
	struct net_mcast *mc = arg;

	if (n < mc->max)
		memcpy(mc->addr[n], LLADDR(sdl), ETHER_ADDR_LEN);
	return (1);
}

/* All group addresses if there are more than the device takes. */
void
pdknet_if_config(struct pdknet_softc *sc, struct pdknet_config *c, uint8_t (*addr)[ETHER_ADDR_LEN])
{
	struct net_mcast mc = { .addr = addr, .max = sc->sc_caps.max_mcast };
	u_int n = if_foreach_llmaddr(net_if(sc), net_add_mcast, &mc);

	c->mtu = (uint16_t)if_getmtu(net_if(sc));
	c->promisc = (if_getflags(net_if(sc)) & IFF_PROMISC) != 0;
	c->allmulti = n > mc.max || (if_getflags(net_if(sc)) & IFF_ALLMULTI) != 0;
	c->nmcast = c->allmulti ? 0 : (uint16_t)n;
	c->mcast = (const uint8_t (*)[ETHER_ADDR_LEN])addr;
}

int
pdknet_if_wait(struct pdknet_softc *sc)
{
	return (pdk_call(sc->sc_dev, pdknet_follow, sc));
}

static int
net_ioctl(if_t ifp, u_long cmd, caddr_t data)
{
	return (pdknet_ioctl(if_getsoftc(ifp), cmd, data));
}

/* ---- counters ---- */

void
pdknet_if_counters(struct pdknet_softc *sc, const struct pdknet_stats *st)
{
	pdk_lock(sc->sc_dev);
	sc->sc_os.os_stats = *st;
	pdk_unlock(sc->sc_dev);
}

static uint64_t
net_get_counter(if_t ifp, ift_counter what)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);
	uint64_t own = if_get_counter_default(ifp, what);
	const struct pdknet_stats *st = &sc->sc_os.os_stats;

	switch (what) {
	case IFCOUNTER_IERRORS:
		return (own + st->rx_crc + st->rx_length);
	case IFCOUNTER_IQDROPS:
		return (own + st->rx_missed + st->rx_nomem);
	case IFCOUNTER_OERRORS:
		return (own + st->tx_errors);
	case IFCOUNTER_OPACKETS:
		return (own + st->tx_frames);
	case IFCOUNTER_OBYTES:
		return (own + st->tx_bytes);
	case IFCOUNTER_COLLISIONS:
		return (own + st->collisions);
	default:
		return (own);
	}
}

/* ---- attach ---- */

/* An interface is made in a vnet(9), and newbus has set that of the thread that attaches only. */
int
pdknet_if_alloc(struct pdknet_softc *sc)
{
	struct net_os *os = &sc->sc_os;

	CURVNET_SET(vnet0);
	os->os_ifp = if_alloc(IFT_ETHER);
	CURVNET_RESTORE();
	if (os->os_ifp == NULL)
		return (ENOMEM);
	mtx_init(&os->os_txmtx, device_get_nameunit(sc->sc_dev->pd_dev), "pdknet transmit",
	    MTX_DEF);
	mbufq_init(&os->os_queue, ifqmaxlen);
	return (0);
}

void
pdknet_if_free(struct pdknet_softc *sc)
{
	if_free(net_if(sc));
	mtx_destroy(&sc->sc_os.os_txmtx);
}

static void
net_if_methods(struct pdknet_softc *sc, if_t ifp)
{
	if_initname(ifp, device_get_name(sc->sc_dev->pd_dev),
	    device_get_unit(sc->sc_dev->pd_dev));
	if_setsoftc(ifp, sc);
	if_setflags(ifp, IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST);
	if_setinitfn(ifp, pdknet_init);
	if_setioctlfn(ifp, net_ioctl);
	if_settransmitfn(ifp, net_transmit);
	if_setqflushfn(ifp, net_qflush);
	if_setgetcounterfn(ifp, net_get_counter);
}

static void
net_if_caps(struct pdknet_softc *sc, if_t ifp)
{
	int caps = 0;

	if (sc->sc_caps.flags & PDKNET_CAP_RXCSUM)
		caps |= IFCAP_RXCSUM;
	if (sc->sc_caps.flags & PDKNET_CAP_VLAN)
		caps |= IFCAP_VLAN_MTU;
	if (sc->sc_caps.max_mtu > PDKNET_MTU)
		caps |= IFCAP_JUMBO_MTU;
	if_setcapabilities(ifp, caps);
	if_setcapenable(ifp, caps);
}

void
pdknet_if_attach(struct pdknet_softc *sc)
{
	CURVNET_SET(vnet0);
	net_if_methods(sc, net_if(sc));
	ether_ifattach(net_if(sc), sc->sc_caps.mac);
	net_if_caps(sc, net_if(sc));
	if (sc->sc_caps.flags & PDKNET_CAP_VLAN)
		if_setifheaderlen(net_if(sc), sizeof(struct ether_vlan_header));
	CURVNET_RESTORE();
}
