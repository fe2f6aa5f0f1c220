/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211_if.c - what the system asks of a wireless interface: ifnet(9).
 *
 * The stack calls these with the kernel lock and at splnet(); what has to sleep is done in WORKER,
 * and waited for.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk80211_netbsd.h"

int
wlan_init(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;

	return pdk_call(w->w_dev, wlan_up, w);
}

void
wlan_stop(struct ifnet *ifp, int disable)
{
	struct pdk80211_softc *w = ifp->if_softc;

	(void)pdk_call(w->w_dev, wlan_down, w);
}

void
wlan_watchdog(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;
	int s = net_enter();

	ifp->if_timer = 0;
	if ((ifp->if_flags & IFF_RUNNING) != 0)
		ieee80211_watchdog(&w->w_ic);
	net_exit(s);
}

/* A radio that is switched off leaves the interface up: it begins when it is switched on. */
static int
set_flags(struct ifnet *ifp)
{
	int error = 0;

	if ((ifp->if_flags & IFF_UP) == 0) {
		if ((ifp->if_flags & IFF_RUNNING) != 0)
			wlan_stop(ifp, 1);
	} else if ((ifp->if_flags & IFF_RUNNING) == 0) {
		error = wlan_init(ifp);
		if (error != 0 && error != EPERM)
			ifp->if_flags &= ~IFF_UP;
	}
	return error == EPERM ? 0 : error;
}

/* The rest of the requests are net80211's; ENETRESET asks to begin again. */
static int
other_ioctl(struct pdk80211_softc *w, u_long cmd, void *data)
{
	struct ieee80211com *ic = &w->w_ic;
	u_int32_t flags = ic->ic_flags;
	int error;

	error = ieee80211_ioctl(ic, cmd, data);
	if (error != ENETRESET)
		return error;
	if ((ic->ic_flags ^ flags) == IEEE80211_F_PMGTON)
		wlan_post(w, 0, PDK_UPD_PS);
	else if ((ic->ic_ifp->if_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING))
		return pdk_call(w->w_dev, wlan_reset, w);
	return 0;
}

int
wlan_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct pdk80211_softc *w = ifp->if_softc;
	const struct sockaddr *sa;
	int error, s;

	s = net_enter();
	switch (cmd) {
	case SIOCSIFFLAGS:
		if ((error = ifioctl_common(ifp, cmd, data)) == 0)
			error = set_flags(ifp);
		break;
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		sa = ifreq_getaddr(cmd, (struct ifreq *)data);
		error = cmd == SIOCADDMULTI ? ether_addmulti(sa, &w->w_ec) :
		    ether_delmulti(sa, &w->w_ec);
		if (error == ENETRESET)
			error = 0;		/* the core passes all groups of its network up */
		break;
	default:
		error = other_ioctl(w, cmd, data);
		break;
	}
	net_exit(s);
	return error;
}

/* With ifmedia(4)'s lock, so this does not wait. */
int
wlan_media_change(struct ifnet *ifp)
{
	struct pdk80211_softc *w = ifp->if_softc;
	int error;

	error = ieee80211_media_change(ifp);
	if (error != ENETRESET)
		return error;
	if ((ifp->if_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING))
		wlan_post(w, TODO_RESET, 0);
	return 0;
}

/* net80211 calls these two in the middle of something: never sleep. */
void
wlan_updateslot(struct ifnet *ifp)
{
	wlan_post(ifp->if_softc, 0, PDK_UPD_SLOT);
}

int
wlan_wme_update(struct ieee80211com *ic)
{
	wlan_post(IC2W(ic), 0, PDK_UPD_EDCA);
	return 0;
}
