/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_run.c - commands of the RUNTIME image that concern the whole device.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define SMEM_V2_WORDS		17

static void
echo(struct card *c, const struct fw_req *rq)
{
	fw_reply(c, rq, rq->data, rq->len);
}

/* Sizes of the FIFOs: the 7260 shows no addresses. */
static void
shared_mem_cfg(struct card *c, const struct fw_req *rq)
{
	static const uint32_t words[SMEM_V2_WORDS] = {
		0, 0, 0, 0, 0,					/* memory, sample buffer, TXF0 */
		0x8c00, 0x5400, 0x3400, 0x2400, 0x2000, 0, 0, 0x2000,	/* TX FIFOs 0 to 7 */
		0xc000, 0,					/* RX FIFOs */
		0, 0,						/* paging */
	};
	uint8_t b[SMEM_V2_WORDS * 4];
	unsigned i;

	for (i = 0; i < SMEM_V2_WORDS; i++)
		put32(b + 4 * i, words[i]);
	fw_reply(c, rq, b, sizeof(b));
}

/* {get 1 or set 2, MAC, value}: the number of the next frame without QoS, for after a sleep. */
static void
non_qos_counter(struct card *c, const struct fw_req *rq)
{
	unsigned mac = rq->data[4], i;
	uint8_t b[2] = { 0 };

	for (i = 0; i < FW_NSTAS; i++) {
		struct fw_sta *s = &c->run.sta[i];

		if (!s->used || s->mac != mac)
			continue;
		if (get32(rq->data) == 2)
			s->seq = (uint16_t)(get16(rq->data + 8) >> 4);
		put16(b, (unsigned)(s->seq & 0xfff) << 4);
	}
	fw_reply(c, rq, b, sizeof(b));
}

static void
dqa_enable(struct card *c, const struct fw_req *rq)
{
	if (get32(rq->data) != 0) {
		fw_wrong(c, ERR_SYSASSERT, "dqa", "DQA_ENABLE_CMD: command queue %u, must be 0",
		    get32(rq->data));
		return;
	}
	c->run.dqa = true;
	fw_ok(c, rq);
}

static void
mcast_filter(struct card *c, const struct fw_req *rq)
{
	size_t need = 12 + ((size_t)rq->data[2] * 6 + 3) / 4 * 4;

	if (rq->len < 12 + (size_t)rq->data[2] * 6 || rq->len > need) {
		fw_wrong(c, ERR_SYSASSERT, "cmd-length", "MCAST_FILTER_CMD: %u addresses in %zu "
		    "bytes", rq->data[2], rq->len);
		return;
	}
	c->run.mcast_all = rq->data[3] != 0;
	c->run.nmcast = rq->data[2] < FW_NMCAST ? rq->data[2] : FW_NMCAST;
	memcpy(c->run.mcast, rq->data + 12, (size_t)c->run.nmcast * 6);
	fw_ok(c, rq);
}

/* Version 1 ends after the two static values, version 2 has a table behind them. */
static void
ltr(struct card *c, const struct fw_req *rq)
{
	if (rq->len != 12 && rq->len != 32)
		fw_wrong(c, ERR_SYSASSERT, "cmd-length", "LTR_CONFIG: %zu bytes, must be 12 or 32",
		    rq->len);
	else
		fw_ok(c, rq);
}

/*
 * {state, watermarks, timeouts}: when the receive FIFO wakes the host. Packets reach the host at
 * once here, in each state.
 */
static void
smart_fifo(struct card *c, const struct fw_req *rq)
{
	uint32_t state = get32(rq->data) & 0xffff;

	if (state > 3)
		fw_wrong(c, ERR_SYSASSERT, "smart-fifo", "REPLY_SF_CFG_CMD: state %u: 0 to 3",
		    state);
	else
		fw_ok(c, rq);
}

/*
 * {of a MAC 0, of the device 1, per chain 2; MAC; limits}. How loud we are is the air's matter.
 * Linux limits the MAC of an access point before it has added it.
 */
static void
reduce_tx_power(struct card *c, const struct fw_req *rq)
{
	uint32_t mode = get32(rq->data), mac = get32(rq->data + 4) & 0xff;

	if (mode > 2 || (mode == 0 && mac >= FW_NMACS))
		fw_wrong(c, ERR_SYSASSERT, "context", "REDUCE_TX_POWER_CMD: mode %u (0 to 2), MAC "
		    "%u", mode, mac);
	else
		fw_ok(c, rq);
}

const struct fw_cmd fw_run_cmds[] = {
	{ 0, 0x03, "ECHO_CMD", 0, 1024, IMG_BOTH, echo },
	{ 0, 0x25, "SHARED_MEM_CFG", 0, 0, IMG_RUN, shared_mem_cfg },
	{ 0, 0x2d, "NON_QOS_TX_COUNTER_CMD", 12, 12, IMG_RUN, non_qos_counter },
	{ 0, 0x48, "LEDS_CMD", 4, 4, IMG_RUN, fw_ok },
	{ 0, 0x9f, "REDUCE_TX_POWER_CMD", 36, 36, IMG_RUN, reduce_tx_power },
	{ 0, 0xd0, "MCAST_FILTER_CMD", 12, FW_CMD_MAX, IMG_RUN, mcast_filter },
	{ 0, 0xd1, "REPLY_SF_CFG_CMD", 92, 92, IMG_RUN, smart_fifo },
	{ 0, 0xcb, "MARKER_CMD", 8, 255, IMG_RUN, fw_ok },
	{ 0, 0xee, "LTR_CONFIG", 12, 32, IMG_RUN, ltr },
	{ 5, 0x00, "DQA_ENABLE_CMD", 4, 4, IMG_RUN, dqa_enable },
	{ .name = NULL },
};
