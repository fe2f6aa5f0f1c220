/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_scan_cmd.c - the commands of a scan: what they ask for is checked and noted; the rest is
 * fw_scan.c's.
 */
#include <string.h>

#include "tools/sim/i7260/fw_scan.h"

#define CAN_ABORT		1
#define CANNOT_ABORT		2

/* SCAN_REQUEST version 7: fixed part, 40 channels of 12 bytes, probe request of 528. */
#define R_NCHANNELS		4
#define R_FLAGS			12
#define R_TX			32
#define R_SSIDS			56
#define R_DELAY			744
#define R_PLANS			748
#define R_CHANNELS		764
#define R_PROBE			(R_CHANNELS + 12 * FW_NCHANNELS)
#define R_BUF			(R_PROBE + 16)
#define R_LEN			(R_BUF + 512)

#define PROFILES_BLOCKED	(64 * 8)
#define PROFILES_LEN		(PROFILES_BLOCKED + 8 * FW_NPROFILES + 8)

static bool
take_channels(struct card *c, const uint8_t *d)
{
	struct fw_scan *s = &c->run.scan;
	unsigned i;

	for (i = 0; i < s->nch; i++) {
		const uint8_t *ch = d + R_CHANNELS + 12 * i;

		s->ch[i].flags = get32(ch);
		s->ch[i].number = (uint16_t)get16(ch + 4);
		if (air_chan_freq(s->ch[i].number) == 0) {
			fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD: channel %u "
			    "(entry %u of %u)", s->ch[i].number, i, s->nch);
			return false;
		}
	}
	return true;
}

static bool
take_probe(struct card *c, const uint8_t *d)
{
	struct fw_scan *s = &c->run.scan;
	unsigned i;

	memcpy(s->probe, d + R_BUF, sizeof(s->probe));
	for (i = 0; i < 4; i++) {
		s->seg[i][0] = (uint16_t)get16(d + R_PROBE + 4 * i);
		s->seg[i][1] = (uint16_t)get16(d + R_PROBE + 4 * i + 2);
		if (s->seg[i][0] + s->seg[i][1] > 512 || (i == 0 && s->seg[0][1] < 24)) {
			fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD: segment %u of "
			    "the probe request is %u bytes at %u of 512", i, s->seg[i][1],
			    s->seg[i][0]);
			return false;
		}
	}
	return true;
}

static bool
take_ssids(struct card *c, const uint8_t *d)
{
	struct fw_scan *s = &c->run.scan;
	unsigned i;

	for (i = 0; i < FW_NSSIDS; i++) {
		const uint8_t *e = d + R_SSIDS + 34 * i;

		if (e[1] > 32) {
			fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD: SSID %u has "
			    "%u bytes", i, e[1]);
			return false;
		}
		s->ssid[i].len = e[1];
		memcpy(s->ssid[i].ssid, e + 2, 32);
	}
	return true;
}

static void
take_times(struct fw_scan *s, const uint8_t *d)
{
	unsigned i;

	s->active_dwell = d[5];
	s->passive_dwell = d[6];
	s->fragmented_dwell = d[7];
	s->extended_dwell = d[8];
	s->flags = get32(d + R_FLAGS);
	s->max_out = get32(d + 16);
	s->suspend = get32(d + 20);
	for (i = 0; i < 2; i++) {
		s->tx_flags[i] = get32(d + R_TX + 12 * i);
		s->tx_rate[i] = get32(d + R_TX + 12 * i + 4);
		s->plan[i].delay = (uint16_t)get16(d + R_PLANS + 4 * i);
		s->plan[i].iterations = d[R_PLANS + 4 * i + 2];
	}
}

static void
scan_request(struct card *c, const struct fw_req *rq)
{
	struct fw_scan *s = &c->run.scan;
	const uint8_t *d = rq->data;

	if (s->phase != SCAN_IDLE) {
		fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD while a scan runs: "
		    "abort it first");
		return;
	}
	if (d[R_NCHANNELS] == 0 || d[R_NCHANNELS] > FW_NCHANNELS) {
		fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD: %u channels, 1 to "
		    "%u", d[R_NCHANNELS], FW_NCHANNELS);
		return;
	}
	memset(s, 0, sizeof(*s));
	s->nch = d[R_NCHANNELS];
	take_times(s, d);
	if (s->plan[0].iterations == 0) {
		fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD: no iteration");
		return;
	}
	if (!take_channels(c, d) || !take_ssids(c, d) || !take_probe(c, d))
		return;
	fw_ok(c, rq);
	sim_event(c->dev, "scan", "\"channels\":%u,\"passive\":%s,\"iterations\":%u", s->nch,
	    (s->flags & FLAG_PASSIVE) != 0 ? "true" : "false", s->plan[0].iterations);
	s->phase = SCAN_DELAY;
	sched_addrs(c);
	sim_timer_arm(&c->scan, (uint64_t)get32(d + R_DELAY) * 1000000);
}

static void
scan_abort(struct card *c, const struct fw_req *rq)
{
	if (c->run.scan.phase == SCAN_IDLE) {
		fw_status(c, rq, CANNOT_ABORT);
		return;
	}
	fw_status(c, rq, CAN_ABORT);
	scan_finish(c, true);
}

/* {list of 64 BSSs not wanted, 11 profiles of 8 bytes, 8 bytes with their number} */
static void
update_profiles(struct card *c, const struct fw_req *rq)
{
	struct fw_profiles *p = &c->run.profiles;
	const uint8_t *d = rq->data + PROFILES_BLOCKED;
	unsigned i, n = d[8 * FW_NPROFILES + 1];

	if (n > FW_NPROFILES) {
		fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_UPDATE_PROFILES_CMD: %u profiles, "
		    "at most %u", n, FW_NPROFILES);
		return;
	}
	for (i = 0; i < n; i++) {
		p->ssid_index[i] = d[8 * i];
		if (p->ssid_index[i] >= FW_NSSIDS) {
			fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_UPDATE_PROFILES_CMD: SSID "
			    "%u of %u", p->ssid_index[i], FW_NSSIDS);
			return;
		}
	}
	p->n = n;
	fw_ok(c, rq);
}

const struct fw_cmd fw_scan_cmds[] = {
	{ 0, 0x51, "SCAN_OFFLOAD_REQUEST_CMD", R_LEN, R_LEN, IMG_RUN, scan_request },
	{ 0, 0x52, "SCAN_OFFLOAD_ABORT_CMD", 0, 0, IMG_RUN, scan_abort },
	{ 0, 0x6e, "SCAN_OFFLOAD_UPDATE_PROFILES_CMD", PROFILES_LEN, PROFILES_LEN, IMG_RUN,
	    update_profiles },
	{ .name = NULL },
};
