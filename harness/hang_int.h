/* SPDX-License-Identifier: BSD-2-Clause */
/* hang_int.h - what the files of the watchdog share: hang.c judges, hang_say.c has the words. */
#ifndef HARNESS_HANG_INT_H
#define HARNESS_HANG_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/busy.h"
#include "harness/text.h"

#define GET(p)	atomic_load_explicit(&(p), memory_order_relaxed)

/* "toy_bh in BH" of the innermost call. */
void	hang_add_call(struct text *, const struct busy *);
/* "; it has the lock; toy_bh in BH waits for the lock". */
void	hang_add_held(struct text *, const struct busy *);
/* Who waits for what that who has, from one to itself. */
void	hang_add_cycle(struct text *, struct busy *);
/* How long it has waited in vain, and what may be missing. */
void	hang_add_vain(struct text *, struct busy *);

/* Does it have the thing? */
bool	hang_has(const struct busy *, const void *thing);
/* How long it has waited in vain in its call, ns of the driver's clock. */
uint64_t hang_in_vain(const struct busy *);

#endif /* HARNESS_HANG_INT_H */
