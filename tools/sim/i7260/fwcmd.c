/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwcmd.c - the firmware's command interface: header, lookup, length, answer.
 *
 * A command is {id, group, sequence}, 4 bytes; with a group other than 0 the header is 8 bytes and
 * also tells length and version. Every command is answered with its own sequence number. Unknown
 * ids, ids of the other image and wrong lengths are the driver's fault: the firmware asserts.
 */
#include <stdarg.h>
#include <stdio.h>

#include "tools/sim/i7260/card.h"

#define LONG_GROUP	1	/* legacy ids with the long header */

const struct fw_cmd *const fw_tables[] = {
	fw_init_cmds, fw_run_cmds, fw_ctx_cmds, fw_sta_cmds, fw_key_cmds, fw_time_cmds,
	fw_scan_cmds, fw_beacon_cmds, fw_power_cmds, fw_tx_cmds, fw_stats_cmds,
	fw_ap_cmds, fw_thermal_cmds, fw_bt_cmds, NULL,
};

static const struct fw_cmd *
lookup(uint8_t group, uint8_t id)
{
	const struct fw_cmd *cmd;
	size_t i;

	if (group == LONG_GROUP)
		group = 0;
	for (i = 0; fw_tables[i] != NULL; i++)
		for (cmd = fw_tables[i]; cmd->name != NULL; cmd++)
			if (cmd->group == group && cmd->id == id)
				return cmd;
	return NULL;
}

void
fw_wrong(struct card *c, uint32_t error_id, const char *rule, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sim_violation(c->dev, rule, "%s", text);
	errlog_assert(c, error_id, c->last_hcmd, 0);
}

void
fw_reply(struct card *c, const struct fw_req *rq, const void *payload, size_t len)
{
	sim_event(c->dev, "reply", "\"group\":%u,\"id\":%u,\"len\":%zu", rq->group, rq->id, len);
	rx_send(c, rq->group, rq->id, rq->seq, payload, len);
}

void
fw_status(struct card *c, const struct fw_req *rq, uint32_t status)
{
	uint8_t b[4];

	put32(b, status);
	fw_reply(c, rq, b, sizeof(b));
}

void
fw_ok(struct card *c, const struct fw_req *rq)
{
	fw_status(c, rq, 0);
}

void
fw_notify(struct card *c, uint8_t id, const void *payload, size_t len)
{
	fw_notify_group(c, 0, id, payload, len);
}

void
fw_notify_group(struct card *c, uint8_t group, uint8_t id, const void *payload, size_t len)
{
	sim_event(c->dev, "notif", "\"group\":%u,\"id\":%u,\"len\":%zu", group, id, len);
	rx_send(c, group, id, RX_NOTIF, payload, len);
}

/* Header to request. False after a violation. */
static bool
parse(struct card *c, unsigned q, unsigned idx, const uint8_t *f, size_t len, struct fw_req *rq)
{
	size_t hdr;

	rq->id = len >= 4 ? f[0] : 0;
	rq->group = len >= 4 ? f[1] : 0;
	rq->seq = len >= 4 ? get16(f + 2) : 0;
	hdr = rq->group == 0 ? 4 : 8;
	c->last_hcmd = (uint32_t)rq->group << 8 | rq->id;
	if (len < hdr) {
		fw_wrong(c, ERR_BAD_COMMAND, "cmd-short", "TFD %u: %zu bytes are no command header",
		    idx, len);
		return false;
	}
	rq->data = f + hdr;
	rq->len = len - hdr;
	if (hdr == 8 && get16(f + 4) != rq->len) {
		fw_wrong(c, ERR_BAD_COMMAND, "cmd-length", "command %#x.%#x: the header says %u "
		    "bytes, the TFD has %zu", rq->group, rq->id, get16(f + 4), rq->len);
		return false;
	}
	if (rq->seq != (q << 8 | idx)) {
		fw_wrong(c, ERR_BAD_COMMAND, "cmd-sequence", "command %#x in queue %u TFD %u: "
		    "sequence %#x, must be %#x", rq->id, q, idx, rq->seq, q << 8 | idx);
		return false;
	}
	return true;
}

static bool
acceptable(struct card *c, const struct fw_req *rq)
{
	unsigned img = c->image == FW_INIT ? IMG_INIT : IMG_RUN;
	const struct fw_cmd *cmd = rq->cmd;

	if (cmd == NULL)
		fw_wrong(c, ERR_BAD_COMMAND, "cmd-unknown", "command %#x.%#x (%zu bytes): this "
		    "firmware knows no such command", rq->group, rq->id, rq->len);
	else if ((cmd->images & img) == 0)
		fw_wrong(c, ERR_BAD_COMMAND, "cmd-image", "command %s (%#x): not for the %s image",
		    cmd->name, cmd->id, fw_image_name(c->image));
	else if (rq->len < cmd->min || rq->len > cmd->max)
		fw_wrong(c, ERR_SYSASSERT, "cmd-length", "command %s (%#x): %zu bytes, must be %u "
		    "to %u", cmd->name, cmd->id, rq->len, cmd->min, cmd->max);
	else
		return true;
	return false;
}

void
fwcmd_run(struct card *c, unsigned q, unsigned idx, const uint8_t *frame, size_t len)
{
	struct fw_req rq;
	uint32_t id;

	if (!parse(c, q, idx, frame, len, &rq))
		return;
	id = (rq.group == LONG_GROUP ? 0u : (uint32_t)rq.group << 8) | rq.id;
	rq.cmd = lookup(rq.group, rq.id);
	sim_event(c->dev, "hcmd", "\"group\":%u,\"id\":%u,\"name\":\"%s\",\"len\":%zu", rq.group,
	    rq.id, rq.cmd != NULL ? rq.cmd->name : "?", rq.len);
	if (id == c->cfg.fw_assert_on) {
		errlog_assert(c, ERR_SYSASSERT, id, 0);
		return;
	}
	if (id == c->cfg.fw_ignore)
		return;
	if (acceptable(c, &rq))
		rq.cmd->fn(c, &rq);
}
