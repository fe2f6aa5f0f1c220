/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answer.c - the firmware: what it answers to each command, what follows some of them by itself,
 * and rules of the input's that make an answer another.
 */
#include <pdk.h>

#include "drivers/iwm/fwapi_nvm.h"
#include "drivers/iwm/fwapi_scan.h"
#include "drivers/iwm/fwapi_stats.h"
#include "drivers/iwm/fwapi_time.h"
#include "drivers/iwm/fwapi_tx.h"
#include "tests/fuzz/iwm/iwm.h"

#define NRULES		8
#define RULE_HEAD	4
#define MOST_RULE	4000	/* bytes */

static struct {
	const uint8_t	*p;
	size_t		 len;
	uint8_t		 spared;	/* answers that come before it holds */
} rules[NRULES];
static unsigned nrules;

/* ---- rules ---- */

void
answer_begin(void)
{
	nrules = 0;
}

void
answer_rule(const uint8_t *p, size_t len)
{
	if (len < RULE_HEAD || len > MOST_RULE || nrules == NRULES)
		return;
	rules[nrules].p = p;
	rules[nrules].len = len;
	rules[nrules++].spared = p[2];
}

/* The rule for this one, if there is one: what it does, and its bytes. */
static bool
rule_for(unsigned id, enum rule *how, const uint8_t **p, size_t *len)
{
	unsigned i;

	for (i = 0; i < nrules; i++) {
		if (IWM_CMD_ID(rules[i].p[1], rules[i].p[0]) != (int)id)
			continue;
		if (rules[i].spared == 0) {
			*how = rules[i].p[3] % RULE_COUNT;
			*p = rules[i].p + RULE_HEAD;
			*len = rules[i].len - RULE_HEAD;
			return true;
		}
		rules[i].spared--;
	}
	return false;
}

/* ---- right answers ---- */

/* A section of the non-volatile memory, as much as the driver asks for. */
static size_t
nvm(const uint8_t *cmd, uint8_t *out)
{
	const struct iwm_nvm_access_cmd *c = (const void *)cmd;
	struct iwm_nvm_access_resp *r = (void *)out;
	uint8_t *data = out + sizeof(*r);
	unsigned type = le16toh(c->type), i;
	size_t len = 256;

	memset(r, 0, sizeof(*r));
	r->type = c->type;
	r->offset = c->offset;
	if ((type > NVM_SECTION_TYPE_SW && type != NVM_SECTION_TYPE_CALIBRATION) ||
	    c->offset != 0) {
		r->status = htole16(READ_NVM_CHUNK_NOT_VALID_ADDRESS);
		return sizeof(*r);
	}
	memset(data, 0, len);
	if (type == NVM_SECTION_TYPE_HW)
		memset(data + 2 * NVM_HW_ADDR, 2, 6);
	else {
		data[2 * NVM_SKU] = NVM_SKU_CAP_BAND_24GHZ | NVM_SKU_CAP_BAND_52GHZ |
		    NVM_SKU_CAP_11N_ENABLE;
		for (i = 0; i < 39; i++)
			data[2 * (NVM_CHANNELS + i)] = NVM_CHANNEL_VALID | NVM_CHANNEL_ACTIVE;
	}
	r->length = htole16(len);
	return sizeof(*r) + len;
}

/* Its length. */
static size_t
right(unsigned id, const uint8_t *cmd, uint8_t *out)
{
	memset(out, 0, 64);
	switch (id) {
	case IWM_NVM_ACCESS_CMD:
		return nvm(cmd, out);
	case IWM_ADD_STA:
	case IWM_ADD_STA_KEY:
	case IWM_TIME_EVENT_CMD:
	case IWM_SCAN_OFFLOAD_ABORT_CMD:
		out[0] = 1;
		return 16;
	case IWM_STATISTICS_CMD:
		memset(out, 0, sizeof(struct iwm_statistics));
		return sizeof(struct iwm_statistics);
	default:
		return 4;
	}
}

/* ---- what comes by itself ---- */

static void
calibrated(void)
{
	static const uint8_t result[] = { 1, 0, 4, 0, 1, 2, 3, 4 };

	rxbuf_notif(IWM_CALIB_RES_NOTIF_PHY_DB, result, sizeof(result));
	rxbuf_notif(IWM_INIT_COMPLETE_NOTIF, NULL, 0);
}

