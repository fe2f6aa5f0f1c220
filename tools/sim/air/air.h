/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * air.h - the simulated air: what radios (card models, access points, bridges, sniffers) and the
 * hub `voy-air` say to each other, and the client library (libair.a) for radios.
 *
 *	static const struct air_ops ops = { .rx = got_frame, .txstatus = tx_done,
 *	    .time = time_came, .gone = hub_gone };
 *	struct air_hello hello = { .name = "card0", .naddr = 1 };
 *	struct air *air;
 *
 *	memcpy(hello.addr[0].addr, my_mac, 6);
 *	memset(hello.addr[0].mask, 0xff, 6);
 *	error = air_connect("/run/x/air.sock", &hello, &ops, arg, &air, errmsg, sizeof(errmsg));
 *	air_tune(air, &(struct air_tune){ .on = 1, .freq = 2412, .center = 2412, .width = 20 });
 *	air_tx(air, &(struct air_tx){ .cookie = 7, .nrates = 1,
 *	    .rate = {{ .kind = AIR_RATE_LEGACY, .index = 2, .tries = 4 }} }, frame, len);
 *
 *	poll(air_fd(air), air_events(air)) in the caller's own loop, then
 *	air_dispatch(air, revents);			calls the ops
 *
 * In a model: sim_watch(dev, air_fd(air), air_events(air), fn, arg), and again whenever
 * air_events() has changed after an air_*() call. With epoll: the same with EPOLL_CTL_MOD.
 *
 * What the hub does for the radios:
 *  - it queues a frame until its channel is free, computes its air time, draws the loss of each
 *    attempt, sets the Retry bit from the second attempt on, and answers with an ACK in the name
 *    of the addressed radio: no ACK (nor BlockAck, RTS, CTS) is ever sent by a radio;
 *  - it delivers a frame at its end to every other radio that is tuned to the primary channel
 *    (and wide enough), with the signal of the pair; receivers see attempts whose ACK got lost
 *    again: duplicates are for the receiver to find, by Retry bit and sequence number;
 *  - it is the clock: TSF in microseconds, 0 at the start of the hub; vfio/air_clock.h tells what
 *    it has to know of the radios so that time may jump.
 * Frames have neither FCS nor aggregation: an A-MPDU is so many air_tx() with AIR_TX_AMPDU.
 * Encryption, sequence numbers, Duration field and power save are the radios' own.
 *
 * Messages are datagrams on a UNIX SOCK_SEQPACKET socket, one struct below per datagram, all in
 * host byte order (nothing leaves the machine). After the struct of a TX and of an RX come a
 * radiotap header and the 802.11 frame. A radio that breaks these rules is sent a BYE with the
 * reason and dropped; others do not notice.
 */
#ifndef TOOLS_SIM_AIR_AIR_H
#define TOOLS_SIM_AIR_AIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vfio/air_clock.h"

/* ---- the wire -------------------------------------------------------------------------- */

#define AIR_VERSION	1u
#define AIR_NAME_MAX	32u		/* with NUL; letters, digits, '.', '_', '-' */
#define AIR_ADDRS_MAX	16u
#define AIR_RATES_MAX	16u
#define AIR_FRAME_MIN	10u		/* the shortest 802.11 frame, without FCS */
#define AIR_FRAME_MAX	7991u		/* longest HT MPDU, without FCS */
#define AIR_MSG_MAX	8448u		/* any message, with radiotap header */

/* Beside AIR_IDLE, AIR_BUSY, AIR_WELCOME, AIR_TIME and AIR_BYE of air_clock.h. */
enum air_type {
	/* radio to hub */
	AIR_HELLO = 1,		/* first, once */
	AIR_ADDR,		/* the addresses it answers to have changed */
	AIR_TUNE,
	AIR_TX,
	/* hub to radio */
	AIR_RX = 66,
	AIR_TXSTATUS,		/* exactly one per TX */
};

/* Answers (ACKs) to frames whose addr1 & mask == addr & mask. Group addresses never. */
struct air_addr {
	uint8_t		addr[6];
	uint8_t		mask[6];	/* all ones: exactly this address */
};

#define AIR_HELLO_ALLCHAN	0x1u	/* hears all channels (sniffer, bridge); ACKs on its own */
#define AIR_HELLO_PASSIVE	0x2u	/* time need not wait for its IDLE; may not transmit */
#define AIR_HELLO_CLOCK		0x4u	/* no radio, but the host behind one: only IDLE and BUSY */

