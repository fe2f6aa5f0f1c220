/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_sta.c - commands of the RUNTIME image that build up the firmware's picture of the world: MAC
 * and PHY contexts, bindings of the two, stations, TX queues.
 */
#include "tools/sim/i7260/card.h"

enum { ACTION_STUB, ACTION_ADD, ACTION_MODIFY, ACTION_REMOVE };

#define ADD_STA_SUCCESS		1
#define ADD_STA_OVERLOAD	2
#define ADD_STA_NO_STATION	8
#define MAC_TYPE_MAX		8
#define BINDING_FAILED		1

/* Id and action of a context command against the map of existing ones. */
static bool
context(struct card *c, const struct fw_req *rq, uint32_t *map, unsigned n)
{
	unsigned id = rq->data[0], action = get32(rq->data + 4);

	if (id >= n || action < ACTION_ADD || action > ACTION_REMOVE) {
		fw_wrong(c, ERR_SYSASSERT, "context", "%s: id %u action %u: ids below %u, action 1 "
		    "to 3", rq->cmd->name, id, action, n);
		return false;
	}
	if (((*map >> id & 1) != 0) == (action == ACTION_ADD)) {
		fw_wrong(c, ERR_SYSASSERT, "context", "%s: %s %u, which is %s", rq->cmd->name,
		    action == ACTION_ADD ? "add" : action == ACTION_MODIFY ? "modify" : "remove",
		    id, action == ACTION_ADD ? "there already" : "not there");
		return false;
	}
	if (action == ACTION_ADD)
		*map |= 1u << id;
	else if (action == ACTION_REMOVE)
		*map &= ~(1u << id);
	return true;
}

static void
mac_context(struct card *c, const struct fw_req *rq)
{
	unsigned type = get32(rq->data + 8);

	if (get32(rq->data + 4) != ACTION_REMOVE && (type == 0 || type > MAC_TYPE_MAX))
		fw_wrong(c, ERR_SYSASSERT, "context", "MAC_CONTEXT_CMD: MAC type %u", type);
	else if (context(c, rq, &c->run.macs, FW_NMACS))
		fw_ok(c, rq);
}

static void
phy_context(struct card *c, const struct fw_req *rq)
{
	const uint8_t *ci = rq->data + 16;	/* band, channel, width, control position */

	if (get32(rq->data + 4) != ACTION_REMOVE && (ci[0] > 1 || ci[1] == 0 || ci[2] > 3))
		fw_wrong(c, ERR_SYSASSERT, "context", "PHY_CONTEXT_CMD: band %u channel %u width "
		    "%u", ci[0], ci[1], ci[2]);
	else if (context(c, rq, &c->run.phys, FW_NPHYS))
		fw_ok(c, rq);
}

static void
binding(struct card *c, const struct fw_req *rq)
{
	unsigned phy = rq->data[20], i;
	bool good = phy < FW_NPHYS && (c->run.phys >> phy & 1) != 0;

	for (i = 0; i < 3; i++) {
		uint32_t mac = get32(rq->data + 8 + 4 * i), id = mac & 0xff;

		if (mac != 0xffffffff && (id >= FW_NMACS || !(c->run.macs >> id & 1)))
			good = false;
	}
	if (!good)
		fw_wrong(c, ERR_SYSASSERT, "context", "BINDING_CONTEXT_CMD: a MAC or PHY context "
		    "that is not there");
	else if (context(c, rq, &c->run.bindings, FW_NBINDINGS))
		fw_status(c, rq, 0);
}

static void
add_sta(struct card *c, const struct fw_req *rq)
{
	unsigned modify = rq->data[0], id = rq->data[16];
	uint32_t mac = get32(rq->data + 4) & 0xff;

	if (mac != FW_MAC_AUX && (mac >= FW_NMACS || !(c->run.macs >> mac & 1))) {
		fw_wrong(c, ERR_SYSASSERT, "context", "ADD_STA: station %u on MAC %u, which is not "
		    "there", id, mac);
		return;
	}
	if (id >= FW_NSTAS) {
		fw_status(c, rq, ADD_STA_OVERLOAD);
		return;
	}
	if (modify != 0 && !(c->run.stas >> id & 1)) {
		fw_status(c, rq, ADD_STA_NO_STATION);
		return;
	}
	c->run.stas |= 1u << id;
	c->run.sta_mac[id] = mac;
	fw_status(c, rq, ADD_STA_SUCCESS);
}

static void
remove_sta(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0];

	if (id >= FW_NSTAS || !(c->run.stas >> id & 1)) {
		fw_wrong(c, ERR_SYSASSERT, "context", "REMOVE_STA: there is no station %u", id);
		return;
	}
	c->run.stas &= ~(1u << id);
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
		scd_queue_enable(c, q, fifo, get16(d + 8) & 0xff);
		c->txq[q].sta = d[1];
		c->txq[q].tid = d[2];
	} else if (action == 0) {
		scd_queue_disable(c, q);
	}
	fw_reply(c, rq, d, 4);
}

const struct fw_cmd fw_sta_cmds[] = {
	{ 0, 0x08, "PHY_CONTEXT_CMD", 36, 36, IMG_RUN, phy_context },
	{ 0, 0x18, "ADD_STA", 44, 44, IMG_RUN, add_sta },
	{ 0, 0x19, "REMOVE_STA", 4, 4, IMG_RUN, remove_sta },
	{ 0, 0x1d, "SCD_QUEUE_CFG", 12, 12, IMG_RUN, scd_queue_cfg },
	{ 0, 0x28, "MAC_CONTEXT_CMD", 148, 148, IMG_RUN, mac_context },
	{ 0, 0x2b, "BINDING_CONTEXT_CMD", 24, 24, IMG_RUN, binding },
	{ .name = NULL },
};
