/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken.h - drivers that each break one rule of the pdk, to see that it is noticed.
 *
 * One program, many cases: test-only host code (broken_host.c) says which one is to be run.
 * A case is a function and the context that calls it:
 *
 *	static void
 *	case_wait_unlocked(struct broken_softc *sc)
 *	{
 *		(void)pdk_wait(&sc->sc_dev, &sc->sc_wchan, 1);
 *	}
 */
#ifndef BROKEN_H
#define BROKEN_H

#include <pdk.h>
#include <pdk80211.h>
#include <pdknet.h>

enum broken_context {
	IN_CONFIG,		/* attach */
	IN_WORKER,		/* attach_late */
	IN_FILTER,
	IN_BH,
	IN_TIMER,
	IN_TASK,
	IN_DETACH,
	IN_SUSPEND,		/* by request */
	IN_RESUME,
	IN_TX,			/* with a network of the host's */
};

struct broken_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_space_tag_t		sc_st2;		/* another BAR, for who has one too many */
	bus_space_handle_t	sc_sh2;
	bus_size_t		sc_size;
	struct pdk_wchan	sc_wchan;
	struct pdk_timer	sc_timer;
	struct pdk_task		sc_task;
	struct pdk_dma		sc_dma, sc_copy;
	struct pdk_dmamap	sc_map;
	struct mbuf		*sc_m;
	/* for broken_calls.c */
	struct pdk_timer	sc_unused_timer;
	struct pdk_task		sc_unused_task;
	struct pdk_dmamap	sc_empty, sc_unused_map;
	struct mbuf		*sc_other;
	void			*sc_memory;
	/* for broken_radio.c */
	struct pdk_task		sc_answer, sc_scan;
	struct mbuf		*sc_sent;	/* by m_nextpkt; locked */
	uint16_t		sc_seq;
	/* how the driver itself behaves */
	int			sc_done;
	int			sc_slow;	/* the task takes its time */
	int			sc_filter_result;
	int			sc_attach_error;
	int			sc_error;	/* of attach_late, detach or suspend */
	int			sc_tx_error;
};

struct broken_case {
	const char		*name;
	enum broken_context	 context;
	void			(*fn)(struct broken_softc *);
};

#define CASE(context, name)	{ #name, context, case_##name }

/* Ended by { NULL }. */
extern const struct broken_case broken_sync_cases[];	/* lock, wait, timers, tasks */
extern const struct broken_case broken_dma_cases[];	/* DMA, maps, mbufs */
extern const struct broken_case broken_misc_cases[];	/* everything else */

/* The case "CALL@CONTEXT" or "CALL@CONTEXT+lock", or NULL; and around it. */
const struct broken_case *broken_call(const char *name);
void	broken_prepare(struct broken_softc *);
void	broken_forget(struct broken_softc *);

/* Run the wanted case if it is one of this context. */
void	broken_run(struct broken_softc *, enum broken_context);

/* IN_TX: WORKER, CONFIG. */
int	broken_radio_attach(struct broken_softc *);
void	broken_radio_detach(struct broken_softc *);

/* Which case to run; broken_host.c. */
const char *broken_wanted(void);

#endif /* BROKEN_H */
