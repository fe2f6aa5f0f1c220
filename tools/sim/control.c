/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c - the control socket: one JSON object per line in, one per line out, while the card
 * is at work. Only the same user (or root) may connect.
 *
 *	{"cmd":"set","key":"fault.gone_after","value":"100"}	{"ok":true}
 *	{"cmd":"status"}					{"ok":true,"model":"edu",...}
 *	{"cmd":"stop"}						{"ok":true}	and the server ends
 *	anything else						{"ok":false,"error":"..."}
 */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/server.h"

#define MAX_CLIENTS	8u
#define MAX_LINE	4096u

struct client {
	int	fd;			/* -1: free */
	size_t	len;
	char	line[MAX_LINE];
};

struct sim_control {
	struct sim_dev	*dev;
	struct sim_sock	sock;
	struct client	client[MAX_CLIENTS];
};

int
sim_control_new(const char *path, struct sim_dev *dev, struct sim_control **out, char *errmsg,
    size_t errlen)
{
	struct sim_control *ctl = calloc(1, sizeof(*ctl));
	int error;

	if (ctl == NULL) {
		snprintf(errmsg, errlen, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	ctl->dev = dev;
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
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
sim_control_free(struct sim_control *ctl)
{
	if (ctl == NULL)
		return;
	for (unsigned i = 0; i < MAX_CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			drop(&ctl->client[i]);
	sim_sock_close(&ctl->sock);
	free(ctl);
}

size_t
sim_control_pollfds(struct sim_control *ctl, struct pollfd *p, size_t max)
{
	size_t n = 0;

	if (n < max)
		p[n++] = (struct pollfd){ .fd = ctl->sock.fd, .events = POLLIN };
	for (unsigned i = 0; i < MAX_CLIENTS && n < max; i++)
		if (ctl->client[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = ctl->client[i].fd, .events = POLLIN };
	return n;
}

static void
welcome(struct sim_control *ctl)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd = accept4(ctl->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0 ||
	    (cred.uid != geteuid() && cred.uid != 0)) {
		close(fd);
		return;
	}
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		if (ctl->client[i].fd < 0) {
			ctl->client[i].fd = fd;
			return;
		}
	}
	close(fd);
}

/* The answer is short and the peer waits for it: if it does not fit, the peer is not reading. */
static void
reply(struct client *cl, const char *members, const char *error)
{
	char *text = NULL, *quoted = NULL;
	int n = -1;

	if (error != NULL)
		quoted = sim_json_string(error);
	if (error == NULL)
		n = asprintf(&text, "{\"ok\":true%s%s}\n", members != NULL ? "," : "",
		    members != NULL ? members : "");
	else if (quoted != NULL)
		n = asprintf(&text, "{\"ok\":false,\"error\":%s}\n", quoted);
	free(quoted);
	if (n < 0)
		return;
	if (send(cl->fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) != n)
		drop(cl);
	free(text);
}

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

static void
do_set(struct sim_control *ctl, struct client *cl, const json_t *req)
{
	const char *key = json_string_value(json_object_get(req, "key"));
	char value[MAX_LINE], msg[MAX_LINE];
	int error;

	if (key == NULL || value_text(json_object_get(req, "value"), value, sizeof(value)) != 0) {
		reply(cl, NULL, "set wants \"key\" (text) and \"value\" (text, number or boolean)");
		return;
	}
	error = sim_dev_set(ctl->dev, key, value);
	if (error == 0) {
		reply(cl, NULL, NULL);
		return;
	}
	snprintf(msg, sizeof(msg), "%.200s=%.200s: %s", key, value,
	    error == ENOENT ? "no such setting; see voy-sim MODEL --help" :
	    error == EINVAL ? "not a value for this setting; see voy-sim MODEL --help" :
	    error == EBUSY ? "not while a client is at work; set it at the start" :
	    strerror(error));
	reply(cl, NULL, msg);
}

static bool
request(struct sim_control *ctl, struct client *cl, const char *line)
{
	json_t *req = json_loads(line, 0, NULL);
	const char *cmd = json_string_value(json_object_get(req, "cmd"));
	char *status;
	bool stop = false;

	if (cmd == NULL) {
		reply(cl, NULL, "want one JSON object per line with \"cmd\": set, status or stop");
	} else if (strcmp(cmd, "set") == 0) {
		do_set(ctl, cl, req);
	} else if (strcmp(cmd, "status") == 0) {
		status = sim_dev_status(ctl->dev);
		reply(cl, status, status == NULL ? strerror(ENOMEM) : NULL);
		free(status);
	} else if (strcmp(cmd, "stop") == 0) {
		reply(cl, NULL, NULL);
		stop = true;
	} else {
		reply(cl, NULL, "unknown command; there are set, status and stop");
	}
	json_decref(req);
	return stop;
}

static bool
lines(struct sim_control *ctl, struct client *cl)
{
	bool stop = false;
	char *nl;

	while (cl->fd >= 0 && (nl = memchr(cl->line, '\n', cl->len)) != NULL) {
		size_t used = (size_t)(nl + 1 - cl->line);

		*nl = '\0';
		stop |= request(ctl, cl, cl->line);
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
sim_control_event(struct sim_control *ctl, const struct pollfd *p)
{
	ssize_t n;

	if (p->fd == ctl->sock.fd) {
		welcome(ctl);
		return false;
	}
	for (unsigned i = 0; i < MAX_CLIENTS; i++) {
		struct client *cl = &ctl->client[i];

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
