/* SPDX-License-Identifier: BSD-2-Clause */
/* timevar.h: the kernel's clocks; microtime(9), tvtohz(9). */
#ifndef OVERLAY_SYS_TIMEVAR_H
#define OVERLAY_SYS_TIMEVAR_H

#include <sys/types.h>

struct timespec;
struct timeval;

void	binuptime(struct bintime *);
void	nanouptime(struct timespec *);
void	microuptime(struct timeval *);
void	getbinuptime(struct bintime *);
void	getnanouptime(struct timespec *);
void	getmicrouptime(struct timeval *);
void	nanotime(struct timespec *);
void	microtime(struct timeval *);
void	getnanotime(struct timespec *);
void	getmicrotime(struct timeval *);
int	ratecheck(struct timeval *, const struct timeval *);
int	ppsratecheck(struct timeval *, int *, int);
int	tvtohz(const struct timeval *);
int	tshzto(const struct timespec *);
extern volatile time_t time_second;
extern volatile time_t time_uptime;

#endif /* OVERLAY_SYS_TIMEVAR_H */
