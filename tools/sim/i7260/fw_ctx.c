/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_ctx.c - contexts: MACs (a network each), PHYs (a channel each), bindings of the two, and how
 * the time of the radio is divided among bindings.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

enum { ACTION_STUB, ACTION_ADD, ACTION_MODIFY, ACTION_REMOVE };

#define MAC_LEN		148
#define NONE		0xffffffffu

/* MAC_CONTEXT_CMD */
#define MAC_ACTION	4
#define MAC_TYPE	8
#define MAC_ADDR	16
#define MAC_BSSID	24
#define MAC_FILTER	52
#define MAC_STA		100		/* the part for stations */
#define AP_BI		(MAC_STA + 12)	/* the part for access points and IBSS */
#define AP_DTIM		(MAC_STA + 20)
#define STA_ASSOC	(MAC_STA + 0)
#define STA_BI		(MAC_STA + 16)
#define STA_DTIM	(MAC_STA + 24)
#define STA_AID		(MAC_STA + 36)

/* Id and action of a context command, and whether there is one now. False after a violation. */
static bool
context(struct card *c, const struct fw_req *rq, bool there, unsigned n)
{
	unsigned id = rq->data[0], action = get32(rq->data + 4);

	if (id >= n || action < ACTION_ADD || action > ACTION_REMOVE) {
		fw_wrong(c, ERR_SYSASSERT, "context", "%s: id %u action %u: ids below %u, action 1 "
		    "to 3", rq->cmd->name, id, action, n);
		return false;
	}
	if (there == (action == ACTION_ADD)) {
		fw_wrong(c, ERR_SYSASSERT, "context", "%s: %s %u, which is %s", rq->cmd->name,
		    action == ACTION_ADD ? "add" : action == ACTION_MODIFY ? "modify" : "remove",
		    id, action == ACTION_ADD ? "there already" : "not there");
		return false;
	}
	return true;
}

/* What still refers to a MAC that is to go. NULL: nothing. */
static const char *
mac_in_use(const struct card *c, unsigned id)
{
	unsigned i;

	for (i = 0; i < FW_NSTAS; i++)
		if (c->run.sta[i].used && c->run.sta[i].mac == id)
			return "station";
	for (i = 0; i < FW_NBINDINGS; i++)
		if (c->run.binding[i].used && (c->run.binding[i].macs >> id & 1) != 0)
			return "binding";
	return NULL;
}

static void
mac_set(struct fw_mac *m, const uint8_t *d)
{
	m->used = true;
	m->type = get32(d + MAC_TYPE);
	m->filter = get32(d + MAC_FILTER);
	memcpy(m->addr, d + MAC_ADDR, 6);
	memcpy(m->bssid, d + MAC_BSSID, 6);
	if (m->type == MAC_TYPE_GO || m->type == MAC_TYPE_IBSS) {
		m->bi = get32(d + AP_BI);
		m->dtim_interval = get32(d + AP_DTIM);
	}
	if (m->type != MAC_TYPE_STA && m->type != MAC_TYPE_P2P_STA)
		return;
	m->assoc = get32(d + STA_ASSOC) != 0;
	m->bi = get32(d + STA_BI);
	m->dtim_interval = get32(d + STA_DTIM);
	m->aid = (uint16_t)get32(d + STA_AID);
}

static void
mac_context(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0], action = get32(rq->data + MAC_ACTION);
	unsigned type = get32(rq->data + MAC_TYPE);
	struct fw_mac *m = &c->run.mac[id < FW_NMACS ? id : 0];
	bool was_assoc = m->assoc;
	const char *user;

	if (action != ACTION_REMOVE && (type == 0 || type > MAC_TYPE_TEST)) {
		fw_wrong(c, ERR_SYSASSERT, "context", "MAC_CONTEXT_CMD: MAC type %u", type);
		return;
	}
	if (!context(c, rq, id < FW_NMACS && m->used, FW_NMACS))
		return;
	if (action == ACTION_REMOVE) {
		if ((user = mac_in_use(c, id)) != NULL) {
			fw_wrong(c, ERR_SYSASSERT, "context", "MAC_CONTEXT_CMD: remove %u, which a "
			    "%s still uses", id, user);
			return;
		}
		beacon_stop(c, id);
		power_stop(c, id);
		ap_stop(c, id);
		memset(m, 0, sizeof(*m));
	} else {
		mac_set(m, rq->data);
		if (m->assoc && m->bi == 0) {
			fw_wrong(c, ERR_SYSASSERT, "context", "MAC_CONTEXT_CMD: MAC %u associated "
			    "with a beacon interval of 0", id);
			return;
		}
		if (m->assoc && !was_assoc) {
			beacon_start(c, id);
			power_start(c, id);
		} else if (!m->assoc && was_assoc) {
			beacon_stop(c, id);
		}
		if (!m->assoc)
			power_stop(c, id);
		if (id < FW_MAC_AUX)
			ap_start(c, id);
	}
	fw_ok(c, rq);
	sched_addrs(c);
	sched_update(c);
}

/* ---- PHY contexts ---- */

/* ci: {band, channel, width, control position}; bit 2 of the last: above the centre. */
static void
phy_set(struct fw_phy *p, const uint8_t *ci)
{
	p->used = true;
	p->channel = ci[1];
	p->freq = p->center = (uint16_t)air_chan_freq(ci[1]);
	/* the air has 20 and 40 MHz: of a wider channel the primary 20 MHz are used */
	p->width = ci[2] == 1 ? 40 : 20;
	if (ci[2] == 1)
		p->center = (uint16_t)((ci[3] & 4) != 0 ? p->freq - 10 : p->freq + 10);
}

