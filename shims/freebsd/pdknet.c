/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet.c - an Ethernet driver of the pdk as a FreeBSD network interface (13, 14, 15).
 *
 * What the interface shall be (up, with which addresses and MTU) is in the ifnet; what the
 * device is, is sc_up and sc_mtu, of WORKER alone.  Whatever changes the first has WORKER
 * make the second follow: an ioctl waits for that, but a change of group addresses, which may
 * come with locks held, does not.
 *
 * Locks: transmit (sc_txmtx), held across ops->tx(), then the device's.  None is held across
 * anything else that goes up or down.
 *
 * Manual pages: ifnet(9), ifmedia(9), mbuf(9), epoch(9), bpf(9).
 */
#include <pdknet.h>

#include <sys/socket.h>
#include <sys/sockio.h>

#include <net/bpf.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_media.h>
#include <net/if_types.h>
#include <net/if_var.h>
#include <net/vnet.h>

#define NET_STATS_MS	1000		/* between two looks at the device's counters */

struct pdknet_softc {
	struct pdk_dev		*sc_dev;
	const struct pdknet_ops	*sc_ops;
	struct pdknet_caps	 sc_caps;
	if_t			 sc_ifp;
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
	struct pdknet_stats	 sc_stats;

	/* Transmission: sc_txmtx. */
	struct mtx		 sc_txmtx;
	bool			 sc_running;
	bool			 sc_full;	/* until pdknet_tx_ready() */
	struct mbufq		 sc_queue;
	struct mbuf		*sc_next;	/* refused; goes first, bpf has seen it */
};

static struct pdknet_softc *
net_sc(struct pdk_dev *dev)
{
	return (dev->pd_glue);
}

/* ---- transmission ---- */

static struct mbuf *
net_next(struct pdknet_softc *sc)
{
	struct mbuf *m = sc->sc_next;

	sc->sc_next = NULL;
	if (m != NULL)
		return (m);
	m = mbufq_dequeue(&sc->sc_queue);
	if (m != NULL)
		ETHER_BPF_MTAP(sc->sc_ifp, m);	/* before the driver may free it */
	return (m);
}

static void
net_start(struct pdknet_softc *sc)
{
	struct mbuf *m;
	int error;

	mtx_assert(&sc->sc_txmtx, MA_OWNED);
	while (sc->sc_running && !sc->sc_full && (m = net_next(sc)) != NULL) {
		error = sc->sc_ops->tx(sc->sc_dev, m);
		if (error == ENOBUFS) {
			sc->sc_next = m;
			sc->sc_full = true;
		} else if (error != 0) {
			if_inc_counter(sc->sc_ifp, IFCOUNTER_OERRORS, 1);
			m_freem(m);
		}
	}
}

static int
net_transmit(if_t ifp, struct mbuf *m)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);
	int error;

	mtx_lock(&sc->sc_txmtx);
	error = sc->sc_running ? mbufq_enqueue(&sc->sc_queue, m) : ENETDOWN;
	if (error == 0)
		net_start(sc);
	mtx_unlock(&sc->sc_txmtx);
	if (error != 0) {
		if_inc_counter(ifp, IFCOUNTER_OQDROPS, 1);
		m_freem(m);
	}
	return (error);
}

static void
net_flush(struct pdknet_softc *sc)
{
	mtx_lock(&sc->sc_txmtx);
	mbufq_drain(&sc->sc_queue);
	m_freem(sc->sc_next);
	sc->sc_next = NULL;
	sc->sc_full = false;
	mtx_unlock(&sc->sc_txmtx);
}

static void
net_qflush(if_t ifp)
{
	net_flush(if_getsoftc(ifp));
	if_qflush(ifp);
}

static void
net_set_running(struct pdknet_softc *sc, bool running)
{
	mtx_lock(&sc->sc_txmtx);
	sc->sc_running = running;
	mtx_unlock(&sc->sc_txmtx);
	if (running)
		if_setdrvflagbits(sc->sc_ifp, IFF_DRV_RUNNING, 0);
	else
		if_setdrvflagbits(sc->sc_ifp, 0, IFF_DRV_RUNNING);
}

/* ---- the device follows the interface: WORKER ---- */

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

