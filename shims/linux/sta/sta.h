/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta.h - the station layer: what the shim calls, and what it asks of the shim.
 *
 *	st = sta_new(&conf);				WORKER, in pdk80211_attach()
 *	sta_up(st);					WORKER, behind each ops->up
 *	sta_work(st);					WORKER, whenever sta_port_wake() asks
 *	sta_down(st, alive, "why");			WORKER, before each ops->down
 *	sta_close(st);					CONFIG, unlocked: no call from the host
 *	sta_free(st);					no upcall can be in it any more
 *
 * Parts
 *	sta.c		life, the task, timers		scan.c		looking for networks
 *	join.c		authentication, association	run.c		beacons, loss, channel
 *	retry.c		failures and the next try	roam.c		a better access point
 *	supp.c		the supplicant's surroundings	ba.c		block ack
 *	rx.c, keys.c	frames from the radio		tx*.c		frames to it
 *	inq.c		their way to WORKER		port.c		the host's interface
 *	ctl.c, request.c requests			tell.c		events and log
 *	capture.c	--pcap
 * and, pure: bss.c, bsstab.c, params.c, mgmt*.c, eth.c, defrag.c, dot11.c
 *
 * Threads.  The state machine is WORKER's alone, so what it owns needs no lock.  What others
 * touch has one of four, none held while another but st->tx.mtx is, nor in an upcall's caller:
 *	st->mtx		the table of access points, the mailbox, what status requests show
 *	st->inq.mtx	management and EAPOL frames on their way from BH to WORKER
 *	st->rx.mtx	keys and counters of the receiving side
 *	st->tx.mtx	those of the sending side; ops->tx is called with it
 * Drivers make upcalls without their lock, and call none from within ops->tx.
 */
#ifndef STA_STA_H
#define STA_STA_H

#include <pdk80211.h>

#include "harness/hypercall.h"

struct sta;

struct sta_conf {
	struct hyp_dev			*hyp;
	struct pdk_dev			*dev;
	const struct pdk80211_ops	*ops;		/* a station's; borrowed, as the rest */
	const struct pdk80211_caps	*caps;
	const char *const		*states;	/* that the driver declares; or NULL */
	void				*port;		/* for the functions below */
};

/* Is this a station's set of operations? */
bool	sta_capable(const struct pdk80211_ops *);

/* NULL: no memory, or no interface on the host, which has been logged. */
struct sta *sta_new(const struct sta_conf *);
void	sta_close(struct sta *);
void	sta_free(struct sta *);

void	sta_up(struct sta *);
/* `alive`: the radio works still, so that the access point can be told.  `why` is for the log. */
void	sta_down(struct sta *, bool alive, const char *why);
void	sta_work(struct sta *);

/* Upcalls of the core: BH or WORKER, unlocked.  rx takes the mbuf, tx_done frees it itself. */
void	sta_rx(struct sta *, struct mbuf *, const struct pdk80211_rxinfo *);
void	sta_tx_done(struct sta *, void *cookie, const struct pdk80211_txstat *);
void	sta_tx_ready(struct sta *);
void	sta_scan_done(struct sta *, bool aborted);
void	sta_beacon_miss(struct sta *);
void	sta_ba_done(struct sta *, enum pdk80211_baop, unsigned tid);
/* What it waits for, for a user whose patience is over; "" if for nothing.  Any thread. */
void	sta_waits(struct sta *, char *buf, size_t size);
/* The radio's switch; any thread. */
void	sta_rfkill(struct sta *, bool blocked);

/* ---- what the shim does for it; `port` is of struct sta_conf ---- */

/* Run sta_work() in WORKER soon.  Any thread, no lock of ours held that WORKER may want. */
void	sta_port_wake(void *port);
/* Run it at or after this time (hyp_clock_ns()); UINT64_MAX: not for the sake of time.  WORKER. */
void	sta_port_alarm(void *port, uint64_t when);
/* An mbuf of `len` octets, or NULL.  Any context but FILTER. */
struct mbuf *sta_port_mbuf(void *port, size_t len);
/* Until done(arg) or `ms` have passed; sta_port_wake() ends the waiting for a look.  WORKER. */
void	sta_port_wait(void *port, unsigned ms, bool (*done)(void *arg), void *arg);
/* The host's thread enters and leaves the context TX. */
void	sta_port_enter(void *port);
void	sta_port_leave(void *port);
/* The firmware does not answer: down and up again. */
void	sta_port_restart(void *port);
/* There is a network: the firmware works, and earlier deaths of it do not count.  WORKER. */
void	sta_port_working(void *port);
/* The core's function has returned: it must not have kept the lock. */
void	sta_port_returned(void *port, void (*fn)(void));

#endif /* STA_STA_H */
