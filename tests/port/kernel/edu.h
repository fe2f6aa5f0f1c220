/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edu.h - what a driver of QEMU's edu device wants of a small kernel (kernel.h) besides: the
 * device's registers, and the busy wait for it.  Opened before each of the driver's files.
 */
#ifndef KERNEL_EDU_H
#define KERNEL_EDU_H

#include <pdk.h>

uint8_t	bus_space_read_1(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint16_t bus_space_read_2(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint32_t bus_space_read_4(bus_space_tag_t, bus_space_handle_t, bus_size_t);
void	bus_space_write_1(bus_space_tag_t, bus_space_handle_t, bus_size_t, uint8_t);
void	bus_space_write_2(bus_space_tag_t, bus_space_handle_t, bus_size_t, uint16_t);
void	bus_space_write_4(bus_space_tag_t, bus_space_handle_t, bus_size_t, uint32_t);
#define BUS_SPACE_BARRIER_READ	1
#define BUS_SPACE_BARRIER_WRITE	2
#define bus_space_barrier(t, h, off, len, flags)	((void)(t), (void)(h))

/* simthread.c: time passes, and an interrupt may come if nothing forbids it. */
void	k_delay(unsigned us);
#define DELAY(us)	k_delay(us)

/* mbuf(9) that no shim calls. */
struct mbuf *m_free(struct mbuf *);
void	m_adj(struct mbuf *, int);
void	m_cat(struct mbuf *, struct mbuf *);
struct mbuf *m_pullup(struct mbuf *, int);

#define clrbit(a, i)	((a)[(i) / NBBY] &= ~(1 << ((i) % NBBY)))
#define isset(a, i)	(((a)[(i) / NBBY] & (1 << ((i) % NBBY))) != 0)
#define isclr(a, i)	(!isset(a, i))
#define howmany(x, y)	(((x) + ((y) - 1)) / (y))
#define roundup(x, y)	(howmany(x, y) * (y))
#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, tmp)				\
	for ((var) = TAILQ_FIRST(head);						\
	    (var) != NULL && ((tmp) = TAILQ_NEXT(var, field), 1); (var) = (tmp))
#endif

#endif /* KERNEL_EDU_H */
