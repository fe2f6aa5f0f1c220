/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * airctl.c - a word with the air itself: how loud an access point is. The air, not a radio,
 * knows the losses between two radios, so this goes to the control socket of voy-air.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/sim/ap/ap.h"

#define ANSWER_S	30

static int
dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_sec = ANSWER_S };
	int fd, error;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* A wait with a limit also ends, with EINTR, when the process was stopped and goes on. */
static ssize_t
hear(int fd, char *line, size_t size)
{
	ssize_t n;

	do {
		n = recv(fd, line, size, 0);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* One line out, one line in; 0 when it says "ok". */
static int
ask(int fd, json_t *req, char *errmsg, size_t len)
{
	char *text = json_dumps(req, JSON_COMPACT), line[1024];
	json_t *answer;
	ssize_t n;
	int error;

	if (text == NULL || send(fd, text, strlen(text), MSG_NOSIGNAL) < 0 ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) < 0 || (n = hear(fd, line, sizeof(line) - 1)) <= 0) {
		snprintf(errmsg, len, "no answer");
		free(text);
		return EIO;
	}
	free(text);
	line[n] = '\0';
	answer = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
	error = json_is_true(json_object_get(answer, "ok")) ? 0 : EINVAL;
	if (error != 0)
		snprintf(errmsg, len, "%s", json_is_string(json_object_get(answer, "error")) ?
		    json_string_value(json_object_get(answer, "error")) : "not understood");
	json_decref(answer);
	return error;
}

int
airctl_rssi(const char *path, const struct ap_conf *c, char *errmsg, size_t len)
{
	char cause[512];
	json_t *req;
	int fd, error;

	if (path == NULL) {
		snprintf(errmsg, len, "%s: rssi: the air is told by its control socket: give "
		    "--air-control PATH", c->name);
		return EINVAL;
	}
	fd = dial(path);
	if (fd < 0) {
		error = errno;
		snprintf(errmsg, len, "%s: the air's control socket: %s", path, strerror(error));
		return error;
	}
	req = json_pack("{s:s,s:s,s:s,s:s,s:i}", "cmd", "set", "key", "rssi", "a", c->name, "b",
	    "*", "value", c->rssi);
	error = ask(fd, req, cause, sizeof(cause));
	if (error != 0)
		snprintf(errmsg, len, "%s: the air's control socket: %s", path, cause);
	json_decref(req);
	close(fd);
	return error;
}
