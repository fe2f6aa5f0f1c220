/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_init.c - commands of the INIT image and those that both images know: NVM access, antennas,
 * PHY configuration, which in the INIT image starts the calibration; its results go to
 * the driver, which hands them to the RUNTIME image (PHY_DB).
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define INIT_COMPLETE_NOTIF	0x04
#define CALIB_RES_NOTIF		0x6b

#define NVM_READ		0
#define NVM_TARGET_CACHE	0
#define NVM_STATUS_OK		0
#define NVM_STATUS_BAD_ADDRESS	1
#define NVM_STATUS_ERROR	2
#define NVM_HDR			8

/* PHY database: types, and how many channel groups the two grouped ones have. */
enum { PHYDB_CFG = 1, PHYDB_NCH = 2, PHYDB_PAPD = 4, PHYDB_TXP = 5 };
#define PAPD_GROUPS		4
#define TXP_GROUPS		7

static void
nvm_answer(struct card *c, const struct fw_req *rq, unsigned status, unsigned offset,
    const uint8_t *data, size_t len)
{
	uint8_t b[NVM_HDR + 2048 + 64];

	put16(b, offset);
	put16(b + 2, (unsigned)len);
	memcpy(b + 4, rq->data + 2, 2);
	put16(b + 6, status);
	if (len != 0)
		memcpy(b + NVM_HDR, data, len);
	fw_reply(c, rq, b, NVM_HDR + len);
}

/* Into the copy that the firmware works with, until it is loaded anew; not into the OTP. */
static void
nvm_write(struct card *c, const struct fw_req *rq, unsigned section, unsigned offset, size_t len)
{
	if (rq->len != NVM_HDR + len) {
		fw_wrong(c, ERR_SYSASSERT, "cmd-length", "NVM_ACCESS_CMD: %zu bytes to write in a "
		    "command of %zu", len, rq->len);
		return;
	}
	nvm_answer(c, rq, rq->data[1] != NVM_TARGET_CACHE ? NVM_STATUS_ERROR :
	    nvm_section_write(c, section, offset, rq->data + NVM_HDR, len) ? NVM_STATUS_OK :
	    NVM_STATUS_BAD_ADDRESS, offset, NULL, 0);
}

/* {operation, target, section, offset, length}: as much of the section as there is from offset. */
static void
nvm_access(struct card *c, const struct fw_req *rq)
{
	unsigned section = get16(rq->data + 2), offset = get16(rq->data + 4);
	size_t want = get16(rq->data + 6), len;
	uint8_t buf[2048 + 64];
	const uint8_t *s;

	if (section >= NVM_NSECTIONS || want > 2048) {
		fw_wrong(c, ERR_SYSASSERT, "nvm-access", "NVM_ACCESS_CMD: section %u, %zu bytes: "
		    "below %u, at most 2048", section, want, NVM_NSECTIONS);
		return;
	}
	if (rq->data[0] != NVM_READ) {
		nvm_write(c, rq, section, offset, want);
		return;
	}
	if (rq->len != NVM_HDR) {
		fw_wrong(c, ERR_SYSASSERT, "cmd-length", "NVM_ACCESS_CMD: a request to read of %zu "
		    "bytes, must be %u", rq->len, NVM_HDR);
		return;
	}
	s = nvm_section(c, section, &len, buf);
	if (c->cfg.nvm_corrupt == NVM_STATUS) {
		nvm_answer(c, rq, NVM_STATUS_ERROR, offset, NULL, 0);
	} else if (s == NULL || offset >= len) {
		nvm_answer(c, rq, NVM_STATUS_BAD_ADDRESS, offset, NULL, 0);
	} else if (c->cfg.nvm_corrupt == NVM_OFFSET) {
		nvm_answer(c, rq, NVM_STATUS_OK, offset + 2, s, 16);
	} else if (c->cfg.nvm_corrupt == NVM_OVERLONG) {
		memset(buf, 0xee, sizeof(buf));
		nvm_answer(c, rq, NVM_STATUS_OK, offset, buf, want + 64);
	} else {
		len -= offset;
		nvm_answer(c, rq, NVM_STATUS_OK, offset, s + offset, len < want ? len : want);
	}
}

static void
phydb_part(struct card *c, unsigned type, unsigned len, int group, unsigned max_channel)
{
	struct phydb_part *p = &c->phydb[c->nphydb++];
	unsigned i;

	p->type = (uint16_t)type;
	p->len = (uint16_t)len;
	for (i = 0; i < len; i++)
		p->data[i] = (uint8_t)(type * 31 + i * 7);
	if (group >= 0)
		put16(p->data, (unsigned)group);
	if (type == PHYDB_TXP) {
		put16(p->data + 2, 0);
		put16(p->data + 4, max_channel);
	}
}

