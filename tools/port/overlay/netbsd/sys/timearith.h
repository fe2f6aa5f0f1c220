/* SPDX-License-Identifier: BSD-2-Clause */
/* timearith.h: sums of times, declared by the headers that use them; timeradd(9). */
#ifndef OVERLAY_SYS_TIMEARITH_H
#define OVERLAY_SYS_TIMEARITH_H

#include <sys/types.h>

struct timespec;
struct timeval;

int	tvtohz(const struct timeval *);
int	tstohz(const struct timespec *);
int	inittimeleft(struct timespec *, struct timespec *);

#endif /* OVERLAY_SYS_TIMEARITH_H */
