/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tunnel.c - messages in a stream of bytes: see tunnel.h. Nothing in here trusts the other end.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/hwsim/tunnel.h"

/* What tun_out_room() keeps free besides the message itself. */
#define RESERVE		((TUN_CONNS + 1) * sizeof(struct tun_hdr))

void
tun_in_init(struct tun_in *in)
{
	in->begin = in->end = 0;
	in->broken = NULL;
}

uint8_t *
tun_in_space(struct tun_in *in, size_t *room)
{
	if (in->begin != 0) {
		memmove(in->buf, in->buf + in->begin, in->end - in->begin);
		in->end -= in->begin;
		in->begin = 0;
	}
	*room = sizeof(in->buf) - in->end;
	return in->buf + in->end;
}

void
tun_in_add(struct tun_in *in, size_t n)
{
	in->end += n;
}

/* NULL: fine; else what is wrong with it. */
static const char *
check(const struct tun_hdr *h)
{
	if (h->magic != TUN_MAGIC)
		return "what came is no header of a tunnel";
	if (h->kind == 0 || h->kind >= TUN_KINDS)
		return "a message of unknown kind";
	if (h->conn >= TUN_CONNS)
		return "a connection number out of range";
	if (h->kind == TUN_DATA ? h->len == 0 || h->len > AIR_MSG_MAX : h->len != 0)
		return "a message with a wrong length";
	return NULL;
}

bool
tun_in_next(struct tun_in *in, struct tun_hdr *h, const uint8_t **body)
{
	size_t have = in->end - in->begin;

	if (in->broken != NULL || have < sizeof(*h))
		return false;
	memcpy(h, in->buf + in->begin, sizeof(*h));
	in->broken = check(h);
	if (in->broken != NULL || have < sizeof(*h) + h->len)
		return false;
	*body = in->buf + in->begin + sizeof(*h);
	in->begin += sizeof(*h) + h->len;
	return true;
}

void
tun_out_init(struct tun_out *out)
{
	out->begin = out->end = 0;
}

bool
tun_out_room(const struct tun_out *out)
{
	return sizeof(out->buf) - (out->end - out->begin) >=
	    sizeof(struct tun_hdr) + AIR_MSG_MAX + RESERVE;
}

void
tun_out_put(struct tun_out *out, enum tun_kind kind, unsigned conn, const void *body, size_t len)
{
	struct tun_hdr h = { .magic = TUN_MAGIC, .kind = (uint16_t)kind,
	    .conn = (uint16_t)conn, .len = (uint16_t)len };

	if (sizeof(out->buf) - out->end < sizeof(h) + len) {
		memmove(out->buf, out->buf + out->begin, out->end - out->begin);
		out->end -= out->begin;
		out->begin = 0;
	}
	memcpy(out->buf + out->end, &h, sizeof(h));
	if (len != 0)
		memcpy(out->buf + out->end + sizeof(h), body, len);
	out->end += sizeof(h) + len;
}

int
tun_out_flush(struct tun_out *out, int fd)
{
	while (out->begin < out->end) {
		ssize_t n = write(fd, out->buf + out->begin, out->end - out->begin);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : errno;
		out->begin += (size_t)n;
	}
	out->begin = out->end = 0;
	return 0;
}

bool
tun_out_empty(const struct tun_out *out)
{
	return out->begin == out->end;
}
