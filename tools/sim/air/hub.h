/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hub.h - the air itself, without sockets: who hears what, when, and how loud.
 *
 *	struct hub_ops ops = { .mono_us = clock, .send = to_radio, .close = hang_up, ... };
 *	struct hub *h = hub_new(&ops, arg, fast);
 *
 *	error = hub_set(h, "loss", "ap0", "card0", false, 10.0, errmsg, sizeof(errmsg));
 *	struct radio *r = hub_join(h, link);		somebody has connected
 *	if (!hub_input(h, r, msg, len))			one datagram of it
 *		r is gone (the close op was called)
 *	hub_run(h);					what is due by now
 *	wait at most hub_wait(h) us, then again
 *
 * One thread. link is the caller's name for the connection. Times are in microseconds.
 */
#ifndef TOOLS_SIM_AIR_HUB_H
#define TOOLS_SIM_AIR_HUB_H

#include <jansson.h>

#include "tools/sim/air/air.h"
#include "tools/sim/air/pcapng.h"

struct hub;
struct radio;

#define HUB_RADIOS_MAX	128u
#define HUB_WINDOW	64u		/* TX of one radio that wait */

enum hub_unread {
	HUB_UNREAD_NONE,	/* all that radios have sent by now has been given to hub_input() */
	HUB_UNREAD_SOME,	/* not all; it will be */
	HUB_UNREAD_HELD,	/* not all, and not before time passes: a radio's queue is full */
};

struct hub_ops {
	/* A clock that never goes back, any origin. */
	uint64_t (*mono_us)(void *arg);
	/*
	 * One message. must: it has to arrive (a few hundred of these at most are on their way
	 * to a radio); others may be refused when the radio does not read. False: refused.
	 */
	bool	(*send)(void *arg, void *link, const void *msg, size_t len, bool must);
	/* The radio is dropped; what was sent should still go out. */
	void	(*close)(void *arg, void *link);
	/* Asked before each jump of time. */
	enum hub_unread (*unread)(void *arg);
	/* Something to report; members is released by the callee. */
	void	(*event)(void *arg, const char *name, json_t *members);
};

struct hub *hub_new(const struct hub_ops *, void *arg, bool fast);
/* Radios must have left before. */
void	hub_free(struct hub *);
/* Writes everything to it from now on; NULL: no more. Not owned. */
void	hub_pcap(struct hub *, struct pcapng *);

/* NULL: no memory. */
struct radio *hub_join(struct hub *, void *link);
/* The connection was lost. close is not called. */
void	hub_leave(struct hub *, struct radio *, const char *why);
/* Tells the radio why, then drops it. */
void	hub_drop(struct hub *, struct radio *, const char *why);
bool	hub_input(struct hub *, struct radio *, const void *msg, size_t len);
/* As many TX wait as may: do not read on. */
bool	hub_full(const struct radio *);
struct radio *hub_find(struct hub *, const char *name);

void	hub_run(struct hub *);
/* Until hub_run() has something to do; UINT64_MAX: only input can bring that. */
uint64_t hub_wait(struct hub *);
uint64_t hub_tsf(struct hub *);
/* The descriptor that goes with each WELCOME, or -1. Stays the hub's. */
int	hub_clock_fd(const struct hub *);

/* ---- settings (settings.c) -------------------------------------------------------------- */

/*
 * rssi (dBm), noise (dBm), loss (percent), delay (us): of the pair a, b in both directions, or
 * oneway from a to b. a and b are names, present or not, or "*"; NULL is "*". The closest wins:
 * a>b, then a>*, then *>b, then *>*.
 * sensitivity (dBm), airtime (0, 1), radios (count), seed, patience (ms): of the hub; a and b are NULL.
 */
int	hub_set(struct hub *, const char *key, const char *a, const char *b, bool oneway,
	    double value, char *errmsg, size_t errlen);
/* Takes a pair's setting back. ENOENT: there was none. */
int	hub_unset(struct hub *, const char *key, const char *a, const char *b, bool oneway);
/* What is in force from a to b: a new object, or NULL when one of them is not there. */
json_t	*hub_pair(struct hub *, const char *a, const char *b);

/* ---- figures (stats.c) ------------------------------------------------------------------ */

unsigned hub_violations(const struct hub *);
/* Everything of now, with an array of radios: a new object. */
json_t	*hub_status(struct hub *);
/* Totals, for the result event: a new object. */
json_t	*hub_totals(struct hub *);

#endif
