/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line; see options.h. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/life.h"
#include "harness/options.h"
#include "harness/trace.h"

enum { O_DEVICE = 256, O_UNTIL, O_TIMEOUT, O_JSON, O_TRACE, O_CONTROL, O_DMA, O_CYCLES, O_STAY,
    O_SUSPEND, O_LAST, O_PCAP, O_SSID, O_PSK_FILE, O_OPEN, O_BSSID, O_NET, O_IFNAME, O_VERBOSE,
    O_RECORD, O_HANG, O_DEBUGGER, O_NO_CONTAIN, O_MEMORY, O_HELP };

static const struct option longopts[] = {
	{ "device", required_argument, NULL, O_DEVICE },
	{ "until", required_argument, NULL, O_UNTIL },
	{ "timeout", required_argument, NULL, O_TIMEOUT },
	{ "hang-limit", required_argument, NULL, O_HANG },
	{ "json", no_argument, NULL, O_JSON },
	{ "trace", required_argument, NULL, O_TRACE },
	{ "trace-last", required_argument, NULL, O_LAST },
	{ "record", required_argument, NULL, O_RECORD },
	{ "control", required_argument, NULL, O_CONTROL },
	{ "pcap", required_argument, NULL, O_PCAP },
	{ "ssid", required_argument, NULL, O_SSID },
	{ "psk-file", required_argument, NULL, O_PSK_FILE },
	{ "open", no_argument, NULL, O_OPEN },
	{ "bssid", required_argument, NULL, O_BSSID },
	{ "dma", required_argument, NULL, O_DMA },
	{ "cycles", required_argument, NULL, O_CYCLES },
	{ "suspend", required_argument, NULL, O_SUSPEND },
	{ "stay", no_argument, NULL, O_STAY },
	{ "net", required_argument, NULL, O_NET },
	{ "ifname", required_argument, NULL, O_IFNAME },
	{ "verbose", no_argument, NULL, O_VERBOSE },
	{ "debugger", no_argument, NULL, O_DEBUGGER },
	{ "memory", required_argument, NULL, O_MEMORY },
	{ "no-contain", no_argument, NULL, O_NO_CONTAIN },
	{ "help", no_argument, NULL, O_HELP },
	{ NULL, 0, NULL, 0 }
};

#define MEMORY_MAX	(1u << 20)

/* The state behind which a driver is on a network: it cannot be reached without one's name. */
#define ASSOCIATED	"associated"

static void
list_states(const struct hyp_personality *pers, char *buf, size_t size)
{
	const char *name;
	size_t n = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; (name = life_state_name(pers, i)) != NULL && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i > 0 ? ", " : "", name);
}

static void
help(const struct hyp_personality *pers)
{
	static const char wifi[] =
	    "  --ssid NAME      the wifi network to join\n"
	    "  --psk-file FILE  its passphrase (or key of 64 hexadecimal digits)\n"
	    "  --open           it has none\n"
	    "  --bssid ADDRESS  only by this access point\n"
	    "  --pcap FILE      all frames, sent and received, for Wireshark\n\n";
	bool radio = life_state_index(pers, ASSOCIATED) >= 0;
	char states[512];

	list_states(pers, states, sizeof(states));
	printf("usage: run-%s --device unix:PATH|DDDD:BB:DD.F|replay:FILE [OPTION]...\n"
	    "Run the driver %s on a PCI device: a simulated card (a vfio-user socket), a real\n"
	    "one that is bound to vfio-pci, or none: what --record FILE wrote of another run.\n\n"
	    "  --until STATE    end when the driver has reached it: %s\n"
	    "                   (default: the last%s)\n"
	    "  --timeout S      seconds for that (default %u)\n"
	    "  --hang-limit S   a call of the driver's that has used so many seconds of the\n"
	    "                   processor and of delays hangs (default %u; 0: never)\n"
	    "  --stay           do not end there, but on SIGINT, SIGTERM or \"quit\"\n"
	    "  --cycles N       attach and detach N times\n"
	    "  --suspend N      there, suspend and resume N times, and reach it after each\n"
	    "  --dma=strict     the IOMMU maps memory only while the device owns it\n"
	    "  --dma=check      the device has shadow memory, and bytes move at syncs only; each\n"
	    "                   offence against bus_dma(9)'s rules is told, and fails the run\n"
	    "  --json           one JSON object per line on stdout\n"
	    "  --trace FILE     all accesses, DMA and interrupts, for ui.perfetto.dev\n"
	    "  --record FILE    all that the device gave, and what the driver did; a replay\n"
	    "                   does it again. Holds the passphrase of a network\n"
	    "  --trace-last N   entries shown around a failure (default %u)\n"
	    "  --control PATH   listen for requests on a UNIX socket\n"
	    "  --net ns         a network driver's frames meet an interface in a network\n"
	    "                   namespace (default: none)\n"
	    "  --ifname NAME    the same among this machine's interfaces, as root\n"
	    "  --memory MIB     memory that the driver may have (default %u)\n"
	    "  --no-contain     it may do what you may: open files, start programs, connect;\n"
	    "                   without the option such a system call ends the run\n"
	    "  --verbose        show debug messages, too\n"
	    "  --debugger       SIGINT is left to the debugger that this runs in\n\n%s"
	    "Exit status: 0 ok, 1 the run failed, 2 usage, 70 the driver broke a rule,\n"
	    "71 it did otherwise than a recording, "
	    "124 the driver hung, 128+N it crashed with signal N.\n",
	    pers->driver, pers->driver, states, radio ? "; without --ssid the one before "
	    ASSOCIATED ", without --net that" : "", OPTIONS_TIMEOUT_S, OPTIONS_HANG_S,
	    OPTIONS_TRACE_LAST, OPTIONS_MEMORY_MIB, radio ? wifi : "");
}

