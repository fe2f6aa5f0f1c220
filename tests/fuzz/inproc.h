/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * inproc.h - a card in the driver's own process: the driver, its shim and the harness are those of
 * every run, and what is behind the harness is functions.  No socket, no other process, and time
 * jumps when nobody has anything to do, so that an attach takes milliseconds and is the same each
 * time, but for how threads that are at work at once overlap.
 *
 *	static const struct inproc_card card = { 0x8086, 0x08b1, 0x2000, read, write, turn, reset };
 *
 *	inproc_begin(&card);
 *	sc = inproc_attach(&error);		NULL: it failed, and undid all it did
 *	...					calls of the personality, and
 *	inproc_time(1);				the card's and the driver's turn, for a millisecond
 *	inproc_end(sc);				detach; nothing may be left
 *
 * The threads are real ones, but one cause follows another: the card has its turn only when all of
 * them wait, and when it has nothing to do either, time goes on to what they wait for.  A broken
 * rule, a leak, or everybody waiting for ever is abort().
 *
 * It stands in for what would look outside: harness/clock_follow.c, firmware.c, life.c and net.c,
 * and shims/linux/fault.c.  With VOY_FUZZ_TALK=1 in the environment what is logged goes to stderr.
 */
#ifndef TESTS_FUZZ_INPROC_H
#define TESTS_FUZZ_INPROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inproc_card {
	uint16_t	vendor, product;
	uint32_t	size;		/* of BAR 0, the only one */
	/* Accesses of 4 bytes to it, one at a time.  They must not interrupt. */
	uint32_t	(*read)(uint32_t off);
	void		(*write)(uint32_t off, uint32_t val);
	/* Everybody waits: do something, perhaps interrupt.  false: there was nothing to do. */
	bool		(*turn)(void);
	/* As by power. */
	void		(*reset)(void);
};

struct pdk_softc;

/* The device is there.  Once before each attach. */
void	inproc_begin(const struct inproc_card *);
/* attach and attach_late; *error of what failed.  Not NULL: inproc_end() ends it. */
struct pdk_softc *inproc_attach(int *error);
/* detach, unless NULL; the device is gone. */
void	inproc_end(struct pdk_softc *);

/* `ms` milliseconds pass for everybody. */
void	inproc_time(unsigned ms);

/* In turn(): MSI vector 0, if it is connected, as soon as turn() returns. */
void	inproc_interrupt(void);
/* `len` bytes that the device knows by this address; NULL: not within live memory. */
void	*inproc_dma(uint64_t iova, size_t len);
/* The address of the first memory that there is; 0: none yet. */
uint64_t inproc_dma_first(void);

/* A frame of the host's, if the driver's network is there. */
void	inproc_net_tx(const void *frame, size_t len);

/* The firmware file of any name; NULL: there is none. */
extern const void *inproc_fw;
extern size_t inproc_fw_size;

/* Requests to the host that may fail: how many there were, and the one that does; -1: none. */
extern int inproc_requests, inproc_fail_at;

#endif /* TESTS_FUZZ_INPROC_H */
