/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ccmp.h - CCMP-128 (IEEE 802.11-2016, 12.5.3) on whole frames.
 *
 *	struct ccmp_key *key = ccmp_new(tk, 0);
 *
 *	ccmp_encrypt(key, frame, header_len, &len, sizeof(frame));
 *	...
 *	if (ccmp_decrypt(key, frame, header_len, &len, &pn) == 0 && ccmp_fresh(key, tid, pn))
 *		...
 *	ccmp_free(key);
 *
 * Decryption and the check for replays are two steps, because the frames of a block ack
 * agreement may arrive out of order: the check belongs behind the reorder buffer.
 */
#ifndef TOOLS_SIM_AP_CCMP_H
#define TOOLS_SIM_AP_CCMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CCMP_HDR_LEN	8u
#define CCMP_MIC_LEN	8u
#define CCMP_EXTRA	(CCMP_HDR_LEN + CCMP_MIC_LEN)
#define CCMP_COUNTERS	17u		/* one for each TID, one for frames without */
#define CCMP_NO_TID	16u

struct ccmp_key;

/* A key with packet number 0 in both directions; `id` 0 to 3. NULL: no memory. */
struct ccmp_key	*ccmp_new(const uint8_t tk[16], uint8_t id);
void	ccmp_free(struct ccmp_key *key);

/* The packet number of the frame sent last, as for the RSC field of an EAPOL-Key frame. */
uint64_t ccmp_tx_pn(const struct ccmp_key *key);
/* The next frame to be sent has packet number pn + 1; for tests. */
void	ccmp_seek(struct ccmp_key *key, uint64_t pn);

/*
 * Protect a frame in place: header of `hdr` octets, then plain text up to *len. Sets the
 * Protected bit, counts the packet number. ENOSPC: `cap` is less than *len + CCMP_EXTRA.
 */
int	ccmp_encrypt(struct ccmp_key *key, uint8_t *frame, size_t hdr, size_t *len, size_t cap);

/*
 * The reverse; *pn gets the packet number. EINVAL: too short, or no CCMP header. EBADMSG: the MIC
 * is wrong; the frame's body is then lost. The Protected bit stays set.
 */
int	ccmp_decrypt(struct ccmp_key *key, uint8_t *frame, size_t hdr, size_t *len,
	    uint64_t *pn);

/* Is the number higher than all that went before with this TID? If so it is kept. */
bool	ccmp_fresh(struct ccmp_key *key, unsigned tid, uint64_t pn);

#endif /* TOOLS_SIM_AP_CCMP_H */
