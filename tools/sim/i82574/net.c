/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.c - the other end of the cable: a router in this process, a socket, or nobody.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/sim/i82574/card.h"

#define AT_ONCE	32	/* frames taken from the socket before others get a turn */

static void
hung_up(struct card *c)
{
	sim_unwatch(c->dev, c->sock);
	close(c->sock);
	c->sock = -1;
	c->cfg.link = false;
	gbe_phy_cable(c);
}

static void
readable(void *arg, short revents)
{
	struct card *c = arg;
	uint8_t frame[FRAME_MAX];
	ssize_t n;

	(void)revents;
	for (unsigned i = 0; i < AT_ONCE; i++) {
		n = recv(c->sock, frame, sizeof(frame), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			hung_up(c);
			return;
		}
		gbe_rx_frame(c, frame, (size_t)n);
	}
}

static int
plug(struct card *c, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int error;

	if (strlen(path) >= sizeof(sun.sun_path))
		return ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	c->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (c->sock < 0)
		return errno;
	if (connect(c->sock, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return sim_watch(c->dev, c->sock, POLLIN, readable, c);
	error = errno;
	fprintf(stderr, "voy-sim: i82574: net=unix:%s: %s; start first what listens there "
	    "(SOCK_SEQPACKET)\n", path, strerror(error));
	return error;
}

int
gbe_net_open(struct card *c)
{
	if (strncmp(c->cfg.net, "unix:", 5) == 0)
		return plug(c, c->cfg.net + 5);
	if (strcmp(c->cfg.net, "user") != 0)
		return 0;
	c->user = gbe_user_new(c);
	return c->user != NULL ? 0 : ENOMEM;
}

void
gbe_net_close(struct card *c)
{
	gbe_user_free(c->user);
	if (c->sock >= 0)
		close(c->sock);
}

void
gbe_net_send(struct card *c, const uint8_t *f, size_t len)
{
	if (c->user != NULL)
		gbe_user_input(c->user, f, len);
	else if (c->sock >= 0 && send(c->sock, f, len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)len)
		c->lost++;
}
