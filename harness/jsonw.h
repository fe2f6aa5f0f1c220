/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jsonw.h - write JSON into a buffer that the caller has.
 *
 * No allocation, no lock, no stdio: it may run while the process crashes.  What does not fit
 * is left out, but the text stays well-formed JSON.
 *
 *	char buf[256];
 *	struct jsonw j;
 *
 *	jsonw_open(&j, buf, sizeof(buf));
 *	jsonw_str(&j, "event", "state");
 *	jsonw_sec(&j, "t", ns);
 *	len = jsonw_close(&j);			{"event":"state","t":0.012345}
 */
#ifndef HARNESS_JSONW_H
#define HARNESS_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSONW_DEPTH	8

struct jsonw {
	char	*buf;
	size_t	 size, len;		/* len never reaches size - closing brackets */
	unsigned depth;
	char	 close[JSONW_DEPTH];	/* what ends each open object or array */
	bool	 comma;
};

/* Begin an object; size >= 64. */
void	jsonw_open(struct jsonw *, char *buf, size_t size);
/* End everything that is open, add a 0 byte; returns the length without it. */
size_t	jsonw_close(struct jsonw *);

/* Members; key NULL: an element of an array.  A NULL value is written as null. */
void	jsonw_str(struct jsonw *, const char *key, const char *val);
void	jsonw_int(struct jsonw *, const char *key, int64_t val);
void	jsonw_bool(struct jsonw *, const char *key, bool val);
void	jsonw_sec(struct jsonw *, const char *key, uint64_t ns);	/* seconds, 6 decimals */
void	jsonw_raw(struct jsonw *, const char *key, const char *val);	/* val is JSON */
void	jsonw_members(struct jsonw *, const char *object);	/* of an object that is JSON */
void	jsonw_object(struct jsonw *, const char *key);
void	jsonw_array(struct jsonw *, const char *key);
void	jsonw_end(struct jsonw *);	/* of the innermost object or array */

#endif /* HARNESS_JSONW_H */
