/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csum.c - the Internet checksum (RFC 1071), and what of it the card checks in a received frame.
 */
#include <string.h>

#include "tools/sim/i82574/card.h"

#define TCP	6u
#define UDP	17u

uint32_t
gbe_csum_add(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		sum += (uint32_t)p[i] << 8 | p[i + 1];
		if ((sum & 0x80000000u) != 0)
			sum = (sum & 0xffff) + (sum >> 16);
	}
	return len % 2 != 0 ? sum + ((uint32_t)p[len - 1] << 8) : sum;
}

uint16_t
gbe_csum_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* TCP or UDP behind an IPv4 header of `ihl` octets. */
static void
check_l4(const uint8_t *ip, size_t ihl, size_t len, uint32_t *status, uint32_t *errors)
{
	const uint8_t *l4 = ip + ihl;
	size_t l4len = len - ihl;
	unsigned proto = ip[9];
	uint32_t sum = gbe_csum_add(proto + (uint32_t)l4len, ip + 12, 8);

	if (((unsigned)(ip[6] << 8 | ip[7]) & 0x3fff) != 0)
		return;				/* a fragment */
	if (proto == UDP && l4len >= 8 && (l4[6] | l4[7]) != 0)
		*status |= RXS_UDPCS | RXS_TCPCS;
	else if (proto == TCP && l4len >= 20)
		*status |= RXS_TCPCS;
	else
		return;
	if (gbe_csum_fold(gbe_csum_add(sum, l4, l4len)) != 0)
		*errors |= RXE_TCPE;
}

void
gbe_csum_check(struct card *c, const uint8_t *f, size_t len, uint32_t *status, uint32_t *errors)
{
	uint32_t rxcsum = *reg(c, R_RXCSUM);
	const uint8_t *ip = f + ETH_HDR;
	size_t ihl, total;

	if (len < ETH_HDR + 20 || f[12] != 0x08 || f[13] != 0x00 || ip[0] >> 4 != 4) {
		*status |= RXS_IXSM;
		return;
	}
	ihl = (ip[0] & 15u) * 4;
	total = (size_t)(ip[2] << 8 | ip[3]);
	if (ihl < 20 || total < ihl || total > len - ETH_HDR) {
		*status |= RXS_IXSM;
		return;
	}
	if ((rxcsum & RXCSUM_IPOFL) != 0) {
		*status |= RXS_IPCS;
		if (gbe_csum_fold(gbe_csum_add(0, ip, ihl)) != 0)
			*errors |= RXE_IPE;
	}
	if ((rxcsum & RXCSUM_TUOFL) != 0)
		check_l4(ip, ihl, total, status, errors);
	if ((*status & (RXS_IPCS | RXS_TCPCS)) == 0)
		*status |= RXS_IXSM;
}
