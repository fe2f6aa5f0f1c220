/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * version.c - VFIO_USER_VERSION: what the client can, what we can.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/sim/server.h"
#include "vfio/air_clock.h"

/* A number among the client's capabilities; dflt without it. EINVAL: there, but no such number. */
static int
number(const json_t *caps, const char *name, json_int_t max, json_int_t *v)
{
	const json_t *j = json_object_get(caps, name);

	if (j == NULL)
		return 0;
	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return EINVAL;
	*v = json_integer_value(j) < max ? json_integer_value(j) : max;
	return 0;
}

/* Whether the client has named a capability {"supported": true}; EINVAL: it is no object. */
static int
supported(const json_t *caps, const char *name, bool *yes)
{
	const json_t *cap = json_object_get(caps, name);

	*yes = false;
	if (cap == NULL)
		return 0;
	if (!json_is_object(cap))
		return EINVAL;
	*yes = json_is_true(json_object_get(cap, VFIO_USER_CAP_TWIN_SUPPORTED));
	return 0;
}

/* A second socket, so that our commands and the client's do not meet on one. */
static int
open_twin(struct sim_conn *c)
{
	int fd[2];

	/* Ours is read and written with MSG_DONTWAIT; theirs is as they like it. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0)
		return errno;
	c->twin = fd[0];
	c->give[c->ngive++] = fd[1];
	return 0;
}

static int
give_sockets(struct sim_conn *c, const json_t *caps)
{
	bool twin, clock;
	int error, fd;

	error = supported(caps, VFIO_USER_CAP_TWIN_SOCKET, &twin);
	if (error == 0)
		error = supported(caps, VFIO_USER_CAP_AIR_CLOCK, &clock);
	if (error == 0 && twin)
		error = open_twin(c);
	if (error != 0 || !clock || (fd = sim_dev_clock(c->dev)) < 0)
		return error;
	c->clock = true;
	c->give[c->ngive++] = fd;
	return 0;
}

static int
read_caps(struct sim_conn *c, const json_t *root)
{
	const json_t *caps = json_object_get(root, VFIO_USER_CAP), *multi;
	json_int_t xfer = VFIO_USER_DEFAULT_DATA_XFER, fds = VFIO_USER_DEFAULT_MSG_FDS;
	int error;

	if (caps == NULL)
		return 0;
	if (!json_is_object(caps))
		return EINVAL;
	error = number(caps, VFIO_USER_CAP_MAX_DATA_XFER, SIM_MAX_XFER, &xfer);
	if (error == 0)
		error = number(caps, VFIO_USER_CAP_MAX_MSG_FDS, 1 << 16, &fds);
	if (error != 0 || xfer == 0)
		return EINVAL;
	c->peer_xfer = (uint32_t)xfer;
	multi = json_object_get(caps, VFIO_USER_CAP_WRITE_MULTIPLE);
	c->write_multi = multi != NULL && json_is_true(multi);
	return give_sockets(c, caps);
}

static int
parse(struct sim_conn *c, const char *text, size_t len)
{
	json_error_t je;
	json_t *root;
	int error;

	/* The text has its NUL, but only since a later minor version must it be there. */
	len = strnlen(text, len);
	if (len == 0)
		return 0;
	root = json_loadb(text, len, 0, &je);
	if (root == NULL) {
		sim_log(c->dev, "VERSION: capabilities are not JSON: %s", je.text);
		return EINVAL;
	}
	error = json_is_object(root) ? read_caps(c, root) : EINVAL;
	json_decref(root);
	return error;
}

/* ,"NAME":{"supported":true,"fd_index":N}, or nothing; at most 100 bytes. */
static int
with_fd(char *to, bool yes, const char *name, unsigned index)
{
	return !yes ? 0 : snprintf(to, 100, ",\"%s\":{\"%s\":true,\"%s\":%u}", name,
	    VFIO_USER_CAP_TWIN_SUPPORTED, VFIO_USER_CAP_TWIN_FD_INDEX, index);
}

int
sim_version(struct sim_conn *c, const struct sim_msg *m, uint8_t *p, size_t *len)
{
	struct vfio_user_version v;
	int error, n;

	if (c->ready || m->len < sizeof(v))
		return EINVAL;
	memcpy(&v, m->payload, sizeof(v));
	if (v.major != VFIO_USER_MAJOR) {
		sim_log(c->dev, "VERSION: client speaks %u.%u, this server %u.%u", v.major,
		    v.minor, VFIO_USER_MAJOR, VFIO_USER_MINOR);
		return EPROTONOSUPPORT;
	}
	if (v.minor > VFIO_USER_MINOR)
		v.minor = VFIO_USER_MINOR;
	c->peer_xfer = VFIO_USER_DEFAULT_DATA_XFER;
	error = parse(c, (const char *)m->payload + sizeof(v), m->len - sizeof(v));
	if (error != 0)
		return error;
	memcpy(p, &v, sizeof(v));
	/*
	 * Only names that QEMU knows, except for what the client has named itself; and no more
	 * maps than the default (more fit here): QEMU 11 refuses a server that says more.
	 */
	n = snprintf((char *)p + sizeof(v), 512, "{\"%s\":{\"%s\":%u,\"%s\":%u,\"%s\":%u,\"%s\":%u"
	    "%s", VFIO_USER_CAP, VFIO_USER_CAP_MAX_MSG_FDS, SIM_MAX_FDS,
	    VFIO_USER_CAP_MAX_DATA_XFER, SIM_MAX_XFER, VFIO_USER_CAP_MAX_DMA_MAPS,
	    VFIO_USER_DEFAULT_DMA_MAPS, VFIO_USER_CAP_PGSIZES, 4096u,
	    c->write_multi ? ",\"" VFIO_USER_CAP_WRITE_MULTIPLE "\":true" : "");
	n += with_fd((char *)p + sizeof(v) + n, c->twin >= 0, VFIO_USER_CAP_TWIN_SOCKET, 0);
	n += with_fd((char *)p + sizeof(v) + n, c->clock, VFIO_USER_CAP_AIR_CLOCK, c->twin >= 0);
	n += snprintf((char *)p + sizeof(v) + n, 3, "}}");
	*len = sizeof(v) + (size_t)n + 1;
	c->ready = true;
	return 0;
}
