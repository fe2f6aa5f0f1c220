/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnel: messages survive every way of cutting the stream, and what is no tunnel is refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/tap.h"
#include "tools/sim/hwsim/tunnel.h"

#define HUB	"hub.sock"

/* ---- framing ------------------------------------------------------------------------------ */

static struct tun_in in;
static struct tun_out out;

static void
feed(const void *data, size_t len)
{
	size_t room;
	uint8_t *to = tun_in_space(&in, &room);

	if (len > room)
		len = room;
	memcpy(to, data, len);
	tun_in_add(&in, len);
}

static void
any_cut(void)
{
	static uint8_t body[AIR_MSG_MAX];
	struct tun_hdr h;
	const uint8_t *b;
	int good = 1;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7);
	for (size_t step = 1; step < 12000; step = step * 3 + 1) {
		unsigned got = 0;

		tun_out_init(&out);
		tun_out_put(&out, TUN_OPEN, 3, NULL, 0);
		tun_out_put(&out, TUN_DATA, 3, body, sizeof(body));
		tun_out_put(&out, TUN_DATA, 31, body + 1, 1);
		tun_out_put(&out, TUN_CLOSE, 3, NULL, 0);
		tun_in_init(&in);
		for (size_t at = 0; at < out.end; at += step) {
			feed(out.buf + at, out.end - at < step ? out.end - at : step);
			while (tun_in_next(&in, &h, &b)) {
				static const uint16_t lens[] = { 0, AIR_MSG_MAX, 1, 0 };

				good &= got < 4 && h.len == lens[got] &&
				    memcmp(b, body + (got == 2), h.len) == 0;
				got++;
			}
		}
		good &= got == 4 && in.broken == NULL;
	}
	ok(good, "four messages whole in every cut of the stream");
}

static const char *
refusal(struct tun_hdr h)
{
	const uint8_t *b;
	struct tun_hdr got;

	tun_in_init(&in);
	feed(&h, sizeof(h));
	if (tun_in_next(&in, &got, &b))
		return "none";
	return in.broken == NULL ? "waits" : in.broken;
}

static void
bad_headers(void)
{
	struct tun_hdr h = { TUN_MAGIC, TUN_DATA, 0, 10 };

	ok(strcmp(refusal(h), "waits") == 0, "a message that is not whole is waited for");
	h.magic++;
	ok(strstr(refusal(h), "no header") != NULL, "another magic");
	h = (struct tun_hdr){ TUN_MAGIC, TUN_KINDS, 0, 0 };
	ok(strstr(refusal(h), "unknown kind") != NULL, "an unknown kind");
	h.kind = 0;
	ok(strstr(refusal(h), "unknown kind") != NULL, "kind 0");
	h = (struct tun_hdr){ TUN_MAGIC, TUN_OPEN, TUN_CONNS, 0 };
	ok(strstr(refusal(h), "out of range") != NULL, "a connection too high");
	h = (struct tun_hdr){ TUN_MAGIC, TUN_DATA, 0, AIR_MSG_MAX + 1 };
	ok(strstr(refusal(h), "wrong length") != NULL, "too long");
	h.len = 0;
	ok(strstr(refusal(h), "wrong length") != NULL, "an empty message");
	h = (struct tun_hdr){ TUN_MAGIC, TUN_OPEN, 0, 1 };
	ok(strstr(refusal(h), "wrong length") != NULL, "OPEN with a body");
}

static void
noise(void)
{
	uint8_t bytes[3000];
	struct tun_hdr h;
	const uint8_t *b;

	srandom(1);
	for (unsigned round = 0; round < 3000; round++) {
		size_t n = (size_t)random() % sizeof(bytes);

		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)random();
		if (round % 2 == 0 && n > sizeof(h)) {
			h = (struct tun_hdr){ TUN_MAGIC, (uint16_t)(random() % TUN_KINDS),
			    (uint16_t)(random() % TUN_CONNS), (uint16_t)(random() % 4000) };
			memcpy(bytes, &h, sizeof(h));
		}
		tun_in_init(&in);
		for (unsigned i = 0; i < 20 && in.broken == NULL; i++) {
			feed(bytes, n);
			while (tun_in_next(&in, &h, &b))
				;
		}
	}
	ok(1, "noise and half-noise are read without harm");
}

