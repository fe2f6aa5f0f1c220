/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ps.c - stations in power save (IEEE 802.11-2016, 11.2.3): their frames wait until they wake up,
 * poll (one frame each), or trigger a service period (U-APSD: frames of the categories that the
 * station named, the last one with EOSP). The TIM tells of them; group frames follow the DTIM
 * beacon while anybody sleeps.
 */
#include <stdlib.h>

#include "tools/sim/ap/ap.h"

#define ALL_ACS		0x0fu

/* Frames of this category come in service periods. */
static bool
delivers(const struct sta *sta, unsigned ac)
{
	return (sta->uapsd >> ac & 1) != 0;
}

/* Polls and the TIM are for the other categories, unless there is only one kind. */
static bool
polls(const struct sta *sta, unsigned ac)
{
	return sta->uapsd == ALL_ACS || !delivers(sta, ac);
}

/* How many frames wait that `kind` is true of. */
static unsigned
count(const struct sta *sta, bool (*kind)(const struct sta *, unsigned ac))
{
	const struct pkt *p;
	unsigned n = 0;

	STAILQ_FOREACH(p, &sta->again, link)
		n += kind(sta, tid_ac(p->tid));
	for (unsigned ac = 0; ac < 4; ac++)
		if (kind(sta, ac))
			STAILQ_FOREACH(p, &sta->queue[ac], link)
				n++;
	return n;
}

void
ps_update_tim(struct sta *sta)
{
	uint32_t bit = 1u << (sta->aid % 32);
	uint32_t *word = &sta->ap->tim[sta->aid / 32];

	if (sta->aid == 0)
		return;
	if (sta->ps && sta->waiting > 0 && count(sta, polls) > 0)
		*word |= bit;
	else
		*word &= ~bit;
}

void
ps_set(struct sta *sta, bool asleep)
{
	if (sta->ps == asleep)
		return;
	sta->ps = asleep;
	sta->polled = sta->sp_left = 0;
	sta->in_sp = false;
	ps_update_tim(sta);
	if (!asleep)
		tx_pump(sta->ap);
}

bool
ps_may_send(const struct sta *sta, unsigned ac)
{
	return !sta->ps || (sta->sp_left > 0 && delivers(sta, ac)) ||
	    (sta->polled > 0 && polls(sta, ac));
}

void
ps_sending(struct sta *sta, struct pkt *p)
{
	unsigned ac = tid_ac(p->tid);

	p->more = p->eosp = false;
	if (!sta->ps)
		return;
	if (sta->sp_left > 0 && delivers(sta, ac)) {
		p->eosp = --sta->sp_left == 0;
		p->more = count(sta, delivers) > 0;
	} else {
		sta->polled--;
		p->more = count(sta, polls) > 0;
	}
}

/* PS-Poll with nothing to send: an empty frame says so. */
static void
send_null(struct sta *sta)
{
	struct dot11_buf b;
	struct pkt *p = mgmt_begin(sta->ap, sta, sta->addr, DOT11_NULL | DOT11_FC_FROMDS, &b);

	if (p != NULL)
		mgmt_send(p, &b);
}

void
ps_poll(struct sta *sta)
{
	if (!sta->ps)
		return;
	if (count(sta, polls) == 0) {
		send_null(sta);
		return;
	}
	sta->polled = 1;
	tx_pump(sta->ap);
}

/* A service period with nothing to send: an empty frame begins and ends it. */
static void
send_eosp(struct sta *sta, unsigned tid)
{
	struct dot11_buf b;
	struct pkt *p = mgmt_begin(sta->ap, sta, sta->addr, DOT11_QOS_NULL | DOT11_FC_FROMDS, &b);

	if (p == NULL) {
		ps_sp_over(sta);
		return;
	}
	dot11_put16(&b, (uint16_t)tid);
	p->tid = (uint8_t)tid;
	p->eosp = true;
	mgmt_send(p, &b);
}

void
ps_trigger(struct sta *sta, unsigned tid)
{
	unsigned n;

	if (!sta->ps || sta->in_sp || !delivers(sta, tid_ac(tid)))
		return;
	sta->in_sp = true;
	n = count(sta, delivers);
	if (n == 0) {
		send_eosp(sta, tid);
		return;
	}
	sta->sp_left = sta->max_sp != 0 && n > sta->max_sp ? sta->max_sp : n;
	tx_pump(sta->ap);
}

void
ps_sp_over(struct sta *sta)
{
	sta->in_sp = false;
}

bool
ps_any_asleep(const struct ap *ap)
{
	const struct sta *sta;

	TAILQ_FOREACH(sta, &ap->stas, link)
		if (sta->ps && sta->aid != 0)
			return true;
	return false;
}

void
ps_release_group(struct ap *ap)
{
	struct pkt *p;

	while ((p = STAILQ_FIRST(&ap->group)) != NULL) {
		STAILQ_REMOVE_HEAD(&ap->group, link);
		ap->ngroup--;
		p->more = ap->ngroup > 0;
		STAILQ_INSERT_TAIL(&ap->urgent, p, link);
	}
}
