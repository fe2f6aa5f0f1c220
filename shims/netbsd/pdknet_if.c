/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_if.c - what the system asks of an Ethernet interface: ifnet(9), ifmedia(4).
 *
 * One frame at a time goes to ops->tx(); one that is refused for want of room is kept, and goes
 * first next time.  Media: the core negotiates by itself, so there is IFM_AUTO alone.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdknet_netbsd.h"

#include "../bsd/pdk_media.h"

void
pdknet_drop_held(struct pdknet_softc *n)
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
void
pdknet_start(struct ifnet *ifp)
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

int
pdknet_init(struct ifnet *ifp)
{
	struct pdknet_softc *n = ifp->if_softc;

	return pdk_call(n->n_dev, pdknet_up, n);
}

void
pdknet_stop(struct ifnet *ifp, int disable)
{
	struct pdknet_softc *n = ifp->if_softc;

	(void)pdk_call(n->n_dev, pdknet_down, n);
}

/* The flags that a running device has to know of are those of the filter. */
int
pdknet_flags(struct ethercom *ec)
{
	pdknet_post(ec->ec_if.if_softc, TODO_FILTER);
	return 0;
}

int
pdknet_ioctl(struct ifnet *ifp, u_long cmd, void *data)
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
			pdknet_post(n, TODO_FILTER);
	}
	net_exit(s);
	return error;
}

static int
media_change(struct ifnet *ifp)
{
	return 0;
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
	ifmr->ifm_active |= pdk_media_type(n->n_link.mbps);
	if (n->n_link.full_duplex)
		ifmr->ifm_active |= IFM_FDX;
}

void
pdknet_media_attach(struct pdknet_softc *n)
{
	ifmedia_init(&n->n_media, 0, media_change, media_status);
	ifmedia_add(&n->n_media, IFM_ETHER | IFM_AUTO, 0, NULL);
	ifmedia_set(&n->n_media, IFM_ETHER | IFM_AUTO);
#if __NetBSD_Version__ >= 1000000000
	n->n_ec.ec_ifmedia = &n->n_media;
#endif
}

void
pdknet_media_detach(struct pdknet_softc *n)
{
#if __NetBSD_Version__ >= 1000000000
	ifmedia_fini(&n->n_media);
#else
	ifmedia_delete_instance(&n->n_media, IFM_INST_ANY);
#endif
}
