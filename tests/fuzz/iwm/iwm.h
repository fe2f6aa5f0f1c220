/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm.h - what the files of fuzz_iwm.c share: a 7260 that is functions, the 802.11 layer above the
 * driver, and the kinds of steps that an input has beside those of script.h.
 */
#ifndef TESTS_FUZZ_IWM_IWM_H
#define TESTS_FUZZ_IWM_IWM_H

#include <stdbool.h>

#include <pdk.h>

#include "drivers/iwm/iwm.h"
#include "tests/fuzz/script.h"

#define CARD_BAR_SIZE	0x2000

/* Steps of the card's own. */
enum card_step {
	CARD_RULE,		/* command, group, how many are answered rightly, enum rule, bytes */
	CARD_PACKET,		/* command, group, sequence (2), bytes */
	CARD_BUFFER,		/* offset (2) in a receive buffer, bytes */
	CARD_STATUS,		/* which buffer is being filled (2) */
	CARD_CAUSES,		/* an interrupt (4) */
	CARD_STEPS
};

/* What is wrong about an answer. */
enum rule { RULE_INSTEAD, RULE_REFUSE, RULE_NOTHING, RULE_TWICE, RULE_CHANGED, RULE_COUNT };

/* Steps of the host's own; each does something only when pdk80211.h lets a layer do it. */
enum host_step {
	HOST_SCAN,		/* enum scan_bit, information elements */
	HOST_SCAN_ABORT,
	HOST_JOIN,		/* enum join_bit, flags, HT capabilities (2), A-MPDU parameters */
	HOST_ASSOC, HOST_LEAVE,
	HOST_UPDATE,		/* what has changed */
	HOST_SET_KEY, HOST_DEL_KEY,	/* id, and 4: group */
	HOST_BA,		/* operation, TID in bits 3 to 5; SSN (2) */
	HOST_STATS,
	HOST_TX,		/* enum tx_bit, payload */
	HOST_STEPS
};

enum scan_bit { SCAN_BOTH = 0x1, SCAN_PASSIVE = 0x2 };
enum join_bit { JOIN_5GHZ = 0x1, JOIN_40MHZ = 0x2 };
enum tx_bit {
	TX_MGMT = 0x01,
	TX_TID = 0x0e,
	TX_AC = 0x30,
	TX_BURST = 0xc0		/* of 1, 4, 32 or 256 frames */
};

/* ---- card.c: registers, rings and interrupts, as far as the driver looks ---- */

/* At power-on, with a script that nobody has looked at. */
void	card_begin(void);
uint32_t card_read(uint32_t off);
void	card_write(uint32_t off, uint32_t v);
void	card_reset(void);
/* The register's own value. */
uint32_t *card_reg(uint32_t off);
void	card_interrupt(uint32_t causes);
/* A chunk of firmware has been given, or the processor released, since the last call? */
bool	card_chunk_due(void);
bool	card_alive_due(void);
/* The next command or frame that the driver has queued: *idx is its place; false: none. */
bool	card_next_queued(unsigned first_queue, unsigned last_queue, unsigned *q, unsigned *idx);
/* The first `len` bytes of what is queued there; NULL: no such memory. */
const uint8_t *card_queued_bytes(unsigned q, unsigned idx, size_t len);

/* ---- rxbuf.c: what the card writes into receive buffers ---- */

/* From buffer 0 on. */
void	rxbuf_begin(void);
/* A packet, in a buffer of its own. */
void	rxbuf_packet(uint8_t cmd, uint8_t group, uint16_t seq, const void *payload, size_t len);
/* A notification of the firmware's. */
void	rxbuf_notif(unsigned id, const void *payload, size_t len);
/* Bytes at an offset in a buffer, as they are. */
void	rxbuf_raw(size_t off, const uint8_t *p, size_t len);
/* Say that buffer n is the one being filled. */
void	rxbuf_status(unsigned n);

/* ---- fwfile.c: the smallest file that the driver takes ---- */
void	fwfile_offer(void);

/* ---- answer.c: the firmware's answers, and rules that change them ---- */

void	answer_begin(void);
/* A step CARD_RULE: it holds from now on. */
void	answer_rule(const uint8_t *p, size_t len);
/* Say ALIVE; answer a command of so many bytes, and what comes after some by itself. */
void	answer_alive(void);
void	answer_command(const uint8_t *cmd);
/* A frame was sent. */
void	answer_frame(unsigned q, unsigned idx);

/* ---- host.c: an 802.11 layer ---- */
void	host_begin(void);
void	host_step(unsigned kind, const uint8_t *p, size_t len);
struct shim_follow *host_life(struct pdk_softc *);

#endif /* TESTS_FUZZ_IWM_IWM_H */