static void
phy_context(struct card *c, const struct fw_req *rq)
{
	const uint8_t *ci = rq->data + 16;
	unsigned id = rq->data[0], action = get32(rq->data + 4), freq = air_chan_freq(ci[1]);
	unsigned tx = get32(rq->data + 20) & 7, rx = get32(rq->data + 24) >> 1 & 7, i;
	struct fw_phy *p = &c->run.phy[id < FW_NPHYS ? id : 0];

	if (action != ACTION_REMOVE && (ci[0] > 1 || ci[2] > 3 || freq == 0 ||
	    (freq < 3000) != (ci[0] == 1))) {
		fw_wrong(c, ERR_SYSASSERT, "context", "PHY_CONTEXT_CMD: band %u (0: 5 GHz, 1: 2.4 "
		    "GHz) channel %u width %u", ci[0], ci[1], ci[2]);
		return;
	}
	if (action != ACTION_REMOVE && ((tx | rx) & ~c->chip->antennas) != 0) {
		fw_wrong(c, ERR_SYSASSERT, "context", "PHY_CONTEXT_CMD: antennas %#x to send and "
		    "%#x to receive, the card has %#x", tx, rx, c->chip->antennas);
		return;
	}
	if (!context(c, rq, id < FW_NPHYS && p->used, FW_NPHYS))
		return;
	if (action == ACTION_REMOVE) {
		for (i = 0; i < FW_NBINDINGS; i++)
			if (c->run.binding[i].used && c->run.binding[i].phy == id) {
				fw_wrong(c, ERR_SYSASSERT, "context", "PHY_CONTEXT_CMD: remove %u, "
				    "which binding %u still uses", id, i);
				return;
			}
		memset(p, 0, sizeof(*p));
	} else {
		phy_set(p, ci);
	}
	fw_ok(c, rq);
	sched_update(c);
}

/* ---- bindings, quota ---- */

/* Bit map of the MACs of a BINDING_CONTEXT_CMD; false: one of them is not there. */
static bool
bound_macs(const struct card *c, const uint8_t *d, uint32_t *macs)
{
	unsigned i;

	*macs = 0;
	for (i = 0; i < 3; i++) {
		uint32_t mac = get32(d + 8 + 4 * i), id = mac & 0xff;

		if (mac == NONE)
			continue;
		if (id >= FW_NMACS || !c->run.mac[id].used)
			return false;
		*macs |= 1u << id;
	}
	return true;
}

static void
binding(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0], phy = rq->data[20], action = get32(rq->data + 4);
	struct fw_binding *b = &c->run.binding[id < FW_NBINDINGS ? id : 0];
	uint32_t macs;

	if (action != ACTION_REMOVE && (!bound_macs(c, rq->data, &macs) || phy >= FW_NPHYS ||
	    !c->run.phy[phy].used)) {
		fw_wrong(c, ERR_SYSASSERT, "context", "BINDING_CONTEXT_CMD: a MAC or PHY context "
		    "that is not there");
		return;
	}
	if (!context(c, rq, id < FW_NBINDINGS && b->used, FW_NBINDINGS))
		return;
	if (action == ACTION_REMOVE) {
		memset(b, 0, sizeof(*b));
	} else {
		b->used = true;
		b->macs = macs;
		b->phy = (uint8_t)phy;
	}
	fw_status(c, rq, 0);
	sched_update(c);
}

/* Four of {binding, quota in 1/128, longest stay}. */
static void
time_quota(struct card *c, const struct fw_req *rq)
{
	uint32_t quota[FW_NBINDINGS] = { 0 };
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < 4; i++) {
		uint32_t id = get32(rq->data + 12 * i), q = get32(rq->data + 12 * i + 4);

		if (id == NONE)
			continue;
		if ((id & 0xff) >= FW_NBINDINGS || (!c->run.binding[id & 0xff].used && q != 0)) {
			fw_wrong(c, ERR_SYSASSERT, "quota", "TIME_QUOTA_CMD: quota %u for binding "
			    "%#x, which is not there", q, id);
			return;
		}
		quota[id & 0xff] = q;
		sum += q;
	}
	if (sum > 128) {
		fw_wrong(c, ERR_SYSASSERT, "quota", "TIME_QUOTA_CMD: quotas are %llu of 128 together",
		    (unsigned long long)sum);
		return;
	}
	for (i = 0; i < FW_NBINDINGS; i++)
		c->run.binding[i].quota = quota[i];
	fw_ok(c, rq);
	sched_update(c);
}

const struct fw_cmd fw_ctx_cmds[] = {
	{ 0, 0x08, "PHY_CONTEXT_CMD", 36, 36, IMG_RUN, phy_context },
	{ 0, 0x28, "MAC_CONTEXT_CMD", MAC_LEN, MAC_LEN, IMG_RUN, mac_context },
	{ 0, 0x2b, "BINDING_CONTEXT_CMD", 24, 24, IMG_RUN, binding },
	{ 0, 0x2c, "TIME_QUOTA_CMD", 48, 48, IMG_RUN, time_quota },
	{ .name = NULL },
};
