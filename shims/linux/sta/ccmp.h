/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ccmp.h - CCMP-128 (IEEE 802.11-2016, 12.5.3) on whole data frames, for cards without it; the
 * rules for packet numbers, for all cards.
 *
 *	key = ccmp_new(tk, id, rsc);
 *	ccmp_encrypt(key, frame, hdr, body);			sending
 *
 *	error = ccmp_decrypt(key, frame, len, &f);		received: frame + f.body, f.len
 *	... reorder ...
 *	if (!ccmp_fresh(ccmp_counters(key), f.tid, f.pn))	an old one: drop it
 *
 * A key has two halves that share nothing: one thread may encrypt while another decrypts or
 * asks ccmp_fresh(). Nothing here sleeps.
 *
 * Not protected by CCMP, thus the caller's part: the A-MSDU bit (we do not use SPP A-MSDUs, so
 * it is masked out of the AAD): drop an A-MSDU whose first six octets are an LLC/SNAP header
 * (aa aa 03 00 00 00), it was a plain frame. Drop frames in the clear, EAPOL excepted.
 */
#ifndef STA_CCMP_H
#define STA_CCMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CCMP_HDR_LEN	8u
#define CCMP_MIC_LEN	8u
#define CCMP_TK_LEN	16u
#define CCMP_PN_MAX	((UINT64_C(1) << 48) - 1)

/* Replay counters: one for each TID, one for frames without. */
#define CCMP_NO_TID	16u
#define CCMP_NCOUNTERS	17u

struct ccmp_replay {
	uint64_t	pn[CCMP_NCOUNTERS];
};

struct ccmp_key;

/* NULL: no memory. `rsc`: the packet number received last, as in struct wpa_key. */
struct ccmp_key	*ccmp_new(const uint8_t tk[CCMP_TK_LEN], uint8_t id, uint64_t rsc);
void	ccmp_free(struct ccmp_key *);		/* wipes it; NULL is harmless */

/* What was made of a received frame. */
struct ccmp_frame {
	size_t		hdr;		/* octets of 802.11 header */
	size_t		body, len;	/* where the plain text is, and how long */
	uint64_t	pn;
	uint8_t		key_id;
	uint8_t		tid;		/* or CCMP_NO_TID */
};

/* Octets of a data frame's header, with address 4, QoS, HT control; 0: no data frame, or cut. */
size_t	ccmp_hdrlen(const uint8_t *frame, size_t len);

/*
 * Protects a frame in place: `hdr` octets of header, CCMP_HDR_LEN octets of room, `body` octets
 * of plain text, CCMP_MIC_LEN octets of room. Sets the Protected bit and counts the packet
 * number. EINVAL: `hdr` is not what the frame says, or there is no body (such frames are sent in
 * the clear). EOVERFLOW: the packet numbers are used up, this key must not be used any more. EIO:
 * libcrypto refused; do not send the frame.
 */
int	ccmp_encrypt(struct ccmp_key *, uint8_t *frame, size_t hdr, size_t body);

/*
 * What the header says of a received frame, without a key: for cards that decrypt, and to find
 * the key. EINVAL: not a protected data frame, without body, or its header is not CCMP's.
 */
int	ccmp_parse(const uint8_t *frame, size_t len, struct ccmp_frame *);

/*
 * The reverse of ccmp_encrypt(), in place. EINVAL as ccmp_parse(); EBADMSG: the MIC is wrong, the
 * body is lost.
 */
int	ccmp_decrypt(struct ccmp_key *, uint8_t *frame, size_t len, struct ccmp_frame *);

/* The next frame to be sent has packet number pn + 1; for tests. */
void	ccmp_seek(struct ccmp_key *, uint64_t pn);

/* The replay counters of a key, for ccmp_fresh(); owned by the key. */
struct ccmp_replay *ccmp_counters(struct ccmp_key *);

/*
 * Is the packet number higher than all that went before with this TID? Then it is kept. To be
 * asked in the order of delivery (behind reordering), and only of frames whose MIC is right.
 */
bool	ccmp_fresh(struct ccmp_replay *, unsigned tid, uint64_t pn);

/*
 * Fragments of one MSDU: each is fresh by itself, and besides each has the next packet number
 * and the same key (`serial`: any number that no two keys share) as the one before. False: drop it
 * and what there is of the MSDU (12.5.3.4.4; mixed key and plaintext attacks).
 */
struct ccmp_fragment {
	uint64_t	pn;
	uint64_t	serial;
};
void	ccmp_fragment_first(struct ccmp_fragment *, uint64_t serial, uint64_t pn);
bool	ccmp_fragment_next(struct ccmp_fragment *, uint64_t serial, uint64_t pn);

#endif /* STA_CCMP_H */
