/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load.c - as many frames through a running hub as it takes, by cards and access points that do
 * nothing else, in one process.
 *
 *	air-load SOCKET CARDS APS SECONDS	{"frames":N,"failed":0,"per_s":N,...}
 *
 * AP number i is on channel i; card number k talks to AP number k % APS and is answered. Each
 * keeps WINDOW frames of BODY bytes waiting.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/sim/air/air.h"
#include "tools/sim/air/frame.h"

#define MAX	120u
#define WINDOW	8u
#define BODY	1000u

struct station {
	struct air	*air;
	unsigned	number, peer;
	bool		ready, gone;
};

static struct station stations[MAX];
static unsigned naps;
static uint64_t sent, acked, failed, heard;

static const uint16_t channels[] = { 2412, 2437, 2462, 5180, 5200, 5220, 5240, 5745 };
#define NCHANNELS	(sizeof(channels) / sizeof(channels[0]))

static void
address(uint8_t *mac, unsigned number)
{
	memset(mac, 0, 6);
	mac[0] = 2;
	mac[5] = (uint8_t)number;
}

/* To the peer; or to all, before it is known that the hub has read our TUNE. */
static void
send_one(struct station *s)
{
	static const struct air_tx tx = { .nrates = 1, .rate = {{ AIR_RATE_HT, 7, 0, 4 }} };
	static const uint8_t body[BODY];
	uint8_t raw[24 + BODY], to[6], from[6];
	struct dot11_buf b = DOT11_BUF(raw);

	if (s->ready)
		address(to, s->peer);
	else
		memset(to, 0xff, 6);
	address(from, s->number);
	dot11_put_hdr(&b, DOT11_DATA, 0, to, from, from);
	dot11_put(&b, body, sizeof(body));
	if (air_tx(s->air, &tx, raw, b.len) == 0)
		sent += s->ready;
}

static void
on_welcome(void *arg, const struct air_welcome *w)
{
	(void)w;
	send_one(arg);
}

static void
on_rx(void *arg, const struct air_rx *rx, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)frame;
	(void)len;
	heard += (rx->flags & AIR_RX_FORME) != 0;
}

static void
on_status(void *arg, const struct air_txstatus *st)
{
	struct station *s = arg;

	if (!s->ready) {
		s->ready = true;
		return;
	}
	acked += st->result == AIR_TX_ACKED;
	failed += st->result != AIR_TX_ACKED;
	send_one(s);
}

static void
on_gone(void *arg, const char *why)
{
	fprintf(stderr, "air-load: station %u: %s\n", ((struct station *)arg)->number, why);
	((struct station *)arg)->gone = true;
}

static const struct air_ops ops = { .welcome = on_welcome, .rx = on_rx, .txstatus = on_status,
    .gone = on_gone };

static int
join(const char *path, unsigned i)
{
	struct station *s = &stations[i];
	struct air_hello hello = { .naddr = 1 };
	uint16_t freq = channels[i % naps % NCHANNELS];
	char msg[200];

	s->number = i;
	s->peer = i < naps ? i + naps : i % naps;
	snprintf(hello.name, sizeof(hello.name), "%s%u", i < naps ? "ap" : "card", i);
	address(hello.addr[0].addr, i);
	memset(hello.addr[0].mask, 0xff, 6);
	if (air_connect(path, &hello, &ops, s, &s->air, msg, sizeof(msg)) != 0) {
		fprintf(stderr, "air-load: %s\n", msg);
		return 1;
	}
	return air_tune(s->air, &(struct air_tune){ .on = 1, .freq = freq, .center = freq,
	    .width = 20 });
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* One round of the loop; false: somebody is gone. */
static bool
serve(unsigned n)
{
	struct pollfd p[MAX];
	bool good = true;

	for (unsigned i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = air_fd(stations[i].air),
		    .events = air_events(stations[i].air) };
	(void)poll(p, n, 100);
	for (unsigned i = 0; i < n; i++) {
		if (p[i].revents != 0)
			(void)air_dispatch(stations[i].air, p[i].revents);
		good = good && !stations[i].gone;
	}
	return good;
}

static bool
all_ready(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!stations[i].ready)
			return false;
	return true;
}

int
main(int argc, char **argv)
{
	unsigned n = argc == 5 ? (unsigned)(atoi(argv[2]) + atoi(argv[3])) : 0;
	double start, seconds;
	bool good = true;

	naps = argc == 5 ? (unsigned)atoi(argv[3]) : 0;
	if (naps == 0 || n < 2 * naps || n > MAX) {
		fprintf(stderr, "usage: air-load SOCKET CARDS APS SECONDS "
		    "(CARDS >= APS, together at most %u)\n", MAX);
		return 2;
	}
	for (unsigned i = 0; i < n; i++)
		if (join(argv[1], i) != 0)
			return 1;
	while (good && !all_ready(n))
		good = serve(n);
	for (unsigned i = 0; i < n * WINDOW; i++)
		send_one(&stations[i % n]);
	start = now();
	seconds = atof(argv[4]);
	while (good && now() - start < seconds)
		good = serve(n);
	seconds = now() - start;
	printf("{\"radios\":%u,\"frames\":%llu,\"acked\":%llu,\"failed\":%llu,\"heard\":%llu,"
	    "\"per_s\":%.0f}\n", n, (unsigned long long)sent, (unsigned long long)acked,
	    (unsigned long long)failed, (unsigned long long)heard,
	    (double)(acked + failed) / seconds);
	for (unsigned i = 0; i < n; i++)
		air_close(stations[i].air);
	return good && failed == 0 ? 0 : 1;
}
