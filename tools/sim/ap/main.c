/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - voy-ap: access points on a simulated air, with a router behind them.
 *
 *	voy-ap --air /tmp/air.sock --ssid home --channel 6 --psk 'correct horse' --json
 *	voy-ap --air /tmp/air.sock --ssid a --channel 1 --ssid b --channel 36 --psk 'correct horse'
 *	voy-ap --air /tmp/air.sock --config aps.json --control /tmp/ap.ctl
 *
 * stdout: events, one JSON object per line with --json, else lines for people. stderr: errors,
 * always. Exit status 0: ended as asked; 1: the air went away; 2: could not run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/ap/ap.h"
#include "tools/sim/prog/say.h"
#include "tools/sim/prog/stop.h"

static struct apd apd;

static void
usage(FILE *f)
{
	fputs("usage: voy-ap --air PATH --ssid NAME [--channel N] [--psk PASSPHRASE | --open] ...\n"
	    "       voy-ap --air PATH --config FILE ...\n"
	    "\n"
	    "Access points on the simulated air of voy-air, with a router behind them: DHCP, DNS,\n"
	    "gateway 10.0.2.2, which also stands for this machine's loopback.\n"
	    "\n"
	    "  --air PATH            the air's socket\n"
	    "  --config FILE         up to 16 access points: {\"aps\": [{\"ssid\": ...}, ...]};\n"
	    "                        the members are the options below with _ for -\n"
	    "  --control PATH        socket for {\"cmd\":\"status\"|\"deauth\"|...}, a line each\n"
	    "  --no-router           no network behind the access points\n"
	    "  --json                events as JSON, one object per line\n"
	    "\n"
	    "An access point (in brackets: the default); up to 16, each begun by --ssid:\n"
	    "  --ssid NAME           1 to 32 octets\n"
	    "  --name NAME           of its radio on the air [ap0, ap1, ...]\n"
	    "  --bssid MAC           [02:56:4f:59:00:00, ...:01, ...]\n"
	    "  --channel N           1 to 14, 36 to 177 [1]\n"
	    "  --psk PASSPHRASE      WPA2-PSK with CCMP; 64 hexadecimal digits are the key itself\n"
	    "  --open                no encryption [so without --psk]\n"
	    "  --rssi DBM            how loud every station hears it; needs --air-control\n"
	    "  --air-control PATH    the air's control socket\n"
	    "  --hidden              beacons without the name\n"
	    "  --beacon-interval TU  [100]   --dtim-period N    [2]\n"
	    "  --country CC          [US, DE] --max-sta N        [250]\n"
	    "  --inactivity S        a station silent for so long is asked, then dropped [300]\n"
	    "  --group-rekey S       a new group key every so often [0: never]\n"
	    "  --no-ht, --no-wmm, --b-only   older: 802.11g/a, without QoS, 802.11b\n"
	    "  --no-uapsd            WMM without its power save\n"
	    "  --ht40                802.11n on 40 MHz\n", f);
}

enum { OPT_AIR = 256, OPT_CONFIG, OPT_CONTROL, OPT_AIRCTL, OPT_NOROUTER, OPT_JSON, OPT_HELP,
    OPT_SET, OPT_ON, OPT_OFF, OPT_OPEN };

static const struct option options[] = {
	{ "air", required_argument, NULL, OPT_AIR },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "air-control", required_argument, NULL, OPT_AIRCTL },
	{ "no-router", no_argument, NULL, OPT_NOROUTER },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "open", no_argument, NULL, OPT_OPEN },
	{ "ssid", required_argument, NULL, OPT_SET },
	{ "name", required_argument, NULL, OPT_SET },
	{ "bssid", required_argument, NULL, OPT_SET },
	{ "channel", required_argument, NULL, OPT_SET },
	{ "psk", required_argument, NULL, OPT_SET },
	{ "rssi", required_argument, NULL, OPT_SET },
	{ "beacon-interval", required_argument, NULL, OPT_SET },
	{ "dtim-period", required_argument, NULL, OPT_SET },
	{ "country", required_argument, NULL, OPT_SET },
	{ "max-sta", required_argument, NULL, OPT_SET },
	{ "inactivity", required_argument, NULL, OPT_SET },
	{ "group-rekey", required_argument, NULL, OPT_SET },
	{ "hidden", no_argument, NULL, OPT_ON },
	{ "b-only", no_argument, NULL, OPT_ON },
	{ "ht40", no_argument, NULL, OPT_ON },
	{ "no-ht", no_argument, NULL, OPT_OFF },
	{ "no-wmm", no_argument, NULL, OPT_OFF },
	{ "no-uapsd", no_argument, NULL, OPT_OFF },
	{ NULL, 0, NULL, 0 },
};

struct args {
	const char	*config, *control;
	bool		json;
	bool		given;		/* settings of access points were given */
	struct ap_conf	conf[AP_MAX];
	unsigned	n;
};

/* The access point that settings are for now; an SSID after another one begins the next. */
static struct ap_conf *
current(struct args *a, const char *name)
{
	struct ap_conf *c = &a->conf[a->n - 1];

	if (strcmp(name, "ssid") != 0 || c->ssid_len == 0)
		return c;
	if (a->n == AP_MAX) {
		fprintf(stderr, "voy-ap: --ssid: more than %u access points\n", AP_MAX);
		return NULL;
	}
	c = &a->conf[a->n++];
	conf_default(c);
	return c;
}

