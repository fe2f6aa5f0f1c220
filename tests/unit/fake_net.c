/* SPDX-License-Identifier: BSD-2-Clause */
/* The host behind run-fake's port; see fake_net.h.  ARP: RFC 826, DHCP: RFC 2131. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fake_net.h"

static const uint8_t our_mac[6] = { 2, 0, 0, 9, 8, 1 };
static const uint8_t our_ip[4] = { 10, 9, 8, 1 };
static const uint8_t their_ip[4] = { 10, 9, 8, 2 };
static const uint8_t port_mac[6] = { 2, 0, 0, 9, 8, 2 };

static struct {
	struct hyp_dev	*dev;
	struct hyp_net	*net;
	int		 offered;
} host;

static void
put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* RFC 1071, into the two bytes at `at`. */
static void
checksum(uint8_t *p, size_t len, uint8_t *at)
{
	uint32_t sum = 0;
	size_t i;

	put16(at, 0);
	for (i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(at, ~sum & 0xffff);
}

/* Back to where it came from. */
static void
answer(uint8_t *f, size_t len)
{
	memcpy(f, f + 6, 6);
	memcpy(f + 6, our_mac, 6);
	hyp_net_send(host.net, f, len);
}

static void
arp(uint8_t *f, size_t len)
{
	uint8_t *a = f + 14;

	if (len < 42 || get16(a + 6) != 1 || memcmp(a + 24, our_ip, 4) != 0)
		return;
	put16(a + 6, 2);
	memcpy(a + 18, a + 8, 10);
	memcpy(a + 8, our_mac, 6);
	memcpy(a + 14, our_ip, 4);
	answer(f, len);
}

static void
ping(uint8_t *f, size_t len)
{
	uint8_t *ip = f + 14, *icmp = f + 34;

	if (len < 42 || icmp[0] != 8 || memcmp(ip + 16, our_ip, 4) != 0)
		return;
	memcpy(ip + 16, ip + 12, 4);
	memcpy(ip + 12, our_ip, 4);
	icmp[0] = 0;
	checksum(icmp, get16(ip + 2) - 20, icmp + 2);
	answer(f, len);
}

/* OFFER for DISCOVER, ACK for REQUEST. */
static void
dhcp(uint8_t *f, size_t len)
{
	static const uint8_t options[] = { 54, 4, 10, 9, 8, 1, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255,
	    255, 0, 3, 4, 10, 9, 8, 1, 6, 4, 10, 9, 8, 53, 255 };
	uint8_t out[14 + 20 + 8 + 240 + 3 + sizeof(options)], *ip = out + 14, *udp = out + 34;
	uint8_t *bootp = out + 42;

	if (len < 14 + 28 + 243 || get16(f + 36) != 67 || f[42 + 240] != 53)
		return;
	memcpy(out, f, 42 + 240);
	memcpy(ip + 12, our_ip, 4);
	memset(ip + 16, 255, 4);
	put16(ip + 2, sizeof(out) - 14);
	checksum(ip, 20, ip + 10);
	put16(udp, 67);
	put16(udp + 2, 68);
	put16(udp + 4, sizeof(out) - 34);
	put16(udp + 6, 0);
	bootp[0] = 2;
	memcpy(bootp + 16, their_ip, 4);
	bootp[240] = 53;
	bootp[241] = 1;
	bootp[242] = f[42 + 242] == 1 ? 2 : 5;
	memcpy(bootp + 243, options, sizeof(options));
	answer(out, sizeof(out));
}

static int
tx(void *arg, const void *frame, size_t len)
{
	uint8_t f[2048];

	(void)arg;
	host.offered = !host.offered;
	if (host.offered) {
		hyp_net_ready(host.net);
		return ENOBUFS;
	}
	if (len < 14 || len > sizeof(f))
		return 0;
	memcpy(f, frame, len);
	if (get16(f + 12) == 0x0806)
		arp(f, len);
	else if (get16(f + 12) == 0x0800 && len >= 34 && f[23] == 1)
		ping(f, len);
	else if (get16(f + 12) == 0x0800 && len >= 34 && f[23] == 17)
		dhcp(f, len);
	return 0;
}

static void
ip(void *arg, const char *address, const char *router, const char *dns)
{
	(void)arg;
	hyp_log(host.dev, HYP_LOG_INFO, "lease %s router %s dns %s",
	    address != NULL ? address : "none", router, dns);
}

int
fake_net_start(struct hyp_dev *dev)
{
	static const struct hyp_net_ops ops = { .tx = tx, .ip = ip };
	int error;

	host.dev = dev;
	error = hyp_net_open(dev, port_mac, 1400, &ops, NULL, &host.net);
	if (error == 0)
		hyp_net_carrier(host.net, 1);
	return error;
}

void
fake_net_stop(void)
{
	if (host.net != NULL)
		hyp_net_close(host.net);
	host.net = NULL;
}

void
fake_net_carrier(int up)
{
	hyp_net_carrier(host.net, up);
}

char *
fake_net_counts(void)
{
	struct hyp_net_counts c;
	char *text;

	hyp_net_counts(host.net, &c);
	if (asprintf(&text, "{\"ok\":true,\"to_host\":%llu,\"from_host\":%llu,\"stalls\":%llu}",
	    (unsigned long long)c.to_host, (unsigned long long)c.from_host,
	    (unsigned long long)c.stalls) < 0)
		return NULL;
	return text;
}
