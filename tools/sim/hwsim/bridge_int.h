/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files bridge*.c share: the bridge, and the radios that it has made; see bridge.h. */
#ifndef HWSIM_BRIDGE_INT_H
#define HWSIM_BRIDGE_INT_H

#include <sys/queue.h>

#include "tools/sim/air/air.h"
#include "tools/sim/hwsim/bridge.h"
#include "tools/sim/hwsim/hwsim.h"

/* A frame that waits for room at the hub, or (data released) for its status. */
struct frame {
	STAILQ_ENTRY(frame) q;
	struct hwsim_tx	tx;		/* .frame points behind this struct */
	uint8_t		data[];
};
STAILQ_HEAD(frames, frame);

struct radio {
	struct bridge	*bridge;
	struct air	*air;
	uint8_t		hw[6];
	char		name[AIR_NAME_MAX];
	int		index;			/* of the kernel, or -1: not known */
	bool		on_air;			/* the hub has answered */
	bool		up;			/* it has an interface that is up */
	bool		told;			/* naddr is what the kernel told */
	uint8_t		addr[AIR_ADDRS_MAX][6];
	unsigned	uses[AIR_ADDRS_MAX];	/* an interface, and a scan with its address */
	unsigned	naddr;
	uint16_t	freq;			/* tuned to; 0: not yet */
	struct frames	waiting, sent;
	unsigned	nwaiting;
	struct bridge_stats stats;
};

struct bridge {
	struct bridge_conf conf;
	struct hwsim	*hwsim;
	struct radio	*radio[BRIDGE_RADIOS];
	unsigned	nradio, nnames;
	struct bridge_stats gone;
	bool		listed;			/* the kernel has told of its radios */
	char		failed[320];
};

/* ---- bridge.c ---- */
/* Note why the bridge cannot go on; the first reason counts. */
void	bridge_fail(struct bridge *, const char *what, const char *why);

/* ---- bridge_radio.c ---- */
/* The radio with that second address of hwsim's, or NULL. */
struct radio *radio_find(const struct bridge *, const uint8_t hw[6]);
/* Put one on the air; NULL: bridge_fail() has the reason. */
struct radio *radio_new(struct bridge *, const uint8_t hw[6], const uint8_t perm[6]);
/* With all its frames; it is not taken out of the bridge's list. */
void	radio_free(struct radio *);
/* The first address of a radio whose second is known: hwsim sets a bit in the first octet. */
void	radio_first_address(const uint8_t hw[6], uint8_t perm[6]);
/* The place of an address, or -1. */
int	radio_find_addr(const struct radio *, const uint8_t addr[6]);
/* What the radio answers to: one more, one less (as often as it was added), all of it. */
void	radio_add_addr(struct radio *, const uint8_t addr[6]);
void	radio_del_addr(struct radio *, const uint8_t addr[6]);
void	radio_tell_addrs(struct radio *);
void	radio_add_stats(struct bridge_stats *to, const struct bridge_stats *);

/* ---- bridge_frame.c ---- */
/* A frame from the kernel; `arg` is the bridge.  As hwsim_ops.tx. */
void	radio_tx(void *arg, const uint8_t hw[6], const struct hwsim_tx *);
/* What the hub says; `arg` is the radio. */
extern const struct air_ops radio_air_ops;

#endif /* HWSIM_BRIDGE_INT_H */
