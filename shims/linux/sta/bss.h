/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bss.h - what a beacon or probe response tells of an access point.
 *
 *	if (bss_parse(&b, frame, len, &rxi) == 0)
 *		...				b.bssid, b.ssid, b.chan, ...
 *
 * Pure, no memory kept.  Nothing in such a frame is trusted: wrong lengths hide an element,
 * values outside their range become the default.
 */
#ifndef STA_BSS_H
#define STA_BSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pdk80211.h>

#include "shims/linux/sta/rsn.h"

/* An announced change of channel (9.4.2.19, 9.4.2.53). */
struct bss_csa {
	bool		on;
	bool		quiet;		/* do not send until then */
	uint8_t		chan, count;	/* count: beacons until then */
	int8_t		sco;		/* secondary channel, if told */
};

struct bss {
	uint8_t		bssid[6];
	uint8_t		ssid[PDK80211_MAXSSID], ssid_len;	/* 0: not known */
	bool		hidden;				/* beacons do not tell it */
	bool		beacon;				/* this was one */
	uint16_t	capinfo, bintval;
	uint64_t	tsf;				/* us */
	uint8_t		chan;				/* primary channel */
	uint8_t		dtim;				/* 0: not told */
	uint8_t		nrates, rates[PDK80211_NRATES];	/* 0x80: basic */
	bool		ht_only;			/* HT stations only */
	uint8_t		erp;				/* DOT11_ERP_* */
	bool		ht, ht_wide;			/* HT; and wider than 20 MHz */
	int8_t		ht_sco;
	uint8_t		ampdu, htprot, mcs[10];
	uint16_t	htcaps;
	bool		qos;
	struct pdk80211_wme wme[PDK80211_NAC];
	struct bss_csa	csa;
	struct rsn_security sec;

	/* the table's: bsstab.h */
	int		rssi;				/* dBm */
	int		rssi16;				/* average, dBm / 16 */
	uint64_t	heard;				/* ns */
	unsigned	fails;				/* tries in a row that came to nothing */
	uint64_t	not_before;			/* ns; no try until then */
};

/* Levels are averaged in 1/16 dBm; both round. */
static inline int
bss_dbm(int rssi16)
{
	return (rssi16 + (rssi16 < 0 ? -8 : 8)) / 16;
}

static inline int
bss_average(int rssi16, int dbm)
{
	return (rssi16 * 7 + dbm * 16 - 4) / 8;
}

/*
 * Take a beacon or probe response apart.  Without a channel of its own it has the one on which
 * it was heard.  EINVAL: it is none, or lacks what every such frame has.
 */
int	bss_parse(struct bss *, const uint8_t *frame, size_t len,
	    const struct pdk80211_rxinfo *);

/* Elements of association responses, which have some of a beacon's; `b` is changed. */
void	bss_ies(struct bss *, const uint8_t *ies, size_t len);

/* The announcement in the body of a spectrum management action frame.  False: there is none. */
bool	bss_csa_action(struct bss_csa *, const uint8_t *body, size_t len);

/* Its name for the user, in quotes' stead escaped; "(hidden)" if not known.  >= 4 * 32 + 1. */
#define BSS_NAME_LEN	132u
const char *bss_name(const uint8_t *ssid, size_t len, char buf[BSS_NAME_LEN]);

#endif /* STA_BSS_H */
