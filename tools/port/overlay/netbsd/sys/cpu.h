/* SPDX-License-Identifier: BSD-2-Clause */
/* cpu.h: cpu(9). */
#ifndef OVERLAY_SYS_CPU_H
#define OVERLAY_SYS_CPU_H

#include <machine/cpu.h>

bool	cpu_intr_p(void);
bool	cpu_softintr_p(void);

#endif /* OVERLAY_SYS_CPU_H */
