/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_auth.h - the other side for tests of the supplicant: an authenticator that sends what it is
 * told, right or wrong, and a station around the supplicant that keeps what comes out of it.
 *
 *	bench_new(&b, "passphrase");		both sides know the passphrase, associated
 *	msg1(&b); bench_in(&b, &b.out);		a frame is made, and given to the supplicant
 *	msg2_ok(&b)				the answer is right, and both have a PTK
 *	msg3(&b); ...
 *
 * Its cryptography is its own, from the formulas, so that a mistake is not made on both sides.
 */
#ifndef TESTS_UNIT_STA_AUTH_H
#define TESTS_UNIT_STA_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "shims/linux/sta/wpa.h"

/* Offsets, also for tests that change a frame. */
enum { E_TYPE = 1, E_LEN = 2, E_DESC = 4, E_INFO = 5, E_KEYLEN = 7, E_REPLAY = 9, E_NONCE = 17,
	E_RSC = 65, E_MIC = 81, E_DATALEN = 97, E_DATA = 99 };

struct frame {
	uint8_t		p[1024];
	size_t		len;
	bool		protect;
};

#define BENCH_KEYS	16u
#define BENCH_FRAMES	64u

struct bench {
	/* the authenticator */
	bool		sha256;
	uint8_t		aa[6], spa[6], pmk[32], anonce[32], ptk[48];
	uint8_t		gtk[16], gtk_id;
	uint64_t	replay, rsc;
	uint8_t		rsn[64];		/* of its beacon, and of message 3 */
	size_t		rsn_len;
	uint8_t		sta_rsn[64];		/* of the association request */
	size_t		sta_rsn_len;
	struct frame	out;			/* the message made last */
	uint64_t	seed;

	/* the station */
	struct wpa	*w;
	uint64_t	now;
	struct frame	sent[BENCH_FRAMES];
	unsigned	nsent;
	struct wpa_key	keys[BENCH_KEYS];
	unsigned	nkeys, ndone, nfailed, nnotes;
	struct wpa_verdict verdict;
	char		note[256];		/* the last one */
	int		set_key_error;
	bool		stop_in_send, stop_in_set_key;	/* the layer above gives up just then */
	bool		no_random;
};

/* Aborts when there is no memory. `pass` is the station's, the authenticator has "passphrase". */
void	bench_new(struct bench *, const char *pass);
void	bench_new_sha256(struct bench *);
void	bench_free(struct bench *);
/* Another association of the same station. */
void	bench_again(struct bench *, const char *pass);
/* The frame goes to the supplicant in memory of its own length, in the clear or not. */
void	bench_in(struct bench *, const struct frame *);
void	bench_in_protected(struct bench *, const struct frame *);

/* Messages, into b->out, each with the next replay counter. */
void	msg1(struct bench *);
void	msg3(struct bench *);			/* RSN element and group key */
void	group1(struct bench *);
void	new_gtk(struct bench *, uint8_t id);
void	new_anonce(struct bench *);

/* Others: key information and plain key data as given; padded, wrapped, MIC added. */
#define INFO_MSG3	0x13c8u
#define INFO_GROUP1	0x1380u
void	message(struct bench *, unsigned info, const void *data, size_t len);
/* The KDE of the group key, to `out`; returns its length. */
size_t	gtk_kde(const struct bench *, uint8_t *out);
/* The MIC of a changed frame, anew. */
void	sign(const struct bench *, struct frame *);

/* Whether the frame sent last is the right answer to the message made last. */
bool	msg2_ok(struct bench *);		/* derives the PTK, too */
bool	msg4_ok(struct bench *);
bool	group2_ok(struct bench *);

/* All of a first handshake; false: it did not work. */
bool	handshake(struct bench *);
/* Whether the key put in place last is that of the authenticator. */
bool	last_key_is_tk(const struct bench *);
bool	last_key_is_gtk(const struct bench *);

#endif
