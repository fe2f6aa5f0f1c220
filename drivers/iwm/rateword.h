/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rateword.h - the firmware's rate words from and to the numbers of 802.11.
 *
 *	word = iwm_rate_legacy(12) | RATE_MCS_ANT_A_MSK;	// 6 Mb/s
 *	if (iwm_rate_parse(word, &r) && r.ht)
 *		use r.mcs
 *
 * Pure functions.
 */
#ifndef IWM_RATEWORD_H
#define IWM_RATEWORD_H

#include <pdk.h>

#include "fwapi_rate.h"

struct iwm_rate {
	uint8_t		rate;		/* 500 kb/s; 0 with ht */
	uint8_t		mcs;		/* HT: 0..15; VHT: of its streams */
	uint8_t		nss;		/* streams */
	uint8_t		width;		/* MHz */
	uint8_t		ht, cck, sgi;
};

/* The word of a rate in units of 500 kb/s, without antennas; 0: there is no such rate. */
uint32_t iwm_rate_legacy(uint8_t rate);
/* 1; or 0 when the word is no rate. */
int	iwm_rate_parse(uint32_t word, struct iwm_rate *);

#endif /* IWM_RATEWORD_H */
