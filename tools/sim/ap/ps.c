/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ps.c - stations in power save (IEEE 802.11-2016, 11.2.3): their frames wait until they wake up
 * or poll, the TIM tells them; group frames follow the DTIM beacon while anybody sleeps.
 */
#include <stdlib.h>

#include "tools/sim/ap/ap.h"

void
ps_update_tim(struct sta *sta)
{
	uint32_t bit = 1u << (sta->aid % 32);
	uint32_t *word = &sta->ap->tim[sta->aid / 32];

	if (sta->aid == 0)
		return;
	if (sta->ps && sta->waiting > 0)
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
	sta->polled = 0;
	ps_update_tim(sta);
	if (!asleep)
		tx_pump(sta->ap);
}

bool
ps_may_send(const struct sta *sta)
{
	return !sta->ps || sta->polled > 0;
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
	if (sta->waiting == 0) {
		send_null(sta);
		return;
	}
	sta->polled = 1;
	tx_pump(sta->ap);
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
