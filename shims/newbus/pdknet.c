/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - an Ethernet driver of the pdk as a network interface of FreeBSD and DragonFly.
 *
 * What the interface shall be (up, with which addresses and MTU) is in the ifnet; what the
 * device is, is sc_up and sc_mtu, of WORKER alone.  Whatever changes the first has WORKER
 * make the second follow: an ioctl waits for that, but a change of group addresses, which may
 * come with locks held, does not.
 *
 * Transmission is one at a time, by a lock of the system's (pdknet_if.c) that is held across
 * ops->tx(), before the device's.  None is held across anything else that goes up or down.
 *
 * Manual pages: ifnet(9), ifmedia(4), mbuf(9).
 */
#include "pdknet_newbus.h"

#define NET_STATS_MS	1000		/* between two looks at the device's counters */

/* ---- the device follows the interface: WORKER ---- */

static int
net_configure(struct pdknet_softc *sc,
    int (*op)(struct pdk_dev *, const struct pdknet_config *))
{
	size_t size = (size_t)sc->sc_caps.max_mcast * ETHER_ADDR_LEN;
	uint8_t (*addr)[ETHER_ADDR_LEN] = NULL;
	struct pdknet_config c = { .mtu = 0 };
	int error;

	if (size != 0)
		addr = pdk_zalloc(size, PDK_WAITOK);
	pdknet_if_config(sc, &c, addr);
	error = op(sc->sc_dev, &c);
	if (error == 0)
		sc->sc_mtu = c.mtu;
	pdk_free(addr, size);
	return (error);
}

static void
net_down(struct pdknet_softc *sc)
{
	pdknet_if_running(sc, false);
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
	pdknet_if_running(sc, true);
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

int
pdknet_follow(void *arg)
{
	struct pdknet_softc *sc = arg;
	bool want, restart, filter;

	pdk_lock(sc->sc_dev);
	want = !sc->sc_asleep && !sc->sc_gone && (net_if_flags(sc) & IFF_UP) != 0;
	restart = sc->sc_restart;
	filter = sc->sc_refilter;
	sc->sc_restart = sc->sc_refilter = false;
	pdk_unlock(sc->sc_dev);
	if (sc->sc_up && (!want || restart || sc->sc_mtu != net_if_mtu(sc)))
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
	(void)pdknet_follow(arg);
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

/*
 * Whoever asks for a counter must not sleep, and the device's are read in WORKER: so while it
 * is up they are read each second, and given as they were.
 */
static void
net_stats_task(void *arg)
{
	struct pdknet_softc *sc = arg;
	struct pdknet_stats st;

	if (sc->sc_ops->stats == NULL || sc->sc_ops->stats(sc->sc_dev, &st) != 0)
		return;
	pdknet_if_counters(sc, &st);
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

static int
net_set_mtu(struct pdknet_softc *sc, int mtu)
{
	if (mtu < ETHERMIN || mtu > sc->sc_caps.max_mtu)
		return (EINVAL);
	net_if_set_mtu(sc, mtu);
	return (pdknet_if_wait(sc));
}

/* Promiscuous mode and ALLMULTI come this way, too. */
static int
net_set_flags(struct pdknet_softc *sc)
{
	pdk_lock(sc->sc_dev);
	sc->sc_refilter = true;
	pdk_unlock(sc->sc_dev);
	return (pdknet_if_wait(sc));
}

int
pdknet_ioctl(struct pdknet_softc *sc, u_long cmd, caddr_t data)
{
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
		net_if_toggle(sc, (ifr->ifr_reqcap ^ net_if_enabled(sc)) & IFCAP_RXCSUM);
		return (0);
	case SIOCSIFMEDIA:
	case SIOCGIFMEDIA:
		return (ifmedia_ioctl(net_if(sc), ifr, &sc->sc_media, cmd));
	default:
		return (ether_ioctl(net_if(sc), cmd, data));
	}
}

/* An address has been set; ifnet(9) has set IFF_UP. */
void
pdknet_init(void *arg)
{
	struct pdknet_softc *sc = arg;

	net_post(sc, &sc->sc_refilter);
}

static int
net_media_change(net_if_t ifp __unused)
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
#ifdef IFM_2500_T
	case 2500:
		return (IFM_2500_T);
#endif
	case 10000:
		return (IFM_10G_T);
	default:
		return (NET_SUBTYPE_OTHER);
	}
}

static void
net_media_status(net_if_t ifp, struct ifmediareq *ifmr)
{
	struct pdknet_softc *sc = net_if_sc(ifp);
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
		m->m_pkthdr.csum_flags |= NET_CSUM_L4;
		m->m_pkthdr.csum_data = 0xffff;
	}
}

void
pdknet_rx(struct pdk_dev *dev, struct mbuf *m, unsigned flags)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (!net_alive(sc)) {
		m_freem(m);
		return;
	}
	if ((net_if_enabled(sc) & IFCAP_RXCSUM) != 0)
		net_rx_csum(m, flags);
	pdknet_if_input(sc, m);
}

void
pdknet_tx_ready(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (net_alive(sc))
		pdknet_if_room(sc);
}

void
pdknet_link(struct pdk_dev *dev, const struct pdknet_link *link)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (!net_alive(sc))
		return;
	pdk_lock(dev);
	sc->sc_link = *link;
	pdk_unlock(dev);
	pdknet_if_link(sc, link);
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
	(void)pdk_call(dev, pdknet_follow, sc);
}

/* When the device is gone, and with it whoever could make an upcall. */
static void
net_free(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	pdk_timer_drain(&sc->sc_stats_timer);
	pdknet_if_free(sc);
	pdk_free(sc, sizeof(*sc));
	dev->pd_glue = NULL;
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
	int error;

	if (net_sc(dev) != NULL)
		return (EEXIST);
	sc = net_alloc(dev, ops, caps);
	error = pdknet_if_alloc(sc);
	if (error != 0) {
		pdk_free(sc, sizeof(*sc));
		return (error);
	}
	net_media_init(sc);
	dev->pd_glue = sc;
	dev->pd_glue_power = net_power;
	dev->pd_glue_free = net_free;
	pdknet_if_attach(sc);
	return (0);
}

/* The interface goes first, so that nothing asks for the device to be up; then the device. */
void
pdknet_detach(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (!net_alive(sc))
		return;
	ether_ifdetach(net_if(sc));
	pdk_lock(dev);
	sc->sc_gone = true;
	pdk_timer_stop(&sc->sc_stats_timer);
	pdk_task_cancel(&sc->sc_stats_task);
	pdk_task_cancel(&sc->sc_follow_task);
	pdk_unlock(dev);
	(void)pdk_call(dev, pdknet_follow, sc);
	ifmedia_removeall(&sc->sc_media);
}
