/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_sched.c - whose turn the radio is: the channel of now, and which MAC may send on it. Stations
 * tell their access point when the radio leaves its channel and when it is back. It leaves when
 * that, and all that was being sent, has been answered; nothing more is sent meanwhile.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

/* The binding of a MAC, or NULL. */
static const struct fw_binding *
binding_of(const struct card *c, unsigned mac)
{
	unsigned i;

	for (i = 0; i < FW_NBINDINGS; i++)
		if (c->run.binding[i].used && (c->run.binding[i].macs >> mac & 1) != 0)
			return &c->run.binding[i];
	return NULL;
}

const struct fw_phy *
sched_phy(const struct card *c, unsigned mac)
{
	const struct fw_binding *b = binding_of(c, mac);

	return b != NULL && c->run.phy[b->phy].used ? &c->run.phy[b->phy] : NULL;
}

/* One that brings the radio somewhere. */
static const struct fw_event *
running_event(const struct card *c, bool hotspot)
{
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++)
		if (c->run.event[i].state == EVENT_RUNNING && !c->run.event[i].absence &&
		    c->run.event[i].hotspot == hotspot)
			return &c->run.event[i];
	return NULL;
}

/* An event keeps this MAC off its channel. */
static bool
absent(const struct card *c, unsigned mac)
{
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++)
		if (c->run.event[i].state == EVENT_RUNNING && c->run.event[i].absence &&
		    c->run.event[i].mac == mac)
			return true;
	return false;
}

/* ---- quotas ---- */

/* The channel that a binding has a share of the time for, or NULL. */
static const struct fw_phy *
with_quota(const struct card *c, unsigned b)
{
	const struct fw_binding *bd = &c->run.binding[b];

	return bd->used && bd->quota != 0 && c->run.phy[bd->phy].used ? &c->run.phy[bd->phy] : NULL;
}

static const struct fw_phy *
by_quota(const struct card *c)
{
	const struct fw_phy *p = with_quota(c, c->run.turn);
	unsigned i;

	for (i = 0; p == NULL && i < FW_NBINDINGS; i++)
		p = with_quota(c, i);
	return p;
}

/* The binding after this one that has a quota on another channel; the same when there is none. */
static unsigned
next_turn(const struct card *c, unsigned turn)
{
	const struct fw_phy *now = with_quota(c, turn), *p;
	unsigned i, b;

	for (i = 1; i < FW_NBINDINGS; i++) {
		b = (turn + i) % FW_NBINDINGS;
		p = with_quota(c, b);
		if (p != NULL && (now == NULL || p->freq != now->freq))
			return b;
	}
	return turn;
}

/* More than one channel: each has the radio for as many TU of 128 as its quota. */
static void
take_turns(struct card *c)
{
	if (with_quota(c, c->run.turn) == NULL)
		c->run.turn = (uint8_t)next_turn(c, c->run.turn);
	if (next_turn(c, c->run.turn) == c->run.turn)
		sim_timer_stop(&c->turns);
	else if (!c->turns.armed)
		sim_timer_arm(&c->turns, (uint64_t)c->run.binding[c->run.turn].quota * FW_TU);
}

void
sched_fire(void *arg)
{
	struct card *c = arg;

	c->run.turn = (uint8_t)next_turn(c, c->run.turn);
	sched_update(c);
}

/* The context that has the radio when nobody scans; NULL: nobody. */
static const struct fw_phy *
serving(const struct card *c)
{
	const struct fw_event *e = running_event(c, false);
	const struct fw_phy *p;

	if (e != NULL && (p = sched_phy(c, e->mac)) != NULL)
		return p;
	return by_quota(c);
}

bool
sched_serving(const struct card *c)
{
	return by_quota(c) != NULL;
}

bool
sched_event_runs(const struct card *c)
{
	return running_event(c, false) != NULL || running_event(c, true) != NULL;
}

