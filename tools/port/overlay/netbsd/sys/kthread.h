/* SPDX-License-Identifier: BSD-2-Clause */
/* kthread.h: kthread(9). */
#ifndef OVERLAY_SYS_KTHREAD_H
#define OVERLAY_SYS_KTHREAD_H

#include <sys/types.h>

struct cpu_info;

#define KTHREAD_IDLE	0x01
#define KTHREAD_MPSAFE	0x02
#define KTHREAD_INTR	0x04
#define KTHREAD_TS	0x08
#define KTHREAD_MUSTJOIN 0x10

int	kthread_create(pri_t, int, struct cpu_info *, void (*)(void *), void *, lwp_t **,
	    const char *, ...) __printflike(7, 8);
void	kthread_exit(int) __dead;
int	kthread_join(lwp_t *);

#endif /* OVERLAY_SYS_KTHREAD_H */
