/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_hwsim.c - libFuzzer target: what a guest may send through the tunnel, and what its kernel
 * may give the bridge.
 *
 *	ninja fuzz && build/fuzz/bin/fuzz-hwsim -max_total_time=20 CORPUS
 *
 * The first byte chooses: even, a stream for the host's end (there is no hub: each connection is
 * hung up on) or the guest's; odd, a frame with rates. Beside what the sanitizers see: what an
 * end says is a tunnel's messages, every rate for the air is a valid one, and every index for
 * the kernel is one of the band.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/sim/hwsim/hwsim.h"
#include "tools/sim/hwsim/tunnel.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool gone;

static void
on_gone(void *arg, const char *why)
{
	(void)arg;
	(void)why;
	CHECK(!gone);
	gone = true;
}

static const struct tun_end_ops ops = { .gone = on_gone };

static void
turn(struct tun_end *e)
{
	struct pollfd p[1 + TUN_CONNS];
	size_t n = tun_end_fill(e, p);

	CHECK(n <= 1 + TUN_CONNS);
	poll(p, n, 0);
	tun_end_poll(e, p, n);
}

static void
listen_to(int fd)
{
	static struct tun_in in;
	const uint8_t *body;
	struct tun_hdr h;
	size_t room;
	uint8_t *to;
	ssize_t n;

	tun_in_init(&in);
	for (;;) {
		to = tun_in_space(&in, &room);
		n = recv(fd, to, room, MSG_DONTWAIT);
		if (n <= 0)
			break;
		tun_in_add(&in, (size_t)n);
		while (tun_in_next(&in, &h, &body))
			CHECK(h.kind == TUN_CLOSE || h.kind == TUN_OPEN || h.kind == TUN_RESET);
		CHECK(in.broken == NULL);
	}
}

static void
stream(const uint8_t *data, size_t size, bool host)
{
	struct tun_end *e;
	int sv[2], radio[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, radio) == 0);
	gone = false;
	e = tun_end_new(sv[0], host ? "/nonexistent/hub" : NULL, SOCK_SEQPACKET,
	    &ops, NULL);
	CHECK(e != NULL);
	if (host)
		close(radio[1]);
	else
		CHECK(tun_end_accept(e, radio[1]) == 0);
	while (size > 0 && !gone) {
		size_t n = size < 777 ? size : 777;

		if (send(sv[1], data, n, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)n)
			break;
		data += n;
		size -= n;
		turn(e);
	}
	for (unsigned i = 0; i < 3 && !gone; i++)
		turn(e);
	if (!gone)
		CHECK(tun_end_conns(e) <= TUN_CONNS);
	listen_to(sv[1]);
	tun_end_free(e);
	close(sv[1]);
	close(radio[0]);
}

static void
frame(const uint8_t *data, size_t size)
{
	static const uint16_t freqs[] = { 2412, 2484, 5180, 5825 };
	struct air_txstatus st = { 0 };
	struct air_rate rate[HWSIM_RATES], heard;
	struct hwsim_txinfo info;
	struct hwsim_tx tx = { 0 };
	unsigned n;

	if (size < sizeof(tx.rate) + sizeof(st) + 1 + AIR_FRAME_MIN)
		return;
	memcpy(tx.rate, data, sizeof(tx.rate));
	memcpy(&st, data + sizeof(tx.rate), sizeof(st));
	data += sizeof(tx.rate) + sizeof(st);
	size -= sizeof(tx.rate) + sizeof(st);
	tx.freq = freqs[data[0] % 4];
	tx.frame = data + 1;
	tx.len = size - 1;
	n = hwsim_ladder(&tx, rate);
	CHECK(n >= 1 && n <= HWSIM_RATES);
	for (unsigned i = 0; i < n; i++)
		CHECK(air_rate_valid(&rate[i], tx.freq) && rate[i].tries != 0);
	(void)hwsim_air_flags(&tx);
	CHECK(hwsim_prio(tx.frame, tx.len) <= 7);
	hwsim_status(&tx, &st, &info);
	CHECK(info.cookie == tx.cookie);
	heard = st.rate;
	CHECK(hwsim_rx_rate(&heard, tx.freq) < (tx.freq < 3000 ? 12u : 8u));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if ((data[0] & 1) != 0)
		frame(data + 1, size - 1);
	else
		stream(data + 1, size - 1, (data[0] & 2) != 0);
	return 0;
}
