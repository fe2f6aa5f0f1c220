/* SPDX-License-Identifier: BSD-2-Clause */
/* percpu_types.h: percpu(9). */
#ifndef OVERLAY_SYS_PERCPU_TYPES_H
#define OVERLAY_SYS_PERCPU_TYPES_H

struct cpu_info;
typedef struct percpu percpu_t;
typedef void (*percpu_callback_t)(void *, void *, struct cpu_info *);

#endif /* OVERLAY_SYS_PERCPU_TYPES_H */
