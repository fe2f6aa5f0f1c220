/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dot11.h - 802.11 frames as the station layer needs them: numbers and layouts of IEEE Std
 * 802.11-2016 (the section is given with each group), little-endian access, and the header.
 *
 *	struct dot11_hdr h;
 *
 *	if (dot11_hdr(&h, frame, len) != 0)
 *		return;				cut off, or not 802.11
 *	if (h.kind == DOT11_BEACON)
 *		body = frame + h.len;		len - h.len octets
 */
#ifndef STA_DOT11_H
#define STA_DOT11_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DOT11_ADDR_LEN		6u
#define DOT11_HDR_LEN		24u	/* management frames, and data without more */
#define DOT11_QOS_LEN		2u
#define DOT11_HTC_LEN		4u
#define DOT11_TU_NS		UINT64_C(1024000)

/* ---- frame control (9.2.4.1): type and subtype as they stand in the first octet ---- */

#define DOT11_TYPE_MASK		0x0cu
#define DOT11_TYPE_MGMT		0x00u
#define DOT11_TYPE_CTL		0x04u
#define DOT11_TYPE_DATA		0x08u
#define DOT11_KIND_MASK		0xfcu

#define DOT11_ASSOC_REQ		0x00u
#define DOT11_ASSOC_RESP	0x10u
#define DOT11_REASSOC_REQ	0x20u
#define DOT11_REASSOC_RESP	0x30u
#define DOT11_PROBE_REQ		0x40u
#define DOT11_PROBE_RESP	0x50u
#define DOT11_BEACON		0x80u
#define DOT11_DISASSOC		0xa0u
#define DOT11_AUTH		0xb0u
#define DOT11_DEAUTH		0xc0u
#define DOT11_ACTION		0xd0u
#define DOT11_DATA		0x08u
#define DOT11_NULL		0x48u
#define DOT11_QOS_DATA		0x88u
#define DOT11_QOS_NULL		0xc8u
#define DOT11_SUB_QOS		0x80u	/* bits of a data frame's subtype */
#define DOT11_SUB_NODATA	0x40u

/* The second octet. */
#define DOT11_TODS		0x01u
#define DOT11_FROMDS		0x02u
#define DOT11_MOREFRAG		0x04u
#define DOT11_RETRY		0x08u
#define DOT11_PWRMGT		0x10u
#define DOT11_PROTECTED		0x40u
#define DOT11_ORDER		0x80u	/* HT Control follows, in QoS data and management */

/* QoS Control (9.2.4.5), first octet. */
#define DOT11_QOS_TID		0x0fu
#define DOT11_QOS_AMSDU		0x80u

/* ---- fixed fields (9.4.1) ---- */

#define DOT11_CAP_ESS		0x0001u
#define DOT11_CAP_IBSS		0x0002u
#define DOT11_CAP_PRIVACY	0x0010u
#define DOT11_CAP_SHPREAMBLE	0x0020u
#define DOT11_CAP_SPECTRUM	0x0100u
#define DOT11_CAP_SHSLOT	0x0400u

#define DOT11_AUTH_OPEN		0u

#define DOT11_REASON_UNSPECIFIED 1u
#define DOT11_REASON_LEAVING	3u	/* deauthenticated, station is leaving */
#define DOT11_REASON_INACTIVE	4u
#define DOT11_REASON_DISASSOC_LEAVING 8u
#define DOT11_REASON_BA_END	37u	/* end of a block ack agreement */
#define DOT11_REASON_BA_UNKNOWN	38u
#define DOT11_REASON_BA_TIMEOUT	39u

#define DOT11_STATUS_OK		0u
#define DOT11_STATUS_DECLINED	37u
#define DOT11_STATUS_BAD_PARAMS	38u

#define DOT11_CAT_SPECTRUM	0u
#define DOT11_ACT_CSA		4u
#define DOT11_CAT_BA		3u
#define DOT11_ACT_ADDBA_REQ	0u
#define DOT11_ACT_ADDBA_RESP	1u
#define DOT11_ACT_DELBA		2u

#define DOT11_AID_MAX		2007u

/* ---- elements (9.4.2) ---- */

#define DOT11_IE_SSID		0u
#define DOT11_IE_RATES		1u
#define DOT11_IE_DS		3u
#define DOT11_IE_TIM		5u
#define DOT11_IE_COUNTRY	7u
#define DOT11_IE_PWRCAP		33u
#define DOT11_IE_CHANNELS	36u
#define DOT11_IE_CSA		37u
#define DOT11_IE_ERP		42u
#define DOT11_IE_HTCAP		45u
#define DOT11_IE_RSN		48u
#define DOT11_IE_XRATES		50u
#define DOT11_IE_ECSA		60u
#define DOT11_IE_HTOP		61u
#define DOT11_IE_SCO		62u	/* secondary channel offset */
#define DOT11_IE_VENDOR		221u

#define DOT11_ERP_PROTECT	0x02u
#define DOT11_ERP_BARKER	0x04u

#define DOT11_HTCAP_LEN		26u
#define DOT11_HTOP_LEN		22u
#define DOT11_HTCAP_40		0x0002u	/* of HT Capability Information */
#define DOT11_HTCAP_SGI40	0x0040u
#define DOT11_HTOP_SCO		0x03u	/* 1 above, 3 below */
#define DOT11_HTOP_ANYWIDTH	0x04u
#define DOT11_HTOP_PROTECT	0x03u	/* of the second octet of its information */

#define DOT11_RATE_BASIC	0x80u
#define DOT11_RATE_HT_ONLY	127u	/* a membership selector, no rate */

/* ---- LLC ---- */

#define DOT11_SNAP_LEN		8u
#define DOT11_ETH_HDR		14u
#define DOT11_ETHERTYPE_EAPOL	0x888eu
#define DOT11_ETHERTYPE_MIN	0x0600u

static inline uint16_t
dot11_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint64_t
dot11_le64(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static inline void
dot11_put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline uint16_t
dot11_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline bool
dot11_is_group(const uint8_t *addr)
{
	return (addr[0] & 1) != 0;
}

static inline bool
dot11_same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, DOT11_ADDR_LEN) == 0;
}

/* What the header of a data or management frame says; pointers into the frame. */
struct dot11_hdr {
	uint8_t		kind;			/* type and subtype */
	uint8_t		flags;			/* second octet of Frame Control */
	size_t		len;			/* with address 4, QoS and HT Control */
	const uint8_t	*addr1, *addr2, *addr3;
	uint16_t	seq;			/* 0..4095 */
	uint8_t		frag;
	bool		has_qos;
	uint8_t		qos;			/* first octet of QoS Control */
};

/* 0; EINVAL: cut off, of another protocol version, or neither data nor management. */
int	dot11_hdr(struct dot11_hdr *, const uint8_t *frame, size_t len);

/*
 * Write a header without QoS: `flags` as the second octet of Frame Control; Duration and
 * Sequence Control are 0, they are the driver's.  DOT11_HDR_LEN octets.
 */
void	dot11_put_hdr(uint8_t *frame, uint8_t kind, uint8_t flags, const uint8_t *addr1,
	    const uint8_t *addr2, const uint8_t *addr3);

/* What a reason (9.4.1.7) or status code (9.4.1.9) means, for a user. */
const char *dot11_reason(uint16_t code);
const char *dot11_status(uint16_t code);

#endif /* STA_DOT11_H */