/* The group addresses; all of them if there are more than the device takes. */
static void
net_mcasts(struct pdknet_softc *sc, struct pdknet_config *c, struct net_mcast *mc)
{
	u_int n;

	mc->max = sc->sc_caps.max_mcast;
	if (mc->max != 0)
		mc->addr = pdk_zalloc(mc->max * sizeof(mc->addr[0]), PDK_WAITOK);
	n = if_foreach_llmaddr(sc->sc_ifp, net_add_mcast, mc);
	if (n > mc->max || (if_getflags(sc->sc_ifp) & IFF_ALLMULTI) != 0) {
		c->allmulti = 1;
		n = 0;
	}
	c->nmcast = (uint16_t)n;
	c->mcast = (const uint8_t (*)[ETHER_ADDR_LEN])mc->addr;
}

static int
net_configure(struct pdknet_softc *sc,
    int (*op)(struct pdk_dev *, const struct pdknet_config *))
{
	struct net_mcast mc = { .addr = NULL };
	struct pdknet_config c = { .mtu = (uint16_t)if_getmtu(sc->sc_ifp) };
	int error;

	c.promisc = (if_getflags(sc->sc_ifp) & IFF_PROMISC) != 0;
	net_mcasts(sc, &c, &mc);
	error = op(sc->sc_dev, &c);
	if (error == 0)
		sc->sc_mtu = c.mtu;
	pdk_free(mc.addr, mc.max * sizeof(mc.addr[0]));
	return (error);
}

static void
net_down(struct pdknet_softc *sc)
{
	net_set_running(sc, false);
	if (sc->sc_up)
		sc->sc_ops->down(sc->sc_dev);
	sc->sc_up = false;
	net_flush(sc);
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
	bool want, restart, filter;

	pdk_lock(sc->sc_dev);
	want = !sc->sc_asleep && !sc->sc_gone && (if_getflags(sc->sc_ifp) & IFF_UP) != 0;
	restart = sc->sc_restart;
	filter = sc->sc_refilter;
	sc->sc_restart = sc->sc_refilter = false;
	pdk_unlock(sc->sc_dev);
	if (sc->sc_up && (!want || restart || sc->sc_mtu != if_getmtu(sc->sc_ifp)))
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
	pdk_lock(sc->sc_dev);
	sc->sc_stats = st;
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

static uint64_t
net_get_counter(if_t ifp, ift_counter what)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);
	uint64_t own = if_get_counter_default(ifp, what);
	const struct pdknet_stats *st = &sc->sc_stats;

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

/* ---- ioctls ---- */

static int
net_set_mtu(struct pdknet_softc *sc, int mtu)
{
	if (mtu < ETHERMIN || mtu > sc->sc_caps.max_mtu)
		return (EINVAL);
	if_setmtu(sc->sc_ifp, mtu);
	return (pdk_call(sc->sc_dev, net_follow, sc));
}

/* Promiscuous mode and ALLMULTI come this way, too. */
static int
net_set_flags(struct pdknet_softc *sc)
{
	pdk_lock(sc->sc_dev);
	sc->sc_refilter = true;
	pdk_unlock(sc->sc_dev);
	return (pdk_call(sc->sc_dev, net_follow, sc));
}

static int
net_ioctl(if_t ifp, u_long cmd, caddr_t data)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);
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
		if_togglecapenable(ifp, (ifr->ifr_reqcap ^ if_getcapenable(ifp)) & IFCAP_RXCSUM);
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
net_media_change(if_t ifp __unused)
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
	case 2500:
		return (IFM_2500_T);
	case 10000:
		return (IFM_10G_T);
	default:
		return (IFM_UNKNOWN);
	}
}

static void
net_media_status(if_t ifp, struct ifmediareq *ifmr)
{
	struct pdknet_softc *sc = if_getsoftc(ifp);
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
		m->m_pkthdr.csum_flags |= CSUM_DATA_VALID | CSUM_PSEUDO_HDR;
		m->m_pkthdr.csum_data = 0xffff;
	}
}