/* A whole number in [min, max]. */
static bool
number(const char *s, unsigned long min, unsigned long max, unsigned *out)
{
	unsigned long v;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno != 0 || *end != '\0' || v < min || v > max)
		return false;
	*out = (unsigned)v;
	return true;
}

static bool
seconds(const char *s, uint64_t *ns)
{
	double v;
	char *end;

	errno = 0;
	v = strtod(s, &end);
	if (errno != 0 || end == s || *end != '\0' || !isfinite(v) || v <= 0 || v > 1e6)
		return false;
	*ns = (uint64_t)(v * 1e9);
	return true;
}

/* Options that are kept as they are: words, and switches. */
static bool
take_word(int opt, struct options *o)
{
	const struct {
		int		opt;
		const char	**to;
	} words[] = {
		{ O_DEVICE, &o->target }, { O_TRACE, &o->trace }, { O_RECORD, &o->record },
		 { O_CONTROL, &o->control },
		{ O_PCAP, &o->pcap }, { O_SSID, &o->ssid }, { O_PSK_FILE, &o->psk_file },
		{ O_BSSID, &o->bssid }, { O_IFNAME, &o->ifname },
	};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].opt == opt) {
			*words[i].to = optarg;
			return true;
		}
	return false;
}

static bool
take_switch(int opt, struct options *o)
{
	const struct {
		int		opt;
		bool		*to;
	} switches[] = {
		{ O_OPEN, &o->open }, { O_JSON, &o->json }, { O_STAY, &o->stay },
		{ O_VERBOSE, &o->verbose }, { O_DEBUGGER, &o->debugger },
		{ O_IFNAME, &o->net },		/* which is a word, too */
	};
	unsigned i;

	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (switches[i].opt == opt) {
			*switches[i].to = true;
			return true;
		}
	return false;
}

static bool
take_state(const struct hyp_personality *pers, struct options *o, char *why, size_t size)
{
	char states[512];

	o->until = life_state_index(pers, optarg);
	if (o->until >= 0)
		return true;
	list_states(pers, states, sizeof(states));
	snprintf(why, size, "--until %s: the driver %s has no such state; it has: %s", optarg,
	    pers->driver, states);
	return false;
}

