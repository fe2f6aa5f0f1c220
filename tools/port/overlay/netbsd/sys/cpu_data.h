/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu_data.h: what struct cpu_info has of every machine, as far as headers and drivers look at it. */
#ifndef OVERLAY_SYS_CPU_DATA_H
#define OVERLAY_SYS_CPU_DATA_H

#include <sys/intr.h>
#include <sys/sched.h>

struct lwp;

struct cpu_data {
	unsigned	 cpu_index;
	struct lwp	*cpu_idlelwp;
	struct schedstate_percpu cpu_schedstate;
};

#define ci_schedstate	ci_data.cpu_schedstate
#define ci_index	ci_data.cpu_index

#endif /* OVERLAY_SYS_CPU_DATA_H */
