/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.c - a replay from its begin to its end, as harness/main.c runs it, without what is for users:
 * command line, containment, control socket, traces.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/backtrace.h"
#include "harness/clock.h"
#include "harness/event.h"
#include "harness/life.h"
#include "harness/net.h"
#include "harness/rec_file.h"
#include "harness/rr.h"
#include "harness/sanitizer.h"
#include "harness/threads.h"
#include "harness/trace.h"
#include "harness/watch.h"
#include "harness/wifi.h"
#include "tests/fuzz/replay/replay.h"

#define TIMEOUT_NS	UINT64_C(3600000000000)	/* the fuzzer's own comes before it */
#define HANG_NS		UINT64_C(10000000000)	/* of the processor's time */

static char target[64];

static _Noreturn void
give_up(const char *what)
{
	perror(what);
	abort();
}

static _Noreturn void
refuse(const char *why)
{
	if (getenv("VOY_FUZZ_TALK") != NULL)
		fprintf(stderr, "%s\n", why);
	end_replay(ENDS_IN_ERROR);
}

/* A file that is nobody's but ours, written as every recording is. */
static void
write_recording(const uint8_t *stream, size_t len)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	char why[256];

	snprintf(target, sizeof(target), OPTIONS_REPLAY "/proc/self/fd/%d", fd);
	if (fd < 0 || rec_create(target + sizeof(OPTIONS_REPLAY) - 1, why, sizeof(why)) != 0 ||
	    rec_begin() != 0)
		give_up("a file for the recording");
	rec_write(stream, len);
	if (rec_close() != 0)
		give_up("the recording");
}

/* What is said goes nowhere. */
static void
silence(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		give_up("/dev/null");
	if (getenv("VOY_FUZZ_TALK") == NULL)
		event_init("em0", true, false);
	else
		event_init("em0", false, true);
}

static void
prepare(struct options *opt)
{
	const struct hyp_personality *pers = hyp_personality();
	char why[512];

	clock_init();
	if (rr_replay(pers, opt, why, sizeof(why)) != 0)
		refuse(why);
	if (watch_init(false) != 0 || life_init(pers, opt) != 0 || trace_init(pers->regs) != 0)
		give_up("the harness");
	bt_init();
	threads_init();
	net_init(opt);
	if (wifi_init(opt, why, sizeof(why)) != 0)
		refuse(why);
}

void
run_replay(const uint8_t *stream, size_t len)
{
	static struct options opt = { .target = target, .cycles = 1, .timeout_ns = TIMEOUT_NS,
	    .hang_ns = HANG_NS };

	silence();
	write_recording(stream, len);
	prepare(&opt);
	rr_start();
	if (life_start() != 0)
		give_up("a thread for the life cycle");
	watch(hyp_personality(), &opt);
	life_join();
	rr_end();
	sanitizer_check();
	if (sanitizer_spoke())
		abort();
	end_replay(life_result() ? ENDS_WELL : ENDS_IN_ERROR);
}
