/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bridge.h - the radios of mac80211_hwsim as radios of the air, one connection to the hub each.
 *
 *	error = bridge_new(&(struct bridge_conf){ .air = "/run/air.sock", .name = "guest" }, &b,
 *	    errmsg, sizeof(errmsg));
 *	n = bridge_fill(b, pfd);  poll(pfd, n);  bridge_poll(b, pfd, n)
 *	until bridge_failed(b) != NULL
 *
 * What a radio is on the air: named NAME and its number (guest0); its addresses are those of its
 * interfaces; it is tuned to the channel on which it sent last, for hwsim tells of no other, and
 * hears all channels: the kernel drops what is not on the radio's own. It answers (ACK) on the
 * channel it is tuned to.
 */
#ifndef TOOLS_SIM_HWSIM_BRIDGE_H
#define TOOLS_SIM_HWSIM_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BRIDGE_RADIOS	32u
#define BRIDGE_NAME_MAX	20u
/* Frames of one radio that wait for room at the hub; hwsim itself keeps at most 100. */
#define BRIDGE_WAITING	128u

struct bridge_conf {
	const char	*air;		/* socket of the hub */
	const char	*name;		/* what radios' names begin with */
};

struct bridge_stats {
	uint64_t	tx, acked, noack, unacked, unsent, rx, rx_dropped;
};

struct bridge;
struct pollfd;

int	bridge_new(const struct bridge_conf *, struct bridge **, char *errmsg, size_t errlen);
void	bridge_free(struct bridge *);
/* At most 1 + BRIDGE_RADIOS entries; how many. */
size_t	bridge_fill(struct bridge *, struct pollfd *);
void	bridge_poll(struct bridge *, const struct pollfd *, size_t n);
/*
 * The radios that the kernel had at the start are on the air: the hub has answered them. Before
 * that a frame sent has no answer in time, and none is heard: a first scan would find nothing.
 */
bool	bridge_ready(const struct bridge *);
/* Why it cannot go on; NULL: it can. */
const char *bridge_failed(const struct bridge *);
unsigned bridge_radios(const struct bridge *);
void	bridge_stats(const struct bridge *, struct bridge_stats *);
/* Messages that the kernel lost because the bridge was too slow. */
unsigned bridge_overruns(const struct bridge *);

#endif
