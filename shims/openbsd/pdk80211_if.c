/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_if.c - what the system asks of a wireless interface: ioctl(2), the watchdog, ifmedia(4).
 *
 * A process sleeps here until WORKER has done what it wants.
 */
#include "pdk80211_openbsd.h"

void
wifi_watchdog(struct ifnet *ifp)
{
	ifp->if_timer = 0;
	if ((ifp->if_flags & IFF_RUNNING) != 0)
		ieee80211_watchdog(ifp);
}

/* A setting has changed that takes effect at the next start only. */
static int
wifi_reset(struct wifi *w)
{
	struct ifnet *ifp = &w->ic.ic_if;

	if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) != (IFF_UP | IFF_RUNNING))
		return 0;
	w->reset = 1;
	return pdk_call(w->dev, wifi_follow, w);
}

int
wifi_media_change(struct ifnet *ifp)
{
	int error = ieee80211_media_change(ifp);

	return error == ENETRESET ? wifi_reset(ifp->if_softc) : error;
}

/* Power saving is a matter of an update; the rest wants a new start. */
static int
wifi_net80211_ioctl(struct wifi *w, u_long cmd, caddr_t data)
{
	int s, error, reset = 1;

	s = splnet();
	error = ieee80211_ioctl(&w->ic.ic_if, cmd, data);
	if (error == ENETRESET && cmd == SIOCS80211POWER) {
		wifi_changed(&w->ic, PDK_UPD_PS);
		reset = 0;
	}
	splx(s);
	if (error != ENETRESET)
		return error;
	return reset ? wifi_reset(w) : 0;
}

#ifdef WIFI_2016
static int
wifi_multi(struct wifi *w, u_long cmd, caddr_t data)
{
	struct ifreq *ifr = (struct ifreq *)data;
	int s, error;

	s = splnet();
	if (cmd == SIOCADDMULTI)
		error = ether_addmulti(ifr, &w->ic.ic_ac);
	else
		error = ether_delmulti(ifr, &w->ic.ic_ac);
	splx(s);
	return error == ENETRESET ? 0 : error;	/* the core passes every group address */
}
#endif

/* A process, which may sleep here for WORKER; WORKER takes no lock that a process may hold. */
int
wifi_ioctl(struct ifnet *ifp, u_long cmd, caddr_t data)
{
	struct wifi *w = ifp->if_softc;

	switch (cmd) {
	case SIOCSIFADDR:
		ifp->if_flags |= IFF_UP;
#ifdef WIFI_2016
		if (((struct ifaddr *)data)->ifa_addr->sa_family == AF_INET)
			arp_ifinit(&w->ic.ic_ac, (struct ifaddr *)data);
#endif
		/* FALLTHROUGH */
	case SIOCSIFFLAGS:
		return pdk_call(w->dev, wifi_follow, w);
#ifdef WIFI_2016
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		return wifi_multi(w, cmd, data);
#endif
	default:
		return wifi_net80211_ioctl(w, cmd, data);
	}
}
