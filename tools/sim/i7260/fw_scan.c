/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_scan.c - scan offload: channel after channel, listening only or with probe requests, once or
 * by a schedule; in between back to the network that is served.
 *
 * One iteration visits all channels. A channel is probed when the OTP lets us send there first
 * and the request does not ask for a passive scan; its dwell begins when the last probe request
 * has left. Going away and coming back is told to the access point (fw_sched.c).
 */
#include <stdio.h>
#include <string.h>

#include "tools/sim/i7260/fw_scan.h"

#define SCAN_OFFLOAD_COMPLETE	0x6d
#define SCAN_ITERATION_COMPLETE	0xe7
#define MATCH_FOUND		0xd9

#define STATUS_COMPLETED	1
#define STATUS_ABORTED		2
#define EBS_INACTIVE		3
#define FOREVER			0xff

static uint64_t
tu_us(uint32_t tu)
{
	return (uint64_t)tu * FW_TU;
}

static unsigned
band_of(unsigned channel)
{
	return channel > 14;
}

/* ---- one channel ---- */

static bool
is_active(struct card *c)
{
	const struct fw_scan *s = &c->run.scan;

	return (s->flags & FLAG_PASSIVE) == 0 && (s->ch[s->at].flags & 0x1ffffe) != 0 &&
	    nvm_channel_active(c, s->ch[s->at].number);
}

/* TU, at least 1. */
static uint32_t
dwell(struct card *c)
{
	const struct fw_scan *s = &c->run.scan;
	unsigned ch = s->ch[s->at].number;
	uint32_t tu = s->active_dwell;

	if (!is_active(c))
		tu = (s->flags & FLAG_FRAGMENTED) != 0 ? s->fragmented_dwell : s->passive_dwell;
	else if ((s->flags & FLAG_EXTENDED) != 0 && (ch == 1 || ch == 6 || ch == 11))
		tu = s->extended_dwell;
	return tu != 0 ? tu : 1;
}

static size_t
build_probe(const struct fw_scan *s, unsigned ssid, uint8_t *f)
{
	unsigned channel = s->ch[s->at].number, seg[2] = { 1 + band_of(channel), 3 }, i;
	size_t len = 24, end;

	memcpy(f, s->probe + s->seg[0][0], 24);
	f[len++] = 0;
	f[len++] = s->ssid[ssid].len;
	memcpy(f + len, s->ssid[ssid].ssid, s->ssid[ssid].len);
	len += s->ssid[ssid].len;
	for (i = 0; i < 2; i++) {
		memcpy(f + len, s->probe + s->seg[seg[i]][0], s->seg[seg[i]][1]);
		end = len + s->seg[seg[i]][1];
		/* the DS parameter set, when there is one, is ours to fill in */
		for (; len + 2 < end; len += 2u + f[len + 1])
			if (f[len] == 3 && f[len + 1] == 1)
				f[len + 2] = (uint8_t)channel;
		len = end;
	}
	return len;
}

static void
probe_sent(struct card *c, void *arg, const struct air_txstatus *st)
{
	struct fw_scan *s = &c->run.scan;

	if (st == NULL || s->phase != SCAN_DWELL || !s->there || s->at != (uintptr_t)arg)
		return;
	sim_timer_arm(&c->scan, tu_us(dwell(c)));
}

/* A probe request for each SSID that the channel asks for, the last entry first. */
static void
send_probes(struct card *c)
{
	struct fw_scan *s = &c->run.scan;
	unsigned band = band_of(s->ch[s->at].number);
	uint8_t frame[24 + 34 + 1024];
	struct air_tx tx = { .flags = AIR_TX_NOACK, .nrates = 1, .prio = 7 };
	int i;

	if (!rate_to_air(c, s->tx_rate[band], 20, &tx.rate[0])) {
		fw_wrong(c, ERR_SYSASSERT, "scan", "SCAN_OFFLOAD_REQUEST_CMD: rate %#x for probe "
		    "requests", s->tx_rate[band]);
		return;
	}
	tx.rate[0].tries = 1;
	for (i = FW_NSSIDS - 1; i >= 0; i--) {
		size_t len;

		if ((s->ch[s->at].flags >> (i + 1) & 1) == 0)
			continue;
		len = build_probe(s, (unsigned)i, frame);
		put16(frame + 22, (unsigned)(c->run.sta[0].seq++ & 0xfff) << 4);
		radio_send(c, &tx, frame, len, probe_sent, (void *)(uintptr_t)s->at);
	}
}

