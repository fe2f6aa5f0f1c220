/* SPDX-License-Identifier: BSD-2-Clause */
/* libkern.h: what a kernel has of libc. */
#ifndef OVERLAY_LIB_LIBKERN_LIBKERN_H
#define OVERLAY_LIB_LIBKERN_LIBKERN_H

#include <sys/types.h>

void	*memcpy(void *, const void *, size_t);
void	*memmove(void *, const void *, size_t);
void	*memset(void *, int, size_t);
int	memcmp(const void *, const void *, size_t);
void	*memchr(const void *, int, size_t);
int	timingsafe_bcmp(const void *, const void *, size_t);
void	explicit_bzero(void *, size_t);
size_t	strlen(const char *);
size_t	strnlen(const char *, size_t);
int	strcmp(const char *, const char *);
int	strncmp(const char *, const char *, size_t);
size_t	strlcpy(char *, const char *, size_t);
size_t	strlcat(char *, const char *, size_t);
char	*strchr(const char *, int);
char	*strrchr(const char *, int);
int	ffs(int);
int	fls(int);
void	__assert(const char *, const char *, int, const char *)
	    __attribute__((__noreturn__));

static inline int	imax(int, int);
static inline int	imin(int, int);
static inline u_int	max(u_int, u_int);
static inline u_int	min(u_int, u_int);

static inline int
imax(int a, int b)
{
	return a > b ? a : b;
}

static inline int
imin(int a, int b)
{
	return a < b ? a : b;
}

static inline u_int
max(u_int a, u_int b)
{
	return a > b ? a : b;
}

static inline u_int
min(u_int a, u_int b)
{
	return a < b ? a : b;
}

#ifdef DIAGNOSTIC
#define KASSERT(e)	((e) ? (void)0 : __assert("diagnostic ", __FILE__, __LINE__, #e))
#else
#define KASSERT(e)	((void)0)
#endif
#define CTASSERT(e)	_Static_assert(e, #e)

#endif /* OVERLAY_LIB_LIBKERN_LIBKERN_H */