/* Whether a MAC is served when the radio is on that channel. */
static bool
mac_on(const struct card *c, unsigned mac, unsigned freq)
{
	const struct fw_phy *p;

	if (freq == 0)
		return false;
	if (mac == FW_MAC_AUX)
		return c->run.scan.phase != SCAN_DWELL && running_event(c, true) != NULL;
	if (c->run.scan.phase == SCAN_DWELL || running_event(c, true) != NULL || absent(c, mac))
		return false;
	p = sched_phy(c, mac);
	return p != NULL && p->freq == freq;
}

bool
sched_mac_on(const struct card *c, unsigned mac)
{
	return !c->run.leaving && mac_on(c, mac, c->radio.freq);
}

bool
sched_mac_hears(const struct card *c, unsigned mac, unsigned freq)
{
	const struct fw_phy *p = sched_phy(c, mac);

	return p != NULL && p->freq == freq;
}

/* The channel of now: that of a scan, a visit, or who is served. freq 0: none. */
static struct fw_phy
channel_of_now(const struct card *c)
{
	const struct fw_event *hot = running_event(c, true);
	const struct fw_phy *p = serving(c);
	struct fw_phy there = { .width = 20 };

	if (c->run.scan.phase == SCAN_DWELL)
		there.freq = (uint16_t)air_chan_freq(c->run.scan.ch[c->run.scan.at].number);
	else if (hot != NULL)
		there.freq = hot->freq;
	else if (p != NULL)
		return *p;
	there.center = there.freq;
	return there;
}

/* Stations that are about to lose the radio (to freq), or that have it again, say so. */
static bool
tell_presence(struct card *c, unsigned freq, bool back)
{
	bool told = false;
	unsigned i;

	for (i = 0; i < FW_MAC_AUX; i++) {
		bool there = (c->run.present >> i & 1) != 0;

		if (!c->run.mac[i].used || !c->run.mac[i].assoc)
			c->run.present &= ~(1u << i);
		else if (!c->run.mac[i].ps.dozing && mac_on(c, i, freq) == back && there != back) {
			c->run.present ^= 1u << i;
			told |= fetch_null(c, i, !back, NULL);
		}
	}
	return told;
}

/* False: not yet, the radio is still busy where it is. */
static bool
leave(struct card *c, unsigned freq)
{
	bool goes = c->run.leaving || (c->radio.freq != 0 && c->radio.freq != freq);

	c->run.leaving = true;
	goes |= tell_presence(c, freq, false);
	c->run.leaving = goes && c->radio.njobs != 0;
	return !c->run.leaving;
}

void
sched_update(struct card *c)
{
	unsigned old = c->radio.freq;
	struct fw_phy p;

	if (c->fw != FW_RUNNING || c->image != FW_RUNTIME || c->cfg.rfkill) {
		c->run.leaving = false;
		radio_tune(c, 0, 0, 0);
		return;
	}
	take_turns(c);
	p = channel_of_now(c);
	if (!leave(c, p.freq))
		return;
	radio_tune(c, p.freq, p.center, p.freq != 0 ? p.width : 0);
	(void)tell_presence(c, p.freq, true);
	if (c->radio.freq != old)
		sim_log(c->dev, "radio on %u MHz", c->radio.freq);
	scan_there(c);
	tx_kick(c);
}

void
sched_sent(struct card *c)
{
	if (c->run.leaving)
		sched_update(c);
}

/* Frames to these are acked: every MAC's own address, and the one probe requests are sent by. */
void
sched_addrs(struct card *c)
{
	uint8_t addr[FW_NMACS][6];
	unsigned i, n = 0;

	for (i = 0; i < FW_MAC_AUX; i++)
		if (c->run.mac[i].used && c->run.mac[i].type != MAC_TYPE_LISTENER)
			memcpy(addr[n++], c->run.mac[i].addr, 6);
	if (c->run.scan.phase != SCAN_IDLE)
		memcpy(addr[n++], c->run.scan.probe + 10, 6);
	radio_addrs(c, (const uint8_t (*)[6])addr, n);
}
