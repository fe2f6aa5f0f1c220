/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eth.h - between Ethernet frames and the bodies of 802.11 data frames: RFC 1042 and the bridge
 * tunnel encapsulation (IEEE 802.1H), A-MSDUs, priorities.
 *
 * Pure.  Everything works in place: an Ethernet header fits in front of what it heads.
 */
#ifndef STA_ETH_H
#define STA_ETH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ETH_MTU		1500u
#define ETH_FRAME_MIN	14u
#define ETH_FRAME_MAX	1514u

/*
 * The body of a data frame for an Ethernet frame, without addresses: LLC and payload.  `out` has
 * room for `len`.  Returns its length, or 0 if that is no Ethernet frame (then nothing is
 * written).
 */
size_t	eth_to_llc(uint8_t *out, const uint8_t *eth, size_t len);

/*
 * The Ethernet frame of an MSDU: `body` has room for ETH_FRAME_MIN octets before it, which are
 * overwritten (da and sa may be there).  Returns it and its length; NULL: there is no LLC.
 */
uint8_t	*eth_from_llc(const uint8_t *da, const uint8_t *sa, uint8_t *body, size_t len,
	    size_t *outlen);

/* The Ethernet type of an LLC body, or 0. */
uint16_t eth_llc_type(const uint8_t *body, size_t len);

/* Subframes of an A-MSDU (9.3.2.2.2). */
struct eth_amsdu {
	uint8_t	*p;
	size_t	 left;
};
struct eth_sub {
	uint8_t	*da, *sa, *body;
	size_t	 len;
};
/* The next; false: there is no more.  With `left` not 0 then, the rest is malformed. */
bool	eth_amsdu_next(struct eth_amsdu *, struct eth_sub *);
/* It begins as a plain frame does: the A-MSDU bit, which CCMP does not protect, was added. */
bool	eth_amsdu_is_forged(const uint8_t *body, size_t len);

/* User priority 0..7 of an Ethernet frame: VLAN tag, or the class selector of IP. */
uint8_t	eth_priority(const uint8_t *eth, size_t len);
/* The access category (PDK_AC_*) of a priority (10.2.4.2). */
uint8_t	eth_ac(uint8_t up);

#endif /* STA_ETH_H */
