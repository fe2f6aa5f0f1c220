/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdknet_newbus.h - an Ethernet interface as pdknet.c and the system's pdknet_if.c see it.
 *
 * pdknet.c has what the device shall be and is; pdknet_if.c of shims/freebsd and shims/dragonfly
 * the interface: transmission, input, counters, addresses.  pdknet_os.h of the system has
 * net_if_t (a pointer to its interface) and struct net_os (the interface's own state), and
 * what is one call there.
 */
#ifndef PDKNET_NEWBUS_H
#define PDKNET_NEWBUS_H

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

#include <pdknet_os.h>

struct pdknet_softc {
	struct pdk_dev		*sc_dev;
	const struct pdknet_ops	*sc_ops;
	struct pdknet_caps	 sc_caps;
	struct ifmedia		 sc_media;
	struct net_os		 sc_os;		/* pdknet_if.c */

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
};

static inline struct pdknet_softc *
net_sc(struct pdk_dev *dev)
{
	return (dev->pd_glue);
}

/* ---- pdknet.c ---- */

/* The device follows the interface.  WORKER, or by pdk_call(); an errno value. */
int	pdknet_follow(void *sc);
/* if_ioctl, and if_init. */
int	pdknet_ioctl(struct pdknet_softc *, u_long cmd, caddr_t data);
void	pdknet_init(void *sc);

/* ---- pdknet_if.c of the system ---- */

/* Make an interface, and free it: WORKER, CONFIG.  An errno value. */
int	pdknet_if_alloc(struct pdknet_softc *);
void	pdknet_if_free(struct pdknet_softc *);
/* Make it known, when all else is ready. */
void	pdknet_if_attach(struct pdknet_softc *);
/* Frames are taken, or not any more, and then those that wait are freed.  WORKER. */
void	pdknet_if_running(struct pdknet_softc *, bool running);
/* As the interface is to be: `addr` has room for the group addresses that the device takes. */
void	pdknet_if_config(struct pdknet_softc *, struct pdknet_config *,
	    uint8_t (*addr)[ETHER_ADDR_LEN]);
/* The device's counters, of this moment.  WORKER. */
void	pdknet_if_counters(struct pdknet_softc *, const struct pdknet_stats *);
/* pdknet_follow() in WORKER, from an ioctl, which waits. */
int	pdknet_if_wait(struct pdknet_softc *);
/* Upcalls: a frame, room for frames, the link. */
void	pdknet_if_input(struct pdknet_softc *, struct mbuf *);
void	pdknet_if_room(struct pdknet_softc *);
void	pdknet_if_link(struct pdknet_softc *, const struct pdknet_link *);

#endif /* PDKNET_NEWBUS_H */