/* ---- from channel to channel ---- */

static void
arrive(struct card *c)
{
	struct fw_scan *s = &c->run.scan;

	s->phase = SCAN_DWELL;
	s->there = false;
	sim_timer_stop(&c->scan);
	sched_update(c);
}

void
scan_there(struct card *c)
{
	struct fw_scan *s = &c->run.scan;

	if (s->phase != SCAN_DWELL || s->there)
		return;
	s->there = true;
	s->on_since = sim_now(c->dev);
	if (s->out_since == 0)
		s->out_since = s->on_since;
	sim_timer_arm(&c->scan, tu_us(dwell(c)));
	if (is_active(c))
		send_probes(c);
}

/* Back to the network for a while, or until its time event is over. */
static void
go_back(struct card *c)
{
	struct fw_scan *s = &c->run.scan;

	s->phase = SCAN_AWAY;
	s->out_since = 0;
	sim_timer_stop(&c->scan);
	sched_update(c);
	time_update(c);
	if (!sched_event_runs(c))
		sim_timer_arm(&c->scan, tu_us(s->suspend));
}

static void
put_complete(struct card *c, uint8_t *b, unsigned status)
{
	struct fw_scan *s = &c->run.scan;
	uint64_t tsf = radio_tsf(c);

	b[0] = (uint8_t)(s->at < s->nch ? s->at : s->nch);
	b[1] = (uint8_t)status;
	b[2] = 0;
	b[3] = b[0] != 0 ? (uint8_t)s->ch[b[0] - 1].number : 0;
	put32(b + 4, (uint32_t)tsf);
	put32(b + 8, (uint32_t)(tsf >> 32));
}

static void
tell_iteration(struct card *c)
{
	struct fw_scan *s = &c->run.scan;
	uint8_t b[12 + 8 * FW_NCHANNELS] = { 0 };
	unsigned i;

	put_complete(c, b, STATUS_COMPLETED);
	for (i = 0; i < b[0]; i++) {
		b[12 + 8 * i] = s->result[i].channel;
		b[12 + 8 * i + 1] = s->result[i].band == 0;
		put32(b + 12 + 8 * i + 4, s->result[i].us);
	}
	fw_notify(c, SCAN_ITERATION_COMPLETE, b, 12 + 8 * (size_t)b[0]);
}

void
scan_finish(struct card *c, bool aborted)
{
	struct fw_scan *s = &c->run.scan;
	uint8_t b[12] = { 0 };

	b[0] = (uint8_t)s->line;
	b[1] = (uint8_t)s->iteration;
	b[2] = aborted ? STATUS_ABORTED : STATUS_COMPLETED;
	b[3] = EBS_INACTIVE;
	sim_event(c->dev, "scan-done", "\"aborted\":%s,\"channels\":%u,\"frames\":%u,\"bss\":%u",
	    aborted ? "true" : "false", s->at < s->nch ? s->at : s->nch, s->heard,
	    s->nseen);
	s->phase = SCAN_IDLE;
	sim_timer_stop(&c->scan);
	sched_addrs(c);
	sched_update(c);
	fw_notify(c, SCAN_OFFLOAD_COMPLETE, b, sizeof(b));
	time_update(c);
}

static void
iteration_over(struct card *c)
{
	struct fw_scan *s = &c->run.scan;

	if ((s->flags & FLAG_ITER_COMPLETE) != 0)
		tell_iteration(c);
	if (s->matched)
		fw_notify(c, MATCH_FOUND, NULL, 0);
	s->matched = false;
	s->iteration++;
	if (s->plan[s->line].iterations != FOREVER &&
	    s->iteration >= s->plan[s->line].iterations) {
		if (s->line == 1 || s->plan[1].iterations == 0) {
			scan_finish(c, false);
			return;
		}
		s->line = 1;
		s->iteration = 0;
	}
	go_back(c);
	s->phase = SCAN_DELAY;
	s->at = 0;
	s->nseen = 0;
	sim_timer_arm(&c->scan, (uint64_t)s->plan[s->line].delay * 1000000);
}

