/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - voy-air: the air between simulated radios.
 *
 *	voy-air --socket /tmp/air.sock --control /tmp/air.ctl --pcap air.pcapng --json
 *
 * stdout: events, one JSON object per line with --json, else lines for people: listening{socket}
 * radio{radio,id,radios} left{radio,why,tx,rx,dropped} slow{radio,text}
 * violation{rule,radio,text}, and last result{ok,violations,tx,attempts,acked,failed,rx,lost,
 * dropped,frames_per_s_mean,...}. stderr: errors, always.
 *
 * Exit status: 0 iff no radio broke the protocol and the capture was written; 1: not so; 2: could
 * not run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/server.h"
#include "tools/sim/prog/opts.h"
#include "tools/sim/prog/say.h"
#include "tools/sim/prog/stop.h"

struct options {
	const char	*socket, *control, *pcap, *time;
	bool		json;
	struct opt_list	sets;
};

static void
usage(FILE *f)
{
	fputs("usage: voy-air --socket PATH [--control PATH] [--pcap FILE] [--time=real|fast]\n"
	    "               [--json] [--set KEY=VALUE]... [--set KEY:A:B[:oneway]=VALUE]...\n"
	    "\n"
	    "The air: simulated radios connect to the socket and hear each other.\n"
	    "\n"
	    "  --socket PATH     where radios connect (mode 0600; a stale one is replaced)\n"
	    "  --control PATH    socket for {\"cmd\":\"set\"|\"unset\"|\"pair\"|\"status\"|\"kick\"|"
	    "\"flush\"|\"stop\"}\n"
	    "  --pcap FILE       everything on the air, as pcapng\n"
	    "  --time fast       time jumps while all radios and hosts are idle, and stands still\n"
	    "                    while they work; as on the wall while one takes no part\n"
	    "  --json            events as JSON, one object per line\n"
	    "\n"
	    "settings of all pairs of radios, or of the pair A, B (names; * is any):\n"
	    "  rssi=DBM          signal (default -50)\n"
	    "  noise=DBM         noise (default -95)\n"
	    "  loss=PERCENT      frames lost, per attempt (default 0)\n"
	    "  delay=US          further delay of arrival (default 0)\n"
	    "settings of the hub:\n"
	    "  sensitivity=DBM   weakest signal heard at 1 Mb/s (default -93)\n"
	    "  airtime=on|off    frames take their time (default on)\n"
	    "  radios=N          time does not jump while there are fewer (default 0)\n"
	    "  seed=N            of the losses (default 0)\n"
	    "  patience=MS       how long time stands still for somebody at work (default 5000)\n"
	    "\n"
	    "Exit status 0: no radio broke the protocol. 1: one did. 2: could not run.\n", f);
}

/* ---- events ---------------------------------------------------------------------------- */

static void
event(void *arg, const char *name, json_t *members)
{
	const struct options *o = arg;

	if (o->json && strcmp(name, "violation") == 0)
		fprintf(stderr, "voy-air: violation: %s\n",
		    json_string_value(json_object_get(members, "text")));
	say_members(name, members);
}

static void
add_error(json_t *result, const char *what, const char *name, int error)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s: %s", what, name, strerror(error));
	json_object_set_new(result, "error", json_string(text));
	fprintf(stderr, "voy-air: %s\n", text);
}

/* error: of the loop. */
static bool
say_result(struct options *o, struct hub *h, const struct pcapng *pcap, int error)
{
	json_t *result = hub_totals(h);
	bool ok = hub_violations(h) == 0 && error == 0;

	if (error != 0)
		add_error(result, "ppoll", "", error);
	if (pcap != NULL && pcapng_error(pcap) != 0) {
		ok = false;
		add_error(result, "pcap file ", o->pcap, pcapng_error(pcap));
	}
	json_object_set_new(result, "ok", json_boolean(ok));
	say_members("result", result);
	return ok;
}

/* ---- run ------------------------------------------------------------------------------- */

static int
settings(const struct options *o, struct hub *h)
{
	char msg[512];

	for (unsigned i = 0; i < o->sets.n; i++) {
		int error = air_set_text(h, o->sets.value[i], msg, sizeof(msg));

		if (error != 0) {
			fprintf(stderr, "voy-air: --set %s: %s\n", o->sets.value[i], msg);
			return error;
		}
	}
	return 0;
}

static int
serve(struct options *o, struct pcapng *pcap)
{
	sigset_t waiting;
	struct air_server_opts so = { .path = o->socket, .control = o->control,
	    .fast = strcmp(o->time, "fast") == 0, .pcap = pcap, .event = event, .arg = o,
	    .stop = &stop_asked, .sigmask = &waiting };
	struct air_server *s;
	char msg[512];
	int error;
	bool ok;

	stop_signals(&waiting);
	if (air_server_new(&so, &s, msg, sizeof(msg)) != 0) {
		fprintf(stderr, "voy-air: %s\n", msg);
		return 2;
	}
	if (settings(o, air_server_hub(s)) != 0) {
		air_server_free(s);
		return 2;
	}
	say("listening", "{s:s}", "socket", o->socket);
	error = air_server_run(s);
	if (pcap != NULL)
		pcapng_flush(pcap);
	ok = say_result(o, air_server_hub(s), pcap, error);
	air_server_free(s);
	return error != 0 ? 2 : ok ? 0 : 1;
}

static int
run(struct options *o)
{
	struct pcapng *pcap = NULL;
	char msg[512];
	int status, error;

	say_init("voy-air", o->json);
	if (o->pcap != NULL && pcapng_open(o->pcap, "voy-air", &pcap, msg, sizeof(msg)) != 0) {
		fprintf(stderr, "voy-air: %s\n", msg);
		return 2;
	}
	status = serve(o, pcap);
	if (pcap != NULL) {
		error = pcapng_close(pcap);
		if (error != 0 && status == 0)
			status = 1;
	}
	return status;
}

/* -1: go on; else the exit status. */
static int
parse(int argc, char **argv, struct options *o)
{
	bool help = false;
	const struct opt table[] = {
		{ "socket", .text = &o->socket }, { "control", .text = &o->control },
		{ "pcap", .text = &o->pcap }, { "time", .text = &o->time },
		{ "set", .each = &o->sets }, { "json", .flag = &o->json },
		{ "help", .flag = &help }, { .name = NULL }
	};
	int error = opts_parse(argc, argv, table);

	if (error != 0 || help) {
		usage(error != 0 ? stderr : stdout);
		return error != 0 ? 2 : 0;
	}
	if (strcmp(o->time, "real") != 0 && strcmp(o->time, "fast") != 0) {
		fprintf(stderr, "voy-air: --time %s: there are real and fast\n", o->time);
		return 2;
	}
	if (o->socket == NULL || optind < argc) {
		usage(stderr);
		return 2;
	}
	return -1;
}

int
main(int argc, char **argv)
{
	struct options o = { .time = "real" };
	int status = parse(argc, argv, &o);

	if (status < 0)
		status = run(&o);
	free(o.sets.value);
	return status;
}
