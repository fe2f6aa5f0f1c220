/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relay.c - the peer of the hub in `voy bench`: the least that gets a frame from one radio to
 * another by the same library, messages and sockets. No channels, no clock, no loss, no air time,
 * nobody else who listens: poll, read a TX, write an RX to the addressee, write the TXSTATUS.
 *
 *	air-relay SOCKET	prints "listening" and runs until its standard input ends
 *
 * The last byte of a radio's address is its number here, below MAX.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/sim/air/air.h"

#define MAX	128u
#define WINDOW	128u
#define LAST	5		/* byte of an address */

static int radio_of[256];	/* by the last byte of the address: descriptor, or -1 */
static struct pollfd fds[2 + MAX];
static nfds_t nfds = 2;

static void
say(int fd, void *msg, size_t len, uint16_t type)
{
	struct air_hdr h = { .type = type, .len = (uint32_t)len };

	memcpy(msg, &h, sizeof(h));
	(void)send(fd, msg, len, MSG_NOSIGNAL);
}

static void
on_hello(int fd, const struct air_hello *hello)
{
	struct air_welcome w = { .version = AIR_VERSION, .window = WINDOW };

	radio_of[hello->addr[0].addr[LAST]] = fd;
	say(fd, &w, sizeof(w), AIR_WELCOME);
}

static void
on_tx(int fd, uint8_t *msg, size_t len)
{
	const struct air_tx *tx = (const void *)msg;
	struct air_txstatus st = { .cookie = tx->cookie, .result = AIR_TX_ACKED, .tries = 1 };
	static uint8_t out[AIR_MSG_MAX] __attribute__((aligned(8)));
	const uint8_t *rest = msg + sizeof(*tx);
	struct air_rx rx = { .flags = AIR_RX_FORME };
	size_t rtlen = (size_t)rest[2] | (size_t)rest[3] << 8;
	uint8_t to;

	if (sizeof(*tx) + rtlen + AIR_FRAME_MIN > len)
		return;
	to = rest[rtlen + 4 + LAST];	/* addr1 follows the frame control and duration */
	len -= sizeof(*tx);
	if (radio_of[to] >= 0) {
		memcpy(out, &rx, sizeof(rx));
		memcpy(out + sizeof(rx), rest, len);
		say(radio_of[to], out, sizeof(rx) + len, AIR_RX);
	}
	say(fd, &st, sizeof(st), AIR_TXSTATUS);
}

/* False: this radio has left. */
static bool
serve(int fd)
{
	static uint8_t msg[AIR_MSG_MAX] __attribute__((aligned(8)));
	const struct air_hdr *h = (const void *)msg;
	ssize_t n = recv(fd, msg, sizeof(msg), 0);

	if (n <= 0)
		return false;
	if (h->type == AIR_HELLO && (size_t)n >= sizeof(struct air_hello))
		on_hello(fd, (const void *)msg);
	else if (h->type == AIR_TX && (size_t)n >= sizeof(struct air_tx) + 4)
		on_tx(fd, msg, (size_t)n);
	return true;
}

static void
drop(nfds_t i)
{
	for (unsigned a = 0; a < 256; a++)
		if (radio_of[a] == fds[i].fd)
			radio_of[a] = -1;
	close(fds[i].fd);
	fds[i] = fds[--nfds];
}

static int
listener(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(un.sun_path))
		return -1;
	memcpy(un.sun_path, path, strlen(path));
	if (bind(fd, (const struct sockaddr *)&un, sizeof(un)) != 0 || listen(fd, MAX) != 0)
		return -1;
	return fd;
}

int
main(int argc, char **argv)
{
	int fd = argc == 2 ? listener(argv[1]) : -1;

	if (fd < 0) {
		fprintf(stderr, "usage: air-relay SOCKET (a path that is free)\n");
		return 2;
	}
	memset(radio_of, 0xff, sizeof(radio_of));
	fds[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = fd, .events = POLLIN };
	puts("listening");
	fflush(stdout);
	while (poll(fds, nfds, -1) > 0 && fds[0].revents == 0) {
		for (nfds_t i = nfds; i-- > 2;)
			if (fds[i].revents != 0 && !serve(fds[i].fd))
				drop(i);
		if (fds[1].revents != 0 && nfds < 2 + MAX)
			fds[nfds++] = (struct pollfd){ .fd = accept(fd, NULL, NULL),
			    .events = POLLIN };
	}
	return 0;
}