/* ---- two ends ----------------------------------------------------------------------------- */

struct side {
	struct tun_end	*end;
	unsigned	gone;
	char		why[128];
};

static void
on_gone(void *arg, const char *why)
{
	struct side *s = arg;

	s->gone++;
	snprintf(s->why, sizeof(s->why), "%s", why == NULL ? "" : why);
}

static const struct tun_end_ops ops = { .gone = on_gone };
static struct side host, guest;
static int hub_listen;

static void
turn(struct side *s)
{
	struct pollfd p[1 + TUN_CONNS];
	size_t n;

	if (s->end == NULL || s->gone != 0)
		return;
	n = tun_end_fill(s->end, p);
	poll(p, n, 0);
	tun_end_poll(s->end, p, n);
}

static void
turns(unsigned n)
{
	while (n-- > 0) {
		turn(&guest);
		turn(&host);
	}
}

static void
ends(void)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) != 0)
		abort();
	memset(&host, 0, sizeof(host));
	memset(&guest, 0, sizeof(guest));
	host.end = tun_end_new(sv[0], HUB, SOCK_SEQPACKET, &ops, &host);
	guest.end = tun_end_new(sv[1], NULL, SOCK_SEQPACKET, &ops, &guest);
}

static void
end_ends(void)
{
	tun_end_free(host.end);
	tun_end_free(guest.end);
}

static void
make_hub(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = HUB };

	unlink(HUB);
	hub_listen = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (bind(hub_listen, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    listen(hub_listen, 8) != 0)
		abort();
}

/* A radio in the guest; its descriptor, and in *hub the hub's. */
static int
radio(int *hub)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) != 0)
		abort();
	if (tun_end_accept(guest.end, sv[1]) != 0) {
		close(sv[0]);
		return -1;
	}
	turns(3);
	if (hub != NULL)
		*hub = accept4(hub_listen, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	return sv[0];
}

static void
both_ways(void)
{
	char buf[64];
	int a, b, ha, hb;

	ends();
	a = radio(&ha);
	b = radio(&hb);
	ok(send(a, "from a", 6, 0) == 6 && send(hb, "to b", 4, 0) == 4, "sent");
	turns(4);
	ok(recv(ha, buf, sizeof(buf), 0) == 6 && memcmp(buf, "from a", 6) == 0, "radio to hub");
	ok(recv(b, buf, sizeof(buf), 0) == 4 && memcmp(buf, "to b", 4) == 0, "hub to radio");
	ok(recv(hb, buf, sizeof(buf), 0) < 0 && errno == EAGAIN, "and to nobody else");
	close(a);
	turns(4);
	ok(recv(ha, buf, sizeof(buf), 0) == 0, "a radio that leaves leaves the hub");
	send(hb, "last", 4, 0);
	close(hb);
	turns(4);
	ok(recv(b, buf, sizeof(buf), 0) == 4 && recv(b, buf, sizeof(buf), 0) == 0,
	    "the hub's last words arrive before it hangs up");
	close(b);
	turns(4);
	ok(tun_end_conns(host.end) == 0 && tun_end_conns(guest.end) == 0, "none is left");
	close(ha);
	end_ends();
}

static void
numbers_come_back(void)
{
	int fd[TUN_CONNS], hub, good = 1;

	ends();
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < TUN_CONNS; i++) {
			fd[i] = radio(&hub);
			good &= fd[i] >= 0 && hub >= 0;
			close(hub);
			turns(3);
		}
		for (unsigned i = 0; i < TUN_CONNS; i++)
			close(fd[i]);
		turns(4);
	}
	ok(good, "three times as many radios as there are numbers, one generation after another");
	for (unsigned i = 0; i < TUN_CONNS; i++) {
		fd[i] = radio(&hub);
		close(hub);
		turns(3);
	}
	end_ends();
	for (unsigned i = 0; i < TUN_CONNS; i++)
		close(fd[i]);
}

