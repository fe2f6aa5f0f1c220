/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order.h - the order in which things are taken and waited for.
 *
 * Who waits for B while he has A takes them in the order A, B.  Once somebody has done so and
 * somebody else takes A while he has B, they will wait for each other some day.  So the order of
 * each pair is kept from its first time, by name, and what is against it ends the run the first
 * time that it is tried, also when nobody else is there and all would go well: as FreeBSD's
 * witness(4) and Linux's lockdep do.
 */
#ifndef HARNESS_ORDER_H
#define HARNESS_ORDER_H

#include "harness/busy.h"

/* This thread, which has something, is about to take the thing, or to wait for who has it. */
void	order_check(struct busy *, const void *thing, const char *name);

#endif /* HARNESS_ORDER_H */
