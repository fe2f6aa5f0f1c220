/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_power.c - power save of the device (the MAC may sleep) and of a station: after a while
 * without traffic it tells the access point that it dozes (null frame with Power Management), hears
 * beacons, and fetches its frames when a beacon's TIM says that one waits (fw_fetch.c). Now and
 * then it says that it is still there. fw_sched.c uses the same null frames when the radio goes
 * away.
 */
#include <string.h>

#include "tools/sim/air/frame.h"
#include "tools/sim/i7260/card.h"

#define POWER_SAVE_ENA		0x0001u

#define FL_MANAGEMENT		0x0002u
#define FL_SKIP_OVER_DTIM	0x0004u
#define FL_SNOOZE		0x0020u
#define FL_ADVANCED		0x0200u
#define FL_MISBEHAVING		0x1000u

/* MAC_PM_POWER_TABLE */
#define PM_FLAGS		4
#define PM_KEEP_ALIVE		6		/* seconds */
#define PM_RX_TIMEOUT		8		/* microseconds */
#define PM_TX_TIMEOUT		12
#define PM_RX_TIMEOUT_UAPSD	16
#define PM_TX_TIMEOUT_UAPSD	20
#define PM_SKIP			25
#define PM_SNOOZE		26		/* milliseconds */
#define PM_WINDOW		28
#define PM_TID			31
#define PM_ACS			32
#define PM_HEAVY_TX		34
#define PM_HEAVY_RX		35
#define PM_LEN			40

#define SECOND_US		1000000u
#define BUSY_US			20000u		/* asked again whether it may doze now */

static bool
is_station(const struct fw_mac *m)
{
	return m->used && m->assoc && (m->type == MAC_TYPE_STA || m->type == MAC_TYPE_P2P_STA);
}

/* ---- dozing ---- */

/* Awake, for the time being. */
static void
stay_awake(struct card *c, unsigned id, uint32_t us)
{
	struct fw_ps *ps = &c->run.mac[id].ps;

	ps->dozing = false;
	ps->fetching = FETCH_NOTHING;
	if (ps->on && c->run.mac[id].assoc)
		sim_timer_arm(&c->doze[id].timer, us);
}

/* The access point is told; not now: then when the radio is back. */
static void
tell_awake(struct card *c, unsigned id)
{
	if (!fetch_null(c, id, false, NULL))
		c->run.present &= ~(1u << id);
}

void
power_wake(struct card *c, unsigned id)
{
	stay_awake(c, id, c->run.mac[id].ps.rx_timeout);
	tell_awake(c, id);
}

/* The access point does not know that the station sleeps: then it had better not. */
static void
null_sent(struct card *c, void *arg, const struct air_txstatus *st)
{
	unsigned id = (unsigned)(uintptr_t)arg;

	if (st != NULL && st->result != AIR_TX_ACKED && c->run.mac[id].ps.dozing)
		stay_awake(c, id, c->run.mac[id].ps.rx_timeout);
}

void
power_fire(void *arg)
{
	struct card_timer *t = arg;
	struct card *c = t->card;
	struct fw_mac *m = &c->run.mac[t->id];

	if (c->fw != FW_RUNNING || !m->ps.on || !is_station(m))
		return;
	if (!sched_mac_on(c, t->id) || c->radio.njobs != 0) {
		sim_timer_arm(&t->timer, BUSY_US);
		return;
	}
	if (m->ps.dozing) {
		fetch_fire(c, t->id);
		return;
	}
	m->ps.dozing = true;
	m->ps.rx = m->ps.tx = 0;
	(void)fetch_null(c, t->id, true, null_sent);
}

/* So many frames that sleeping does not pay. */
static bool
heavy(const struct fw_ps *ps)
{
	return (ps->heavy_tx != 0 && ps->tx > ps->heavy_tx) ||
	    (ps->heavy_rx != 0 && ps->rx > ps->heavy_rx);
}

