/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock of a simulated air, as it is shared between the hub (tools/sim/air), the radios, and
 * the hosts whose drivers drive simulated cards (harness/clock_follow.c): what goes over the wire
 * and nothing else.  Like vfio_user.h, which it extends, and air_page.h, it is all that tools/sim
 * and the rest have in common.
 *
 * Simulated time.  The hub is the clock: TSF, microseconds since its start.  In real time it
 * goes with CLOCK_MONOTONIC.  With voy-air --time=fast each party says
 *
 *	IDLE	"I have nothing to do before TSF `until`, unless a message comes."
 *	BUSY	"I am at work", or, with AIR_BUSY_WALL, "I live by the wall's clock"
 *
 * Any other message takes IDLE back as well, and so does every message on its way to the party:
 * IDLE tells the number of the last message it has read.  And the hub
 *
 *	all are idle		time jumps to what comes next: the end of a frame in the air, or
 *				the earliest `until`; who waited for that gets TIME and is no
 *				longer idle
 *	some are busy		time stands still, so that all happens at its exact time however
 *				slow or loaded the machine is.  But not for ever: when it has stood
 *				for the hub's patience (5 s), somebody hangs or looks at the clock
 *				in a loop, and time runs as the wall's until all are idle again
 *	somebody takes no part	(has said nothing of this yet, or AIR_BUSY_WALL last): time runs as
 *				the wall's, with all others idle or not
 *
 * Why it is sound.  A chain of causes that goes on always passes through somebody who is not
 * idle: who causes something for another (writes a register, raises an interrupt, sends a frame)
 * is busy, says so before, and is idle only after the other has become busy and said so.  Before it
 * jumps the hub has read all that was sent to it.  So
 *	a card	is busy while an unmasked interrupt cause is pending, a packet waits for a
 *		receive buffer, or a timer is due; and says BUSY before it answers the register
 *		access that made it so;
 *	a host	says BUSY before its interrupt handler touches the card, and IDLE when no thread
 *		of it is at work; `until` is the earliest timer or time-out.
 * What comes from outside (a person at a socket) asks for an answer: BUSY with AIR_BUSY_ANSWER,
 * and TIME comes when time will not jump any more, but stand if all take part.  So does a host
 * that begins ask, or its first moments would be the wall's.
 *
 * How a host gets in.  Its vfio-user client names the capability VFIO_USER_CAP_AIR_CLOCK in its
 * VERSION request; a card on a fast air then answers with a descriptor: a connection to the hub on
 * which the card has said HELLO in the host's name.  A client that does not name it (QEMU)
 * has no part, and while it is connected its card says AIR_BUSY_WALL.  The party is counted from
 * before the VERSION reply until the client's connection to the card has ended, so who is killed
 * or hangs neither jumps nor stops the clock of the others.
 *
 * Messages are datagrams (SOCK_SEQPACKET) in host byte order.  With WELCOME comes a descriptor:
 * the page below, in which the time can be read without asking.
 */
#ifndef VFIO_AIR_CLOCK_H
#define VFIO_AIR_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A name in the JSON text of VERSION, see vfio_user.h: {"supported": true, "fd_index": N}. */
#define VFIO_USER_CAP_AIR_CLOCK	"air_clock"

#define AIR_TEXT_MAX	200u
#define AIR_FOREVER	UINT64_MAX

enum air_clock_type {
	/* to the hub */
	AIR_IDLE = 5,
	AIR_BUSY,
	/* from the hub */
	AIR_WELCOME = 65,	/* first of all */
	AIR_TIME = 68,		/* time is what IDLE waited for, or the answer to BUSY */
	AIR_BYE,		/* why the hub closes; last */
};

/* In front of every message. */
struct air_hdr {
	uint16_t	type;
	uint16_t	reserved;	/* 0 */
	uint32_t	len;		/* of the whole message = of the datagram */
	/* From the hub: number of this message, 1, 2, ... To it: 0, except in IDLE. */
	uint32_t	seq;
	uint32_t	reserved2;	/* 0 */
	/* From the hub: TSF now minus CLOCK_MONOTONIC in us; for who has not got the page. */
	int64_t		skew;
};

struct air_welcome {
	struct air_hdr	hdr;
	uint32_t	version;
	uint32_t	id;		/* of this radio, 1, 2, ... */
	uint32_t	window;		/* TX without TXSTATUS that the hub takes; more has to wait */
	uint32_t	fast;		/* 1: --time=fast, say IDLE */
	uint64_t	tsf;
};

/* hdr.seq: of the last message processed. */
struct air_idle {
	struct air_hdr	hdr;
	uint64_t	until;		/* TSF, or AIR_FOREVER */
};

#define AIR_BUSY_ANSWER	0x1u	/* send TIME: once it is there, I am counted */
#define AIR_BUSY_WALL	0x2u	/* until the next IDLE or BUSY I take no part */

struct air_busy {
	struct air_hdr	hdr;
	uint32_t	flags;		/* AIR_BUSY_* */
	uint32_t	reserved;	/* 0 */
};

struct air_time {
	struct air_hdr	hdr;
	uint64_t	tsf;
};

struct air_bye {
	struct air_hdr	hdr;
	char		text[AIR_TEXT_MAX];
};

/* ---- the page ---- */

#define AIR_PAGE_MAGIC	0x6b6c4341u	/* "AClk" */
#define AIR_PAGE_SIZE	4096u		/* of the memfd, which is sealed against shrinking */

struct air_page {
	uint32_t	magic;
	uint32_t	version;	/* AIR_PAGE_VERSION */
	/*
	 * Bit 0 set: time stands still, and the TSF is the rest.  Clear: it goes with
	 * CLOCK_MONOTONIC, and the rest is the (signed) difference.
	 */
	uint64_t	now;
	uint64_t	patience;	/* us */
};
#define AIR_PAGE_VERSION	1u

static inline uint64_t
air_page_word(bool stands, uint64_t tsf_or_skew)
{
	return tsf_or_skew << 1 | stands;
}

/* The TSF; mono_us: CLOCK_MONOTONIC in microseconds, read before. */
static inline uint64_t
air_page_tsf(const struct air_page *p, uint64_t mono_us, bool *stands)
{
	uint64_t now = __atomic_load_n(&p->now, __ATOMIC_ACQUIRE);

	*stands = (now & 1) != 0;
	return *stands ? now >> 1 : mono_us + (uint64_t)((int64_t)now >> 1);
}

#endif /* VFIO_AIR_CLOCK_H */
