/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet and 802.11 bodies; see eth.h. */
#include <string.h>

#include <pdk80211.h>

#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/eth.h"

#define TYPE_IPV4	0x0800u
#define TYPE_IPV6	0x86ddu
#define TYPE_VLAN	0x8100u
#define TYPE_AARP	0x80f3u
#define TYPE_IPX	0x8137u
#define AMSDU_HDR	14u

static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00 };
static const uint8_t tunnel[6] = { 0xaa, 0xaa, 0x03, 0x00, 0x00, 0xf8 };

/* Two protocols keep their own SNAP encapsulation apart (802.1H, selective translation). */
static bool
tunneled(uint16_t type)
{
	return type == TYPE_AARP || type == TYPE_IPX;
}

size_t
eth_to_llc(uint8_t *out, const uint8_t *eth, size_t len)
{
	uint16_t type;

	if (len < ETH_FRAME_MIN)
		return 0;
	type = dot11_be16(eth + 12);
	if (type < DOT11_ETHERTYPE_MIN) {		/* 802.3: a length, LLC is there */
		if (type > len - DOT11_ETH_HDR || type < 3)
			return 0;
		memcpy(out, eth + DOT11_ETH_HDR, type);
		return type;
	}
	memcpy(out, tunneled(type) ? tunnel : snap, sizeof(snap));
	memcpy(out + sizeof(snap), eth + 12, len - 12);
	return sizeof(snap) + len - 12;
}

uint16_t
eth_llc_type(const uint8_t *body, size_t len)
{
	if (len < DOT11_SNAP_LEN || (memcmp(body, snap, sizeof(snap)) != 0 &&
	    memcmp(body, tunnel, sizeof(tunnel)) != 0))
		return 0;
	return dot11_be16(body + sizeof(snap));
}

uint8_t *
eth_from_llc(const uint8_t *da, const uint8_t *sa, uint8_t *body, size_t len, size_t *outlen)
{
	uint8_t addrs[2 * DOT11_ADDR_LEN], *eth;
	uint16_t type = eth_llc_type(body, len);
	bool tun = type != 0 && body[5] == tunnel[5];

	memcpy(addrs, da, DOT11_ADDR_LEN);
	memcpy(addrs + DOT11_ADDR_LEN, sa, DOT11_ADDR_LEN);
	if (type >= DOT11_ETHERTYPE_MIN && tun == tunneled(type)) {
		eth = body + sizeof(snap) - sizeof(addrs);	/* the type stays where it is */
		*outlen = len - sizeof(snap) + sizeof(addrs);
	} else if (len >= 3 && len <= ETH_MTU) {
		eth = body - DOT11_ETH_HDR;			/* 802.3 with a length */
		eth[12] = (uint8_t)(len >> 8);
		eth[13] = (uint8_t)len;
		*outlen = len + DOT11_ETH_HDR;
	} else
		return NULL;
	memcpy(eth, addrs, sizeof(addrs));
	return eth;
}

bool
eth_amsdu_next(struct eth_amsdu *a, struct eth_sub *s)
{
	size_t whole;

	if (a->left < AMSDU_HDR)
		return false;
	s->da = a->p;
	s->sa = a->p + DOT11_ADDR_LEN;
	s->len = dot11_be16(a->p + 12);
	s->body = a->p + AMSDU_HDR;
	if (s->len > a->left - AMSDU_HDR)
		return false;
	whole = (AMSDU_HDR + s->len + 3) & ~(size_t)3;		/* padded, but for the last */
	if (whole > a->left)
		whole = a->left;
	a->p += whole;
	a->left -= whole;
	return true;
}

bool
eth_amsdu_is_forged(const uint8_t *body, size_t len)
{
	return len >= sizeof(snap) && memcmp(body, snap, sizeof(snap)) == 0;
}

uint8_t
eth_priority(const uint8_t *eth, size_t len)
{
	uint16_t type;

	if (len < ETH_FRAME_MIN + 2)
		return 0;
	type = dot11_be16(eth + 12);
	if (type == TYPE_VLAN)
		return eth[14] >> 5;
	if (type == TYPE_IPV4)
		return eth[15] >> 5;
	if (type == TYPE_IPV6)
		return eth[14] >> 1 & 7;
	return 0;
}

uint8_t
eth_ac(uint8_t up)
{
	static const uint8_t ac[8] = { PDK_AC_BE, PDK_AC_BK, PDK_AC_BK, PDK_AC_BE, PDK_AC_VI,
	    PDK_AC_VI, PDK_AC_VO, PDK_AC_VO };

	return ac[up & 7];
}