struct air_hello {
	struct air_hdr	hdr;		/* filled in by the library, as in the others */
	uint32_t	version;	/* AIR_VERSION (library) */
	uint32_t	flags;		/* AIR_HELLO_* */
	char		name[AIR_NAME_MAX];	/* unique on this hub */
	uint32_t	naddr;		/* 0..AIR_ADDRS_MAX used below; also the body of ADDR */
	struct air_addr	addr[AIR_ADDRS_MAX];
};

/*
 * The channel listened to, and sent on unless a TX says otherwise. freq: centre of the primary
 * 20 MHz channel; center: of the whole channel (freq when width is 20). Takes effect at once;
 * frames of this radio that still wait go out on the channel of their time.
 */
struct air_tune {
	struct air_hdr	hdr;
	uint16_t	on;		/* 0: deaf and mute (asleep, radio kill) */
	uint16_t	freq;		/* MHz */
	uint16_t	center;		/* MHz */
	uint16_t	width;		/* 20 or 40, MHz */
};

enum air_rate_kind {
	AIR_RATE_LEGACY = 1,	/* index in units of 500 kb/s: 2 4 11 22 and 12..108 */
	AIR_RATE_HT,		/* index is the MCS, 0..31 */
};
#define AIR_RATE_SHORTPRE	0x01u	/* 11b short preamble (not at 1 Mb/s) */
#define AIR_RATE_40MHZ		0x02u	/* HT: on the whole 40 MHz; needs such a tuning */
#define AIR_RATE_SGI		0x04u	/* HT: short guard interval */
#define AIR_RATE_GF		0x08u	/* HT: greenfield */

struct air_rate {
	uint8_t		kind;		/* enum air_rate_kind */
	uint8_t		index;
	uint8_t		flags;		/* AIR_RATE_* */
	uint8_t		tries;		/* at this rate; TX: 1..255, otherwise 0 */
};

#define AIR_TX_NOACK	0x1u	/* no ACK wanted (group addresses need not say so) */
#define AIR_TX_RTS	0x2u	/* RTS/CTS before each attempt: costs air time */
#define AIR_TX_CTSSELF	0x4u	/* CTS to self likewise */
#define AIR_TX_AMPDU	0x8u	/* one MPDU of the A-MPDU numbered .ampdu */
#define AIR_TX_TSF	0x10u	/* beacon, probe response: put the TSF into bytes 24..31 */

/*
 * A frame to send. Sent in the order given per radio and priority. Rates are tried in order,
 * each .tries times, until acked; nrates 0: rate and retries come from the radiotap header.
 */
struct air_tx {
	struct air_hdr	hdr;
	uint64_t	cookie;		/* comes back in TXSTATUS */
	uint32_t	flags;		/* AIR_TX_* */
	uint32_t	ampdu;
	uint16_t	freq;		/* 0: as tuned now; else this channel, 20 MHz */
	uint8_t		prio;		/* 0..7, higher first among this radio's frames */
	uint8_t		nrates;		/* 0..AIR_RATES_MAX */
	uint32_t	reserved;
	struct air_rate	rate[AIR_RATES_MAX];
	/* radiotap header, 802.11 frame */
};

#define AIR_RX_FORME	0x1u	/* addr1 is an address this radio answers to: hub sent an ACK */
#define AIR_RX_AMPDU	0x2u	/* part of A-MPDU number .ampdu of that sender */

struct air_rx {
	struct air_hdr	hdr;
	uint64_t	tsf;		/* when the first bit of the MAC header came */
	uint32_t	flags;		/* AIR_RX_* */
	uint32_t	ampdu;
	uint32_t	duration;	/* us on the air, with preamble */
	uint16_t	freq;		/* primary channel, MHz */
	int8_t		signal;		/* dBm */
	int8_t		noise;		/* dBm */
	struct air_rate	rate;
	uint32_t	from;		/* id of the sending radio (a simulator knows) */
	/* radiotap header, 802.11 frame */
};

enum air_tx_result {
	AIR_TX_ACKED = 0,
	AIR_TX_SENT,		/* went out; no ACK was wanted */
	AIR_TX_NOANSWER,	/* all tries used up */
	AIR_TX_OFF,		/* radio is off or was never tuned */
	AIR_TX_INVALID,		/* not a frame or not a rate that can be sent like this */
};