static void
event_started(void)
{
	struct iwm_time_event_notif te;

	memset(&te, 0, sizeof(te));
	te.action = htole32(TE_V2_NOTIF_HOST_EVENT_START);
	te.status = htole32(1);
	rxbuf_notif(IWM_TIME_EVENT_NOTIF, &te, sizeof(te));
}

static void
scan_completed(void)
{
	struct iwm_periodic_scan_complete sc;

	memset(&sc, 0, sizeof(sc));
	sc.status = SCAN_OFFLOAD_COMPLETED;
	rxbuf_notif(IWM_SCAN_OFFLOAD_COMPLETE, &sc, sizeof(sc));
}

static void
aftermath(unsigned id)
{
	static const uint32_t temperature = htole32(40);

	switch (id) {
	case IWM_PHY_CONFIGURATION_CMD:
		calibrated();
		break;
	case IWM_TIME_EVENT_CMD:
		event_started();
		break;
	case IWM_SCAN_OFFLOAD_REQUEST_CMD:
	case IWM_SCAN_OFFLOAD_ABORT_CMD:
		scan_completed();
		break;
	case IWM_DTS_MEASUREMENT_TRIGGER:
		rxbuf_notif(IWM_DTS_MEASUREMENT_NOTIF, &temperature, sizeof(temperature));
		break;
	default:
		break;
	}
}

/* ---- answers ---- */

static void
answer(unsigned id, uint16_t seq, const void *payload, size_t len)
{
	rxbuf_packet(IWM_CMD_OPCODE(id), IWM_CMD_GROUP(id), seq, payload, len);
}

static void
refuse(unsigned id, uint16_t seq)
{
	struct iwm_error_resp e;

	memset(&e, 0, sizeof(e));
	e.cmd_id = IWM_CMD_OPCODE(id);
	e.bad_cmd_seq_num = htole16(seq);
	rxbuf_notif(IWM_REPLY_ERROR, &e, sizeof(e));
}

static void
change(uint8_t *out, size_t len, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < at_most(n, len); i++)
		out[i] ^= p[i];
}

void
answer_command(const uint8_t *cmd)
{
	static uint8_t out[IWM_RBUF_SIZE];
	unsigned id = IWM_CMD_ID(cmd[1], cmd[0]);
	uint16_t seq = iwm_le16(cmd + 2);
	size_t len = right(id, cmd + (cmd[1] != 0 ? 8 : 4), out), n = 0;
	const uint8_t *p = NULL;
	enum rule how = RULE_COUNT;

	(void)rule_for(id, &how, &p, &n);
	switch (how) {
	case RULE_NOTHING:
		return;
	case RULE_REFUSE:
		refuse(id, seq);
		return;
	case RULE_INSTEAD:
		memcpy(out, p, n);
		len = n;
		break;
	case RULE_CHANGED:
		change(out, len, p, n);
		break;
	case RULE_TWICE:
		answer(id, seq, out, len);
		break;
	case RULE_COUNT:
		break;
	}
	answer(id, seq, out, len);
	aftermath(id);
}

void
answer_alive(void)
{
	struct iwm_alive_resp a;
	const uint8_t *p;
	enum rule how;
	size_t n;

	memset(&a, 0, sizeof(a));
	a.status = htole16(IWM_ALIVE_STATUS_OK);
	a.error_event_table_ptr = htole32(0x800100);
	a.error_info_addr = htole32(0x800800);
	if (rule_for(IWM_ALIVE, &how, &p, &n))
		rxbuf_notif(IWM_ALIVE, p, n);
	else
		rxbuf_notif(IWM_ALIVE, &a, sizeof(a));
}

/* It has arrived, and all before it are done with. */
void
answer_frame(unsigned q, unsigned idx)
{
	union {
		struct iwm_tx_resp r;
		uint8_t bytes[sizeof(struct iwm_tx_resp) + 8];
	} u;

	memset(&u, 0, sizeof(u));
	u.r.frame_count = 1;
	u.r.status[0].status = htole16(TX_STATUS_SUCCESS);
	u.bytes[sizeof(u.r) + sizeof(u.r.status[0])] = (uint8_t)(idx + 1);
	answer(IWM_TX_CMD, (uint16_t)(QUEUE_TO_SEQ(q) | idx), u.bytes, sizeof(u));
}
