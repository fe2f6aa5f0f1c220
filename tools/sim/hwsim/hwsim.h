/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hwsim.h - the radios of Linux's mac80211_hwsim: its netlink family, and rates as it writes
 * them. Numbers and meanings are those of drivers/net/wireless/virtual/mac80211_hwsim.h of Linux.
 *
 *	static const struct hwsim_ops ops = { .tx = frame, .addr = address, ... };
 *
 *	error = hwsim_open(&ops, arg, &h, errmsg, sizeof(errmsg));
 *	poll(hwsim_fd(h), POLLIN), then hwsim_dispatch(h);	calls the ops
 *	hwsim_rx(h, radio, &rx, frame, len);			a frame for a radio
 *	hwsim_txinfo(h, radio, &info);				what became of a frame of a radio
 *
 * A radio is named by its hardware address (hwsim gives each radio two addresses; this is the
 * second, 42:...). While the socket is open, the kernel passes no frame from radio to radio by
 * itself. Needs CAP_NET_ADMIN, and radios with one channel each (the module's default).
 */
#ifndef TOOLS_SIM_HWSIM_HWSIM_H
#define TOOLS_SIM_HWSIM_HWSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/sim/air/air.h"

#define HWSIM_RATES	4u		/* IEEE80211_TX_MAX_RATES */
#define HWSIM_FRAME_MIN	24u		/* a received frame, as the kernel wants it */
#define HWSIM_FRAME_MAX	2304u

/* HWSIM_ATTR_FLAGS */
#define HWSIM_TX_REQ_STATUS	0x1u
#define HWSIM_TX_NO_ACK		0x2u
#define HWSIM_TX_ACKED		0x4u

/* Flags of a rate, HWSIM_ATTR_TX_INFO_FLAGS. */
#define HWSIM_RC_RTS		0x001u
#define HWSIM_RC_CTSSELF	0x002u
#define HWSIM_RC_SHORTPRE	0x004u
#define HWSIM_RC_MCS		0x008u
#define HWSIM_RC_GF		0x010u
#define HWSIM_RC_40MHZ		0x020u
#define HWSIM_RC_SGI		0x080u
#define HWSIM_RC_VHT		0x100u

/* Index into the band's rates, or MCS; -1: this one and those behind it are not used. */
struct hwsim_rate {
	int8_t		idx;
	uint8_t		count;		/* tries */
	uint16_t	flags;		/* HWSIM_RC_*; not in a status */
};

struct hwsim_tx {
	uint64_t	cookie;
	uint32_t	flags;
	uint32_t	freq;		/* MHz */
	struct hwsim_rate rate[HWSIM_RATES];
	const uint8_t	*frame;
	size_t		len;
};

struct hwsim_txinfo {
	uint64_t	cookie;
	uint32_t	flags;
	int32_t		signal;		/* of the ACK, dBm */
	struct hwsim_rate rate[HWSIM_RATES];
};

struct hwsim_rx {
	uint32_t	freq;		/* MHz: the kernel drops it when the radio is elsewhere */
	uint32_t	rate;		/* index into the band's legacy rates */
	int32_t		signal;		/* dBm */
};

/* Called by hwsim_dispatch() and, radio only, hwsim_open(). What they point to is theirs. */
struct hwsim_ops {
	/* A radio is there (again: nothing new). perm: its first address. index: its id, or -1. */
	void	(*radio)(void *arg, const uint8_t hw[6], const uint8_t perm[6], int index);
	/* The radios that were there at the start have been told of; called once. */
	void	(*listed)(void *arg);
	/* A radio has gone. */
	void	(*radio_gone)(void *arg, int index);
	/* An interface of it answers to this address from now on, or no longer. */
	void	(*addr)(void *arg, const uint8_t hw[6], const uint8_t addr[6], bool add);
	/* It sends a frame; exactly one hwsim_txinfo() is due, now or later. */
	void	(*tx)(void *arg, const uint8_t hw[6], const struct hwsim_tx *);
};

struct hwsim;

int	hwsim_open(const struct hwsim_ops *, void *arg, struct hwsim **, char *errmsg,
	    size_t errlen);
void	hwsim_close(struct hwsim *);
int	hwsim_fd(const struct hwsim *);
/* Handles what has come. 0; ENODEV: the module was unloaded; EIO: the socket failed. */
int	hwsim_dispatch(struct hwsim *);
/* Messages that the kernel had no room for: frames it lost. */
unsigned hwsim_overruns(const struct hwsim *);
/* 0; EMSGSIZE: outside HWSIM_FRAME_MIN..MAX; else what sending gave. The kernel may drop it. */
int	hwsim_rx(struct hwsim *, const uint8_t hw[6], const struct hwsim_rx *,
	    const uint8_t *frame, size_t len);
int	hwsim_txinfo(struct hwsim *, const uint8_t hw[6], const struct hwsim_txinfo *);

/* ---- rates (rates.c), without the kernel -------------------------------------------------- */

/*
 * The ladder of a frame for the air; how many rungs: at least one, the band's lowest rate if
 * nothing else is usable. VHT becomes the HT rate of its streams and MCS (at most 7); 40 MHz
 * becomes 20 MHz: the bridge's radios are 20 MHz wide.
 */
unsigned hwsim_ladder(const struct hwsim_tx *, struct air_rate rate[HWSIM_RATES]);
/* AIR_TX_* for the frame, from its flags and those of its first rate. */
uint32_t hwsim_air_flags(const struct hwsim_tx *);
/* 0..7: beacons first, then management, then data by access category. */
uint8_t	hwsim_prio(const uint8_t *frame, size_t len);
/* What became of it, in hwsim's terms. */
void	hwsim_status(const struct hwsim_tx *, const struct air_txstatus *, struct hwsim_txinfo *);
/* It was not sent at all. */
void	hwsim_status_unsent(const struct hwsim_tx *, struct hwsim_txinfo *);
/* Index into the band's legacy rates: for HT the highest that is not faster. */
uint32_t hwsim_rx_rate(const struct air_rate *, unsigned freq);

#endif
