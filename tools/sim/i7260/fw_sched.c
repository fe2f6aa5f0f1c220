/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_sched.c - whose turn the radio is: the channel of now, and which MAC may send on it.
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

static const struct fw_event *
running_event(const struct card *c, bool hotspot)
{
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++)
		if (c->run.event[i].state == EVENT_RUNNING && c->run.event[i].hotspot == hotspot)
			return &c->run.event[i];
	return NULL;
}

static const struct fw_phy *
by_quota(const struct card *c)
{
	unsigned i;

	for (i = 0; i < FW_NBINDINGS; i++)
		if (c->run.binding[i].used && c->run.binding[i].quota != 0 &&
		    c->run.phy[c->run.binding[i].phy].used)
			return &c->run.phy[c->run.binding[i].phy];
	return NULL;
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

bool
sched_mac_on(const struct card *c, unsigned mac)
{
	const struct fw_phy *p;

	if (c->radio.freq == 0)
		return false;
	if (mac == FW_MAC_AUX)
		return c->run.scan.phase != SCAN_DWELL && running_event(c, true) != NULL;
	if (c->run.scan.phase == SCAN_DWELL || running_event(c, true) != NULL)
		return false;
	p = sched_phy(c, mac);
	return p != NULL && p->freq == c->radio.freq;
}

void
sched_update(struct card *c)
{
	unsigned old = c->radio.freq;
	const struct fw_event *hot;
	const struct fw_phy *p;
	unsigned freq;

	if (c->fw != FW_RUNNING || c->image != FW_RUNTIME || c->cfg.rfkill) {
		radio_tune(c, 0, 0, 0);
		return;
	}
	if (c->run.scan.phase == SCAN_DWELL) {
		freq = air_chan_freq(c->run.scan.ch[c->run.scan.at].number);
		radio_tune(c, freq, freq, 20);
	} else if ((hot = running_event(c, true)) != NULL) {
		radio_tune(c, hot->freq, hot->freq, 20);
	} else if ((p = serving(c)) != NULL) {
		radio_tune(c, p->freq, p->center, p->width);
	} else {
		radio_tune(c, 0, 0, 0);
	}
	if (c->radio.freq != old)
		sim_log(c->dev, "radio on %u MHz", c->radio.freq);
	tx_kick(c);
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