/* Whether frames of this one trigger a service period; numbers of categories as in the command. */
static bool
triggers(const struct fw_ps *ps, const uint8_t *f)
{
	static const uint8_t ac[8] = { 2, 3, 3, 2, 1, 1, 0, 0 };

	return (f[0] & 0x80) != 0 && (ps->acs >> ac[f[24] & 7] & 1) != 0;
}

void
power_sending(struct card *c, unsigned id, uint8_t *f)
{
	struct fw_ps *ps = &c->run.mac[id].ps;

	ps->last_tx = sim_now(c->dev);
	ps->tx++;
	if (!ps->dozing || !ps->advanced || heavy(ps)) {
		stay_awake(c, id, ps->tx_timeout);
		return;
	}
	f[1] |= DOT11_FC_PWRMGT >> 8;
	if (triggers(ps, f))
		fetch_triggered(c, id);
}

void
power_received(struct card *c, unsigned id, const uint8_t *f, size_t len)
{
	struct fw_ps *ps = &c->run.mac[id].ps;

	if ((f[0] & 0x40) == 0) {
		ps->last_rx = sim_now(c->dev);
		ps->rx++;
	}
	if (!ps->dozing || !ps->advanced)
		stay_awake(c, id, ps->rx_timeout);
	else if (heavy(ps))
		power_wake(c, id);
	else
		fetch_received(c, id, f, len);
}

/* A dozing station hears group frames (after a DTIM) and what is for itself after it woke. */
bool
power_hears(const struct card *c, unsigned id, const uint8_t *f)
{
	const struct fw_mac *m = &c->run.mac[id];

	return (f[4] & 1) != 0 ? !m->ps.missed_dtim : memcmp(f + 4, m->addr, 6) == 0;
}

/* ---- beacons ---- */

/* Whether the TIM of a beacon has the bit of this association; *count: beacons to the DTIM. */
static bool
tim_bit(const uint8_t *f, size_t len, unsigned aid, unsigned *count)
{
	struct dot11_ie ie;
	unsigned first;

	*count = 0;
	if (!dot11_ie_find(f + 36, len - 36, DOT11_IE_TIM, &ie) || ie.len < 4)
		return false;
	*count = ie.data[0];
	first = ie.data[2] & 0xfeu;
	if (aid / 8 < first || aid / 8 >= first + (ie.len - 3u))
		return false;
	return (ie.data[3 + aid / 8 - first] >> (aid & 7) & 1) != 0;
}

/* A station that skips DTIM beacons does not hear those between them either. */
static bool
sleeps_over(struct fw_ps *ps, unsigned dtim_count)
{
	if (ps->skip < 2)
		return false;
	if (dtim_count == 0)
		ps->missed_dtim = ps->dtims++ % ps->skip != 0;
	return dtim_count != 0 || ps->missed_dtim;
}

void
power_beacon(struct card *c, unsigned id, const uint8_t *f, size_t len)
{
	struct fw_mac *m = &c->run.mac[id];
	bool waits;
	unsigned count;

	m->ps.rx = m->ps.tx = 0;
	if (!m->ps.dozing || len < 36)
		return;
	waits = tim_bit(f, len, m->aid & 0x3fff, &count);
	if (!sleeps_over(&m->ps, count) && waits)
		fetch_begin(c, id);
}

/* ---- keep alive ---- */

void
power_alive_fire(void *arg)
{
	struct card_timer *t = arg;
	struct card *c = t->card;
	const struct fw_mac *m = &c->run.mac[t->id];
	uint64_t silent = (sim_now(c->dev) - m->ps.last_tx) / 1000;
	uint64_t limit = (uint64_t)m->ps.keep_alive * SECOND_US;

	if (c->fw != FW_RUNNING || limit == 0 || !is_station(m))
		return;
	if (silent < limit) {
		sim_timer_arm(&t->timer, limit - silent);
		return;
	}
	sim_timer_arm(&t->timer, limit);
	if (sched_mac_on(c, t->id))
		(void)fetch_null(c, t->id, m->ps.dozing, NULL);
}

