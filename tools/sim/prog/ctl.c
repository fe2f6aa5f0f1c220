/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ctl.c - see ctl.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/prog/ctl.h"
#include "tools/sim/prog/sock.h"

#define MAX_LINE	4096u

struct client {
	int	fd;			/* -1: free */
	size_t	len;
	char	line[MAX_LINE];
};

struct ctl {
	const struct ctl_command *commands;
	void			*arg;
	struct prog_sock	sock;
	struct client		client[CTL_CLIENTS];
};

int
ctl_new(const char *path, const struct ctl_command *commands, void *arg, struct ctl **out,
    char *errmsg, size_t errlen)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));
	int error;

	if (ctl == NULL) {
		snprintf(errmsg, errlen, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	ctl->commands = commands;
	ctl->arg = arg;
	for (unsigned i = 0; i < CTL_CLIENTS; i++)
		ctl->client[i].fd = -1;
	error = prog_sock_listen(&ctl->sock, path, SOCK_STREAM, errmsg, errlen);
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
ctl_free(struct ctl *ctl)
{
	if (ctl == NULL)
		return;
	for (unsigned i = 0; i < CTL_CLIENTS; i++)
		if (ctl->client[i].fd >= 0)
			drop(&ctl->client[i]);
	prog_sock_close(&ctl->sock);
	free(ctl);
}

size_t
ctl_fill(struct ctl *ctl, struct pollfd *p, size_t max)
{
	size_t n = 0;

	if (ctl != NULL && n < max)
		p[n++] = (struct pollfd){ .fd = ctl->sock.fd, .events = POLLIN };
	for (unsigned i = 0; ctl != NULL && i < CTL_CLIENTS && n < max; i++)
		if (ctl->client[i].fd >= 0)
			p[n++] = (struct pollfd){ .fd = ctl->client[i].fd, .events = POLLIN };
	return n;
}

static void
welcome(struct ctl *ctl)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd = accept4(ctl->sock.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (unsigned i = 0; i < CTL_CLIENTS; i++) {
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

/* ---- for commands ------------------------------------------------------------------------ */

json_t *
ctl_fail(struct ctl_request *q, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(q->errmsg, sizeof(q->errmsg), fmt, args);
	va_end(args);
	return NULL;
}

const char *
ctl_text(const struct ctl_request *q, const char *key)
{
	return json_string_value(json_object_get(q->json, key));
}

json_t *
ctl_stop(struct ctl_request *q)
{
	q->stop = true;
	return json_object();
}

/* ---- requests and answers ---------------------------------------------------------------- */

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
	text[len] = '\n';		/* instead of the end */
	if (send(cl->fd, text, len + 1, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len + 1)
		drop(cl);
	free(text);
}

/* "there are set, status and stop" */
static json_t *
unknown(struct ctl_request *q, const struct ctl_command *c)
{
	char *names = q->errmsg;
	size_t n, max = sizeof(q->errmsg);

	if (q->cmd == NULL)
		n = (size_t)snprintf(names, max, "want one JSON object per line with \"cmd\"");
	else
		n = (size_t)snprintf(names, max, "unknown command %.40s", q->cmd);
	for (const struct ctl_command *first = c; c->name != NULL && n < max; c++)
		n += (size_t)snprintf(names + n, max - n, "%s%s", c == first ? "; there are " :
		    c[1].name != NULL ? ", " : " and ", c->name);
	return NULL;
}

static json_t *
answer(struct ctl_request *q, const struct ctl_command *commands)
{
	q->cmd = ctl_text(q, "cmd");
	for (const struct ctl_command *c = commands; q->cmd != NULL && c->name != NULL; c++)
		if (strcmp(c->name, q->cmd) == 0)
			return c->fn(q);
	return unknown(q, commands);
}

static bool
one_line(struct ctl *ctl, struct client *cl, const char *line)
{
	struct ctl_request q = { .arg = ctl->arg };
	json_error_t je;
	json_t *json = json_loads(line, 0, &je), *members;

	q.json = json;
	if (json != NULL)
		members = answer(&q, ctl->commands);
	else
		members = ctl_fail(&q, "not JSON: column %d: %s", je.column, je.text);
	reply(cl, members, q.errmsg[0] != '\0' ? q.errmsg : strerror(ENOMEM));
	json_decref(members);
	json_decref(json);
	return q.stop;
}

static bool
lines(struct ctl *ctl, struct client *cl)
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

static bool
input(struct ctl *ctl, struct client *cl)
{
	ssize_t n = recv(cl->fd, cl->line + cl->len, sizeof(cl->line) - cl->len, MSG_DONTWAIT);

	if (n > 0) {
		cl->len += (size_t)n;
		return lines(ctl, cl);
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop(cl);
	return false;
}

bool
ctl_poll(struct ctl *ctl, const struct pollfd *p, size_t n)
{
	bool stop = false;

	for (size_t i = 0; ctl != NULL && i < n; i++) {
		if (p[i].revents == 0)
			continue;
		if (p[i].fd == ctl->sock.fd) {
			welcome(ctl);
			continue;
		}
		for (unsigned k = 0; k < CTL_CLIENTS; k++) {
			struct client *cl = &ctl->client[k];

			if (cl->fd >= 0 && cl->fd == p[i].fd)
				stop |= input(ctl, cl);
		}
	}
	return stop;
}
