/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * opts.c - see opts.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "tools/sim/prog/opts.h"

#define MAX_OPTS	31u
#define FIRST		256		/* of the values that getopt_long() gives: no character */

static int
put(const struct opt *o, char *value, int argc)
{
	struct opt_list *l = o->each;

	if (o->text != NULL)
		*o->text = value;
	if (o->flag != NULL)
		*o->flag = true;
	if (l == NULL)
		return 0;
	if (l->value == NULL)
		l->value = calloc((size_t)argc, sizeof(*l->value));
	if (l->value == NULL)
		return ENOMEM;
	l->value[l->n++] = value;
	return 0;
}

int
opts_parse(int argc, char **argv, const struct opt *table)
{
	struct option longs[MAX_OPTS + 1] = { { NULL, 0, NULL, 0 } };
	int c, error = 0;

	for (unsigned i = 0; i < MAX_OPTS && table[i].name != NULL; i++)
		longs[i] = (struct option){ table[i].name, table[i].flag != NULL ? no_argument :
		    required_argument, NULL, FIRST + (int)i };
	while (error == 0 && (c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		error = c < FIRST ? EINVAL : put(&table[c - FIRST], optarg, argc);
	return error;
}