static void
keep_alive(struct card *c, unsigned id)
{
	const struct fw_mac *m = &c->run.mac[id];

	if (m->ps.keep_alive == 0 || !is_station(m))
		sim_timer_stop(&c->alive[id].timer);
	else
		sim_timer_arm(&c->alive[id].timer, (uint64_t)m->ps.keep_alive * SECOND_US);
}

void
power_start(struct card *c, unsigned id)
{
	c->run.mac[id].ps.last_tx = sim_now(c->dev);
	c->run.present |= 1u << id;
	keep_alive(c, id);
}

void
power_stop(struct card *c, unsigned id)
{
	struct fw_ps *ps = &c->run.mac[id].ps;

	sim_timer_stop(&c->doze[id].timer);
	sim_timer_stop(&c->alive[id].timer);
	ps->dozing = ps->missed_dtim = false;
	ps->fetching = FETCH_NOTHING;
}

/* ---- commands ---- */

static void
device_power(struct card *c, const struct fw_req *rq)
{
	c->run.power_save = (get16(rq->data) & POWER_SAVE_ENA) != 0;
	fw_ok(c, rq);
	csr_mac_idle(c);
}

static void
take_table(struct fw_ps *ps, const uint8_t *d)
{
	unsigned flags = get16(d + PM_FLAGS);
	bool uapsd;

	ps->on = (flags & FL_MANAGEMENT) != 0;
	ps->advanced = (flags & FL_ADVANCED) != 0;
	ps->acs = ps->advanced ? d[PM_ACS] & 0xf : 0;
	uapsd = ps->acs != 0;
	ps->rx_timeout = get32(d + (uapsd ? PM_RX_TIMEOUT_UAPSD : PM_RX_TIMEOUT));
	ps->tx_timeout = get32(d + (uapsd ? PM_TX_TIMEOUT_UAPSD : PM_TX_TIMEOUT));
	ps->keep_alive = get16(d + PM_KEEP_ALIVE);
	ps->skip = (flags & FL_SKIP_OVER_DTIM) != 0 ? d[PM_SKIP] : 0;
	ps->missed_dtim = false;
	ps->tid = d[PM_TID];
	ps->snooze = (flags & FL_SNOOZE) != 0 && uapsd ? get16(d + PM_SNOOZE) * 1000u : 0;
	ps->window = get16(d + PM_WINDOW) * 1000u;
	ps->heavy_tx = d[PM_HEAVY_TX];
	ps->heavy_rx = d[PM_HEAVY_RX];
	ps->watch = (flags & FL_MISBEHAVING) != 0;
	ps->endless = 0;
}

static void
mac_power(struct card *c, const struct fw_req *rq)
{
	unsigned id = rq->data[0];
	struct fw_mac *m = &c->run.mac[id < FW_NMACS ? id : 0];
	bool was = m->ps.dozing;

	if (id >= FW_NMACS || !m->used) {
		fw_wrong(c, ERR_SYSASSERT, "context", "MAC_PM_POWER_TABLE: MAC %u, which is not "
		    "there", id);
		return;
	}
	if (rq->data[PM_TID] > 7) {
		fw_wrong(c, ERR_SYSASSERT, "power", "MAC_PM_POWER_TABLE: triggers of TID %u: below "
		    "8", rq->data[PM_TID]);
		return;
	}
	take_table(&m->ps, rq->data);
	fw_ok(c, rq);
	power_stop(c, id);
	keep_alive(c, id);
	if (was)
		tell_awake(c, id);
	stay_awake(c, id, m->ps.tx_timeout);
}

const struct fw_cmd fw_power_cmds[] = {
	{ 0, 0x77, "POWER_TABLE_CMD", 4, 4, IMG_RUN, device_power },
	{ 0, 0xa9, "MAC_PM_POWER_TABLE", PM_LEN, PM_LEN, IMG_RUN, mac_power },
	{ .name = NULL },
};
