/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * params.h - how to work with an access point: what it offers and what this radio can, taken
 * together; and what the radio may do where, by the channel flags of its non-volatile memory.
 *
 * Pure, any context.
 */
#ifndef STA_PARAMS_H
#define STA_PARAMS_H

#include "shims/linux/sta/bss.h"

/* The radio's channel of that IEEE number, or NULL: it must not be used here. */
const struct pdk80211_chan *params_chan(const struct pdk80211_caps *, unsigned num);
/* The channel itself, as wide as wanted (sco) if the radio and the flags allow. */
struct pdk80211_chan params_width(const struct pdk80211_caps *, const struct pdk80211_chan *,
	    int sco);

/* 5 GHz, by a channel's number. */
static inline bool
params_band5(unsigned num)
{
	return num > 14;
}

/* This station's rates in a band, in 500 kb/s; how many. */
unsigned params_rates(bool band5, const uint8_t **rates);

/*
 * Fill in what ops->join() takes, except for the association id.  EINVAL: they do not go
 * together; `why` says it.
 */
int	params_join(struct pdk80211_bss *, const struct bss *, const struct pdk80211_caps *,
	    char *why, size_t len);
/* The association was granted by a response with these elements (bss_ies() of a copy). */
void	params_assoc(struct pdk80211_bss *, const struct bss *answer, const struct bss *beacon,
	    const struct pdk80211_caps *);
/* A new beacon; a set of PDK_UPD_*: what in the first argument has changed by it. */
int	params_beacon(struct pdk80211_bss *, const struct bss *, const struct pdk80211_caps *);

#endif /* STA_PARAMS_H */
