/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hub_int.h - what the files of the hub share. See hub.h for the way in.
 *
 * A frame's way: hub_input() -> tx_input() makes a struct txframe in its radio's queue ->
 * medium_kick() puts it on the air as a struct flight once its channel is free -> at the end of
 * the flight medium_landed() draws who heard it, delivers, and tries again or reports.
 */
#ifndef TOOLS_SIM_AIR_HUB_INT_H
#define TOOLS_SIM_AIR_HUB_INT_H

#include <sys/queue.h>

#include "tools/sim/air/hub.h"

#define NPRIO		8u
#define NO_INTERFACE	UINT32_MAX

/* ---- settings of a direction between two radios ------------------------------------------ */

enum link_key { LINK_RSSI, LINK_NOISE, LINK_LOSS, LINK_DELAY, LINK_KEYS };

struct link {
	double		value[LINK_KEYS];	/* dBm, dBm, percent, us */
	uint64_t	rng;			/* of the losses in this direction */
};

struct rule {
	struct rule	*next;
	char		from[AIR_NAME_MAX], to[AIR_NAME_MAX];
	unsigned	have;			/* 1 << enum link_key */
	double		value[LINK_KEYS];
};

/* ---- frames and flights ------------------------------------------------------------------ */

struct txframe {
	TAILQ_ENTRY(txframe) q;
	uint64_t	cookie, arrival;
	uint32_t	flags, ampdu;
	uint16_t	freq, center, width;
	uint8_t		prio, nrates;
	uint8_t		rung;			/* rate in use */
	uint8_t		tried;			/* attempts at it */
	unsigned	tries;			/* all attempts */
	unsigned	airtime;
	bool		wants_ack;
	struct air_rate	rate[AIR_RATES_MAX];
	size_t		len;
	uint8_t		data[];
};
TAILQ_HEAD(txqueue, txframe);

/* One attempt on the air. Outlives its radio: the channel stays busy to the end. */
struct flight {
	LIST_ENTRY(flight) all;
	struct radio	*radio;			/* NULL: it has left */
	struct txframe	*frame;
	struct air_rate	rate;
	unsigned	lo, hi;			/* MHz */
	uint64_t	start;			/* of the first preamble */
	uint64_t	tsf;			/* of the first bit of the MAC header */
	uint64_t	end;			/* of the ACK, or of the wait for it */
	unsigned	duration;		/* of the frame */
	bool		rts;			/* it is only an RTS, without answer */
	uint32_t	interface;		/* of the radio, in the capture */
};
LIST_HEAD(flights, flight);

/* ---- radios ------------------------------------------------------------------------------ */

struct radio_stats {
	uint64_t	tx, attempts, acked, failed, invalid, txbytes;
	uint64_t	rx, rxbytes;
	uint64_t	lost;			/* frames it would have heard but for loss */
	uint64_t	dropped;		/* frames it heard but did not read in time */
};

struct radio {
	struct hub	*hub;
	void		*link;
	unsigned	slot;			/* index in hub.radio[] */
	uint32_t	id;			/* 0 before HELLO */
	char		name[AIR_NAME_MAX];
	uint32_t	flags;			/* AIR_HELLO_* */
	struct air_addr	addr[AIR_ADDRS_MAX];
	unsigned	naddr;
	struct air_tune	tune;			/* .on 0 at first */
	uint64_t	tuned;			/* since when like this */
	uint64_t	sent_until;		/* end of its last own frame */
	struct txqueue	q[NPRIO];
	unsigned	nq;
	struct flight	*flight;
	bool		pending;		/* in hub.pending */
	TAILQ_ENTRY(radio) pend;
	uint32_t	last_ampdu;		/* of the last frame on the air */
	bool		in_ampdu;
	uint64_t	ampdu_end;
	uint32_t	seq;			/* of the last message to it */
	bool		takes_part;		/* in simulated time, see air_clock.h */
	bool		idle;
	uint32_t	idle_seq;
	uint64_t	idle_until;
	uint32_t	interface;		/* in the capture */
	struct radio_stats stats;
	struct link	*to;			/* [HUB_RADIOS_MAX], by slot of the receiver */
};

/* ---- the hub ----------------------------------------------------------------------------- */

#define CHAN_LO		2400u
#define CHAN_BINS	720u			/* 5 MHz each */

struct event {
	uint64_t	when, order;
	void		(*fn)(struct hub *, void *arg);
	void		*arg;
};

#define CLOCK_PATIENCE	5000000u		/* us */

