/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opts.h - the command line: --name, --name VALUE, --name=VALUE.
 *
 *	const struct opt table[] = { { "socket", .text = &o.socket }, { "json", .flag = &o.json },
 *	    { "set", .each = &o.sets }, { .name = NULL } };
 *
 *	if (opts_parse(argc, argv, table) != 0)		optind: the first that is no option
 *		usage(stderr);
 *	free(o.sets.value);
 */
#ifndef TOOLS_SIM_PROG_OPTS_H
#define TOOLS_SIM_PROG_OPTS_H

#include <stdbool.h>
#include <unistd.h>		/* optind */

/* The values of an option that may stand there several times; they stay argv's. */
struct opt_list {
	char		**value;	/* to be freed */
	unsigned	n;
};

/* An option and where it goes: exactly one of text, flag and each is not NULL. */
struct opt {
	const char	*name;		/* NULL ends the table */
	const char	**text;
	bool		*flag;
	struct opt_list	*each;
};

/* 0; EINVAL: stderr has what is wrong, and wants the usage; ENOMEM. */
int	opts_parse(int argc, char **argv, const struct opt *);

#endif
