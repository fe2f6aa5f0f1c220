/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf.h - the conformance driver: does this system's pdk do what pdk.h says?
 *
 * A driver of QEMU's edu device in pure pdk, to be run in a process or built into a kernel.
 * It prints TAP (testanything.org) through pdk_printf(): one "ok" or "not ok" a line, the
 * plan at detach.  A line fails no other: all tests run.
 *
 *	static void
 *	test_something(struct conf_softc *sc)
 *	{
 *		CONF_OK(sc, 1 + 1 == 2, "one and one are two");
 *	}
 */
#ifndef CONF_H
#define CONF_H

#include <pdk.h>
#include <pdk80211.h>

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
#define EDU_BUF_SIZE		4096

#define CONF_DMA_BITS		28
#define CONF_BOUNDARY		0x10000
#define CONF_LONG_MS		5000	/* for what must happen; nothing waits so long */
#define CONF_SHORT_MS		20	/* for what must not happen meanwhile */

/* What the interrupt handlers do with the next interrupt. */
enum conf_bhmode { CONF_BH_WAKE, CONF_BH_POST, CONF_BH_TIMER, CONF_BH_RX };

struct conf_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_size_t		sc_size;

	int			sc_tests, sc_failed;

	/* interrupts */
	uint32_t		sc_cause;	/* filter to bottom half */
	int			sc_filter_result;	/* by CONF_LOAD and CONF_STORE: */
	int			sc_filters;		/* FILTER has no lock */
	enum conf_bhmode	sc_bhmode;	/* locked, as all below */
	int			sc_bhs;
	uint32_t		sc_bh_cause;
	struct pdk_wchan	sc_wchan;

	/* timers and tasks */
	struct pdk_timer	sc_timer[2];
	struct pdk_task		sc_task[3];
	int			sc_fired[2];
	int			sc_order[8], sc_norder;
	int			sc_ran[3];
	int			sc_rearm;	/* how often timer 0 still arms itself */
	int			sc_again;	/* how often task 0 still posts itself */

	/* 802.11 */
	struct pdk_task		sc_wifi_task;
	int			sc_ups, sc_downs;

	/* suspend */
	struct pdk_dma		sc_kept;	/* from suspend to resume */
};

/* One TAP line. */
void	conf_ok(struct conf_softc *, int ok, const char *name);
void	conf_skip(struct conf_softc *, const char *name, const char *why);
#define CONF_OK(sc, ok, name)	conf_ok(sc, (ok) != 0, name)

#define CONF_READ(sc, reg)	bus_space_read_4((sc)->sc_st, (sc)->sc_sh, reg)
#define CONF_WRITE(sc, reg, v)	bus_space_write_4((sc)->sc_st, (sc)->sc_sh, reg, v)

/* What FILTER shares with others: one word, no order; the compiler's own in every kernel. */
#define CONF_LOAD(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define CONF_STORE(p, v)	__atomic_store_n(p, v, __ATOMIC_RELAXED)

/* Wait, locked, in WORKER, until the expression holds or CONF_LONG_MS have passed. */
#define CONF_WAIT(sc, e) do {							\
	int wait_error_ = 0;							\
	while (!(e) && wait_error_ == 0)					\
		wait_error_ = pdk_wait(&(sc)->sc_dev, &(sc)->sc_wchan, CONF_LONG_MS); \
} while (0)

/* Handlers in conf_sync.c. */
int	conf_filter(void *);
void	conf_bh(void *);
/* Locked, WORKER: raise an interrupt and wait for its bottom half. */
void	conf_raise(struct conf_softc *, uint32_t cause);
/* Locked, WORKER: let `ms` milliseconds pass; wake-ups do not shorten it. */
void	conf_pause(struct conf_softc *, unsigned ms);
/* Copy by the device's DMA engine, both addresses as the device sees them; unlocked. */
int	conf_edu_copy(struct conf_softc *, bus_addr_t src, bus_addr_t dst, unsigned len, int cmd);

/* Groups of tests; the context they run in is part of the name. */
void	conf_config_tests(struct conf_softc *);	/* conform.c */
void	conf_worker_sync(struct conf_softc *);	/* conf_sync.c: lock, wait, timers, tasks */
void	conf_config_tasks(struct conf_softc *);	/* conf_task.c */
void	conf_worker_intr(struct conf_softc *);	/* conf_intr.c */
void	conf_worker_dma(struct conf_softc *);	/* conf_dma.c */
void	conf_worker_map(struct conf_softc *);	/* conf_map.c */
void	conf_mbuf(struct conf_softc *);		/* conf_mbuf.c */
void	conf_kern(struct conf_softc *);		/* conf_misc.c: either */
void	conf_config_pci(struct conf_softc *);	/* conf_misc.c */
void	conf_worker_misc(struct conf_softc *);	/* conf_misc.c */
int	conf_wifi_attach(struct conf_softc *);	/* conf_wifi.c */

/* conf_power.c: when the system sleeps. */
int	conf_suspend(struct pdk_dev *);
int	conf_resume(struct pdk_dev *);

#endif /* CONF_H */
