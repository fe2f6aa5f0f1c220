/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_thermal.c - heat. This firmware measures and tells; what is to be done about it (send less,
 * or nothing at all until it is cool again) the driver decides.
 */
#include "tools/sim/i7260/card.h"

#define PHY_OPS_GROUP		4
#define DTS_NOTIF		0xff
#define BACKOFF_MAX		1000000u	/* microseconds */

/* DTS_MEASUREMENT_NOTIF version 1: temperature, voltage (of which nobody makes use). */
static void
tell(struct card *c)
{
	uint8_t b[8] = { 0 };

	put32(b, c->cfg.temperature);
	fw_notify_group(c, PHY_OPS_GROUP, DTS_NOTIF, b, sizeof(b));
}

void
thermal_changed(struct card *c)
{
	if (c->fw == FW_RUNNING && c->image == FW_RUNTIME)
		tell(c);
}

static void
measure(struct card *c, const struct fw_req *rq)
{
	fw_ok(c, rq);
	tell(c);
}

/* Microseconds of silence after each transmission, so that the card cools down. */
static void
tx_backoff(struct card *c, const struct fw_req *rq)
{
	uint32_t us = get32(rq->data);

	if (us > BACKOFF_MAX) {
		fw_wrong(c, ERR_SYSASSERT, "thermal", "REPLY_THERMAL_MNG_BACKOFF: %u us, at most "
		    "%u", us, BACKOFF_MAX);
		return;
	}
	c->run.tx_backoff = us;
	fw_ok(c, rq);
	tx_kick(c);
}

const struct fw_cmd fw_thermal_cmds[] = {
	{ 0, 0x7e, "REPLY_THERMAL_MNG_BACKOFF", 4, 4, IMG_RUN, tx_backoff },
	{ PHY_OPS_GROUP, 0x00, "DTS_MEASUREMENT_TRIGGER", 4, 4, IMG_RUN, measure },
	{ .name = NULL },
};