static void
too_many(void)
{
	int fd[TUN_CONNS], hub[TUN_CONNS], good = 1;

	ends();
	for (unsigned i = 0; i < TUN_CONNS; i++)
		good &= (fd[i] = radio(&hub[i])) >= 0;
	ok(good && radio(NULL) < 0, "the thirty-third radio is refused");
	end_ends();
	for (unsigned i = 0; i < TUN_CONNS; i++) {
		close(fd[i]);
		close(hub[i]);
	}
}

static void
slow_hub(void)
{
	static char big[AIR_MSG_MAX], buf[AIR_MSG_MAX];
	int a, hub, good = 1;
	unsigned sent = 0, got = 0;

	ends();
	a = radio(&hub);
	for (unsigned i = 0; i < 2000; i++) {
		memcpy(big, &sent, sizeof(sent));
		if (send(a, big, sizeof(big), 0) == (ssize_t)sizeof(big))
			sent++;
		turns(1);
	}
	ok(sent > 20 && sent < 2000, "a hub that does not read stops the radio");
	while (got < sent) {
		unsigned number;

		turns(1);
		if (recv(hub, buf, sizeof(buf), 0) != (ssize_t)sizeof(buf))
			continue;
		memcpy(&number, buf, sizeof(number));
		good &= number == got++;
	}
	ok(good && got == sent, "and loses nothing");
	close(a);
	close(hub);
	end_ends();
}

static void
no_hub(void)
{
	char buf[8];
	int a;

	ends();
	close(hub_listen);
	unlink(HUB);
	a = radio(NULL);
	turns(4);
	ok(recv(a, buf, sizeof(buf), 0) == 0 && guest.gone == 0 && host.gone == 0,
	    "no hub: the radio is hung up on, the tunnel stays");
	close(a);
	end_ends();
	make_hub();
}

static void
say_to_host(const struct tun_hdr *h, size_t n, const char *expect, const char *what)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) != 0)
		abort();
	memset(&host, 0, sizeof(host));
	host.end = tun_end_new(sv[0], HUB, SOCK_SEQPACKET, &ops, &host);
	if (write(sv[1], h, n * sizeof(*h)) < 0)
		abort();
	for (unsigned i = 0; i < 3; i++)
		turn(&host);
	ok(host.gone == 1 && strstr(host.why, expect) != NULL, what);
	tun_end_free(host.end);
	close(sv[1]);
}

static void
bad_guests(void)
{
	struct tun_hdr open = { TUN_MAGIC, TUN_OPEN, 4, 0 };
	struct tun_hdr again[2] = { open, open };
	struct tun_hdr shut = { TUN_MAGIC, TUN_CLOSE, 4, 0 };
	struct tun_hdr stray[2] = { { TUN_MAGIC, TUN_DATA, 9, sizeof(open) }, open };
	struct tun_hdr junk = { 1, 2, 3, 4 };

	say_to_host(again, 2, "opened that was open", "OPEN twice");
	say_to_host(&shut, 1, "not open", "CLOSE of nothing");
	say_to_host(stray, 2, "not open", "DATA for nothing");
	say_to_host(&junk, 1, "no header", "junk");
}

static void
end_of_stream(void)
{
	char buf[8];
	int a, hub;

	ends();
	a = radio(&hub);
	tun_end_free(host.end);
	host.end = NULL;
	turns(3);
	ok(guest.gone == 1 && guest.why[0] == '\0', "the other end went in order");
	ok(recv(a, buf, sizeof(buf), 0) == 0, "and radios are hung up on");
	close(a);
	close(hub);
	end_ends();
}

int
main(void)
{
	any_cut();
	bad_headers();
	noise();
	make_hub();
	both_ways();
	numbers_come_back();
	too_many();
	slow_hub();
	no_hub();
	bad_guests();
	end_of_stream();
	close(hub_listen);
	unlink(HUB);
	return done();
}
