/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dhcp.c - the router's DHCP server (RFC 2131): one address per station of 10.0.2.15 to .254,
 * the same one each time it asks. libslirp's own ends at sixteen stations.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define NETWORK		0x0a000200u
#define ROUTER		(NETWORK + 2)
#define NAMESERVER	(NETWORK + 3)
#define FIRST		(NETWORK + 15)
#define LEASES		240u
#define LEASE_SECONDS	86400u

#define ETH_HDR		14u
#define IP_HDR		20u
#define UDP_HDR		8u
#define BOOTP_LEN	240u		/* with the cookie, before the options */
#define REPLY_MAX	400u
#define REPLY_MIN	300u		/* as BOOTP clients expect it */

/* Offsets in a BOOTP message. */
enum { OFF_OP = 0, OFF_HLEN = 2, OFF_XID = 4, OFF_FLAGS = 10, OFF_CIADDR = 12, OFF_YIADDR = 16,
    OFF_SIADDR = 20, OFF_CHADDR = 28, OFF_COOKIE = 236 };

enum { OPT_MASK = 1, OPT_ROUTER = 3, OPT_DNS = 6, OPT_REQUESTED = 50, OPT_LEASE = 51,
    OPT_TYPE = 53, OPT_SERVER = 54, OPT_END = 255 };
enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM };

struct dhcp {
	struct net	*net;
	uint8_t		owner[LEASES][6];
	bool		used[LEASES];
	unsigned	next;		/* whose lease goes when all are gone */
};

struct request {
	const uint8_t	*msg;
	uint8_t		type;
	uint32_t	wanted, server;	/* 0: not said; host order, as all addresses here */
};

struct dhcp *
dhcp_new(struct net *net)
{
	struct dhcp *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->net = net;
	return d;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
	return p + 4;
}

static uint8_t *
put_option(uint8_t *p, uint8_t id, uint32_t v)
{
	*p++ = id;
	*p++ = 4;
	return put32(p, v);
}

/* ---- addresses -------------------------------------------------------------------------- */

static uint32_t
take(struct dhcp *d, unsigned i, const uint8_t mac[6])
{
	memcpy(d->owner[i], mac, 6);
	d->used[i] = true;
	return FIRST + i;
}

/* The address of a station; a new one: what it wishes if that is free, or the first free one. */
static uint32_t
lease(struct dhcp *d, const uint8_t mac[6], uint32_t wish)
{
	for (unsigned i = 0; i < LEASES; i++)
		if (d->used[i] && memcmp(d->owner[i], mac, 6) == 0)
			return FIRST + i;
	if (wish >= FIRST && wish < FIRST + LEASES && !d->used[wish - FIRST])
		return take(d, wish - FIRST, mac);
	for (unsigned i = 0; i < LEASES; i++)
		if (!d->used[i])
			return take(d, i, mac);
	d->next = (d->next + 1) % LEASES;
	return take(d, d->next, mac);
}

/* ---- messages --------------------------------------------------------------------------- */

static bool
parse(const uint8_t *eth, size_t len, struct request *r)
{
	const uint8_t *ip = eth + ETH_HDR, *p, *end = eth + len;
	size_t ihl;

	if (len < ETH_HDR + IP_HDR || be16(eth + 12) != 0x0800 || ip[9] != 17)
		return false;
	ihl = (ip[0] & 15u) * 4u;
	if (ihl < IP_HDR || len < ETH_HDR + ihl + UDP_HDR ||
	    be16(ip + ihl + 2) != 67)
		return false;
	*r = (struct request){ .msg = ip + ihl + UDP_HDR };
	if (end < r->msg + BOOTP_LEN || r->msg[OFF_OP] != 1 || r->msg[OFF_HLEN] != 6 ||
	    be32(r->msg + OFF_COOKIE) != 0x63825363)
		return true;		/* to our port, but of no use */
	for (p = r->msg + BOOTP_LEN; p < end && *p != OPT_END;) {
		if (*p == 0) {
			p++;
			continue;
		}
		if (end - p < 2 || end - p < 2 + p[1])
			break;
		if (*p == OPT_TYPE && p[1] == 1)
			r->type = p[2];
		else if (*p == OPT_REQUESTED && p[1] == 4)
			r->wanted = be32(p + 2);
		else if (*p == OPT_SERVER && p[1] == 4)
			r->server = be32(p + 2);
		p += 2 + p[1];
	}
	return true;
}

