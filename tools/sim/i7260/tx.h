/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tx.h - what tx.c (queues), fw_tx.c (TX commands) and fw_ba.c (aggregation) share.
 */
#ifndef TOOLS_SIM_I7260_TX_H
#define TOOLS_SIM_I7260_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/sim/air/air.h"
#include "tools/sim/i7260/fw.h"

#define TX_CMD			0x1cu
#define CMD_HDR_LEN		4
#define TX_AGG_MAX		63

/* status of a TX response */
#define TX_SUCCESS		0x01
#define TX_FAIL_LONG_LIMIT	0x83
#define TX_FAIL_DRAIN_FLOW	0x85
#define TX_FAIL_STA_INVALID	0x8b
#define TX_FAIL_FLUSHED		0x8e

/* A frame of the driver's, on its way. */
struct tx_frame {
	uint8_t		queue, index, sta, tid;
	uint8_t		color, reduced_tpc, retries, rung;
	bool		eosp;
	uint32_t	life;		/* of its queue */
	uint16_t	ssn;		/* place in its queue, 12 bits */
	uint16_t	seq_ctl, byte_count, fc, tries;
	uint32_t	rate[FW_NRATES], rate_used, airtime;
	uint8_t		status;
};

struct card;
struct tx_agg;

void	tx_rest(struct card *);
void	tx_data(struct card *, unsigned q, unsigned idx, size_t len, struct tx_agg *);
void	tx_refuse(struct card *, unsigned q, unsigned idx, unsigned status);
void	tx_outcome(struct tx_frame *, const struct air_txstatus *);
void	tx_respond(struct card *, const struct tx_frame *, unsigned status, unsigned ssn);
void	tx_respond_agg(struct card *, const struct tx_frame *, unsigned n, unsigned ssn);

unsigned ba_limit(const struct card *, unsigned q);
struct tx_agg *ba_new(struct card *);
void	ba_add(struct card *, struct tx_agg *, const struct tx_frame *, struct air_tx *,
	    const uint8_t *frame, size_t len);
void	ba_close(struct tx_agg *);

#endif