/* One option; false: why was written. */
static bool
take(int opt, const struct hyp_personality *pers, struct options *o, char *why, size_t size)
{
	bool word = take_word(opt, o), on = take_switch(opt, o);
	unsigned mib;

	if (word || on)
		return true;
	switch (opt) {
	case O_UNTIL:
		return take_state(pers, o, why, size);
	case O_TIMEOUT:
		snprintf(why, size, "--timeout %s: not a number of seconds above 0", optarg);
		return seconds(optarg, &o->timeout_ns);
	case O_HANG:
		snprintf(why, size, "--hang-limit %s: not a number of seconds, nor 0", optarg);
		o->hang_ns = 0;
		o->hang_given = true;
		return strcmp(optarg, "0") == 0 || seconds(optarg, &o->hang_ns);
	case O_LAST:
		snprintf(why, size, "--trace-last %s: not a number from 0 to %u", optarg,
		    TRACE_LAST_MAX);
		return number(optarg, 0, TRACE_LAST_MAX, &o->trace_last);
	case O_CYCLES:
		snprintf(why, size, "--cycles %s: not a number from 1 to 1000000", optarg);
		return number(optarg, 1, 1000000, &o->cycles);
	case O_SUSPEND:
		snprintf(why, size, "--suspend %s: not a number from 0 to 1000000", optarg);
		return number(optarg, 0, 1000000, &o->suspend);
	case O_NO_CONTAIN:
		o->contain = false;
		return true;
	case O_MEMORY:
		snprintf(why, size, "--memory %s: not a number of MiB from 1 to %u", optarg,
		    MEMORY_MAX);
		if (!number(optarg, 1, MEMORY_MAX, &mib))
			return false;
		o->memory = (uint64_t)mib << 20;
		o->memory_given = true;
		return true;
	case O_DMA:
		o->strict = strcmp(optarg, "strict") == 0;
		o->check = strcmp(optarg, "check") == 0;
		snprintf(why, size, "--dma=%s: there is fast, strict and check", optarg);
		return o->strict || o->check || strcmp(optarg, "fast") == 0;
	case O_NET:
		o->net = strcmp(optarg, "ns") == 0;
		snprintf(why, size, "--net %s: there is ns and none", optarg);
		return o->net || strcmp(optarg, "none") == 0;
	}
	return false;
}

bool
options_want_json(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* The last state that can be reached. */
static int
default_until(const struct hyp_personality *pers, const struct options *o)
{
	int i = 0, associated = life_state_index(pers, ASSOCIATED);

	if (associated > 0 && o->ssid == NULL)
		return associated - 1;
	while (life_state_name(pers, i + 1) != NULL)
		i++;
	/* An address needs an interface on the host. */
	return !o->net && i > 0 && strcmp(life_state_name(pers, i), "ip") == 0 ? i - 1 : i;
}

/* Whether they go together; false: why was written. */
static bool
coherent(const struct options *o, char *why, size_t size)
{
	if (o->target == NULL)
		snprintf(why, size, "--device is missing: unix:PATH of a simulated card, or a PCI "
		    "address; `voy list` shows the devices here");
	else if (o->stay && o->cycles > 1)
		snprintf(why, size, "--stay and --cycles exclude each other");
	else if (o->open && o->psk_file != NULL)
		snprintf(why, size, "--open and --psk-file exclude each other");
	else if (o->ssid == NULL && (o->open || o->psk_file != NULL || o->bssid != NULL))
		snprintf(why, size, "--ssid is missing: the name of the network to join");
	else if (o->record != NULL && strncmp(o->target, OPTIONS_REPLAY,
	    strlen(OPTIONS_REPLAY)) == 0)
		snprintf(why, size, "--record: not with a replay, which would be the same again");
	else if ((o->check || o->strict) && strncmp(o->target, OPTIONS_REPLAY,
	    strlen(OPTIONS_REPLAY)) == 0)
		snprintf(why, size, "--dma=%s: not with a replay, where no device reads or writes "
		    "memory; give it to the run that is recorded", o->check ? "check" : "strict");
	else
		return true;
	return false;
}

enum options_verdict
options_parse(int argc, char **argv, const struct hyp_personality *pers, struct options *o,
    char *why, size_t size)
{
	int opt;

	memset(o, 0, sizeof(*o));
	o->timeout_ns = OPTIONS_TIMEOUT_S * UINT64_C(1000000000);
	o->hang_ns = OPTIONS_HANG_S * UINT64_C(1000000000);
	o->cycles = 1;
	o->trace_last = OPTIONS_TRACE_LAST;
	o->until = -1;
	o->contain = true;
	o->memory = (uint64_t)OPTIONS_MEMORY_MIB << 20;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":", longopts, NULL)) != -1) {
		if (opt == O_HELP) {
			help(pers);
			return OPTIONS_EXIT;
		}
		if (opt == '?' || opt == ':') {
			snprintf(why, size, "%s: %s; run-%s --help lists the options",
			    argv[optind - 1],
			    opt == ':' ? "needs a value" : "unknown option", pers->driver);
			return OPTIONS_USAGE;
		}
		if (!take(opt, pers, o, why, size))
			return OPTIONS_USAGE;
	}
	if (o->until < 0)
		o->until = default_until(pers, o);
	if (optind == argc)
		return coherent(o, why, size) ? OPTIONS_RUN : OPTIONS_USAGE;
	snprintf(why, size, "%s: unexpected; run-%s --help lists the options", argv[optind],
	    pers->driver);
	return OPTIONS_USAGE;
}
