/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - voy-hwsim: puts the radios of Linux's mac80211_hwsim on the air, so that a real
 * hostapd or wpa_supplicant meets simulated cards and access points.
 *
 *	voy-hwsim --air /run/air.sock --name guest --json
 *
 * "registered": the radios are on the air, and what they send is heard.
 * Exit status 0: ended by a signal; 1: the hub or the kernel left; 2: could not run.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "tools/sim/hwsim/bridge.h"
#include "tools/sim/prog/opts.h"
#include "tools/sim/prog/say.h"
#include "tools/sim/prog/stop.h"

static void
usage(FILE *f)
{
	fputs("usage: voy-hwsim --air PATH [--name NAME] [--json]\n"
	    "\n"
	    "Puts the radios of mac80211_hwsim on the air (run as root; Linux only).\n"
	    "\n"
	    "  --air PATH    socket of the hub (voy-air), or of voy-tunnel in a guest\n"
	    "  --name NAME   radios are named NAME0, NAME1, ... on the hub (default hwsim)\n"
	    "  --json        events as JSON, one object per line\n", f);
}

static void
say_result(const struct bridge *b)
{
	const char *why = bridge_failed(b);
	struct bridge_stats s;

	bridge_stats(b, &s);
	say("result", "{s:b,s:i,s:i,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:i}", "ok", why == NULL,
	    "violations", 0, "radios", (int)bridge_radios(b), "tx", (json_int_t)s.tx, "acked",
	    (json_int_t)s.acked, "noack", (json_int_t)s.noack, "unacked", (json_int_t)s.unacked,
	    "unsent", (json_int_t)s.unsent, "rx", (json_int_t)s.rx, "rx_dropped",
	    (json_int_t)s.rx_dropped, "overruns", (int)bridge_overruns(b));
}

static int
run(const struct bridge_conf *conf)
{
	struct pollfd pfd[1 + BRIDGE_RADIOS];
	struct bridge *b;
	sigset_t waiting;
	char msg[512];
	bool ready = false;
	int status;

	stop_signals(&waiting);
	if (bridge_new(conf, &b, msg, sizeof(msg)) != 0) {
		say_error("%s", msg);
		return 2;
	}
	while (!stop_asked && bridge_failed(b) == NULL) {
		size_t n = bridge_fill(b, pfd);

		if (!ready && bridge_ready(b)) {
			ready = true;
			say("registered", NULL);
		}
		if (ppoll(pfd, n, NULL, &waiting) >= 0)
			bridge_poll(b, pfd, n);
	}
	if (bridge_failed(b) != NULL)
		say_error("%s", bridge_failed(b));
	say_result(b);
	status = bridge_failed(b) != NULL ? 1 : 0;
	bridge_free(b);
	return status;
}

static int
good_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz" "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-");

	return n >= 1 && n <= BRIDGE_NAME_MAX && name[n] == '\0';
}

int
main(int argc, char **argv)
{
	struct bridge_conf conf = { .name = "hwsim" };
	bool json = false, help = false;
	const struct opt table[] = {
		{ "air", .text = &conf.air }, { "name", .text = &conf.name },
		{ "json", .flag = &json }, { "help", .flag = &help }, { .name = NULL }
	};
	int error = opts_parse(argc, argv, table);

	if (error == 0 && help) {
		usage(stdout);
		return 0;
	}
	if (error != 0 || conf.air == NULL || optind < argc) {
		usage(stderr);
		return 2;
	}
	if (!good_name(conf.name)) {
		fprintf(stderr, "voy-hwsim: --name %s: at most 20 letters, digits, . _ or -\n",
		    conf.name);
		return 2;
	}
	say_init("voy-hwsim", json);
	return run(&conf);
}
