/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_fetch.c - what a station in power save says, and how it comes by the frames that wait for it:
 * by waking up (a null frame without Power Management), one by one with PS-Poll, or by service
 * periods of U-APSD, which a QoS null frame triggers and a frame with EOSP ends.
 */
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/i7260/card.h"

#define ALL_ACS		0x0fu
#define POLL_US		200000u		/* how long the answer to a poll is awaited */
#define PERIOD_US	1000000u	/* and the end of a service period */
#define ENDLESS_MAX	3u		/* of them without an end, and the driver is told */
#define AP_MISBEHAVES	0x78		/* PSM_UAPSD_AP_MISBEHAVING_NOTIFICATION */
#define TRIES		8u

/* The station entry of the access point of a MAC, or NULL. */
static struct fw_sta *
fetch_ap(struct card *c, unsigned id)
{
	unsigned i;

	for (i = 0; i < FW_NSTAS; i++)
		if (c->run.sta[i].used && c->run.sta[i].mac == id &&
		    memcmp(c->run.sta[i].addr, c->run.mac[id].bssid, 6) == 0)
			return &c->run.sta[i];
	return NULL;
}

static void
no_matter(struct card *c, void *arg, const struct air_txstatus *st)
{
	(void)c;
	(void)arg;
	(void)st;
}

/*
 * To the access point, at the lowest rate of the band. Before the radio leaves this is the last of
 * all that it has to send: a data frame behind it would say that the station is awake.
 */
static void
send_small(struct card *c, unsigned id, const uint8_t *f, size_t len, radio_done *done)
{
	struct air_tx tx = { .nrates = 1, .prio = c->run.leaving ? 0 : 6,
	    .rate = {{ .kind = AIR_RATE_LEGACY, .index = c->radio.freq < 3000 ? 2 : 12,
	    .tries = TRIES }} };

	c->run.mac[id].ps.last_tx = sim_now(c->dev);
	radio_send(c, &tx, f, len, done != NULL ? done : no_matter, (void *)(uintptr_t)id);
}

/* The header of a data frame without data. */
static void
null_header(const struct fw_mac *m, unsigned fc, uint8_t *f)
{
	put16(f, fc | DOT11_FC_TODS);
	memcpy(f + 4, m->bssid, 6);
	memcpy(f + 10, m->addr, 6);
	memcpy(f + 16, m->bssid, 6);
}

bool
fetch_null(struct card *c, unsigned id, bool pm, radio_done *done)
{
	const struct fw_phy *phy = sched_phy(c, id);
	struct fw_sta *ap = fetch_ap(c, id);
	uint8_t f[24] = { 0 };

	if (ap == NULL || phy == NULL || phy->freq != c->radio.freq || (c->run.leaving && !pm))
		return false;
	null_header(&c->run.mac[id], DOT11_NULL | (pm ? DOT11_FC_PWRMGT : 0u), f);
	put16(f + 22, (unsigned)(ap->seq++ & 0xfff) << 4);
	send_small(c, id, f, sizeof(f), done);
	return true;
}

/* ---- polls and triggers ---- */

/* Nobody heard it: the next beacon tells again. */
static void
asked(struct card *c, void *arg, const struct air_txstatus *st)
{
	struct fw_ps *ps = &c->run.mac[(uintptr_t)arg].ps;

	if (st != NULL && st->result != AIR_TX_ACKED)
		ps->fetching = FETCH_NOTHING;
}

static void
wait_for(struct card *c, unsigned id, enum fw_fetch what)
{
	c->run.mac[id].ps.fetching = what;
	sim_timer_arm(&c->doze[id].timer, what == FETCH_POLL ? POLL_US : PERIOD_US);
}

static void
send_poll(struct card *c, unsigned id)
{
	const struct fw_mac *m = &c->run.mac[id];
	uint8_t f[16];

	put16(f, DOT11_PSPOLL | DOT11_FC_PWRMGT);
	put16(f + 2, m->aid | 0xc000u);
	memcpy(f + 4, m->bssid, 6);
	memcpy(f + 10, m->addr, 6);
	wait_for(c, id, FETCH_POLL);
	send_small(c, id, f, sizeof(f), asked);
}

static void
send_trigger(struct card *c, unsigned id)
{
	const struct fw_mac *m = &c->run.mac[id];
	uint8_t f[26] = { 0 };

	null_header(m, DOT11_QOS_NULL | DOT11_FC_PWRMGT, f);
	f[24] = m->ps.tid;
	wait_for(c, id, FETCH_PERIOD);
	send_small(c, id, f, sizeof(f), asked);
}

void
fetch_triggered(struct card *c, unsigned id)
{
	wait_for(c, id, FETCH_PERIOD);
}

void
fetch_begin(struct card *c, unsigned id)
{
	struct fw_ps *ps = &c->run.mac[id].ps;

	if (ps->fetching != FETCH_NOTHING || !sched_mac_on(c, id))
		return;
	if (!ps->advanced)
		power_wake(c, id);
	else if (ps->acs == ALL_ACS)
		send_trigger(c, id);
	else
		send_poll(c, id);	/* the TIM tells of what is not delivered by triggers */
}

/* ---- what comes ---- */

/* Frames may go on coming: the station asks again soon. */
static void
snooze(struct card *c, unsigned id)
{
	struct fw_ps *ps = &c->run.mac[id].ps;

	if (ps->snooze != 0 && sim_now(c->dev) - ps->last_rx < (uint64_t)ps->window * 1000)
		sim_timer_arm(&c->doze[id].timer, ps->snooze);
}

void
fetch_received(struct card *c, unsigned id, const uint8_t *f, size_t len)
{
	struct fw_ps *ps = &c->run.mac[id].ps;
	bool more = (get16(f) & DOT11_FC_MOREDATA) != 0;
	enum fw_fetch was = ps->fetching;

	if (!ps->dozing || was == FETCH_NOTHING)
		return;
	if (was == FETCH_PERIOD &&
	    ((f[0] & 0x80) == 0 || len < 26 || (f[24] & DOT11_QOS_EOSP) == 0))
		return;
	ps->fetching = FETCH_NOTHING;
	sim_timer_stop(&c->doze[id].timer);
	if (was == FETCH_PERIOD)
		ps->endless = 0;
	if (more && was == FETCH_PERIOD)
		send_trigger(c, id);
	else if (more)
		send_poll(c, id);
	else if (was == FETCH_PERIOD)
		snooze(c, id);
}

/* Service period after service period without an end: the driver had better not use them. */
static void
endless(struct card *c, unsigned id)
{
	struct fw_ps *ps = &c->run.mac[id].ps;
	const struct fw_sta *ap = fetch_ap(c, id);
	uint8_t b[8] = { 0 };

	if (++ps->endless < ENDLESS_MAX || !ps->watch || ap == NULL)
		return;
	ps->endless = 0;
	put32(b, (uint32_t)(ap - c->run.sta));
	b[4] = (uint8_t)id;
	fw_notify(c, AP_MISBEHAVES, b, sizeof(b));
}

void
fetch_fire(struct card *c, unsigned id)
{
	struct fw_ps *ps = &c->run.mac[id].ps;
	enum fw_fetch was = ps->fetching;

	ps->fetching = FETCH_NOTHING;
	if (was == FETCH_PERIOD)
		endless(c, id);
	else if (was == FETCH_NOTHING && ps->acs != 0)
		send_trigger(c, id);		/* snoozing */
}
