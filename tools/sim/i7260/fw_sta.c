/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_sta.c - stations: who they are, at which rates we send to them, and their TX queues.
 */
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/i7260/card.h"

#define ADD_STA_SUCCESS		1
#define ADD_STA_OVERLOAD	2
#define ADD_STA_NO_STATION	8

/* ADD_STA version 7 */
#define STA_TID_DISABLE		2
#define STA_MAC			4
#define STA_ADDR		8
#define STA_ID			16
#define STA_MODIFY		17
#define STA_FLAGS		20
#define STA_FLAGS_MASK		24
#define STA_ADD_BA		28
#define STA_REMOVE_BA		29
#define STA_TX_COUNT		32
#define STA_SLEEP		34
#define MODIFY_TID_DISABLE	0x02u
#define MODIFY_ADD_BA		0x08u
#define MODIFY_REMOVE_BA	0x10u
#define MODIFY_TX_COUNT		0x20u
#define SLEEP_UAPSD		0x02u
#define SLEEP_MORE_DATA		0x04u
#define EOSP_NOTIF		0x9e

#define LQ_LEN			88

static void
sta_modify(struct fw_sta *s, const uint8_t *d)
{
	uint32_t mask = get32(d + STA_FLAGS_MASK);

	s->flags = (s->flags & ~mask) | (get32(d + STA_FLAGS) & mask);
	if ((d[STA_MODIFY] & MODIFY_TID_DISABLE) != 0)
		s->tid_disable_tx = (uint16_t)get16(d + STA_TID_DISABLE);
	if ((d[STA_MODIFY] & MODIFY_ADD_BA) != 0)
		s->rx_ba |= (uint16_t)(1u << (d[STA_ADD_BA] & 15));
	if ((d[STA_MODIFY] & MODIFY_REMOVE_BA) != 0)
		s->rx_ba &= (uint16_t)~(1u << (d[STA_REMOVE_BA] & 15));
	if ((d[STA_MODIFY] & MODIFY_TX_COUNT) != 0) {
		s->released = (uint16_t)get16(d + STA_TX_COUNT);
		s->more = (d[STA_SLEEP] & SLEEP_MORE_DATA) != 0;
		s->period = (d[STA_SLEEP] & SLEEP_UAPSD) != 0;
	}
}

/*
 * A data frame to a station of our own access point that sleeps and has polled or triggered: it
 * says whether more are to come. True: it ends a service period, sta_period_over() is to follow.
 */
bool
sta_mark_released(struct fw_sta *s, uint8_t *f)
{
	if (s->released == 0)
		return false;
	s->released--;
	if (s->more || s->released != 0)
		f[1] |= DOT11_FC_MOREDATA >> 8;
	if (s->released != 0 || !s->period || (f[0] & 0x80) == 0)
		return false;
	f[24] |= DOT11_QOS_EOSP;
	return true;
}

void
sta_period_over(struct card *c, unsigned id)
{
	uint8_t b[8] = { 0 };

	put32(b + 4, id);
	fw_notify(c, EOSP_NOTIF, b, sizeof(b));
}

static void
add_sta(struct card *c, const struct fw_req *rq)
{
	unsigned modify = rq->data[0], id = rq->data[STA_ID];
	uint32_t mac = get32(rq->data + STA_MAC) & 0xff;
	struct fw_sta *s;

	if (mac != FW_MAC_AUX && (mac >= FW_NMACS || !c->run.mac[mac].used)) {
		fw_wrong(c, ERR_SYSASSERT, "context", "ADD_STA: station %u on MAC %u, which is not "
		    "there", id, mac);
		return;
	}
	if (id >= FW_NSTAS) {
		fw_status(c, rq, ADD_STA_OVERLOAD);
		return;
	}
	s = &c->run.sta[id];
	if (modify != 0 && !s->used) {
		fw_status(c, rq, ADD_STA_NO_STATION);
		return;
	}
	if (modify == 0) {
		memset(s, 0, sizeof(*s));
		s->used = true;
		s->mac = (uint8_t)mac;
		s->tid_disable_tx = (uint16_t)get16(rq->data + STA_TID_DISABLE);
		memcpy(s->addr, rq->data + STA_ADDR, 6);
	}
	sta_modify(s, rq->data);
	fw_status(c, rq, ADD_STA_SUCCESS);
	tx_kick(c);
}

static void
remove_sta(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0];

	if (id >= FW_NSTAS || !c->run.sta[id].used) {
		fw_wrong(c, ERR_SYSASSERT, "context", "REMOVE_STA: there is no station %u", id);
		return;
	}
	memset(&c->run.sta[id], 0, sizeof(c->run.sta[id]));
	key_forget_station(c, id);
	fw_ok(c, rq);
}

/*
 * {station, power reduction, control, flags, ..., first index per AC, time limit, threshold, frame
 * limit, -, 16 rates, -}
 */
static void
lq(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0], i;
	struct air_rate r;
	struct fw_lq *q;

	if (id >= FW_NSTAS || !c->run.sta[id].used) {
		fw_wrong(c, ERR_SYSASSERT, "context", "LQ_CMD: there is no station %u", id);
		return;
	}
	q = &c->run.sta[id].lq;
	q->reduced_tpc = rq->data[1];
	q->rts = (rq->data[4] & 1) != 0;
	q->color = rq->data[4] >> 1 & 7;
	q->agg_limit = rq->data[15];
	for (i = 0; i < FW_NRATES; i++) {
		q->rate[i] = get32(rq->data + 20 + 4 * i);
		if (!rate_to_air(c, q->rate[i], 20, &r)) {
			fw_wrong(c, ERR_SYSASSERT, "lq", "LQ_CMD: rate %u of station %u is %#x", i,
			    id, q->rate[i]);
			return;
		}
	}
	q->valid = true;
	fw_ok(c, rq);
}

/* {token, station, TID, queue, action, aggregate, FIFO, window, SSN} */
static void
scd_queue_cfg(struct card *c, const struct fw_req *rq)
{
	const uint8_t *d = rq->data;
	unsigned q = d[3], action = d[4], fifo = d[6];

	if (q >= I7260_NQUEUES || action > 2 || fifo > 7 ||
	    (action == 1 && (fh_cbbc(c, q) == 0 || d[1] >= FW_NSTAS))) {
		fw_wrong(c, ERR_SYSASSERT, "scd-queue", "SCD_QUEUE_CFG: queue %u action %u FIFO %u "
		    "station %u", q, action, fifo, d[1]);
		return;
	}
	if (action == 1) {
		c->txq[q].sta = d[1];
		c->txq[q].tid = d[2];
		c->txq[q].aggregate = d[5] != 0;
		c->txq[q].window = d[7];
		scd_queue_enable(c, q, fifo, get16(d + 8) & 0xfff);
	} else if (action == 0) {
		scd_queue_disable(c, q);
	} else {
		c->txq[q].tid = d[2];
	}
	fw_reply(c, rq, d, 4);
}

const struct fw_cmd fw_sta_cmds[] = {
	{ 0, 0x18, "ADD_STA", 44, 44, IMG_RUN, add_sta },
	{ 0, 0x19, "REMOVE_STA", 4, 4, IMG_RUN, remove_sta },
	{ 0, 0x1d, "SCD_QUEUE_CFG", 12, 12, IMG_RUN, scd_queue_cfg },
	{ 0, 0x4e, "LQ_CMD", LQ_LEN, LQ_LEN, IMG_RUN, lq },
	{ .name = NULL },
};