/* Groups with the largest number first: that tells the driver how many there are. */
static void
phydb_build(struct card *c)
{
	static const uint8_t last_channel[TXP_GROUPS] = { 4, 9, 13, 17, 21, 31, 38 };
	int g;

	c->nphydb = 0;
	phydb_part(c, PHYDB_CFG, 96, -1, 0);
	phydb_part(c, PHYDB_NCH, 228, -1, 0);
	for (g = PAPD_GROUPS - 1; g >= 0; g--)
		phydb_part(c, PHYDB_PAPD, 132, g, 0);
	for (g = TXP_GROUPS - 1; g >= 0; g--)
		phydb_part(c, PHYDB_TXP, 60, g, last_channel[g]);
}

void
fw_init_calib_fire(void *arg)
{
	struct card *c = arg;
	uint8_t b[4 + sizeof(c->phydb[0].data)];
	unsigned i;

	if (c->fw != FW_RUNNING || c->cfg.fw_no_calib)
		return;
	phydb_build(c);
	for (i = 0; i < c->nphydb; i++) {
		put16(b, c->phydb[i].type);
		put16(b + 2, c->phydb[i].len);
		memcpy(b + 4, c->phydb[i].data, c->phydb[i].len);
		fw_notify(c, CALIB_RES_NOTIF, b, 4u + c->phydb[i].len);
	}
	fw_notify(c, INIT_COMPLETE_NOTIF, NULL, 0);
	c->run.calib_running = false;
	sim_event(c->dev, "calibrated", "\"parts\":%u", c->nphydb);
}

static void
phy_configuration(struct card *c, const struct fw_req *rq)
{
	bool cfg_seen = (c->run.phydb_seen & 1) != 0, nch_seen = (c->run.phydb_seen & 2) != 0;

	if (c->run.tx_ant == 0) {
		fw_wrong(c, ERR_SYSASSERT, "phy-order", "PHY_CONFIGURATION_CMD before "
		    "TX_ANT_CONFIGURATION_CMD");
		return;
	}
	if (c->image != FW_INIT && c->nphydb != 0 && (!cfg_seen || !nch_seen)) {
		fw_wrong(c, ERR_SYSASSERT, "phy-order", "PHY_CONFIGURATION_CMD without the PHY "
		    "database: send what the calibration of the INIT image gave by PHY_DB_CMD");
		return;
	}
	c->run.phy_cfg = true;
	fw_ok(c, rq);
	if (c->image == FW_INIT && !c->run.calib_running) {
		c->run.calib_running = true;
		sim_timer_arm(&c->calib, c->cfg.calib_ms * 1000);
	}
}

static void
phy_db(struct card *c, const struct fw_req *rq)
{
	unsigned type = get16(rq->data), len = get16(rq->data + 2), i;

	if (len + 4 != rq->len) {
		fw_wrong(c, ERR_SYSASSERT, "cmd-length", "PHY_DB_CMD: length %u in %zu bytes", len,
		    rq->len);
		return;
	}
	for (i = 0; i < c->nphydb; i++)
		if (c->phydb[i].type == type && c->phydb[i].len == len &&
		    memcmp(c->phydb[i].data, rq->data + 4, len) == 0)
			break;
	if (i == c->nphydb && c->nphydb != 0) {
		fw_wrong(c, ERR_SYSASSERT, "phydb-content", "PHY_DB_CMD: type %u, %u bytes: not "
		    "what the calibration gave", type, len);
		return;
	}
	c->run.phydb_seen |= 1u << i;
	fw_ok(c, rq);
}

static void
tx_ant(struct card *c, const struct fw_req *rq)
{
	c->run.tx_ant = get32(rq->data);
	if (c->run.tx_ant == 0 || (c->run.tx_ant & ~c->chip->antennas) != 0) {
		fw_wrong(c, ERR_SYSASSERT, "tx-ant", "TX_ANT_CONFIGURATION_CMD: antennas %#x, the "
		    "card has %#x", c->run.tx_ant, c->chip->antennas);
		return;
	}
	fw_ok(c, rq);
}

const struct fw_cmd fw_init_cmds[] = {
	{ 0, 0x6a, "PHY_CONFIGURATION_CMD", 12, 12, IMG_BOTH, phy_configuration },
	{ 0, 0x6c, "PHY_DB_CMD", 4, 2048, IMG_RUN, phy_db },
	{ 0, 0x88, "NVM_ACCESS_CMD", 8, 8 + 2048, IMG_BOTH, nvm_access },
	{ 0, 0x98, "TX_ANT_CONFIGURATION_CMD", 4, 4, IMG_BOTH, tx_ant },
	{ .name = NULL },
};
