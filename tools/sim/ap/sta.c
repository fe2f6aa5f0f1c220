/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta.c - the stations of an access point, from authentication to the end.
 *
 * A station may come to its end in the middle of work on one of its frames, so its memory goes
 * back only in the next turn of the loop (sta_reap()).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define AUTH_SECONDS	10u		/* from authentication to association */
#define PROBE_SECONDS	5u		/* for an answer when it was silent too long */
#define SECOND		1000000u

struct sta *
sta_find(struct ap *ap, const uint8_t addr[6])
{
	struct sta *sta;

	TAILQ_FOREACH(sta, &ap->stas, link)
		if (memcmp(sta->addr, addr, 6) == 0)
			return sta;
	return NULL;
}

struct sta *
sta_new(struct ap *ap, const uint8_t addr[6])
{
	struct sta *sta;

	if (ap->nsta >= 2 * ap->conf.max_sta)
		return NULL;
	sta = calloc(1, sizeof(*sta));
	if (sta == NULL)
		return NULL;
	sta->ap = ap;
	memcpy(sta->addr, addr, 6);
	sta->state = STA_AUTH;
	sta->seen = apd_now(ap->d);
	for (unsigned i = 0; i < 4; i++)
		STAILQ_INIT(&sta->queue[i]);
	STAILQ_INIT(&sta->again);
	TAILQ_INSERT_TAIL(&ap->stas, sta, link);
	ap->nsta++;
	return sta;
}

void
sta_reset(struct sta *sta)
{
	struct ap *ap = sta->ap;

	wpa_stop(sta);
	ba_reset(sta);
	tx_forget(sta);
	ps_set(sta, false);
	free(sta->frag);
	sta->frag = NULL;
	ccmp_free(sta->key);
	sta->key = NULL;
	/* But not of management frames, one of which may have brought us here. */
	memset(sta->last_sc, 0, STA_MGMT * sizeof(sta->last_sc[0]));
	if (sta->aid != 0) {
		ap->by_aid[sta->aid] = NULL;
		while (ap->top_aid > 0 && ap->by_aid[ap->top_aid] == NULL)
			ap->top_aid--;
		ap->nassoc--;
		sta->aid = 0;
	}
	sta->state = STA_AUTH;
}

void
sta_free(struct sta *sta)
{
	struct ap *ap = sta->ap;

	sta_reset(sta);
	TAILQ_REMOVE(&ap->stas, sta, link);
	ap->nsta--;
	TAILQ_INSERT_TAIL(&ap->d->dead, sta, link);
}

void
sta_reap(struct apd *d)
{
	struct sta *sta;

	while ((sta = TAILQ_FIRST(&d->dead)) != NULL) {
		TAILQ_REMOVE(&d->dead, sta, link);
		free(sta);
	}
}

int
sta_associate(struct sta *sta)
{
	struct ap *ap = sta->ap;

	for (uint16_t aid = 1; sta->aid == 0 && aid <= ap->conf.max_sta; aid++) {
		if (ap->by_aid[aid] == NULL) {
			ap->by_aid[aid] = sta;
			ap->nassoc++;
			sta->aid = aid;
		}
	}
	if (sta->aid == 0)
		return ENOSPC;
	if (sta->aid > ap->top_aid)
		ap->top_aid = sta->aid;
	sta->state = STA_ASSOC;
	return 0;
}

void
sta_ready(struct sta *sta)
{
	sta->state = STA_READY;
	net_roamed(sta);
	ap_event(sta->ap, "ready", "{s:s,s:i}", "sta", mac_text(sta->addr), "aid",
	    (int)sta->aid);
}

bool
sta_duplicate(struct sta *sta, const struct dot11 *f, unsigned which)
{
	uint32_t sc = (uint32_t)(f->seq << 4 | f->frag) + 1;
	bool dup = (f->fc & DOT11_FC_RETRY) != 0 && sta->last_sc[which] == sc;

	sta->last_sc[which] = sc;
	return dup;
}

static bool
has_rate(const uint8_t *rates, unsigned n, uint8_t rate)
{
	for (unsigned i = 0; i < n; i++)
		if ((rates[i] & 0x7f) == rate)
			return true;
	return false;
}

static void
add_rates(struct sta *sta, const struct dot11_ie *ie)
{
	const struct ap *ap = sta->ap;

	for (unsigned i = 0; ie->data != NULL && i < ie->len; i++) {
		uint8_t rate = ie->data[i] & 0x7f;

		if (has_rate(ap->rates, ap->nrates, rate) &&
		    !has_rate(sta->rates, sta->nrates, rate) && sta->nrates < AP_MAX_RATES)
			sta->rates[sta->nrates++] = rate;
	}
}

bool
sta_rates(struct sta *sta, const struct dot11_ie *rates, const struct dot11_ie *ext)
{
	const struct ap *ap = sta->ap;

	sta->nrates = 0;
	add_rates(sta, rates);
	add_rates(sta, ext);
	for (unsigned i = 0; i < ap->nrates; i++)
		if ((ap->rates[i] & 0x80) != 0 &&
		    !has_rate(sta->rates, sta->nrates, ap->rates[i] & 0x7f))
			return false;
	return true;
}

static void
ask_whether_there(struct sta *sta)
{
	struct dot11_buf b;
	struct pkt *p = mgmt_begin(sta->ap, sta, sta->addr, DOT11_NULL | DOT11_FC_FROMDS, &b);

	sta->probing = true;
	if (p != NULL)
		mgmt_send(p, &b);
}

void
sta_age(struct ap *ap)
{
	uint64_t now = apd_now(ap->d);
	struct sta *sta, *next;

	for (sta = TAILQ_FIRST(&ap->stas); sta != NULL; sta = next) {
		uint64_t silent = (now - sta->seen) / SECOND;

		next = TAILQ_NEXT(sta, link);
		if (sta->state == STA_AUTH) {
			if (silent >= AUTH_SECONDS)
				sta_free(sta);
		} else if (silent >= ap->conf.inactivity + PROBE_SECONDS) {
			mgmt_deauth(ap, sta->addr, REASON_INACTIVE, "silent too long");
		} else if (silent >= ap->conf.inactivity && !sta->probing) {
			ask_whether_there(sta);
		}
	}
}
