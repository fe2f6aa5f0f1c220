/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c - the commands of voy-sim's control socket (prog/ctl.h), while the card is at work.
 *
 *	{"cmd":"set","key":"fault.gone_after","value":"100"}	{"ok":true}
 *	{"cmd":"status"}					{"ok":true,"model":"edu",...}
 *	{"cmd":"stop"}						{"ok":true}	and the server ends
 *	anything else						{"ok":false,"error":"..."}
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/server.h"

/* A setting's value may come as text, number or boolean. */
static int
value_text(const json_t *v, char *buf, size_t len)
{
	int n = -1;

	if (json_is_string(v))
		n = snprintf(buf, len, "%s", json_string_value(v));
	else if (json_is_integer(v))
		n = snprintf(buf, len, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		n = snprintf(buf, len, "%d", json_is_true(v));
	return n < 0 || (size_t)n >= len ? EINVAL : 0;
}

static json_t *
do_set(struct ctl_request *q)
{
	const char *key = ctl_text(q, "key");
	char value[4096];
	int error;

	if (key == NULL || value_text(json_object_get(q->json, "value"), value,
	    sizeof(value)) != 0)
		return ctl_fail(q, "set wants \"key\" (text) and \"value\" (text, number or "
		    "boolean)");
	error = sim_dev_set(q->arg, key, value);
	if (error == 0)
		return json_object();
	return ctl_fail(q, "%.200s=%.200s: %s", key, value,
	    error == ENOENT ? "no such setting; see voy-sim MODEL --help" :
	    error == EINVAL ? "not a value for this setting; see voy-sim MODEL --help" :
	    error == EBUSY ? "not while a client is at work; set it at the start" :
	    strerror(error));
}

static json_t *
do_status(struct ctl_request *q)
{
	char *members = sim_dev_status(q->arg), *text = NULL;
	json_t *out = NULL;

	if (members != NULL && asprintf(&text, "{%s}", members) >= 0) {
		out = json_loads(text, 0, NULL);
		free(text);
	}
	free(members);
	return out;
}

const struct ctl_command sim_commands[] = {
	{ "set", do_set }, { "status", do_status }, { "stop", ctl_stop }, { NULL, NULL }
};
