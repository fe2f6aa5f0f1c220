/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_bugs.c - run-fake: what a driver does wrong in attach, by itself and to the harness.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/unit/fake_personality.h"

void __attribute__((noinline))
fake_crash_here(volatile int *p)
{
	*p = 1;			/* CRASH-LINE */
	__asm__ volatile("" ::: "memory");
}

void __attribute__((noinline))
fake_spin(void)
{
	static volatile unsigned long n;

	for (;;)
		n++;
}

static int __attribute__((noinline))
fake_zero(void)
{
	volatile int zero = 0;

	return 1000 / zero;
}

static int __attribute__((noinline))
fake_recurse(volatile char *up)
{
	volatile char here[512];

	here[0] = up != NULL ? up[0] : 0;
	return here[0] == 77 ? 0 : fake_recurse(here) + here[0];
}

/* Where its caller goes on is written over, then it crashes. */
static void __attribute__((noinline, no_sanitize("address", "thread")))
fake_smash(void)
{
	volatile uintptr_t *frame = __builtin_frame_address(0);
	unsigned i;

	for (i = 0; i < 8; i++)
		frame[i] = 0x4141414141414140;
	*(volatile int *)(frame[0] - 0x4141414141414130) = 1;
}

static void
lose(void)
{
	fake.lost = NULL;
}

/* ThreadSanitizer's open() has it where others have the frame's pointer: a frame of nowhere. */
static const char passwords[24] __attribute__((aligned(8))) = "/etc/shadow\0nowhere";

/* More misbehaviour, by kinds that need more than a line. */
static void
misbehave_more(void)
{
	if (MODE("exit"))
		exit(0);
	if (MODE("system-call"))
		exit(open(passwords, O_RDONLY | O_CLOEXEC));
	if (MODE("eats-memory"))
		hyp_memory(fake.dev, 1L << 40);
	if (MODE("crash-locked"))	/* the key is read with the output's lock held */
		hyp_info(fake.dev, (const char *)(uintptr_t)0x10, "value");
	if (MODE("own-outside"))
		hyp_dma_own(fake.dev, fake.mem.iova, 8192, HYP_DMA_SHARED);
	if (MODE("dma-beyond"))
		((volatile char *)fake.mem.va)[5000] = 1;
	if (MODE("lost-memory") || MODE("lost-at-exit"))
		fake.lost = malloc(100);
	if (MODE("lost-at-exit"))
		atexit(lose);
	else
		lose();
	if (MODE("stop-card-and-crash")) {
		kill(atoi(getenv("FAKE_PID")), SIGSTOP);
		fake_inlined();
	}
}

void
fake_misbehave(void)
{
	char *old = malloc(16);

	if (MODE("crash-attach"))
		fake_inlined();
	if (MODE("abort"))
		abort();
	if (MODE("fpe"))
		exit(fake_zero());
	if (MODE("call-null"))
		((void (*)(void))(uintptr_t)getenv("FAKE_NO_SUCH"))();
	if (MODE("call-wild"))
		((void (*)(void))((uintptr_t)getenv("FAKE_NO_SUCH") + 0x41414141))();
	if (MODE("stack"))
		fake_recurse(NULL);
	if (MODE("stack-smashed"))
		fake_smash();
	if (MODE("hang-attach"))
		fake_spin();
	if (MODE("crash-in-malloc")) {		/* with the allocator's lock held, or near it */
		memset(old - 16, 0x41, 64);
		free(old);
		old = malloc(1000);
		abort();
	}
	if (MODE("use-after-free")) {
		volatile uintptr_t gone = (uintptr_t)old;

		free(old);
		*(volatile char *)gone = 1;
		old = NULL;
	}
	if (MODE("violation"))
		hyp_violation(fake.dev, "a fake rule", "broken with %d", 42);
	if (MODE("unaligned"))
		hyp_read4(fake.bar, 2);
	if (MODE("beyond"))
		hyp_write4(fake.bar, hyp_bar_size(fake.bar), 0);
	if (MODE("double-free")) {
		struct hyp_dma copy = fake.mem;

		hyp_dma_free(fake.dev, &copy);
	}
	misbehave_more();
	fake_misbehave_with_locks();
	if (MODE("bad-state"))
		hyp_state(fake.dev, "nowhere");
	free(old);
}