struct hub_clock {
	bool		fast;
	bool		stands;
	bool		impatient;		/* it has stood too long; not again before a jump */
	bool		held;			/* unread messages that cannot be read yet */
	int64_t		skew;			/* while it goes: TSF - ops->mono_us() */
	uint64_t	at;			/* while it stands: the TSF */
	uint64_t	moved;			/* mono: since then it stands */
	uint64_t	patience;
	uint64_t	njump, jumped;
	struct air_page	*page;			/* or NULL */
	int		fd;			/* of the page, or -1 */
};

struct hub {
	const struct hub_ops *ops;
	void		*arg;
	struct hub_clock clock;
	uint64_t	started;		/* mono */
	uint64_t	epoch;			/* us since 1970 at TSF 0 */
	uint64_t	now;			/* TSF of what is being done */
	uint32_t	next_id;
	struct radio	*radio[HUB_RADIOS_MAX];
	unsigned	nradio, most;
	TAILQ_HEAD(, radio) pending;		/* have a frame to send, oldest first */
	struct flights	flights;
	uint64_t	busy_until[CHAN_BINS];
	struct event	*event;			/* a heap */
	size_t		nevent, maxevent;
	uint64_t	norder;
	size_t		ndelayed;
	struct rule	*rules;
	unsigned	nrules;
	uint64_t	seed, rng;
	double		sensitivity;
	bool		airtime;
	unsigned	want_radios;		/* fewer: time does not jump */
	struct pcapng	*pcap;
	unsigned	violations;
	struct radio_stats gone;		/* sums of those that have left */
	uint64_t	cut;			/* flights whose radio left */
	/* Frames per second of real time. */
	uint64_t	win_start, win_count;
	double		rate, peak;
	uint8_t		msg[AIR_MSG_MAX] __attribute__((aligned(8)));
};

/* hub.c */
/* To a radio: fills in the header. False: refused (it does not read). */
bool	radio_send(struct radio *, void *msg, size_t len, uint16_t type, bool must);
bool	radio_answers(const struct radio *, const uint8_t *addr1);

/* It waited for this time; it is idle no longer. */
void	radio_time(struct radio *);

/* clock.c */
void	clock_new(struct hub *, bool fast);
void	clock_free(struct hub *);
void	clock_patience(struct hub *, uint64_t us);
/* Somebody has become busy: time stands from now on, unless others are on the wall. */
void	clock_heed(struct hub *);
uint64_t clock_tsf(const struct hub *);
int64_t	clock_skew(const struct hub *);		/* TSF - ops->mono_us() */
bool	radio_idle(const struct radio *);

/* input.c */
/* NULL: fine; else what rule was broken. */
const char *hello_check(struct hub *, const struct air_hello *);
const char *addrs_check(const struct air_hello *);
const char *tune_check(const struct air_tune *);
const char *tx_input(struct radio *, const struct air_tx *, const uint8_t *rest, size_t len);

/* medium.c */
void	medium_queue(struct radio *, struct txframe *);
void	medium_kick(struct hub *);
/* Its queue is thrown away, its flight goes on without it. */
void	medium_forget(struct radio *);
void	medium_status(struct radio *, const struct txframe *, enum air_tx_result,
	    int8_t ack_signal);

/* deliver.c */
struct heard {
	bool		acked;
	int8_t		ack_signal;		/* of the ACK at the sender */
	struct radio	*by;			/* has sent an ACK */
	struct radio	*best;			/* whose signal goes into the capture */
	const struct radio *lost_at;		/* the addressed one, when it was lost there */
};
/* Who hears the flight: draws losses and delivers. */
void	deliver(struct hub *, const struct flight *, struct heard *);
void	capture(struct hub *, const struct flight *, const struct heard *);
/* Whether an RTS for this frame and its CTS both arrive. */
bool	rts_answered(struct hub *, const struct radio *, const struct txframe *);

/* link.c */
void	links_resolve(struct hub *, struct radio *);	/* both ways, with all others */
void	links_update(struct hub *);			/* after a setting; keeps the RNGs */
struct link *link_of(const struct radio *from, const struct radio *to);
/* Strong enough for that rate? */
bool	link_hears(const struct hub *, const struct link *, const struct air_rate *);
bool	link_draw_loss(struct link *);
uint64_t rng_next(uint64_t *state);
uint64_t rng_seed(uint64_t seed, const char *a, const char *b);

/* sched.c */
/* False: no memory. */
bool	sched_at(struct hub *, uint64_t when, void (*fn)(struct hub *, void *), void *arg);
uint64_t sched_next(const struct hub *);		/* UINT64_MAX: nothing */
void	sched_run_one(struct hub *);

/* stats.c */
void	stats_add(struct radio_stats *, const struct radio_stats *);
void	stats_count_frame(struct hub *);

#endif
