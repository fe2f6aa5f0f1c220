/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame.h - reading and writing 802.11 frames and radiotap headers, shared by hub, access point
 * and card model. Nothing here trusts a length; nothing is copied: pointers point into the
 * caller's frame.
 *
 *	struct dot11 f;
 *	struct dot11_ie ssid;
 *
 *	if (dot11_parse(buf, len, &f) != 0)
 *		return;						cut off or not 802.11
 *	if (DOT11_IS(f.fc, DOT11_BEACON) &&
 *	    dot11_ie_find(f.ies, f.ieslen, DOT11_IE_SSID, &ssid))
 *		printf("%.*s\n", ssid.len, ssid.data);
 *
 *	struct dot11_buf b = DOT11_BUF(array);
 *	dot11_put_hdr(&b, DOT11_BEACON, 0, broadcast, bssid, bssid);
 *	dot11_put_ie(&b, DOT11_IE_SSID, "net", 3);
 *	if (!b.overflow)
 *		send(b.p, b.len);
 *
 * Layouts: IEEE Std 802.11-2016, 9.2 (general frame), 9.3 (types), 9.4.2 (elements);
 * radiotap.org for the capture header.
 */
#ifndef TOOLS_SIM_AIR_FRAME_H
#define TOOLS_SIM_AIR_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* ---- little endian, unaligned ------------------------------------------------------------ */

