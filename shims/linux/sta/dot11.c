/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a frame, and names of codes; see dot11.h. */
#include <errno.h>

#include "shims/linux/sta/dot11.h"

int
dot11_hdr(struct dot11_hdr *h, const uint8_t *frame, size_t len)
{
	bool data;

	if (len < DOT11_HDR_LEN || (frame[0] & 0x03) != 0)
		return EINVAL;
	data = (frame[0] & DOT11_TYPE_MASK) == DOT11_TYPE_DATA;
	if (!data && (frame[0] & DOT11_TYPE_MASK) != DOT11_TYPE_MGMT)
		return EINVAL;
	h->kind = frame[0] & DOT11_KIND_MASK;
	h->flags = frame[1];
	h->addr1 = frame + 4;
	h->addr2 = frame + 10;
	h->addr3 = frame + 16;
	h->seq = dot11_le16(frame + 22) >> 4;
	h->frag = frame[22] & 0x0f;
	h->len = DOT11_HDR_LEN;
	if (data && (h->flags & (DOT11_TODS | DOT11_FROMDS)) == (DOT11_TODS | DOT11_FROMDS))
		h->len += DOT11_ADDR_LEN;
	h->has_qos = data && (h->kind & DOT11_SUB_QOS) != 0;
	h->qos = 0;
	if (h->has_qos) {
		if (len < h->len + DOT11_QOS_LEN)
			return EINVAL;
		h->qos = frame[h->len];
		h->len += DOT11_QOS_LEN;
	}
	if ((h->flags & DOT11_ORDER) != 0 && (h->has_qos || !data))
		h->len += DOT11_HTC_LEN;
	return len < h->len ? EINVAL : 0;
}

void
dot11_put_hdr(uint8_t *frame, uint8_t kind, uint8_t flags, const uint8_t *addr1,
    const uint8_t *addr2, const uint8_t *addr3)
{
	memset(frame, 0, DOT11_HDR_LEN);
	frame[0] = kind;
	frame[1] = flags;
	memcpy(frame + 4, addr1, DOT11_ADDR_LEN);
	memcpy(frame + 10, addr2, DOT11_ADDR_LEN);
	memcpy(frame + 16, addr3, DOT11_ADDR_LEN);
}

struct code {
	uint16_t	 code;
	const char	*text;
};

static const char *
lookup(const struct code *t, uint16_t code, const char *other)
{
	for (; t->text != NULL; t++)
		if (t->code == code)
			return t->text;
	return other;
}

const char *
dot11_reason(uint16_t code)
{
	static const struct code reasons[] = {
		{ 0, "no reason given" },
		{ 1, "unspecified reason" },
		{ 2, "authentication no longer valid" },
		{ 3, "the other side is leaving" },
		{ 4, "disassociated for inactivity" },
		{ 5, "the access point cannot handle more stations" },
		{ 6, "frame from a station that is not authenticated" },
		{ 7, "frame from a station that is not associated" },
		{ 8, "the other side has left the network" },
		{ 9, "association before authentication" },
		{ 12, "moved to another access point by network management" },
		{ 13, "invalid element" },
		{ 14, "message integrity check failed" },
		{ 15, "the 4-way handshake timed out" },
		{ 16, "the group key handshake timed out" },
		{ 17, "element in the handshake differs from the association's" },
		{ 18, "invalid group cipher" },
		{ 19, "invalid pairwise cipher" },
		{ 20, "invalid key management" },
		{ 21, "unsupported version of the RSN element" },
		{ 22, "invalid RSN capabilities" },
		{ 23, "802.1X authentication failed" },
		{ 24, "the cipher is refused by policy" },
		{ 34, "poor channel conditions" },
		{ 0, NULL }
	};

	return lookup(reasons, code, "another reason");
}

const char *
dot11_status(uint16_t code)
{
	static const struct code statuses[] = {
		{ 0, "success" },
		{ 1, "unspecified failure" },
		{ 10, "a capability is not supported" },
		{ 11, "no association to take over" },
		{ 12, "denied for a reason outside the standard" },
		{ 13, "authentication algorithm not supported" },
		{ 14, "authentication frame out of sequence" },
		{ 15, "challenge failed" },
		{ 16, "authentication timed out" },
		{ 17, "the access point cannot handle more stations" },
		{ 18, "a basic rate is not supported" },
		{ 22, "spectrum management is required" },
		{ 23, "power capability not acceptable" },
		{ 24, "supported channels not acceptable" },
		{ 25, "short slot time is required" },
		{ 27, "HT is required" },
		{ 30, "refused for now, try again later" },
		{ 31, "management frame protection is required" },
		{ 37, "declined" },
		{ 38, "invalid parameters" },
		{ 40, "invalid element" },
		{ 41, "invalid group cipher" },
		{ 42, "invalid pairwise cipher" },
		{ 43, "invalid key management" },
		{ 44, "unsupported version of the RSN element" },
		{ 45, "invalid RSN capabilities" },
		{ 46, "the cipher is refused by policy" },
		{ 53, "invalid PMKID" },
		{ 0, NULL }
	};

	return lookup(statuses, code, "another failure");
}
