/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.c - the commands of the hub's control socket (prog/ctl.h).
 *
 *	{"cmd":"set","key":"rssi","a":"ap0","b":"card0","value":-71}	{"ok":true}
 *	{"cmd":"set","key":"loss","a":"ap0","b":"card0","value":5,"oneway":true}
 *	{"cmd":"set","key":"noise","value":-90}			the default of all pairs
 *	{"cmd":"unset","key":"rssi","a":"ap0","b":"card0"}	back to what holds otherwise
 *	{"cmd":"pair","a":"ap0","b":"card0"}		{"ok":true,"rssi":-71.0,...} from a to b
 *	{"cmd":"status"}				{"ok":true,"radios":2,...,"list":[...]}
 *	{"cmd":"kick","radio":"card0"}			drops it
 *	{"cmd":"flush"}					the capture file is complete to now
 *	{"cmd":"stop"}					{"ok":true}	and the hub ends
 *	anything else					{"ok":false,"error":"..."}
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/air/server.h"

static struct hub *
hub_of(const struct ctl_request *q)
{
	return ((const struct air_ctl *)q->arg)->hub;
}

/* a and b are both there, or neither (a default). */
static bool
names(struct ctl_request *q, const char **a, const char **b, bool needed)
{
	*a = ctl_text(q, "a");
	*b = ctl_text(q, "b");
	if ((*a == NULL) == (*b == NULL) && (*a != NULL || !needed))
		return true;
	(void)ctl_fail(q, "wants both \"a\" and \"b\", names of radios%s",
	    needed ? "" : ", or neither");
	return false;
}

static bool
number_of(const json_t *v, double *out)
{
	if (json_is_boolean(v))
		*out = json_is_true(v);
	else if (json_is_number(v))
		*out = json_number_value(v);
	else
		return false;
	return true;
}

static json_t *
do_set(struct ctl_request *q)
{
	const char *key = ctl_text(q, "key"), *a, *b;
	double value;

	if (key == NULL || !number_of(json_object_get(q->json, "value"), &value))
		return ctl_fail(q, "set wants \"key\" (text) and \"value\" (number)");
	if (!names(q, &a, &b, false))
		return NULL;
	if (hub_set(hub_of(q), key, a, b, json_is_true(json_object_get(q->json, "oneway")), value,
	    q->errmsg, sizeof(q->errmsg)) != 0)
		return NULL;
	return json_object();
}

static json_t *
do_unset(struct ctl_request *q)
{
	const char *key = ctl_text(q, "key"), *a, *b;

	if (key == NULL)
		return ctl_fail(q, "unset wants \"key\"");
	if (!names(q, &a, &b, false))
		return NULL;
	if (hub_unset(hub_of(q), key, a, b, json_is_true(json_object_get(q->json, "oneway"))) == 0)
		return json_object();
	return ctl_fail(q, "%.40s: was not set for this pair", key);
}

static json_t *
do_pair(struct ctl_request *q)
{
	const char *a, *b;
	json_t *out;

	if (!names(q, &a, &b, true))
		return NULL;
	out = hub_pair(hub_of(q), a, b);
	return out != NULL ? out : ctl_fail(q, "%.40s, %.40s: not two radios that are here now; "
	    "see status", a, b);
}

static json_t *
do_status(struct ctl_request *q)
{
	return hub_status(hub_of(q));
}

static json_t *
do_kick(struct ctl_request *q)
{
	const char *name = ctl_text(q, "radio");
	struct radio *r = name != NULL ? hub_find(hub_of(q), name) : NULL;

	if (r == NULL)
		return ctl_fail(q, "kick wants \"radio\", the name of one that is here now; see "
		    "status");
	hub_drop(hub_of(q), r, "kicked by the control socket");
	return json_object();
}

static json_t *
do_flush(struct ctl_request *q)
{
	struct pcapng *pcap = ((const struct air_ctl *)q->arg)->pcap;

	if (pcap == NULL)
		return ctl_fail(q, "no capture file; start with --pcap FILE");
	pcapng_flush(pcap);
	if (pcapng_error(pcap) == 0)
		return json_pack("{s:I}", "captured", (json_int_t)pcapng_count(pcap));
	return ctl_fail(q, "capture file: %s", strerror(pcapng_error(pcap)));
}

const struct ctl_command air_commands[] = {
	{ "set", do_set }, { "unset", do_unset }, { "pair", do_pair }, { "status", do_status },
	{ "kick", do_kick }, { "flush", do_flush }, { "stop", ctl_stop }, { NULL, NULL }
};

/* ---- the command line ------------------------------------------------------------------ */

int
air_set_text(struct hub *h, const char *text, char *errmsg, size_t errlen)
{
	const char *names[2] = { NULL, NULL };
	char copy[256], *eq, *field, *end, *save = NULL;
	unsigned n = 0;
	bool oneway = false;
	double value;

	eq = strchr(text, '=');
	if (eq == NULL || strlen(text) >= sizeof(copy) || eq == text || eq[1] == '\0') {
		snprintf(errmsg, errlen, "wants KEY=VALUE or KEY:A:B[:oneway]=VALUE");
		return EINVAL;
	}
	memcpy(copy, text, strlen(text) + 1);
	copy[eq - text] = '\0';
	value = strcmp(eq + 1, "on") == 0 ? 1 : strcmp(eq + 1, "off") == 0 ? 0 :
	    strtod(eq + 1, &end);
	if (strcmp(eq + 1, "on") != 0 && strcmp(eq + 1, "off") != 0 && *end != '\0') {
		snprintf(errmsg, errlen, "\"%.40s\" is no number", eq + 1);
		return EINVAL;
	}
	(void)strtok_r(copy, ":", &save);
	while ((field = strtok_r(NULL, ":", &save)) != NULL) {
		if (n == 2 && strcmp(field, "oneway") == 0)
			oneway = true;
		else if (n < 2)
			names[n] = field;
		n++;
	}
	if (n == 1 || n > 3 || (n == 3 && !oneway)) {
		snprintf(errmsg, errlen, "wants two names: KEY:A:B=VALUE or KEY:A:B:oneway=VALUE");
		return EINVAL;
	}
	return hub_set(h, copy, names[0], names[1], oneway, value, errmsg, errlen);
}
