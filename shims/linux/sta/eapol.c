/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * eapol.c - EAPOL-Key frames; see eapol.h.
 */
#include <string.h>

#include "shims/linux/sta/crypt.h"
#include "shims/linux/sta/eapol.h"
#include "shims/linux/sta/rsn.h"

enum {
	OFF_VERSION = 0, OFF_TYPE = 1, OFF_LEN = 2, OFF_DESC = 4, OFF_INFO = 5, OFF_KEYLEN = 7,
	OFF_REPLAY = 9, OFF_NONCE = 17, OFF_RSC = 65, OFF_DATALEN = 97,
};

#define HDR_LEN		4u
#define TYPE_KEY	3u
#define DESC_RSN	2u
#define NONCE_LEN	32u
/* Of 802.1X-2001: there are access points that drop a higher one, and none that drops this. */
#define OUR_VERSION	1u

#define KDE_ID		0xddu
#define KDE_GTK		1u

static unsigned
be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static void
put_be16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

const char *
eapol_parse(struct eapol_key *k, const uint8_t *frame, size_t len)
{
	if (len < HDR_LEN)
		return "it is cut";
	if (frame[OFF_TYPE] != TYPE_KEY)
		return "it is no EAPOL-Key frame";
	k->frame = frame;
	k->len = HDR_LEN + be16(frame + OFF_LEN);
	if (k->len > len)
		return "it is cut";
	if (k->len < EAPOL_OFF_DATA)
		return "it is too short for a key descriptor";
	if (k->len > EAPOL_FRAME_MAX)
		return "it is too long";
	if (frame[OFF_DESC] != DESC_RSN)
		return "its key descriptor is not RSN's";
	k->info = (uint16_t)be16(frame + OFF_INFO);
	k->key_len = (uint16_t)be16(frame + OFF_KEYLEN);
	k->replay = k->rsc = 0;
	for (unsigned i = 0; i < 8; i++)
		k->replay = k->replay << 8 | frame[OFF_REPLAY + i];
	for (unsigned i = 6; i-- > 0;)		/* CCMP has 48 bits, the lowest first */
		k->rsc = k->rsc << 8 | frame[OFF_RSC + i];
	k->nonce = frame + OFF_NONCE;
	k->mic = frame + EAPOL_OFF_MIC;
	k->data = frame + EAPOL_OFF_DATA;
	k->data_len = be16(frame + OFF_DATALEN);
	if (k->data_len > k->len - EAPOL_OFF_DATA)
		return "its key data is longer than the frame";
	return NULL;
}

static bool
is_cmac(unsigned info)
{
	return (info & EAPOL_VERSION) == EAPOL_V_CMAC_AES;
}

bool
eapol_mic_ok(const struct eapol_key *k, const uint8_t kck[16])
{
	uint8_t copy[EAPOL_FRAME_MAX], mic[CRYPT_MIC_LEN];

	memcpy(copy, k->frame, k->len);
	memset(copy + EAPOL_OFF_MIC, 0, CRYPT_MIC_LEN);
	return crypt_mic(is_cmac(k->info), kck, copy, k->len, mic) == 0 &&
	    crypt_same(mic, k->mic, sizeof(mic));
}

size_t
eapol_build(uint8_t *frame, size_t cap, unsigned info, uint64_t replay, const uint8_t *nonce,
    const uint8_t *data, size_t data_len, const uint8_t kck[16])
{
	size_t len = EAPOL_OFF_DATA + data_len;

	if (cap < EAPOL_OFF_DATA || data_len > cap - EAPOL_OFF_DATA)
		return 0;
	memset(frame, 0, EAPOL_OFF_DATA);
	frame[OFF_VERSION] = OUR_VERSION;
	frame[OFF_TYPE] = TYPE_KEY;
	put_be16(frame + OFF_LEN, len - HDR_LEN);
	frame[OFF_DESC] = DESC_RSN;
	put_be16(frame + OFF_INFO, info);
	for (unsigned i = 0; i < 8; i++)
		frame[OFF_REPLAY + i] = (uint8_t)(replay >> (56 - 8 * i));
	if (nonce != NULL)
		memcpy(frame + OFF_NONCE, nonce, NONCE_LEN);
	put_be16(frame + OFF_DATALEN, data_len);
	if (data_len > 0)
		memcpy(frame + EAPOL_OFF_DATA, data, data_len);
	return crypt_mic(is_cmac(info), kck, frame, len, frame + EAPOL_OFF_MIC) == 0 ? len : 0;
}

static void
one_rsn(struct eapol_kdes *k, const uint8_t *p)
{
	if (k->rsn == NULL) {
		k->rsn = p;
		k->rsn_len = 2u + p[1];
	} else if (k->rsn2 == NULL) {
		k->rsn2 = p;
		k->rsn2_len = 2u + p[1];
	}
}

static bool
one_kde(struct eapol_kdes *k, const uint8_t *p)
{
	static const uint8_t gtk[4] = { 0x00, 0x0f, 0xac, KDE_GTK };

	if (p[1] < sizeof(gtk) || memcmp(p + 2, gtk, sizeof(gtk)) != 0 || k->gtk != NULL)
		return true;
	if (p[1] < sizeof(gtk) + 2)
		return false;
	k->gtk_id = p[6] & 3;
	k->gtk = p + 8;
	k->gtk_len = p[1] - 6u;
	return true;
}

bool
eapol_kdes(struct eapol_kdes *k, const uint8_t *data, size_t len)
{
	memset(k, 0, sizeof(*k));
	while (len > 0) {
		if (data[0] == KDE_ID && (len == 1 || data[1] == 0))
			return true;			/* padding (12.7.2 h) */
		if (len < 2 || data[1] > len - 2)
			return false;
		if (data[0] == RSN_IE)
			one_rsn(k, data);
		if (data[0] == KDE_ID && !one_kde(k, data))
			return false;
		len -= 2u + data[1];
		data += 2u + data[1];
	}
	return true;
}
