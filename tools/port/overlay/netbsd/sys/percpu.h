/* SPDX-License-Identifier: BSD-2-Clause */
/* percpu.h: percpu(9). */
#ifndef OVERLAY_SYS_PERCPU_H
#define OVERLAY_SYS_PERCPU_H

#include <sys/types.h>
#include <sys/percpu_types.h>

percpu_t *percpu_alloc(size_t);
void	percpu_free(percpu_t *, size_t);
void	*percpu_getref(percpu_t *);
void	percpu_putref(percpu_t *);

#endif /* OVERLAY_SYS_PERCPU_H */
