/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf.h - the conformance driver: does this system's pdk do what pdk.h says?
 *
 * A driver of QEMU's edu device in pure pdk, to be run in a process or built into a kernel.
 * It makes its checks one after the other, each in the context that it is about, and prints
 * TAP (conf_tap.h).  README.md says how to build it and how to read what it prints.
 *
 * A check is a function; what it guards against, and where that has happened, is said in
 * front of it.  Its name is in its file's table:
 *
 *	// The stack's timer may be stopped too late: its handler already waits for the lock.
 *	static void
 *	timer_stop(struct conf_softc *sc)
 *	{
 *		...
 *		CONF_OK(sc, sc->sc_fired[0] == 0, "the handler ran after pdk_timer_stop()");
 *	}
 *
 *	const struct conf_check conf_timer_checks[] = {
 *		{ "timer_stop", CONF_WORKER, timer_stop, NULL, 0 },
 *		{ NULL, 0, NULL, NULL, 0 },
 *	};
 */
#ifndef CONF_H
#define CONF_H

#include <pdk.h>
#include <pdk80211.h>

#include "conf_tap.h"
#include "conf_tx.h"

/* QEMU docs/specs/edu.rst */
#define EDU_ID			0x00
#define EDU_LIVENESS		0x04
#define EDU_FACTORIAL		0x08
#define EDU_STATUS		0x20
#define  EDU_STATUS_IRQ		0x80
#define EDU_INTR_STATUS		0x24
#define EDU_INTR_RAISE		0x60
#define EDU_INTR_ACK		0x64
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_CMD		0x98
#define  EDU_DMA_START		0x01
#define  EDU_DMA_FROM_DEVICE	0x02
#define EDU_BUF			0x40000

#define CONF_DMA_BITS		28	/* edu's engine; beyond it, it hits other memory */
#define CONF_BOUNDARY		0x10000
#define CONF_LONG_MS		15000	/* for what must happen; nothing waits so long */
#define CONF_SHORT_MS		20	/* of a timer that is to expire */

/* When, and in which context, a check runs. */
enum conf_where {
	CONF_CONFIG,		/* attach */
	CONF_WORKER,		/* a task after attach_late; the next three: begun by it */
	CONF_TIMER,
	CONF_BH,
	CONF_FILTER,
	CONF_SUSPEND,		/* WORKER, as all but the last */
	CONF_RESUME,
	CONF_UP1,		/* the radio is up: the first time, ... */
	CONF_DOWN1,		/* its switch is off */
	CONF_UP2,		/* and on again */
	CONF_DOWN2,		/* it is restarted */
	CONF_UP3,
	CONF_DETACH,		/* CONFIG */
};

struct conf_softc;

struct conf_check {
	const char	*name;		/* NULL ends a table */
	enum conf_where	 where;
	void		(*run)(struct conf_softc *);
	/* CONF_WORKER: the second half, after the tasks that the first has posted; or NULL. */
	void		(*then)(struct conf_softc *);
	unsigned	 arg;		/* to make one function several checks */
};

/* What the bottom half of conf_bh() does. */
enum conf_bhmode { CONF_BH_WAKE, CONF_BH_POST, CONF_BH_TIMER, CONF_BH_RX, CONF_BH_SLOW };

struct conf_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_size_t		sc_size;

	/* the run: conf_run.c */
	struct conf_tap		sc_tap;
	const struct conf_check *const *sc_group;	/* tables still to go */
	const struct conf_check	*sc_check;		/* runs, or is next */
	int			sc_half;		/* its first half is done */
	int			sc_failures;		/* documents that failed */
	int			sc_leaving;		/* detach has begun; locked */
	int			sc_arrived;		/* the context has; locked */
	struct pdk_dmamap	sc_map;			/* for a check that may make none */
	struct pdk_timer	sc_run_timer;
	struct pdk_task		sc_run_task;

	/* interrupts */
	uint32_t		sc_cause;		/* filter to bottom half */
	int			sc_filter_result;	/* by CONF_LOAD and CONF_STORE: */
	int			sc_filters;		/* FILTER has no lock */
	int			sc_in_bh;
	enum conf_bhmode	sc_bhmode;		/* locked, as all below */
	int			sc_bhs;
	uint32_t		sc_bh_cause;
	struct pdk_wchan	sc_wchan;

	/* timers and tasks of the checks */
	struct pdk_timer	sc_timer[2];
	struct pdk_task		sc_task[3];
	int			sc_fired[2];
	int			sc_order[8], sc_norder;
	int			sc_ran[3];
	int			sc_rearm;	/* how often timer 0 still arms itself */
	int			sc_again;	/* how often task 0 still posts itself */

	/* 802.11 */
	struct pdk_task		sc_wifi_task;
	enum conf_where		sc_step;		/* what the document waits for */
	int			sc_attached80211;
	int			sc_tested;		/* the document before has ended */
	int			sc_ups, sc_downs;
	struct pdk_task		sc_scan_task, sc_tx_task;
	struct pdk_timer	sc_tx_timer;
	struct conf_tx		sc_tx;
	struct mbuf		*sc_sent;		/* taken by tx; locked */
	void			*sc_sent_cookie;
	uint16_t		sc_seq;

	struct pdk_dma		sc_kept;	/* from suspend to resume */
};

