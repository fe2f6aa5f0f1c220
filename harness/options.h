/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.h - the command line of a run-DRIVER program.
 */
#ifndef HARNESS_OPTIONS_H
#define HARNESS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/hypercall.h"

#define OPTIONS_TRACE_LAST	64
#define OPTIONS_TIMEOUT_S	60
#define OPTIONS_HANG_S		10
#define OPTIONS_MEMORY_MIB	512
#define OPTIONS_UNIX	"unix:"		/* a target: the rest is the path of a socket */
#define OPTIONS_REPLAY	"replay:"	/* a target: the rest names a recording */

struct options {
	const char	*target;	/* "unix:PATH", "DDDD:BB:DD.F", "replay:FILE" */
	int		 until;		/* index of the wanted state */
	uint64_t	 hang_ns;	/* a call that uses so much hangs; 0: it may */
	uint64_t	 timeout_ns;	/* for one cycle up to the wanted state */
	unsigned	 cycles, trace_last;
	unsigned	 suspend;	/* times, in each cycle */
	bool		 json, stay, strict, check, verbose;
	bool		 debugger;	/* SIGINT is for the debugger */
	bool		 contain;	/* the driver gets the system calls of contain_filter.c */
	uint64_t	 memory;	/* bytes that it may have */
	bool		 hang_given, memory_given; /* so that a replay does not take the recorded ones */
	const char	*trace, *control, *record; /* NULL: none */
	bool		 net;		/* the driver's network is given to the host */
	const char	*ifname;	/* among the host's interfaces; NULL: a namespace */
	const char	*pcap;
	const char	*ssid, *psk_file, *bssid; /* the network to join; see wifi.h */
	const char	*psk;		/* of a replay: what the file held */
	bool		 open;
};

enum options_verdict { OPTIONS_RUN, OPTIONS_EXIT, OPTIONS_USAGE };

/*
 * Parse.  OPTIONS_EXIT: --help was answered.  OPTIONS_USAGE: what is wrong was put into
 * why.
 */
enum options_verdict options_parse(int argc, char **argv, const struct hyp_personality *,
	    struct options *, char *why, size_t size);

/* Is there a --json before options are parsed?  Errors in the others are then JSON, too. */
bool	options_want_json(int argc, char **argv);

#endif /* HARNESS_OPTIONS_H */
