/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_if.h - what pdk80211_*.c and pdknet*.c have in common: the network stack's lock, and its
 * names that have changed.
 */
#ifndef PDK_IF_H
#define PDK_IF_H

#include <sys/socket.h>
#include <sys/sockio.h>

#include <net/bpf.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/if_dl.h>
#include <net/if_ether.h>
#include <net/if_media.h>
#include <net/if_types.h>

/* Interface counters left struct ifnet in 10; bpf(9) taps have had a direction since 9. */
#if __NetBSD_Version__ >= 1000000000
#define COUNT(ifp, what)	if_statinc(ifp, what)
#define COUNT_ADD(ifp, what, n)	if_statadd(ifp, what, n)
#else
#define COUNT(ifp, what)	((ifp)->what++)
#define COUNT_ADD(ifp, what, n)	((ifp)->what += (n))
#endif
#if __NetBSD_Version__ >= 900000000
#define TAP(ifp, m, dir)	bpf_mtap(ifp, m, dir)
#define TAP2(b, p, n, m, dir)	bpf_mtap2(b, p, n, m, dir)
#define TAP3(b, m, dir)		bpf_mtap3(b, m, dir)
#else
#define TAP(ifp, m, dir)	bpf_mtap(ifp, m)
#define TAP2(b, p, n, m, dir)	bpf_mtap2(b, p, n, m)
#define TAP3(b, m, dir)		bpf_mtap3(b, m)
#endif

/*
 * An interface that is not MPSAFE is protected by the kernel lock, and on its own processor, where
 * a soft interrupt that comes between has the kernel lock as well, by splnet().  Any context but
 * FILTER, without the device's lock.
 */
static inline int
net_enter(void)
{
	KERNEL_LOCK(1, NULL);
	return splnet();
}

static inline void
net_exit(int s)
{
	splx(s);
	KERNEL_UNLOCK_ONE(NULL);
}

#endif /* PDK_IF_H */