/* In a check: something that has to hold, and the fault when it does not; is it so? */
#define CONF_OK(sc, e, fault)	conf_tap_ok(&(sc)->sc_tap, (e) != 0, fault)
#define CONF_SKIP(sc, why)	conf_tap_skip(&(sc)->sc_tap, why)

#define CONF_READ(sc, reg)	bus_space_read_4((sc)->sc_st, (sc)->sc_sh, reg)
#define CONF_WRITE(sc, reg, v)	bus_space_write_4((sc)->sc_st, (sc)->sc_sh, reg, v)

/* What FILTER shares with others: one word, no order; the compiler's own in every kernel. */
#define CONF_LOAD(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define CONF_STORE(p, v)	__atomic_store_n(p, v, __ATOMIC_RELAXED)

/* Wait, locked, in WORKER, until the expression holds or CONF_LONG_MS have passed. */
#define CONF_WAIT(sc, e) do {							\
	uint64_t wait_end_ = pdk_uptime_ms() + CONF_LONG_MS;			\
	while (!(e) && pdk_uptime_ms() < wait_end_ &&				\
	    pdk_wait(&(sc)->sc_dev, &(sc)->sc_wchan, CONF_LONG_MS) == 0)	\
		continue;							\
} while (0)

/* conf_run.c: a document, in one or several goes. */
void	conf_begin(struct conf_softc *, const char *title, const struct conf_check *const *);
void	conf_go(struct conf_softc *, enum conf_where);
void	conf_run_init(struct conf_softc *);
void	conf_run_fini(struct conf_softc *);

/* conf_intr.c.  Connect an interrupt of one of these kinds: 0, or the check is skipped or bad. */
int	conf_connect(struct conf_softc *, unsigned kinds);
/* Locked, WORKER: raise an interrupt and wait for its bottom half; has it come? */
int	conf_raise(struct conf_softc *, uint32_t cause);

/* conf_dma.c: copy by the device's engine, both addresses as it sees them; unlocked. */
int	conf_edu_copy(struct conf_softc *, bus_addr_t src, bus_addr_t dst, unsigned len, int cmd);

/* conf_mbuf.c: a chain of n mbufs of `len` bytes, filled with a running number; or NULL. */
struct mbuf *conf_chain(int n, int len);
int	conf_is_chain(struct mbuf *, int total);
/* Has `m`, of the caller, been freed?  Then one of those of its size given out now is it. */
int	conf_was_freed(const struct mbuf *m, int size);

/* conf_map.c: the length of all segments of a loaded map. */
bus_size_t conf_map_total(const struct pdk_dmamap *);

/* conf_wifi.c.  begin: WORKER; its document may begin. */
int	conf_wifi_attach(struct conf_softc *);
void	conf_wifi_begin(struct conf_softc *);

/* conf_air.c: operations of pdk80211_ops; and around them: attach, the document's time, detach. */
int	conf_air_scan(struct pdk_dev *, const struct pdk80211_scan *);
void	conf_air_scan_abort(struct pdk_dev *);
int	conf_air_bss(struct pdk_dev *, const struct pdk80211_bss *);
void	conf_air_leave(struct pdk_dev *);
int	conf_air_tx(struct pdk_dev *, struct mbuf *, const struct pdk80211_txinfo *);
void	conf_air_init(struct conf_softc *);
void	conf_air_begin(struct conf_softc *);
void	conf_air_down(struct conf_softc *);
void	conf_air_end(struct conf_softc *);
void	conf_air_fini(struct conf_softc *);

/* conf_power.c */
int	conf_suspend(struct pdk_dev *);
int	conf_resume(struct pdk_dev *);

extern const struct conf_check conf_pci_checks[];	/* conf_pci.c */
extern const struct conf_check conf_where_checks[];	/* conf_where.c */
extern const struct conf_check conf_kern_checks[];	/* conf_kern.c */
extern const struct conf_check conf_sync_checks[];	/* conf_sync.c */
extern const struct conf_check conf_timer_checks[];	/* conf_timer.c */
extern const struct conf_check conf_task_checks[];	/* conf_task.c */
extern const struct conf_check conf_intr_checks[];	/* conf_intr.c */
extern const struct conf_check conf_vector_checks[];	/* conf_vector.c */
extern const struct conf_check conf_mbuf_checks[];	/* conf_mbuf.c */
extern const struct conf_check conf_dma_checks[];	/* conf_dma.c */
extern const struct conf_check conf_map_checks[];	/* conf_map.c */
extern const struct conf_check conf_limit_checks[];	/* conf_limit.c */
extern const struct conf_check conf_detach_checks[];	/* conf_detach.c */

#endif /* CONF_H */
