/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rateword.c - see rateword.h.
 */
#include "rateword.h"

/* PLCP codes, which 802.11 puts in front of a frame: 17.3.4.2 and 16.2.3. */
static const struct {
	uint8_t		rate;
	uint8_t		plcp;
} legacy[] = {
	{ 2, 10 }, { 4, 20 }, { 11, 55 }, { 22, 110 },		/* CCK */
	{ 12, 13 }, { 18, 15 }, { 24, 5 }, { 36, 7 },
	{ 48, 9 }, { 72, 11 }, { 96, 1 }, { 108, 3 },
};
#define NCCK	4

uint32_t
iwm_rate_legacy(uint8_t rate)
{
	unsigned i;

	for (i = 0; i < nitems(legacy); i++)
		if (legacy[i].rate == rate)
			return legacy[i].plcp | (i < NCCK ? RATE_MCS_CCK_MSK : 0);
	return 0;
}

static int
parse_legacy(uint32_t word, struct iwm_rate *r)
{
	unsigned i, first = 0, end = NCCK;

	r->cck = (word & RATE_MCS_CCK_MSK) != 0;
	if (!r->cck) {
		first = NCCK;
		end = nitems(legacy);
	}
	for (i = first; i < end; i++)
		if (legacy[i].plcp == (word & RATE_LEGACY_RATE_MSK)) {
			r->rate = legacy[i].rate;
			return 1;
		}
	return 0;
}

int
iwm_rate_parse(uint32_t word, struct iwm_rate *r)
{
	memset(r, 0, sizeof(*r));
	r->nss = 1;
	r->width = 20;
	if ((word & (RATE_MCS_HT_MSK | RATE_MCS_VHT_MSK)) == 0)
		return parse_legacy(word, r);
	r->ht = 1;
	r->sgi = (word & RATE_MCS_SGI_MSK) != 0;
	r->width = MIN(20 << ((word & RATE_MCS_CHAN_WIDTH_MSK) >> RATE_MCS_CHAN_WIDTH_POS), 160);
	if ((word & RATE_MCS_VHT_MSK) != 0) {
		r->mcs = word & RATE_VHT_MCS_RATE_CODE_MSK;
		r->nss = RATE_VHT_MCS_NSS(word);
	} else {
		r->mcs = word & RATE_HT_MCS_INDEX_MSK;
		r->nss = r->mcs / 8 + 1;
	}
	return r->nss <= 3;
}