/* WORKER, unlike the interrupt thread, is not in the network epoch. */
void
pdknet_rx(struct pdk_dev *dev, struct mbuf *m, unsigned flags)
{
	struct pdknet_softc *sc = net_sc(dev);
	struct epoch_tracker et;

	if (!net_alive(sc)) {
		m_freem(m);
		return;
	}
	m->m_pkthdr.rcvif = sc->sc_ifp;
	if ((if_getcapenable(sc->sc_ifp) & IFCAP_RXCSUM) != 0)
		net_rx_csum(m, flags);
	if_inc_counter(sc->sc_ifp, IFCOUNTER_IPACKETS, 1);
	NET_EPOCH_ENTER(et);
	if_input(sc->sc_ifp, m);
	NET_EPOCH_EXIT(et);
}

void
pdknet_tx_ready(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (!net_alive(sc))
		return;
	mtx_lock(&sc->sc_txmtx);
	sc->sc_full = false;
	net_start(sc);
	mtx_unlock(&sc->sc_txmtx);
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
	if_setbaudrate(sc->sc_ifp, link->up ? IF_Mbps((uint64_t)link->mbps) : 0);
	if_link_state_change(sc->sc_ifp, link->up ? LINK_STATE_UP : LINK_STATE_DOWN);
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
	if_free(sc->sc_ifp);
	mtx_destroy(&sc->sc_txmtx);
	pdk_free(sc, sizeof(*sc));
	dev->pd_glue = NULL;
}

static void
net_if_methods(struct pdknet_softc *sc, if_t ifp)
{
	if_initname(ifp, device_get_name(sc->sc_dev->pd_dev),
	    device_get_unit(sc->sc_dev->pd_dev));
	if_setsoftc(ifp, sc);
	if_setflags(ifp, IFF_BROADCAST | IFF_SIMPLEX | IFF_MULTICAST);
	if_setinitfn(ifp, net_init);
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
	mtx_init(&sc->sc_txmtx, device_get_nameunit(dev->pd_dev), "pdknet transmit", MTX_DEF);
	mbufq_init(&sc->sc_queue, ifqmaxlen);
	pdk_task_init(dev, &sc->sc_follow_task, net_follow_task, sc);
	pdk_task_init(dev, &sc->sc_stats_task, net_stats_task, sc);
	pdk_timer_init(dev, &sc->sc_stats_timer, net_stats_timer, sc);
	return (sc);
}

static void
net_ifattach(struct pdk_dev *dev, struct pdknet_softc *sc)
{
	net_if_methods(sc, sc->sc_ifp);
	net_media_init(sc);
	dev->pd_glue = sc;
	dev->pd_glue_power = net_power;
	dev->pd_glue_free = net_free;
	ether_ifattach(sc->sc_ifp, sc->sc_caps.mac);
	net_if_caps(sc, sc->sc_ifp);
	if (sc->sc_caps.flags & PDKNET_CAP_VLAN)
		if_setifheaderlen(sc->sc_ifp, sizeof(struct ether_vlan_header));
}

/* An interface is made in a vnet(9), and newbus has set that of the thread that attaches only. */
int
pdknet_attach(struct pdk_dev *dev, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct pdknet_softc *sc;

	if (net_sc(dev) != NULL)
		return (EEXIST);
	sc = net_alloc(dev, ops, caps);
	CURVNET_SET(vnet0);
	sc->sc_ifp = if_alloc(IFT_ETHER);
	if (sc->sc_ifp != NULL)
		net_ifattach(dev, sc);
	CURVNET_RESTORE();
	if (sc->sc_ifp != NULL)
		return (0);
	mtx_destroy(&sc->sc_txmtx);
	pdk_free(sc, sizeof(*sc));
	return (ENOMEM);
}

/* The interface goes first, so that nothing asks for the device to be up; then the device. */
void
pdknet_detach(struct pdk_dev *dev)
{
	struct pdknet_softc *sc = net_sc(dev);

	if (!net_alive(sc))
		return;
	ether_ifdetach(sc->sc_ifp);
	pdk_lock(dev);
	sc->sc_gone = true;
	pdk_timer_stop(&sc->sc_stats_timer);
	pdk_task_cancel(&sc->sc_stats_task);
	pdk_task_cancel(&sc->sc_follow_task);
	pdk_unlock(dev);
	(void)pdk_call(dev, net_follow, sc);
	ifmedia_removeall(&sc->sc_media);
}
