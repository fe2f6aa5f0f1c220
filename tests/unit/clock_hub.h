/* SPDX-License-Identifier: BSD-2-Clause */
/* clock_hub.h - a hub of a simulated air, played by the test, and what the harness logs of it. */
#ifndef TESTS_UNIT_CLOCK_HUB_H
#define TESTS_UNIT_CLOCK_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/air_clock.h"

#define START_US	777000u			/* its time at first */
#define HANG_MS		20000			/* after that a test has hung */

extern char logged[4096];			/* the last line of hyp_log() */

struct hub {
	int		sock, page_fd;
	struct air_page	*page;
	uint32_t	seq;
	uint64_t	tsf;
};
extern struct hub hub;

union message {
	struct air_hdr	hdr;
	struct air_idle	idle;
	struct air_busy	busy;
	uint8_t		bytes[512];
};

/* Followed by the clock, which is idle; ends the program if it cannot be. */
void	hub_new(void);
/* Its parts, for one that is no such help. */
void	hub_make_page(int seals);
void	hub_give_welcome(uint32_t fast, int page_fd);
void	hub_give(void *msg, size_t len, uint16_t type, int fd);
void	hub_free(void);

/* Time is there, for who waited for it or asked. */
void	hub_give_time(uint64_t tsf);
/* The next message; false: none in that time. */
bool	hub_next(union message *, int ms);
/* Is it this one?  What was overtaken by a TIME is none. */
bool	hub_hears_idle(uint64_t until);
bool	hub_hears_busy(uint32_t flags);
/* The test lets some time pass for what must not come. */
bool	hub_stays_busy(void);

#endif /* TESTS_UNIT_CLOCK_HUB_H */
