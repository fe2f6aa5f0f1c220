/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ie.h - walking through information elements (IEEE 802.11-2016, 9.4.2).
 *
 *	struct ie ie;
 *	struct ie_walk w = IE_WALK(body, len);
 *
 *	while (ie_next(&w, &ie))
 *		if (ie.id == DOT11_IE_SSID)
 *			...			ie.len octets at ie.data
 *
 * What is cut off at the end is not seen.
 */
#ifndef STA_IE_H
#define STA_IE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ie {
	uint8_t		 id, len;
	const uint8_t	*data;
};

struct ie_walk {
	const uint8_t	*p;
	size_t		 left;
};
#define IE_WALK(ies, len)	{ (ies), (len) }

static inline bool
ie_next(struct ie_walk *w, struct ie *ie)
{
	if (w->left < 2 || w->p[1] > w->left - 2)
		return false;
	ie->id = w->p[0];
	ie->len = w->p[1];
	ie->data = w->p + 2;
	w->p += 2 + ie->len;
	w->left -= 2 + (size_t)ie->len;
	return true;
}

/* Is it a vendor's element of Microsoft's OUI, which WMM uses, with this type? */
static inline bool
ie_is_ms(const struct ie *ie, uint8_t type)
{
	return ie->id == 221 && ie->len >= 4 && ie->data[0] == 0x00 && ie->data[1] == 0x50 &&
	    ie->data[2] == 0xf2 && ie->data[3] == type;
}

#endif /* STA_IE_H */
