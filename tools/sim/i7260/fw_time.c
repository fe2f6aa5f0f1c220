/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_time.c - time events: for a while the radio stays on the channel of one MAC (time events) or
 * on a channel of its own (hot spot), and the driver is told when that begins and ends.
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

enum { ACTION_ADD = 1, ACTION_MODIFY, ACTION_REMOVE };

#define TIME_EVENT_NOTIF	0x2a
#define POLICY_START		0x0001u
#define POLICY_END		0x0002u
#define POLICY_NOW		0x0800u
#define POLICY_ABSENCE		0x8000u
#define EVENT_TYPES		16
#define TE_LEN			36
#define HOTSPOT_OK		0
#define HOTSPOT_TOO_MANY	1

static uint64_t
tu_ns(uint32_t tu)
{
	return (uint64_t)tu * FW_TU * 1000;
}

static void
notify(struct card *c, const struct fw_event *e, unsigned action, bool good)
{
	uint8_t b[24];

	put32(b, fw_gp2(c));
	put32(b + 4, e->uid);
	put32(b + 8, e->uid);
	put32(b + 12, e->mac_color);
	put32(b + 16, action);
	put32(b + 20, good);
	fw_notify(c, TIME_EVENT_NOTIF, b, sizeof(b));
}

static void
begin(struct card *c, struct fw_event *e)
{
	e->state = EVENT_RUNNING;
	e->end_at = sim_now(c->dev) + tu_ns(e->duration);
	sim_log(c->dev, "time event %u (type %u) begins, %u TU", e->uid, e->type, e->duration);
	if (e->hotspot || (e->policy & POLICY_START) != 0)
		notify(c, e, POLICY_START, true);
}

static void
end(struct card *c, struct fw_event *e, bool good)
{
	if (!good && (e->policy & POLICY_START) != 0)
		notify(c, e, POLICY_START, false);
	else if (e->hotspot || (e->policy & POLICY_END) != 0)
		notify(c, e, POLICY_END, good);
	memset(e, 0, sizeof(*e));
}

/* Starts and ends what is due and arms the timer for the next. */
void
time_update(struct card *c)
{
	uint64_t now = sim_now(c->dev), next = UINT64_MAX;
	struct fw_event *e;
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++) {
		e = &c->run.event[i];
		if (e->state == EVENT_RUNNING && now >= e->end_at)
			end(c, e, true);
		if (e->state == EVENT_WAITING && now >= e->start_at) {
			if (c->run.scan.phase != SCAN_DWELL)
				begin(c, e);
			else if (now >= e->give_up_at)
				end(c, e, false);
		}
		if (e->state == EVENT_RUNNING && e->end_at < next)
			next = e->end_at;
		if (e->state == EVENT_WAITING) {
			uint64_t at = e->start_at > now ? e->start_at : e->give_up_at;

			next = at < next ? at : next;
		}
	}
	sim_timer_stop(&c->events);
	if (next != UINT64_MAX)
		sim_timer_arm(&c->events, next > now ? (next - now) / 1000 + 1 : 0);
	sched_update(c);
}

void
time_fire(void *arg)
{
	time_update(arg);
}

bool
time_waiting(const struct card *c)
{
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++)
		if (c->run.event[i].state == EVENT_WAITING)
			return true;
	return false;
}

static struct fw_event *
find(struct card *c, uint32_t uid, bool hotspot)
{
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++)
		if (c->run.event[i].state != EVENT_NONE && c->run.event[i].uid == uid &&
		    c->run.event[i].hotspot == hotspot)
			return &c->run.event[i];
	return NULL;
}

static struct fw_event *
new_event(struct card *c)
{
	unsigned i;

	for (i = 0; i < FW_NEVENTS; i++)
		if (c->run.event[i].state == EVENT_NONE) {
			memset(&c->run.event[i], 0, sizeof(c->run.event[i]));
			c->run.event[i].state = EVENT_WAITING;
			c->run.event[i].uid = ++c->run.next_uid;
			c->run.event[i].start_at = sim_now(c->dev);
			return &c->run.event[i];
		}
	return NULL;
}

