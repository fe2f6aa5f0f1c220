/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_kern.h - the small change of a BSD kernel: attributes, byte order, arithmetic and
 * bit macros, _SAFE loops for <sys/queue.h>, mem* and str*.  Part of pdk_os.h.
 *
 * Only what NetBSD, OpenBSD, FreeBSD and DragonFly have under the same name and meaning.
 */
#ifndef PDK_KERN_H
#define PDK_KERN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* ---- <sys/cdefs.h> ---- */

#ifndef __packed
#define __packed	__attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(n)	__attribute__((__aligned__(n)))
#endif
#ifndef __unused
#define __unused	__attribute__((__unused__))
#endif
#ifndef __predict_true
#define __predict_true(e)	__builtin_expect((e) != 0, 1)
#define __predict_false(e)	__builtin_expect((e) != 0, 0)
#endif
#ifndef CTASSERT
#define CTASSERT(e)	_Static_assert(e, #e)
#endif

/* ---- <sys/param.h> ---- */

#ifndef MIN
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#endif
#ifndef nitems
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#ifndef howmany
#define howmany(x, y)	(((x) + ((y) - 1)) / (y))
#endif
#ifndef roundup
#define roundup(x, y)	((((x) + ((y) - 1)) / (y)) * (y))
#endif
#ifndef powerof2
#define powerof2(x)	((((x) - 1) & (x)) == 0)
#endif
#ifndef NBBY
#define NBBY		8
#endif
#ifndef setbit
#define setbit(a, i)	(((uint8_t *)(a))[(i) / NBBY] |= 1 << ((i) % NBBY))
#define clrbit(a, i)	(((uint8_t *)(a))[(i) / NBBY] &= ~(1 << ((i) % NBBY)))
#define isset(a, i)	(((const uint8_t *)(a))[(i) / NBBY] & (1 << ((i) % NBBY)))
#define isclr(a, i)	(isset(a, i) == 0)
#endif

/* ---- <sys/endian.h> ---- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PDK_LE(bits, x)	((uint##bits##_t)(x))
#define PDK_BE(bits, x)	((uint##bits##_t)__builtin_bswap##bits((uint##bits##_t)(x)))
#else
#define PDK_LE(bits, x)	((uint##bits##_t)__builtin_bswap##bits((uint##bits##_t)(x)))
#define PDK_BE(bits, x)	((uint##bits##_t)(x))
#endif
#ifndef htole16		/* <endian.h> has them as macros too */
#define htole16(x)	PDK_LE(16, x)
#define htole32(x)	PDK_LE(32, x)
#define htole64(x)	PDK_LE(64, x)
#define le16toh(x)	PDK_LE(16, x)
#define le32toh(x)	PDK_LE(32, x)
#define le64toh(x)	PDK_LE(64, x)
#define htobe16(x)	PDK_BE(16, x)
#define htobe32(x)	PDK_BE(32, x)
#define htobe64(x)	PDK_BE(64, x)
#define be16toh(x)	PDK_BE(16, x)
#define be32toh(x)	PDK_BE(32, x)
#define be64toh(x)	PDK_BE(64, x)
#endif

/* ---- <sys/queue.h>: what the C library's lacks ---- */

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, tmp)				\
	for ((var) = TAILQ_FIRST(head);						\
	    (var) != NULL && ((tmp) = TAILQ_NEXT(var, field), 1); (var) = (tmp))
#endif
#ifndef TAILQ_FOREACH_REVERSE_SAFE
#define TAILQ_FOREACH_REVERSE_SAFE(var, head, headname, field, tmp)		\
	for ((var) = TAILQ_LAST(head, headname);				\
	    (var) != NULL && ((tmp) = TAILQ_PREV(var, headname, field), 1); (var) = (tmp))
#endif
#ifndef STAILQ_FOREACH_SAFE
#define STAILQ_FOREACH_SAFE(var, head, field, tmp)				\
	for ((var) = STAILQ_FIRST(head);					\
	    (var) != NULL && ((tmp) = STAILQ_NEXT(var, field), 1); (var) = (tmp))
#endif
#ifndef LIST_FOREACH_SAFE
#define LIST_FOREACH_SAFE(var, head, field, tmp)				\
	for ((var) = LIST_FIRST(head);						\
	    (var) != NULL && ((tmp) = LIST_NEXT(var, field), 1); (var) = (tmp))
#endif
#ifndef SLIST_FOREACH_SAFE
#define SLIST_FOREACH_SAFE(var, head, field, tmp)				\
	for ((var) = SLIST_FIRST(head);						\
	    (var) != NULL && ((tmp) = SLIST_NEXT(var, field), 1); (var) = (tmp))
#endif

/* ---- libkern ---- */

void	*memcpy(void *__restrict, const void *__restrict, size_t);
void	*memmove(void *, const void *, size_t);
void	*memset(void *, int, size_t);
int	memcmp(const void *, const void *, size_t);
size_t	strlen(const char *);
int	strcmp(const char *, const char *);
int	strncmp(const char *, const char *, size_t);
size_t	strlcpy(char *__restrict, const char *__restrict, size_t);

/* Busy-wait `us` microseconds at least.  Any context. */
void	pdk_delay(unsigned us);
#define DELAY(us)	pdk_delay(us)

#endif /* PDK_KERN_H */
