/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_power.c - power save of the device (the MAC may sleep) and of a station: after a while
 * without traffic it tells the access point that it dozes (null frame with Power Management), hears
 * beacons, and wakes when a beacon's TIM says that a frame waits. The same frames announce that the
 * radio leaves for a scan and is back.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define POWER_SAVE_ENA		0x0001u
#define POWER_MANAGEMENT_ENA	0x0002u
#define PM_LEN			40
#define IE_TIM			5

static void
null_sent(struct card *c, void *arg, const struct air_txstatus *st)
{
	(void)c;
	(void)arg;
	(void)st;
}

/* The station entry of the access point of a MAC, or NULL. */
static struct fw_sta *
ap_of(struct card *c, unsigned mac)
{
	unsigned i;

	for (i = 0; i < FW_NSTAS; i++)
		if (c->run.sta[i].used && c->run.sta[i].mac == mac &&
		    memcmp(c->run.sta[i].addr, c->run.mac[mac].bssid, 6) == 0)
			return &c->run.sta[i];
	return NULL;
}

static void
send_null(struct card *c, unsigned id, bool pm)
{
	struct fw_mac *m = &c->run.mac[id];
	struct fw_sta *ap = ap_of(c, id);
	uint8_t f[24] = { 0x48, 0x01 };
	struct air_tx tx = { .nrates = 1, .prio = 6,
	    .rate = {{ .kind = AIR_RATE_LEGACY, .index = 12, .tries = 8 }} };

	if (ap == NULL || c->radio.freq == 0)
		return;
	if (c->radio.freq < 3000)
		tx.rate[0].index = 2;
	if (pm)
		f[1] |= 0x10;
	memcpy(f + 4, m->bssid, 6);
	memcpy(f + 10, m->addr, 6);
	memcpy(f + 16, m->bssid, 6);
	put16(f + 22, (unsigned)(ap->seq++ & 0xfff) << 4);
	radio_send(c, &tx, f, sizeof(f), null_sent, NULL);
}

/* ---- scans ---- */

static bool
is_station(const struct fw_mac *m)
{
	return m->used && m->assoc && (m->type == MAC_TYPE_STA || m->type == MAC_TYPE_P2P_STA);
}

void
power_leave(struct card *c)
{
	unsigned i;

	for (i = 0; i < FW_MAC_AUX; i++)
		if (is_station(&c->run.mac[i]) && !c->run.mac[i].dozing)
			send_null(c, i, true);
}

void
power_back(struct card *c)
{
	unsigned i;

	for (i = 0; i < FW_MAC_AUX; i++)
		if (is_station(&c->run.mac[i]) && !c->run.mac[i].dozing && sched_mac_on(c, i))
			send_null(c, i, false);
}

/* ---- dozing ---- */

void
power_stop(struct card *c, unsigned id)
{
	sim_timer_stop(&c->doze[id].timer);
	c->run.mac[id].dozing = false;
}

void
power_active(struct card *c, unsigned id, bool tx)
{
	struct fw_mac *m = &c->run.mac[id];

	m->dozing = false;
	if (m->pm && m->assoc)
		sim_timer_arm(&c->doze[id].timer, tx ? m->tx_timeout : m->rx_timeout);
}

void
power_fire(void *arg)
{
	struct card_timer *t = arg;
	struct card *c = t->card;
	struct fw_mac *m = &c->run.mac[t->id];

	if (c->fw != FW_RUNNING || !m->pm || !is_station(m) || m->dozing)
		return;
	if (!sched_mac_on(c, t->id) || c->radio.njobs != 0) {
		sim_timer_arm(&t->timer, 20000);
		return;
	}
	send_null(c, t->id, true);
	m->dozing = true;
}

/* A dozing station hears group frames (after a DTIM) and what is for itself after it woke. */
bool
power_hears(const struct card *c, unsigned id, const uint8_t *f)
{
	return (f[4] & 1) != 0 || memcmp(f + 4, c->run.mac[id].addr, 6) == 0;
}

/* Whether the TIM of a beacon has the bit of this association. */
static bool
tim_bit(const uint8_t *f, size_t len, unsigned aid)
{
	size_t at;

	for (at = 36; at + 2 <= len && at + 2 + f[at + 1] <= len; at += 2u + f[at + 1]) {
		unsigned first, n = f[at + 1];

		if (f[at] != IE_TIM || n < 4)
			continue;
		first = f[at + 4] & 0xfeu;
		if (aid / 8 < first || aid / 8 >= first + (n - 3))
			return false;
		return (f[at + 5 + aid / 8 - first] >> (aid & 7) & 1) != 0;
	}
	return false;
}

void
power_beacon(struct card *c, unsigned id, const uint8_t *f, size_t len)
{
	struct fw_mac *m = &c->run.mac[id];

	if (!m->dozing || !tim_bit(f, len, m->aid & 0x3fff))
		return;
	power_active(c, id, false);
	send_null(c, id, false);
}

/* ---- commands ---- */

static void
device_power(struct card *c, const struct fw_req *rq)
{
	c->run.power_save = (get16(rq->data) & POWER_SAVE_ENA) != 0;
	fw_ok(c, rq);
	csr_mac_idle(c);
}

/* {MAC, flags, keep alive, RX and TX timeout, ...} */
static void
mac_power(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0];
	struct fw_mac *m = &c->run.mac[id < FW_NMACS ? id : 0];
	bool was = m->dozing;

	if (id >= FW_NMACS || !m->used) {
		fw_wrong(c, ERR_SYSASSERT, "context", "MAC_PM_POWER_TABLE: MAC %u, which is not "
		    "there", id);
		return;
	}
	m->pm = (get16(rq->data + 4) & POWER_MANAGEMENT_ENA) != 0;
	m->rx_timeout = get32(rq->data + 8);
	m->tx_timeout = get32(rq->data + 12);
	fw_ok(c, rq);
	if (m->pm) {
		power_active(c, id, true);
		return;
	}
	power_stop(c, id);
	if (was)
		send_null(c, id, false);
}

const struct fw_cmd fw_power_cmds[] = {
	{ 0, 0x77, "POWER_TABLE_CMD", 4, 4, IMG_RUN, device_power },
	{ 0, 0xa9, "MAC_PM_POWER_TABLE", PM_LEN, PM_LEN, IMG_RUN, mac_power },
	{ .name = NULL },
};