/* {status, type, unique id, MAC} */
static void
te_answer(struct card *c, const struct fw_req *rq, uint32_t status, uint32_t uid)
{
	uint8_t b[16];

	put32(b, status);
	put32(b + 4, get32(rq->data + 8));
	put32(b + 8, uid);
	put32(b + 12, get32(rq->data));
	fw_reply(c, rq, b, sizeof(b));
}

static void
te_add(struct card *c, const struct fw_req *rq)
{
	const uint8_t *d = rq->data;
	uint32_t apply = get32(d + 12);
	struct fw_event *e;

	if ((e = new_event(c)) == NULL) {
		te_answer(c, rq, 0, 0);
		return;
	}
	e->mac_color = get32(d);
	e->mac = d[0];
	e->type = get32(d + 8);
	e->duration = get32(d + 28);
	e->policy = (uint16_t)get16(d + 34);
	e->absence = (e->policy & POLICY_ABSENCE) != 0;
	if (apply != 0 && (e->policy & POLICY_NOW) == 0 && (int32_t)(apply - fw_gp2(c)) > 0)
		e->start_at += (uint64_t)(apply - fw_gp2(c)) * 1000;
	e->give_up_at = e->start_at + tu_ns(get32(d + 16));
	te_answer(c, rq, 1, e->uid);
	time_update(c);
}

/* TIME_EVENT_CMD version 2: MAC, action, type (remove: unique id), when, how long, policy. */
static void
time_event(struct card *c, const struct fw_req *rq)
{
	uint32_t mac = rq->data[0], action = get32(rq->data + 4), id = get32(rq->data + 8);
	struct fw_event *e;

	if (mac >= FW_NMACS || !c->run.mac[mac].used) {
		fw_wrong(c, ERR_SYSASSERT, "time-event", "TIME_EVENT_CMD: MAC %u, which is not "
		    "there", mac);
	} else if (action == ACTION_ADD) {
		if (id >= EVENT_TYPES || get32(rq->data + 28) == 0)
			fw_wrong(c, ERR_SYSASSERT, "time-event", "TIME_EVENT_CMD: type %u, %u TU",
			    id, get32(rq->data + 28));
		else
			te_add(c, rq);
	} else if (action == ACTION_REMOVE) {
		if ((e = find(c, id, false)) != NULL)
			memset(e, 0, sizeof(*e));
		te_answer(c, rq, e != NULL, id);
		time_update(c);
	} else {
		fw_wrong(c, ERR_SYSASSERT, "time-event", "TIME_EVENT_CMD: action %u: add (1) or "
		    "remove (3)", action);
	}
}

/* HOT_SPOT_CMD: {MAC, action, unique id, station, channel, address, when, how long}. */
static void
hot_spot(struct card *c, const struct fw_req *rq)
{
	const uint8_t *d = rq->data, *ci = d + 16;
	unsigned freq = air_chan_freq(ci[1]);
	struct fw_event *e = NULL;
	uint8_t b[8];

	if (get32(d + 4) == ACTION_REMOVE) {
		if ((e = find(c, get32(d + 8), true)) != NULL)
			memset(e, 0, sizeof(*e));
	} else if (get32(d + 4) != ACTION_ADD || freq == 0) {
		fw_wrong(c, ERR_SYSASSERT, "time-event", "HOT_SPOT_CMD: action %u channel %u",
		    get32(d + 4), ci[1]);
		return;
	} else if ((e = new_event(c)) != NULL) {
		e->hotspot = true;
		e->mac_color = get32(d);
		e->mac = FW_MAC_AUX;
		e->freq = (uint16_t)freq;
		e->duration = get32(d + 36);
		e->give_up_at = e->start_at + tu_ns(get32(d + 32));
	}
	put32(b, e != NULL && e->uid != 0 ? e->uid : get32(d + 8));
	put32(b + 4, e != NULL ? HOTSPOT_OK : HOTSPOT_TOO_MANY);
	fw_reply(c, rq, b, sizeof(b));
	time_update(c);
}

const struct fw_cmd fw_time_cmds[] = {
	{ 0, 0x29, "TIME_EVENT_CMD", TE_LEN, TE_LEN, IMG_RUN, time_event },
	{ 0, 0x53, "HOT_SPOT_CMD", 40, 40, IMG_RUN, hot_spot },
	{ .name = NULL },
};
