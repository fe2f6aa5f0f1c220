/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_key.c - the key table, and decryption of what was received. Encryption of sent frames takes
 * its key from the TX command (fw_tx.c).
 *
 * CCMP and WEP are decrypted here. TKIP is handed on with the status "no TTAK", as the hardware
 * does when the phase 1 key does not fit: the driver decrypts it.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"
#include "tools/sim/i7260/cipher.h"

#define STATUS_SUCCESS		1
#define STATUS_NO_STATION	8
#define KEY_LEN			64	/* ADD_MODIFY_STA_KEY version 1 */

#define ST_KEY_VALID		0x0008u
#define ST_ICV_OK		0x0020u
#define ST_MIC_OK		0x0040u
#define ST_WEP			0x0100u
#define ST_CCM			0x0200u
#define ST_TKIP			0x0300u
#define ST_ENC_ERR		0x0700u
#define ST_DEC_DONE		0x0800u

static const struct fw_key *
find(const struct card *c, int sta, unsigned id, bool group)
{
	const struct fw_key *k;
	unsigned i;

	for (i = 0; i < FW_NKEYS; i++) {
		k = &c->run.key[i];
		if (!k->used || k->sta != sta)
			continue;
		if ((k->flags & KEY_CIPHER) == KEY_WEP ? KEY_ID(k->flags) == id :
		    ((k->flags & KEY_MULTICAST) != 0) == group &&
		    (!group || KEY_ID(k->flags) == id))
			return k;
	}
	return NULL;
}

static uint32_t
wep(const struct fw_key *k, uint8_t *f, size_t hdrlen, size_t len)
{
	size_t n = (k->flags & KEY_WEP104) != 0 ? 13 : 5;
	uint8_t seed[16];

	memcpy(seed, f + hdrlen, 3);
	memcpy(seed + 3, k->key + 3, n);
	return ST_WEP | ST_KEY_VALID | ST_DEC_DONE |
	    (cipher_rc4_open(seed, n + 3, f, hdrlen + WEP_IV, len) ? ST_ICV_OK : 0);
}

uint32_t
key_decrypt(struct card *c, int sta, uint8_t *f, size_t len)
{
	size_t hdrlen = fw_hdrlen(f);
	const struct fw_key *k;

	if (len < hdrlen + WEP_IV || sta < 0)
		return ST_ENC_ERR;
	k = find(c, sta, f[hdrlen + 3] >> 6, (f[4] & 1) != 0);
	if (k == NULL)
		return ST_ENC_ERR;
	switch (k->flags & KEY_CIPHER) {
	case KEY_CCM:
		return ST_CCM | ST_KEY_VALID | ST_DEC_DONE | ST_ICV_OK |
		    (cipher_ccmp_open(k->key, f, hdrlen, len) ? ST_MIC_OK : 0);
	case KEY_WEP:
		return wep(k, f, hdrlen, len);
	case KEY_TKIP:
		return ST_TKIP | ST_KEY_VALID;
	default:
		return ST_ENC_ERR;
	}
}

void
key_forget_station(struct card *c, unsigned sta)
{
	unsigned i;

	for (i = 0; i < FW_NKEYS; i++)
		if (c->run.key[i].used && c->run.key[i].sta == sta)
			memset(&c->run.key[i], 0, sizeof(c->run.key[i]));
}

/* {station, place, flags, key, receive counters, TKIP phase 1 key} */
static void
add_sta_key(struct card *c, const struct fw_req *rq)
{
	unsigned sta = rq->data[0], place = rq->data[1], flags = get16(rq->data + 2);
	struct fw_key *k;

	if (place >= FW_NKEYS || sta >= FW_NSTAS) {
		fw_wrong(c, ERR_SYSASSERT, "key", "ADD_STA_KEY: station %u, place %u: both below "
		    "16", sta, place);
		return;
	}
	if ((flags & KEY_INVALID) == 0 && !c->run.sta[sta].used) {
		fw_status(c, rq, STATUS_NO_STATION);
		return;
	}
	k = &c->run.key[place];
	memset(k, 0, sizeof(*k));
	if ((flags & KEY_INVALID) == 0) {
		k->used = true;
		k->sta = (uint8_t)sta;
		k->flags = (uint16_t)flags;
		memcpy(k->key, rq->data + 4, sizeof(k->key));
	}
	fw_status(c, rq, STATUS_SUCCESS);
}

const struct fw_cmd fw_key_cmds[] = {
	{ 0, 0x17, "ADD_STA_KEY", KEY_LEN, KEY_LEN, IMG_RUN, add_sta_key },
	{ 0, 0x1f, "MGMT_MCAST_KEY", 68, 68, IMG_RUN, fw_ok },
	{ 0, 0x20, "WEP_KEY", 8, 8 + 4 * 24, IMG_RUN, fw_ok },
	{ .name = NULL },
};