static void
channel_over(struct card *c)
{
	struct fw_scan *s = &c->run.scan;
	uint64_t now = sim_now(c->dev), us = (now - s->on_since) / 1000;

	s->result[s->at].channel = (uint8_t)s->ch[s->at].number;
	s->result[s->at].band = (uint8_t)band_of(s->ch[s->at].number);
	s->result[s->at].us = (uint32_t)us;
	c->run.scan_time += us;
	if (++s->at == s->nch)
		iteration_over(c);
	else if (time_waiting(c) || (sched_serving(c) && s->max_out != 0 &&
	    (now - s->out_since) / 1000 + tu_us(dwell(c)) > tu_us(s->max_out)))
		go_back(c);
	else
		arrive(c);
}

void
scan_fire(void *arg)
{
	struct card *c = arg;

	if (c->fw != FW_RUNNING || c->run.scan.phase == SCAN_IDLE)
		return;
	radio_poll(c);
	if (c->run.scan.phase == SCAN_DWELL)
		channel_over(c);
	else if (sched_event_runs(c))
		sim_timer_arm(&c->scan, tu_us(10));
	else
		arrive(c);
}

/* ---- what is heard ---- */

static bool
ssid_matches(const struct fw_ssid *s, const uint8_t *ie)
{
	return s->len == ie[1] && memcmp(s->ssid, ie + 2, s->len) == 0;
}

/* The SSID element of a beacon or probe response, or an empty one. */
static const uint8_t *
ssid_of(const uint8_t *f, size_t len)
{
	static const uint8_t none[2];
	size_t at;

	for (at = 36; at + 2 <= len && at + 2 + f[at + 1] <= len; at += 2u + f[at + 1])
		if (f[at] == 0 && f[at + 1] <= 32)
			return f + at;
	return none;
}

static void
tell_bss(struct card *c, const uint8_t *f, size_t len, const struct air_rx *rx)
{
	struct fw_scan *s = &c->run.scan;
	const uint8_t *b = f + 16, *ie = ssid_of(f, len);
	char text[3 * 32 + 1] = "";
	unsigned i, n = 0;

	for (i = 0; i < s->nseen; i++)
		if (memcmp(s->seen[i], b, 6) == 0)
			return;
	if (i == sizeof(s->seen) / sizeof(s->seen[0]))
		return;
	memcpy(s->seen[s->nseen++], b, 6);
	for (i = 0; i < ie[1]; i++)
		if (ie[2 + i] < 0x20 || ie[2 + i] > 0x7e || ie[2 + i] == '"' || ie[2 + i] == '\\' ||
		    ie[2 + i] == '%')
			n += (unsigned)snprintf(text + n, 4, "%%%02x", ie[2 + i]);
		else
			text[n++] = (char)ie[2 + i];
	text[n] = '\0';
	sim_event(c->dev, "bss", "\"bssid\":\"%02x:%02x:%02x:%02x:%02x:%02x\",\"ssid\":\"%s\","
	    "\"channel\":%u,\"signal\":%d,\"privacy\":%s,"
	    "\"security\":\"%s\"", b[0], b[1], b[2], b[3], b[4], b[5], text,
	    air_freq_chan(rx->freq), rx->signal, (f[34] & 0x10) != 0 ? "true" : "false",
	    bss_security(f, len));
}

/* The channels it has been on until now. */
static bool
visited(const struct fw_scan *s, unsigned freq)
{
	unsigned i;

	for (i = 0; i < s->at + s->there; i++)
		if (air_chan_freq(s->ch[i].number) == freq)
			return true;
	return false;
}

bool
scan_wants(struct card *c, const struct air_rx *rx, const uint8_t *f, size_t len)
{
	struct fw_scan *s = &c->run.scan;
	const uint8_t *ie;
	unsigned i;

	if (s->phase != SCAN_DWELL || len < 36 || !visited(s, rx->freq) ||
	    ((f[0] & 0xfc) != 0x80 && (f[0] & 0xfc) != 0x50))
		return false;
	if ((s->flags & FLAG_PASS_ALL) == 0 && (s->flags & FLAG_MATCH) != 0) {
		ie = ssid_of(f, len);
		for (i = 0; i < c->run.profiles.n; i++)
			if (ssid_matches(&s->ssid[c->run.profiles.ssid_index[i]], ie))
				break;
		if (i == c->run.profiles.n && i != 0)
			return false;
		s->matched = true;
	}
	s->heard++;
	tell_bss(c, f, len, rx);
	return true;
}