static uint16_t
ip_sum(const uint8_t *p)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < IP_HDR; i += 2)
		sum += be16(p + i);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Ethernet, IP and UDP headers in front of a message of `len` octets. */
static void
headers(uint8_t *eth, const struct request *r, uint32_t to, size_t len)
{
	static const uint8_t router_mac[6] = { 0x52, 0x55, 10, 0, 2, 2 };	/* libslirp's */
	uint8_t *ip = eth + ETH_HDR, *udp = ip + IP_HDR;
	size_t udp_len = UDP_HDR + len, ip_len = IP_HDR + udp_len;

	if (to == INADDR_BROADCAST)
		memset(eth, 0xff, 6);
	else
		memcpy(eth, r->msg + OFF_CHADDR, 6);
	memcpy(eth + 6, router_mac, 6);
	memcpy(eth + 12, "\x08\x00", 2);
	memset(ip, 0, IP_HDR + UDP_HDR);
	ip[0] = 0x45;
	put_be16(ip + 2, (unsigned)ip_len);
	ip[8] = 64;
	ip[9] = 17;
	put32(ip + 12, ROUTER);
	put32(ip + 16, to);
	put_be16(ip + 10, ip_sum(ip));
	put_be16(udp, 67);
	put_be16(udp + 2, 68);
	put_be16(udp + 4, (unsigned)udp_len);	/* no checksum: IPv4 allows that */
}

static void
answer(struct dhcp *d, const struct request *r, uint8_t type, uint32_t yours)
{
	uint8_t eth[ETH_HDR + IP_HDR + UDP_HDR + REPLY_MAX] = { 0 };
	uint8_t *m = eth + ETH_HDR + IP_HDR + UDP_HDR, *p = m + BOOTP_LEN;
	uint32_t client = be32(r->msg + OFF_CIADDR), to;
	size_t len;

	memcpy(m, r->msg, OFF_CHADDR + 16);
	m[OFF_OP] = 2;
	put32(m + OFF_YIADDR, yours);
	put32(m + OFF_SIADDR, ROUTER);
	put32(m + OFF_COOKIE, 0x63825363);
	*p++ = OPT_TYPE;
	*p++ = 1;
	*p++ = type;
	p = put_option(p, OPT_SERVER, ROUTER);
	if (type != NAK) {
		p = put_option(p, OPT_MASK, 0xffffff00);
		p = put_option(p, OPT_ROUTER, ROUTER);
		p = put_option(p, OPT_DNS, NAMESERVER);
	}
	if (yours != 0)
		p = put_option(p, OPT_LEASE, LEASE_SECONDS);
	*p++ = OPT_END;
	len = (size_t)(p - m) < REPLY_MIN ? REPLY_MIN : (size_t)(p - m);
	/* Who cannot take an address it has not yet says so by the highest flag (RFC 2131, 4.1). */
	to = type == NAK || (r->msg[OFF_FLAGS] & 0x80) != 0 ? INADDR_BROADCAST :
	    client != 0 ? client : yours;
	headers(eth, r, to, len);
	net_from_router(d->net, eth, ETH_HDR + IP_HDR + UDP_HDR + len);
}

static void
request(struct dhcp *d, const struct request *r)
{
	uint32_t client = be32(r->msg + OFF_CIADDR);
	uint32_t asked = r->wanted != 0 ? r->wanted : client, mine;

	if (r->server != 0 && r->server != ROUTER)
		return;				/* it has chosen another server */
	mine = lease(d, r->msg + OFF_CHADDR, asked);
	if (asked == mine)
		answer(d, r, ACK, mine);
	else
		answer(d, r, NAK, 0);
}

bool
dhcp_input(struct dhcp *d, const uint8_t *eth, size_t len)
{
	struct request r;

	if (!parse(eth, len, &r))
		return false;
	if (r.type == DISCOVER)
		answer(d, &r, OFFER, lease(d, r.msg + OFF_CHADDR, r.wanted));
	else if (r.type == REQUEST)
		request(d, &r);
	else if (r.type == INFORM)
		answer(d, &r, ACK, 0);
	return true;
}
