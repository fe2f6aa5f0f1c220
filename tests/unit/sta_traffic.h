/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_traffic.h - data through a station layer, both ways, and the counters that it makes.
 *
 *	ap = joined(secure, hw, qos);
 *	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 1 });
 *	ok(w.nhost == 1, "it reaches the host");
 *	transmit(peer, 0x0800, "\x45\xb8hello", 7);
 *	ok(w.ngot == 1 && !counted("tx_bad"), "it is sent");
 *	world_end(&w);
 */
#ifndef TESTS_UNIT_STA_TRAFFIC_H
#define TESTS_UNIT_STA_TRAFFIC_H

#include "tests/unit/sta_world.h"

/* Where all of it happens. */
extern struct world w;

static const uint8_t peer[6] = { 2, 0, 0, 0, 9, 9 }, all[6] = { 255, 255, 255, 255, 255, 255 };
static const uint8_t own[6] = { 2, 0, 0, 0, 0, 5 };

/* LLC of an IPv4 packet of 20 octets. */
static const uint8_t ip[28] = { 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00, 0x45, 0, 0, 20, 1, 2, 3, 4 };
#define IP	.body = ip, .len = sizeof(ip)

/* A world whose counters nobody has asked for yet. */
void	fresh(void);
/* On the network of one access point there: an ok() line. */
struct fakeap *joined(bool secure, bool hw, bool qos);

/* From the air: to us, from `peer`, unless said otherwise; w.host has only what comes of it. */
void	receive(struct fakeap *, struct fakedata);
/* From the host, an Ethernet frame of ours: 0 or ENOBUFS. */
int	transmit(const uint8_t *da, uint16_t type, const void *data, size_t len);

/* Has that counter of counts.h grown by one since it was asked for last? */
bool	counted(const char *name);

#endif
