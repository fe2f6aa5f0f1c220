/* SPDX-License-Identifier: BSD-2-Clause */
/* bench.h - what the pieces of bench-pdk share. */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include <stdatomic.h>
#include <stddef.h>

/* Nanoseconds, monotonic. */
double	bench_now(void);

/* One row of `voy bench` on standard output; ours and peer in ns. */
void	bench_row(const char *name, double ours, double peer, const char *against);

/*
 * The bare peers, each measured by itself, in ns per operation (0: it could not be set up).
 * peer_epoll: one write to an eventfd until a thread in epoll_wait(2) has seen it.
 * peer_echo: `ask` bytes to another process over a UNIX stream socket and `answer` bytes back.
 * peer_mutex: pthread_mutex_lock(3) and pthread_mutex_unlock(3).
 */
double	peer_epoll(unsigned rounds);
double	peer_mutex(unsigned rounds);
double	peer_echo(unsigned rounds, size_t ask, size_t answer);

/* Signal fd and wait, spinning, until somebody has set the flag; ns per round. */
double	bench_signal(int fd, atomic_int *flag, unsigned rounds);

#endif /* TOOLS_BENCH_BENCH_H */
