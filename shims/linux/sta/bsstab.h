/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bsstab.h - the access points heard lately, and which of them to join.
 *
 *	struct bsstab *tab = bsstab_new();
 *
 *	bsstab_put(tab, &fresh, now);			each beacon and probe response
 *	bsstab_age(tab, now);
 *	b = bsstab_best(tab, &want, now, why, sizeof(why));
 *
 * Times are nanoseconds.  No locks; a pointer into the table is good until the next
 * bsstab_put() or bsstab_age().
 */
#ifndef STA_BSSTAB_H
#define STA_BSSTAB_H

#include "shims/linux/sta/bss.h"

#define BSSTAB_MAX	256u
#define BSSTAB_AGE_NS	UINT64_C(60000000000)	/* then it is forgotten */
#define BSSTAB_FRESH_NS	UINT64_C(15000000000)	/* until then it can be joined unseen */

struct bsstab;

struct bsstab *bsstab_new(void);		/* NULL: no memory */
void	bsstab_free(struct bsstab *);		/* NULL is harmless */

/*
 * Keep what was heard; the least recently heard goes when there is no room.  What one frame did
 * not tell (a hidden name, the DTIM period) stays as another told it.  Returns the entry.
 */
struct bss *bsstab_put(struct bsstab *, const struct bss *fresh, uint64_t now);
void	bsstab_age(struct bsstab *, uint64_t now);
struct bss *bsstab_find(struct bsstab *, const uint8_t bssid[6]);
unsigned bsstab_count(const struct bsstab *);
/* The i-th, in no order. */
struct bss *bsstab_at(struct bsstab *, unsigned i);

/* What is wanted. */
struct bsstab_want {
	const uint8_t	*ssid;
	size_t		 ssid_len;
	const uint8_t	*bssid;			/* only this; NULL: any */
	bool		 secure;		/* with a passphrase; else an open network only */
	/* Can it be joined by this radio?  May write why not. */
	bool		(*usable)(void *arg, const struct bss *, char *why, size_t len);
	void		*arg;
};

/* Has the entry the wanted name, address and security?  If not, why may say so. */
bool	bsstab_match(const struct bsstab_want *, const struct bss *, char *why, size_t len);

/*
 * The best that matches, was heard within BSSTAB_FRESH_NS and is not held back: the strongest,
 * where one that fails counts as weaker each time, and 5 GHz as stronger.  NULL: none; why says
 * what is next to a match and what would mend it, or is empty.
 */
struct bss *bsstab_best(struct bsstab *, const struct bsstab_want *, uint64_t now, char *why,
	    size_t len);
/* The order of that choice: higher is better. */
int	bsstab_score(const struct bss *);

#endif /* STA_BSSTAB_H */