static inline uint16_t
dot11_le16(const void *p)
{
	const uint8_t *b = p;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t
dot11_le32(const void *p)
{
	const uint8_t *b = p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t
dot11_le64(const void *p)
{
	return dot11_le32(p) | (uint64_t)dot11_le32((const uint8_t *)p + 4) << 32;
}

/* ---- frame control ----------------------------------------------------------------------- */

#define DOT11_TYPE_MGT		0u
#define DOT11_TYPE_CTL		1u
#define DOT11_TYPE_DATA		2u

/* Type and subtype as they stand in the first byte of Frame Control. */
#define DOT11_FC(type, subtype)	((uint16_t)((type) << 2 | (subtype) << 4))
#define DOT11_IS(fc, kind)	(((fc) & 0xfc) == (kind))

#define DOT11_ASSOC_REQ		DOT11_FC(0, 0)
#define DOT11_ASSOC_RESP	DOT11_FC(0, 1)
#define DOT11_REASSOC_REQ	DOT11_FC(0, 2)
#define DOT11_REASSOC_RESP	DOT11_FC(0, 3)
#define DOT11_PROBE_REQ		DOT11_FC(0, 4)
#define DOT11_PROBE_RESP	DOT11_FC(0, 5)
#define DOT11_BEACON		DOT11_FC(0, 8)
#define DOT11_ATIM		DOT11_FC(0, 9)
#define DOT11_DISASSOC		DOT11_FC(0, 10)
#define DOT11_AUTH		DOT11_FC(0, 11)
#define DOT11_DEAUTH		DOT11_FC(0, 12)
#define DOT11_ACTION		DOT11_FC(0, 13)
#define DOT11_ACTION_NOACK	DOT11_FC(0, 14)
#define DOT11_CTL_WRAPPER	DOT11_FC(1, 7)
#define DOT11_BAR		DOT11_FC(1, 8)
#define DOT11_BA		DOT11_FC(1, 9)
#define DOT11_PSPOLL		DOT11_FC(1, 10)
#define DOT11_RTS		DOT11_FC(1, 11)
#define DOT11_CTS		DOT11_FC(1, 12)
#define DOT11_ACK		DOT11_FC(1, 13)
#define DOT11_CFEND		DOT11_FC(1, 14)
#define DOT11_DATA		DOT11_FC(2, 0)
#define DOT11_NULL		DOT11_FC(2, 4)
#define DOT11_QOS_DATA		DOT11_FC(2, 8)
#define DOT11_QOS_NULL		DOT11_FC(2, 12)

#define DOT11_FC_TODS		0x0100u
#define DOT11_FC_FROMDS		0x0200u
#define DOT11_FC_MOREFRAG	0x0400u
#define DOT11_FC_RETRY		0x0800u
#define DOT11_FC_PWRMGT		0x1000u
#define DOT11_FC_MOREDATA	0x2000u
#define DOT11_FC_PROTECTED	0x4000u
#define DOT11_FC_ORDER		0x8000u		/* +HTC in QoS data and management frames */

#define DOT11_QOS_TID		0x000fu
#define DOT11_QOS_EOSP		0x0010u
#define DOT11_QOS_ACKPOLICY	0x0060u		/* 0 normal, 0x20 none, 0x60 BlockAck */
#define DOT11_QOS_AMSDU		0x0080u

#define DOT11_CAP_ESS		0x0001u
#define DOT11_CAP_IBSS		0x0002u
#define DOT11_CAP_PRIVACY	0x0010u
#define DOT11_CAP_SHORTPRE	0x0020u
#define DOT11_CAP_SHORTSLOT	0x0400u

/* ---- reading ----------------------------------------------------------------------------- */

struct dot11 {
	uint16_t	fc;
	uint16_t	duration;
	uint8_t		type;			/* DOT11_TYPE_* */
	const uint8_t	*addr1;			/* always */
	const uint8_t	*addr2, *addr3, *addr4;	/* NULL: the frame has none */
	const uint8_t	*da, *sa, *bssid;	/* data and management; NULL: does not apply */
	uint16_t	seq;			/* sequence number, 0..4095 (not control) */
	uint8_t		frag;
	bool		has_qos;
	uint16_t	qos;			/* QoS Control */
	size_t		hdrlen;			/* MAC header with QoS and HT Control */
	const uint8_t	*body;			/* what follows; the IV first when Protected */
	size_t		bodylen;
	/* Management frames that are not Protected: fixed part and elements of the body. */
	const uint8_t	*fixed;
	size_t		fixedlen;
	const uint8_t	*ies;			/* NULL: none, or unknown (ACTION) */
	size_t		ieslen;
};

/* 0; EBADMSG: cut off, or protocol version not 0, or reserved type. No FCS in len. */
int	dot11_parse(const void *frame, size_t len, struct dot11 *);

/* Whether an ACK (or BlockAck) follows: not for group addresses, ACK, CTS, beacons, ... */
bool	dot11_wants_ack(const void *frame, size_t len);

static inline bool
dot11_is_group(const uint8_t *addr)
{
	return (addr[0] & 1) != 0;
}

struct dot11_ie {
	uint8_t		id;
	uint8_t		len;			/* of data */
	const uint8_t	*data;
};

/*
 * The element at *off, and *off behind it. False: end, or the rest is cut off (then *off is
 * still < len). Begin with *off = 0.
 */
bool	dot11_ie_next(const uint8_t *ies, size_t len, size_t *off, struct dot11_ie *);
/* The first element of that id. ies may be NULL. */
bool	dot11_ie_find(const uint8_t *ies, size_t len, uint8_t id, struct dot11_ie *);
/* The first vendor element whose data begins with oui and type, e.g. 0x0050f2, 2 (WMM). */
bool	dot11_ie_vendor(const uint8_t *ies, size_t len, uint32_t oui, uint8_t type,
	    struct dot11_ie *);
/* Whether the elements fill len exactly. */
bool	dot11_ies_whole(const uint8_t *ies, size_t len);

#define DOT11_IE_SSID		0u
#define DOT11_IE_RATES		1u
#define DOT11_IE_DS		3u
#define DOT11_IE_TIM		5u
#define DOT11_IE_COUNTRY	7u
#define DOT11_IE_CHALLENGE	16u
#define DOT11_IE_PWRCAP		33u
#define DOT11_IE_CSA		37u
#define DOT11_IE_ERP		42u
#define DOT11_IE_HTCAP		45u
#define DOT11_IE_RSN		48u
#define DOT11_IE_XRATES		50u
#define DOT11_IE_HTINFO		61u
#define DOT11_IE_SCO		62u
#define DOT11_IE_EXTCAP		127u
#define DOT11_IE_VENDOR		221u

#define DOT11_OUI_MS		0x0050f2u	/* type 1 WPA, 2 WMM */
#define DOT11_OUI_RSN		0x000facu

/* Selectors as big-endian numbers: 0x000fac04 is CCMP, 0x000fac02 as AKM is PSK. */
#define DOT11_CIPHER_TKIP	0x000fac02u
#define DOT11_CIPHER_CCMP	0x000fac04u
#define DOT11_AKM_8021X		0x000fac01u
#define DOT11_AKM_PSK		0x000fac02u

struct dot11_rsn {
	uint16_t	version;
	uint32_t	group;			/* cipher */
	uint32_t	pairwise[4], akm[4];	/* the first four of each */
	uint8_t		npairwise, nakm;
	uint16_t	caps;
	uint16_t	npmkid;
	const uint8_t	*pmkid;			/* npmkid * 16 bytes */
};

/* 0; EBADMSG. Missing optional parts get the defaults of 9.4.2.25 (CCMP, 802.1X). */
int	dot11_rsn_parse(const struct dot11_ie *, struct dot11_rsn *);

/* ---- writing ----------------------------------------------------------------------------- */

struct dot11_buf {
	uint8_t		*p;
	size_t		len, cap;
	bool		overflow;	/* something did not fit; it was left out */
};
#define DOT11_BUF(array)	{ .p = (array), .cap = sizeof(array) }

void	dot11_put(struct dot11_buf *, const void *data, size_t len);
void	dot11_put8(struct dot11_buf *, uint8_t);
void	dot11_put16(struct dot11_buf *, uint16_t);	/* little endian, as are the next */
void	dot11_put32(struct dot11_buf *, uint32_t);
void	dot11_put64(struct dot11_buf *, uint64_t);
void	dot11_put_ie(struct dot11_buf *, uint8_t id, const void *data, uint8_t len);
/* 24-byte header: fc is a kind | DOT11_FC_*; Duration 0. seq is the sequence number. */
void	dot11_put_hdr(struct dot11_buf *, uint16_t fc, uint16_t seq, const uint8_t *addr1,
	    const uint8_t *addr2, const uint8_t *addr3);

/* ---- radiotap ---------------------------------------------------------------------------- */

/* Which members of struct radiotap are there: bits of it_present. */
#define RADIOTAP_TSFT		(1u << 0)
#define RADIOTAP_FLAGS		(1u << 1)
#define RADIOTAP_RATE		(1u << 2)
#define RADIOTAP_CHANNEL	(1u << 3)
#define RADIOTAP_SIGNAL		(1u << 5)
#define RADIOTAP_NOISE		(1u << 6)
#define RADIOTAP_ANTENNA	(1u << 11)
#define RADIOTAP_TX_FLAGS	(1u << 15)
#define RADIOTAP_RETRIES	(1u << 17)
#define RADIOTAP_MCS		(1u << 19)
#define RADIOTAP_AMPDU		(1u << 20)

#define RADIOTAP_F_SHORTPRE	0x02u
#define RADIOTAP_F_FCS		0x10u		/* the frame has its FCS at the end */
#define RADIOTAP_F_BADFCS	0x40u
#define RADIOTAP_F_SGI		0x80u

#define RADIOTAP_CH_CCK		0x0020u
#define RADIOTAP_CH_OFDM	0x0040u
#define RADIOTAP_CH_2GHZ	0x0080u
#define RADIOTAP_CH_5GHZ	0x0100u
#define RADIOTAP_CH_DYN		0x0400u

#define RADIOTAP_MCS_HAVE_BW	0x01u		/* mcs_known */
#define RADIOTAP_MCS_HAVE_MCS	0x02u
#define RADIOTAP_MCS_HAVE_GI	0x04u
#define RADIOTAP_MCS_HAVE_FMT	0x08u
#define RADIOTAP_MCS_BW40	0x01u		/* mcs_flags */
#define RADIOTAP_MCS_SGI	0x04u
#define RADIOTAP_MCS_GF		0x08u

#define RADIOTAP_TX_FAIL	0x0001u
#define RADIOTAP_TX_NOACK	0x0008u

struct radiotap {
	uint32_t	present;
	uint64_t	tsft;
	uint8_t		flags;
	uint8_t		rate;			/* 500 kb/s */
	uint16_t	freq, chan_flags;
	int8_t		signal, noise;		/* dBm */
	uint8_t		antenna;
	uint16_t	tx_flags;
	uint8_t		retries;
	uint8_t		mcs_known, mcs_flags, mcs;
	uint32_t	ampdu_ref;
	uint16_t	ampdu_flags;
};

#define RADIOTAP_MIN		8u
#define RADIOTAP_MAX		64u		/* longest that radiotap_put() makes */

/* Writes the header with the members in .present. Returns its length; 0: cap is too small. */
size_t	radiotap_put(void *buf, size_t cap, const struct radiotap *);
/*
 * 0 and the members that are known; *hdrlen: where the frame begins. Fields of other kinds are
 * stepped over; behind one of unknown size nothing more is read. EBADMSG: malformed.
 */
int	radiotap_parse(const void *buf, size_t len, struct radiotap *, size_t *hdrlen);

#endif
