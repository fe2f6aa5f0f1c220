/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_bt.c - Bluetooth coexistence: the driver says how the antenna is shared and which Bluetooth
 * channels our network is in the way of; the firmware tells how busy Bluetooth is (setting "bt").
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define BT_PROFILE_NOTIF	0xce
#define MODE_MAX		3		/* off, network wide, BT only, WiFi only */
#define NO_PHY			0xff
#define REDUCE			0x80u		/* of BT_COEX_UPDATE_REDUCED_TXP */

/* BT_COEX_PROFILE_NTFY version 4: 40 bytes. */
#define N_ACTIVITY		32
#define N_LEN			40

void
bt_changed(struct card *c)
{
	uint8_t b[N_LEN] = { 0 };

	if (c->fw != FW_RUNNING || c->image != FW_RUNTIME || c->run.bt_mode == 0)
		return;
	put32(b + N_ACTIVITY, c->cfg.bt);
	fw_notify(c, BT_PROFILE_NOTIF, b, sizeof(b));
}

/* {mode, modules} */
static void
bt_config(struct card *c, const struct fw_req *rq)
{
	uint32_t mode = get32(rq->data);

	if (mode > MODE_MAX) {
		fw_wrong(c, ERR_SYSASSERT, "bt", "BT_CONFIG: mode %u: 0 to %u", mode, MODE_MAX);
		return;
	}
	c->run.bt_mode = (uint8_t)mode;
	fw_ok(c, rq);
	if (c->cfg.bt != 0)
		bt_changed(c);
}

/* Twice {bit map of Bluetooth channels, PHY context}: of the primary and the secondary network. */
static void
channel_inhibition(struct card *c, const struct fw_req *rq)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		const uint8_t *d = rq->data + 12 * i;
		unsigned phy = d[8];
		bool any = get32(d) != 0 || get32(d + 4) != 0;

		if (any && phy != NO_PHY && (phy >= FW_NPHYS || !c->run.phy[phy].used)) {
			fw_wrong(c, ERR_SYSASSERT, "context", "BT_COEX_CI: PHY context %u, which "
			    "is not there", phy);
			return;
		}
	}
	fw_ok(c, rq);
}

/* Frames to this station are to be weak, so that Bluetooth can be heard beside them. */
static void
reduced_txp(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0] & ~REDUCE;

	if (id >= FW_NSTAS || !c->run.sta[id].used) {
		fw_wrong(c, ERR_SYSASSERT, "context", "BT_COEX_UPDATE_REDUCED_TXP: there is no "
		    "station %u", id);
		return;
	}
	fw_ok(c, rq);
}

const struct fw_cmd fw_bt_cmds[] = {
	{ 0, 0x5c, "BT_COEX_UPDATE_REDUCED_TXP", 4, 4, IMG_RUN, reduced_txp },
	{ 0, 0x5d, "BT_COEX_CI", 24, 24, IMG_RUN, channel_inhibition },
	{ 0, 0x9b, "BT_CONFIG", 8, 8, IMG_BOTH, bt_config },
	{ .name = NULL },
};
