/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.c - the control socket of the hub: one JSON object per line in, one per line out. Only the
 * same user (or root) may connect.
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
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/air/server.h"
#include "tools/sim/server.h"

#define MAX_LINE	4096u

struct client {
	int	fd;			/* -1: free */
	size_t	len;
	char	line[MAX_LINE];
};

struct air_ctl {
	struct hub	*hub;
	struct pcapng	*pcap;
	struct sim_sock	sock;
	struct client	client[AIR_CTL_CLIENTS];
};

int
air_ctl_new(const char *path, struct hub *hub, struct pcapng *pcap, struct air_ctl **out,
    char *errmsg, size_t errlen)
{
	struct air_ctl *ctl = calloc(1, sizeof(*ctl));
	int error;

	if (ctl == NULL) {
		snprintf(errmsg, errlen, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	ctl->hub = hub;
	ctl->pcap = pcap;
	for (unsigned i = 0; i < AIR_CTL_CLIENTS; i++)
		ctl->client[i].fd = -1;
	error = sim_sock_listen(&ctl->sock, path, errmsg, errlen);
	if (error != 0) {
		free(ctl);
		return error;
	}
	*out = ctl;
	return 0;
}

static void
drop(struct client *cl)
{
	close(cl->fd);
	cl->fd = -1;
	cl->len = 0;
}

void
air_ctl_free(struct air_ctl *ctl)
{
	if (ctl == NULL)
		return;
	for (unsigned i = 0; i < AIR_CTL_CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			drop(&ctl->client[i]);
	sim_sock_close(&ctl->sock);
	free(ctl);
}

size_t
air_ctl_pollfds(struct air_ctl *ctl, struct pollfd *p)
{
	size_t n = 0;

	p[n++] = (struct pollfd){ .fd = ctl->sock.fd, .events = POLLIN };
	for (unsigned i = 0; i < AIR_CTL_CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = ctl->client[i].fd, .events = POLLIN };
	return n;
}

static void
welcome(struct air_ctl *ctl)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd = accept4(ctl->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (unsigned i = 0; i < AIR_CTL_CLIENTS; i++) {
		if (ctl->client[i].fd >= 0)
			continue;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 ||
		    (cred.uid != geteuid() && cred.uid != 0))
			break;
		ctl->client[i].fd = fd;
		return;
	}
	close(fd);
}

/* ---- commands: each returns the answer's members, or NULL and a text in errmsg --------- */

struct request {
	struct hub	*hub;
	struct pcapng	*pcap;
	const json_t	*json;
	char		errmsg[512];
	bool		stop;
};

static const char *
text_of(const struct request *q, const char *key)
{
	return json_string_value(json_object_get(q->json, key));
}

/* a and b are both there, or neither (a default). */
static bool
names(struct request *q, const char **a, const char **b, bool needed)
{
	*a = text_of(q, "a");
	*b = text_of(q, "b");
	if ((*a == NULL) == (*b == NULL) && (*a != NULL || !needed))
		return true;
	snprintf(q->errmsg, sizeof(q->errmsg), "wants both \"a\" and \"b\", names of radios%s",
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
do_set(struct request *q)
{
	const char *key = text_of(q, "key"), *a, *b;
	double value;

	if (key == NULL || !number_of(json_object_get(q->json, "value"), &value)) {
		snprintf(q->errmsg, sizeof(q->errmsg),
		    "set wants \"key\" (text) and \"value\" (number)");
		return NULL;
	}
	if (!names(q, &a, &b, false))
		return NULL;
	if (hub_set(q->hub, key, a, b, json_is_true(json_object_get(q->json, "oneway")), value,
	    q->errmsg, sizeof(q->errmsg)) != 0)
		return NULL;
	return json_object();
}

static json_t *
do_unset(struct request *q)
{
	const char *key = text_of(q, "key"), *a, *b;

	if (key == NULL) {
		snprintf(q->errmsg, sizeof(q->errmsg), "unset wants \"key\"");
		return NULL;
	}
	if (!names(q, &a, &b, false))
		return NULL;
	if (hub_unset(q->hub, key, a, b, json_is_true(json_object_get(q->json, "oneway"))) == 0)
		return json_object();
	snprintf(q->errmsg, sizeof(q->errmsg), "%.40s: was not set for this pair", key);
	return NULL;
}

static json_t *
do_pair(struct request *q)
{
	const char *a, *b;
	json_t *out;

	if (!names(q, &a, &b, true))
		return NULL;
	out = hub_pair(q->hub, a, b);
	if (out == NULL)
		snprintf(q->errmsg, sizeof(q->errmsg), "%.40s, %.40s: not two radios that are "
		    "here now; see status", a, b);
	return out;
}

static json_t *
do_status(struct request *q)
{
	return hub_status(q->hub);
}

static json_t *
do_kick(struct request *q)
{
	const char *name = text_of(q, "radio");
	struct radio *r = name != NULL ? hub_find(q->hub, name) : NULL;

	if (r == NULL) {
		snprintf(q->errmsg, sizeof(q->errmsg), "kick wants \"radio\", the name of one "
		    "that is here now; see status");
		return NULL;
	}
	hub_drop(q->hub, r, "kicked by the control socket");
	return json_object();
}

static json_t *
do_flush(struct request *q)
{
	if (q->pcap == NULL) {
		snprintf(q->errmsg, sizeof(q->errmsg), "no capture file; start with --pcap FILE");
		return NULL;
	}
	pcapng_flush(q->pcap);
	if (pcapng_error(q->pcap) == 0)
		return json_pack("{s:I}", "captured", (json_int_t)pcapng_count(q->pcap));
	snprintf(q->errmsg, sizeof(q->errmsg), "capture file: %s",
	    strerror(pcapng_error(q->pcap)));
	return NULL;
}

static json_t *
do_stop(struct request *q)
{
	q->stop = true;
	return json_object();
}

static const struct {
	const char	*name;
	json_t		*(*fn)(struct request *);
} commands[] = {
	{ "set", do_set }, { "unset", do_unset }, { "pair", do_pair }, { "status", do_status },
	{ "kick", do_kick }, { "flush", do_flush }, { "stop", do_stop },
};

static json_t *
run_command(struct request *q)
{
	const char *cmd = text_of(q, "cmd");

	for (unsigned i = 0; cmd != NULL && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, cmd) == 0)
			return commands[i].fn(q);
	snprintf(q->errmsg, sizeof(q->errmsg), "%s; there are set, unset, pair, status, kick, "
	    "flush and stop", cmd != NULL ? "unknown command" :
	    "want one JSON object per line with \"cmd\"");
	return NULL;
}

/* ---- lines ----------------------------------------------------------------------------- */

/* A text that was cut inside a character is no JSON any more. */
static json_t *
error_text(const char *error)
{
	json_t *v = json_string(error);
	char copy[512];

	if (v != NULL)
		return v;
	snprintf(copy, sizeof(copy), "%s", error);
	for (char *p = copy; *p != '\0'; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	return json_string(copy);
}

/* The peer waits for its answer: if there is no room for it, the peer does not read. */
static void
reply(struct client *cl, json_t *members, const char *error)
{
	json_t *out = json_pack("{s:b}", "ok", members != NULL);
	char *text;
	size_t len;

	if (members != NULL)
		json_object_update(out, members);
	else
		json_object_set_new(out, "error", error_text(error));
	text = json_dumps(out, JSON_COMPACT);
	json_decref(out);
	if (text == NULL)
		return;
	len = strlen(text);
	text[len] = '\n';
	if (send(cl->fd, text, len + 1, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len + 1)
		drop(cl);
	free(text);
}

static bool
one_line(struct air_ctl *ctl, struct client *cl, const char *line)
{
	json_error_t je;
	json_t *json = json_loads(line, 0, &je), *members;
	struct request q = { .hub = ctl->hub, .pcap = ctl->pcap, .json = json };

	if (json == NULL) {
		snprintf(q.errmsg, sizeof(q.errmsg), "not JSON: column %d: %s", je.column,
		    je.text);
		reply(cl, NULL, q.errmsg);
		return false;
	}
	members = run_command(&q);
	reply(cl, members, q.errmsg);
	json_decref(members);
	json_decref(json);
	return q.stop;
}

static bool
lines(struct air_ctl *ctl, struct client *cl)
{
	bool stop = false;
	char *nl;

	while (cl->fd >= 0 && (nl = memchr(cl->line, '\n', cl->len)) != NULL) {
		size_t used = (size_t)(nl + 1 - cl->line);

		*nl = '\0';
		stop |= one_line(ctl, cl, cl->line);
		if (cl->fd < 0)
			break;
		cl->len -= used;
		memmove(cl->line, cl->line + used, cl->len);
	}
	if (cl->fd >= 0 && cl->len == sizeof(cl->line)) {
		reply(cl, NULL, "line too long");
		if (cl->fd >= 0)
			drop(cl);
	}
	return stop;
}

bool
air_ctl_event(struct air_ctl *ctl, const struct pollfd *p)
{
	if (p->fd == ctl->sock.fd) {
		welcome(ctl);
		return false;
	}
	for (unsigned i = 0; i < AIR_CTL_CLIENTS; i++) {
		struct client *cl = &ctl->client[i];
		ssize_t n;

		if (cl->fd < 0 || cl->fd != p->fd)
			continue;
		n = recv(cl->fd, cl->line + cl->len, sizeof(cl->line) - cl->len, MSG_DONTWAIT);
		if (n > 0) {
			cl->len += (size_t)n;
			return lines(ctl, cl);
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop(cl);
		return false;
	}
	return false;
}

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