struct air_txstatus {
	struct air_hdr	hdr;
	uint64_t	cookie;
	uint64_t	tsf;		/* end of the last attempt, with its ACK */
	uint32_t	result;		/* enum air_tx_result */
	uint32_t	airtime;	/* us, all attempts with their ACKs */
	uint16_t	tries;		/* attempts made: 0 for OFF and INVALID */
	uint16_t	rung;		/* index into rate[] of the last attempt */
	struct air_rate	rate;		/* of the last attempt; .tries: tries made at it */
	int8_t		ack_signal;	/* dBm, when ACKED */
	int8_t		reserved[7];
};

/* ---- client library -------------------------------------------------------------------- */

struct air;

/*
 * Calls out of air_dispatch(). All optional. Structs and frames are valid during the call only.
 * air_tune(), air_tx(), ... may be called from any; air_close() only from gone.
 */
struct air_ops {
	void	(*welcome)(void *arg, const struct air_welcome *);
	/* frame: the 802.11 frame, len bytes (AIR_FRAME_MIN..AIR_FRAME_MAX), no FCS. */
	void	(*rx)(void *arg, const struct air_rx *, const uint8_t *frame, size_t len);
	void	(*txstatus)(void *arg, const struct air_txstatus *);
	void	(*time)(void *arg, uint64_t tsf);
	/* The hub is gone or does not want us. No TXSTATUS comes any more. Called once. */
	void	(*gone)(void *arg, const char *why);
};

/*
 * Connects to the hub and says HELLO; the first thing dispatched is welcome (or gone, when the
 * hub refuses). hello: name, flags and addresses. The descriptor is non-blocking and
 * close-on-exec. TUNE and TX may be sent at once. 0; or an errno, and errmsg says what is wrong.
 */
int	air_connect(const char *path, const struct air_hello *hello, const struct air_ops *ops,
	    void *arg, struct air **airp, char *errmsg, size_t errlen);
void	air_close(struct air *);		/* NULL is fine */

int	air_fd(const struct air *);
/* POLLIN, or POLLIN | POLLOUT while messages wait to be sent. */
short	air_events(const struct air *);
/*
 * Sends what waits and handles messages, at most a few dozen per call (the rest keeps the
 * descriptor readable). revents: from poll; 0 is taken as "try". Never blocks.
 * 0; ENOTCONN after gone was called.
 */
int	air_dispatch(struct air *, short revents);

/* 0, EINVAL, ENOTCONN (gone), ENOBUFS (out of room: the hub does not keep up). */
int	air_tune(struct air *, const struct air_tune *);
int	air_addrs(struct air *, const struct air_addr *, unsigned n);
/*
 * One frame, without FCS and radiotap: the library makes that. EMSGSIZE: length. ENOBUFS: more
 * than air_window() frames have no TXSTATUS yet; nothing was sent, try again after the next one.
 */
int	air_tx(struct air *, const struct air_tx *, const void *frame, size_t len);
/* Frames that air_tx() would take now. */
unsigned air_window(const struct air *);

/* See air_clock.h. No message is sent in real time or when nothing is new. */
int	air_idle(struct air *, uint64_t until);
int	air_busy(struct air *, uint32_t flags);
/* What air_idle() said last and nothing has taken back since, or 0: not idle. */
uint64_t air_idle_until(const struct air *);

/* The hub's clock now, in us; goes on while the hub is silent. 0 before welcome. */
uint64_t air_tsf(const struct air *);
/* Whether time stands still at the moment. */
bool	air_stands(const struct air *);
/* Whether time may jump (after welcome). */
bool	air_fast(const struct air *);
/* Whether WELCOME has come. */
bool	air_welcomed(const struct air *);

/*
 * A connection for the host behind a radio, HELLO said, to be given away: its next message is
 * WELCOME. -1 with errno.
 */
int	air_host(const char *path, const char *name);

/* ---- air time and sensitivity (rate.c), also for rate control --------------------------- */

/* Whether there is such a rate on this band (flags and all). */
bool	air_rate_valid(const struct air_rate *, unsigned freq);
/* In units of 100 kb/s; 0: no such rate. */
unsigned air_rate_100kbps(const struct air_rate *);
/*
 * Microseconds for a PSDU of len bytes (with FCS). IEEE 802.11-2016: 15.4.5, 16.3.4 (DSSS, CCK),
 * 17.4.3 and 18.5 (OFDM, ERP with its 6 us signal extension in 2.4 GHz), 19.4.3 (HT).
 */
unsigned air_duration(const struct air_rate *, unsigned freq, size_t len);
/* MHz for a channel number; 0: none. 1..14: 2.4 GHz; 36..177: 5 GHz. And back. */
unsigned air_chan_freq(unsigned channel);
unsigned air_freq_chan(unsigned freq);

#endif
