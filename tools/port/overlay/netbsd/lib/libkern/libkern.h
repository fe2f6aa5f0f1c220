/* SPDX-License-Identifier: BSD-2-Clause */
/* libkern.h: what a kernel has of libc; libkern(9). */
#ifndef OVERLAY_LIB_LIBKERN_LIBKERN_H
#define OVERLAY_LIB_LIBKERN_LIBKERN_H

#include <sys/types.h>
#include <sys/inttypes.h>
#include <sys/null.h>

void	*memcpy(void *, const void *, size_t);
void	*memmove(void *, const void *, size_t);
void	*memset(void *, int, size_t);
void	*explicit_memset(void *, int, size_t);
int	memcmp(const void *, const void *, size_t);
void	*memchr(const void *, int, size_t);
size_t	strlen(const char *);
size_t	strnlen(const char *, size_t);
int	strcmp(const char *, const char *);
int	strncmp(const char *, const char *, size_t);
size_t	strlcpy(char *, const char *, size_t);
size_t	strlcat(char *, const char *, size_t);
char	*strchr(const char *, int);
char	*strrchr(const char *, int);
char	*strstr(const char *, const char *);
int	ffs(int);
void	kern_assert(const char *, ...) __printflike(1, 2);

static __inline int	imax(int, int) __unused;
static __inline int	imin(int, int) __unused;
static __inline u_int	max(u_int, u_int) __unused;
static __inline u_int	min(u_int, u_int) __unused;

static __inline int
imax(int a, int b)
{
	return a > b ? a : b;
}

static __inline int
imin(int a, int b)
{
	return a < b ? a : b;
}

static __inline u_int
max(u_int a, u_int b)
{
	return a > b ? a : b;
}

static __inline u_int
min(u_int a, u_int b)
{
	return a < b ? a : b;
}

/* <sys/stddef.h> has it since 11. */
#ifndef offsetof
#define offsetof(type, member)	__builtin_offsetof(type, member)
#endif

#define __KASSERTSTR	"kernel assertion \"%s\" failed: file \"%s\", line %d"
#ifdef DIAGNOSTIC
#define KASSERT(e)							\
	((e) ? (void)0 : kern_assert(__KASSERTSTR, #e, __FILE__, __LINE__))
#define KASSERTMSG(e, msg, ...)						\
	((e) ? (void)0 : kern_assert(msg, ##__VA_ARGS__))
#else
#define KASSERT(e)		((void)0)
#define KASSERTMSG(e, ...)	((void)0)
#endif
#ifndef CTASSERT
#define CTASSERT(e)	_Static_assert(e, #e)
#endif

#endif /* OVERLAY_LIB_LIBKERN_LIBKERN_H */
