/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * radio.h - the card's antenna: one connection to the hub of the air, or none.
 *
 *	radio_tune(c, 2437, 2437, 20);
 *	radio_send(c, &(struct air_tx){ .nrates = 1, .rate = {{ AIR_RATE_LEGACY, 2, 0, 4 }} },
 *	    frame, len, done, arg);
 *	...	done(c, arg, status)		always, exactly once; status NULL: the card was reset
 *
 * Without a hub the air is empty: frames are sent and nobody answers.
 */
#ifndef TOOLS_SIM_I7260_RADIO_H
#define TOOLS_SIM_I7260_RADIO_H

#include "tools/sim/air/air.h"
#include "tools/sim/sim.h"

struct card;
struct air;

typedef void radio_done(struct card *, void *arg, const struct air_txstatus *);

struct radio_job {
	struct radio_job *next;
	struct air_tx	tx;
	radio_done	*done;
	void		*arg;
	size_t		len;
	uint8_t		frame[];
};

/* Who drives the card, as far as time is concerned. */
enum radio_host {
	HOST_NONE,		/* nobody */
	HOST_ON_WALL,		/* somebody who lives by the wall's clock */
	HOST_IN_PART,		/* somebody with a connection to the hub of his own */
};

struct radio {
	char		*path;		/* setting "air", or NULL */
	struct air	*air;
	short		events;		/* as watched */
	enum radio_host	host;
	unsigned	nhosts;		/* ever, for their names */
	int		host_fd;	/* his connection, to see its end; or -1 */
	uint64_t	cookie;
	struct radio_job *waiting, **waiting_tail, *sent, **sent_tail;
	unsigned	njobs;
	struct sim_timer lone;		/* answers when there is no hub */
	uint16_t	freq, center, width;	/* 0: off */
	uint8_t		addr[5][6];	/* answered to */
	unsigned	naddr;
	uint64_t	rx, tx;		/* frames, for the status */
};

void	radio_init(struct card *);
/* Connects when there is a path. An errno, after saying why on stderr. */
int	radio_start(struct card *);
void	radio_free(struct card *);
/* The radio is off and knows of no frame any more. */
void	radio_reset(struct card *);
/* freq 0: off. MHz. */
void	radio_tune(struct card *, unsigned freq, unsigned center, unsigned width);
/* The addresses that frames for us have. */
void	radio_addrs(struct card *, const uint8_t (*addr)[6], unsigned n);
/* tx: flags, freq, prio and rates; the frame is copied. */
void	radio_send(struct card *, const struct air_tx *tx, const void *frame, size_t len,
	    radio_done *, void *arg);
/* Handles what the hub has already sent, for those who judge by the clock. */
void	radio_poll(struct card *);
/* A driver came or left. */
void	radio_peer(struct card *, bool present);
/* The driver can follow the air's clock: a descriptor to give it, or -1. */
int	radio_clock(struct card *);
/* Nothing to do before sim_now() is `next`; an answer goes to the driver. See sim.h. */
void	radio_rest(struct card *, uint64_t next);
void	radio_stir(struct card *, uint64_t next);
/* The clock of the air in microseconds; the card's own without a hub. */
uint64_t radio_tsf(struct card *);

#endif