static int
setting(struct args *a, int opt, const char *name, const char *value)
{
	struct ap_conf *c = current(a, name);
	char key[32], msg[256];

	snprintf(key, sizeof(key), "%s", opt == OPT_OFF ? name + 3 : name);
	for (char *p = key; *p != '\0'; p++)
		if (*p == '-')
			*p = '_';
	a->given = true;
	if (c == NULL)
		return EINVAL;
	if (conf_set(c, key, opt == OPT_SET ? value : opt == OPT_ON ? "1" : "0", msg,
	    sizeof(msg)) == 0)
		return 0;
	fprintf(stderr, "voy-ap: --%s\n", msg);
	return EINVAL;
}

/* 0; 1: help was printed; else an errno. */
static int
parse(int argc, char **argv, struct args *a)
{
	int opt, index = 0;

	conf_default(&a->conf[0]);
	a->n = 1;
	while ((opt = getopt_long(argc, argv, "h", options, &index)) != -1) {
		switch (opt) {
		case OPT_AIR:
			apd.air_path = optarg;
			break;
		case OPT_CONFIG:
			a->config = optarg;
			break;
		case OPT_CONTROL:
			a->control = optarg;
			break;
		case OPT_AIRCTL:
			apd.air_control = optarg;
			break;
		case OPT_NOROUTER:
			apd.router = false;
			break;
		case OPT_JSON:
			a->json = true;
			break;
		case OPT_OPEN:
			a->given = true;
			a->conf[a->n - 1].psk[0] = '\0';
			break;
		case OPT_SET:
		case OPT_ON:
		case OPT_OFF:
			if (setting(a, opt, options[index].name, optarg) != 0)
				return EINVAL;
			break;
		case 'h':
		case OPT_HELP:
			usage(stdout);
			return -1;
		default:
			return EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "voy-ap: %s: what is this? try voy-ap --help\n", argv[optind]);
		return EINVAL;
	}
	return 0;
}

/* Those of the command line. */
static int
complete(struct args *a)
{
	char msg[512], which[32] = "";
	const char *same;
	unsigned other;

	for (unsigned i = 0; i < a->n; i++) {
		if (a->n > 1)
			snprintf(which, sizeof(which), "access point %u: ", i + 1);
		if (conf_finish(&a->conf[i], i, msg, sizeof(msg)) != 0) {
			fprintf(stderr, "voy-ap: %s--%s\n", which, msg);
			return EINVAL;
		}
		if ((same = conf_same(a->conf, i, &other)) != NULL) {
			fprintf(stderr, "voy-ap: %s--%s: that of access point %u, too\n", which,
			    same, other + 1);
			return EINVAL;
		}
	}
	return 0;
}

static int
collect(struct args *a)
{
	char msg[512];
	int error;

	if (apd.air_path == NULL) {
		fprintf(stderr, "voy-ap: --air PATH is missing: the socket of a running voy-air\n");
		return EINVAL;
	}
	if (a->config != NULL && a->given) {
		fprintf(stderr, "voy-ap: --config and settings of access points together\n");
		return EINVAL;
	}
	if (a->config == NULL)
		return complete(a);
	error = conf_load(a->config, a->conf, &a->n, AP_MAX, msg, sizeof(msg));
	if (error != 0)
		fprintf(stderr, "voy-ap: %s\n", msg);
	return error;
}

static int
start(const struct args *a)
{
	char msg[512] = "";
	int error = 0;

	for (unsigned i = 0; error == 0 && i < a->n; i++)
		if (a->conf[i].rssi != 0)
			error = airctl_rssi(apd.air_control, &a->conf[i], msg, sizeof(msg));
	for (unsigned i = 0; error == 0 && i < a->n; i++)
		error = ap_new(&apd, &a->conf[i], msg, sizeof(msg));
	if (error == 0 && a->control != NULL)
		error = ctl_new(a->control, ap_commands, &apd, &apd.control, msg,
		    sizeof(msg));
	if (error != 0)
		fprintf(stderr, "voy-ap: %s\n", msg[0] != '\0' ? msg : strerror(error));
	return error;
}

static void
finish(void)
{
	for (unsigned i = 0; i < apd.naps; i++)
		ap_free(apd.ap[i]);
	apd.naps = 0;
	sta_reap(&apd);
	ctl_free(apd.control);
}

int
main(int argc, char **argv)
{
	static struct args args;
	sigset_t waiting;
	int error;

	apd.router = true;
	apd.started = mono_us();
	LIST_INIT(&apd.nets);
	LIST_INIT(&apd.timers);
	TAILQ_INIT(&apd.dead);
	error = parse(argc, argv, &args);
	if (error != 0)
		return error < 0 ? 0 : 2;
	say_init("voy-ap", args.json);
	stop_signals(&waiting);
	if (collect(&args) != 0)
		return 2;
	error = start(&args);
	if (error == 0) {
		error = apd_loop(&apd, &waiting);
		if (error != 0 && !apd.failed) {
			apd.failed = true;
			snprintf(apd.why, sizeof(apd.why), "ppoll: %s", strerror(error));
		}
		if (apd.failed)
			fprintf(stderr, "voy-ap: %s\n", apd.why);
		ap_event(NULL, "result", "{s:b,s:s*}", "ok", !apd.failed, "error",
		    apd.failed ? apd.why : NULL);
	}
	finish();
	return error != 0 ? 2 : apd.failed;
}
