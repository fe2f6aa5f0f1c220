/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers in mapped memory, as a real card's are: two threads that write one at once are no data
 * race for ThreadSanitizer, which ends the program with a status of its own if they were.
 */
#include <pthread.h>

#include "harness/clock.h"
#include "harness/dev.h"
#include "tests/unit/tap.h"

#define REG	0x10
#define TIMES	1000

static uint32_t page[1024] __attribute__((aligned(4096)));
static struct hyp_bar bar = { .base = (volatile uint8_t *)page, .size = sizeof(page),
    .direct = sizeof(page), .mapped = true };
static pthread_barrier_t together;

static void *
writer(void *arg)
{
	uint32_t i, id = *(const uint32_t *)arg;

	pthread_barrier_wait(&together);
	for (i = 0; i < TIMES; i++) {
		hyp_write4(&bar, REG, id);
		if (hyp_read4(&bar, REG) > 2)
			return arg;
	}
	return NULL;
}

int
main(void)
{
	static uint32_t ids[] = { 1, 2 };
	pthread_t thread[2];
	void *bad[2];
	int i;

	clock_init();
	pthread_barrier_init(&together, NULL, 2);
	for (i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, writer, &ids[i]);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], &bad[i]);
	ok(bad[0] == NULL && bad[1] == NULL, "a register has what one of them has written");
	hyp_write1(&bar, REG + 1, 0x80);
	hyp_write2(&bar, REG + 2, 0x1234);
	ok(hyp_read1(&bar, REG + 1) == 0x80 && hyp_read2(&bar, REG + 2) == 0x1234,
	    "narrow registers are beside each other");
	return done();
}
