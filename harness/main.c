/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main() of every run-DRIVER program: one driver on one device, from attach to detach.
 * Which driver, hyp_personality() says.  run-DRIVER --help lists the options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/backtrace.h"
#include "harness/clock.h"
#include "harness/contain.h"
#include "harness/control.h"
#include "harness/crash.h"
#include "harness/event.h"
#include "harness/fatal.h"
#include "harness/leakcheck.h"
#include "harness/life.h"
#include "harness/net.h"
#include "harness/options.h"
#include "harness/pcap.h"
#include "harness/rr.h"
#include "harness/sanitizer.h"
#include "harness/threads.h"
#include "harness/trace.h"
#include "harness/trace_file.h"
#include "harness/warden.h"
#include "harness/watch.h"
#include "harness/wifi.h"

static bool ended;		/* main() returns; exit() is ours */

/* An error before there is a device: event, result, exit status. */
static int
refuse(const char *why, int status)
{
	struct event_result res = { .ok = false, .error = why };

	ended = true;
	event_error(why);
	event_result(&res);
	return status;
}

/* What must be there before the first thread; an errno. */
static int
prepare(const struct hyp_personality *pers, const struct options *opt, const char *unit)
{
	int error;

	error = warden_start();
	if (error == 0)
		error = contain_init(opt);
	if (error == 0)
		error = watch_init(opt->debugger);
	if (error == 0)
		error = life_init(pers, opt);
	if (error == 0)
		error = trace_init(pers->regs);
	if (error != 0)
		return error;
	threads_init();
	net_init(opt);
	error = fatal_init(unit, opt->trace_last);
	crash_init();
	sanitizer_init();
	return error;
}

/* exit() is not for drivers: the run still ends as a failed one, with all that a crash leaves. */
static void
on_exit_call(void)
{
	struct fatal *f;

	if (ended) {
		leakcheck_exit();
		return;
	}
	f = fatal_begin();
	f->event = "crash";
	f->status = FATAL_STATUS_RULE;
	bt_here(&f->bt);
	snprintf(f->text, sizeof(f->text), "the driver called exit() in thread %s; a device is given "
	    "up by pdk_fail()", f->thread);
	fatal_end();
}

static int
run(const struct hyp_personality *pers, struct options *opt, const char *unit)
{
	char why[512];
	bool ok;
	int error;

	if (rr_replay(pers, opt, why, sizeof(why)) != 0)
		return refuse(why, 1);
	error = prepare(pers, opt, unit);
	if (error != 0)
		return refuse(strerror(error), 1);
	if (wifi_init(opt, why, sizeof(why)) != 0 ||
	    rr_record(pers, opt, why, sizeof(why)) != 0 ||
	    trace_file_open(opt->trace, why, sizeof(why)) != 0 ||
	    pcap_open(opt->pcap, unit, why, sizeof(why)) != 0 ||
	    control_start(pers, opt, why, sizeof(why)) != 0 ||
	    rr_begin(opt, why, sizeof(why)) != 0)
		return refuse(why, 1);
	atexit(on_exit_call);
	rr_start();
	contain_expect();
	error = life_start();
	if (error != 0)
		return refuse(strerror(error), 1);
	contain_expected();
	watch(pers, opt);
	life_join();
	rr_end();
	trace_file_close();
	pcap_close();
	sanitizer_check();
	ended = true;
	sanitizer_end();
	ok = life_result();
	control_stop();
	if (!ok) {
		fflush(NULL);
		_exit(1);	/* a sanitizer's exit hook would set a status of its own */
	}
	return 0;
}

int
main(int argc, char **argv)
{
	const struct hyp_personality *pers = hyp_personality();
	struct options opt;
	char why[1024], unit[32];

	sanitizer_begin();
	clock_init();
	snprintf(unit, sizeof(unit), "%s0", pers->driver);
	event_init(unit, options_want_json(argc, argv), false);
	switch (options_parse(argc, argv, pers, &opt, why, sizeof(why))) {
	case OPTIONS_EXIT:
		return 0;
	case OPTIONS_USAGE:
		return refuse(why, 2);
	case OPTIONS_RUN:
		break;
	}
	event_init(unit, opt.json, opt.verbose);
	return run(pers, &opt, unit);
}
