/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.h: the kernel's variables; hz(9), tick(9). */
#ifndef OVERLAY_SYS_KERNEL_H
#define OVERLAY_SYS_KERNEL_H

#include <sys/types.h>

extern int hz;			/* clock interrupts a second */
extern int tick;		/* microseconds between them */
extern int hardclock_ticks;
extern int cold;		/* configuring devices */
extern int stathz;
extern int profhz;

int	getticks(void);

#define hztoms(t)	((t) * 1000 / hz)
#define mstohz(ms)	((unsigned int)((ms) * (unsigned long)hz / 1000))

#endif /* OVERLAY_SYS_KERNEL_H */
