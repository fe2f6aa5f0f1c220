/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scan.c - looking for networks: all at the start and before each try, in the background while
 * there is a network.  Where there is one to join and it is heard loud and clear, the first look
 * ends early.
 */
#include <errno.h>

#include "shims/linux/sta/sta_int.h"

#define SCAN_LIMIT	(30 * SECOND)	/* no card takes that long for all channels */
#define SCAN_ABORTED	(5 * SECOND)	/* nor that for giving up */
#define SCAN_AGAIN	(1 * SECOND)
#define LOUD_DBM	(-60)

static void
add_ssid(struct pdk80211_scan *s, const uint8_t *ssid, size_t len)
{
	if (len == 0 || s->n_ssid == PDK80211_NSSID)
		return;
	memcpy(s->ssid[s->n_ssid], ssid, len);
	s->ssid_len[s->n_ssid++] = (uint8_t)len;
}

/* Hidden networks answer to their name only. */
static int
start(struct sta *st, bool background, const uint8_t *ssid, size_t len)
{
	uint8_t ies[MGMT_MAX];
	struct pdk80211_scan s = { .nchans = st->caps->nchans, .chans = st->caps->chans,
	    .background = background, .ies = ies };

	s.ies_len = (uint16_t)mgmt_scan_ies(ies, st->caps);
	if (st->want.on)
		add_ssid(&s, st->want.ssid, st->want.ssid_len);
	add_ssid(&s, ssid, len);
	st->scan_early = false;
	return STA_OP(st, scan, &s);
}

static void
begun(struct sta *st, bool background)
{
	st->scanning = true;
	st->scan_bg = background;
	st->scan_again = st->scan_stuck = false;
	sta_count(st, scans, 1);
	sta_timer(st, T_SCAN, SCAN_LIMIT);
	if (background) {
		sta_view_update(st);
		return;
	}
	sta_timer(st, T_RETRY, NEVER);
	sta_state(st, ST_SCANNING);
}

void
scan_start(struct sta *st, bool background)
{
	int error;

	if (st->scanning)
		return;
	error = start(st, background, NULL, 0);
	if (error == 0) {
		begun(st, background);
		return;
	}
	if (background)
		return;
	tell_log(st, error == EBUSY ? HYP_LOG_DEBUG : HYP_LOG_WARN,
	    "the card does not begin to scan: %s", strerror(error));
	sta_timer(st, T_RETRY, SCAN_AGAIN);
	sta_state(st, ST_WAITING);
}

void
scan_request(struct sta *st, const uint8_t *ssid, size_t len)
{
	bool background = st->joined;
	int error;

	if (st->state == ST_DOWN || st->scanning)
		return;			/* the scan that runs is the answer */
	if (st->joined && st->state != ST_RUNNING) {
		st->scan_again = true;	/* when it is settled */
		return;
	}
	error = start(st, background, ssid, len);
	if (error != 0) {
		tell_log(st, HYP_LOG_WARN, "the card does not scan: %s", strerror(error));
		tell_scan(st, true, background);
		return;
	}
	begun(st, background);
}

void
scan_abort(struct sta *st)
{
	if (!st->scanning || st->ops->scan_abort == NULL)
		return;
	STA_OPV(st, scan_abort);
}

/* What is heard goes into the table. */
void
scan_heard(struct sta *st, const struct bss *fresh)
{
	struct bsstab_want w;
	char why[STA_WHY_LEN];
	struct bss *b;

	pthread_mutex_lock(&st->mtx);
	b = bsstab_put(st->tab, fresh, sta_now());
	pthread_mutex_unlock(&st->mtx);
	if (!st->scanning || st->scan_bg || st->scan_early || !st->want.on ||
	    b->rssi < LOUD_DBM || st->ops->scan_abort == NULL)
		return;
	join_want(st, &w);
	if (!bsstab_match(&w, b, why, sizeof(why)) || b->not_before > sta_now())
		return;
	st->scan_early = true;
	scan_abort(st);
}

static void
over(struct sta *st, bool aborted)
{
	st->scanning = false;
	sta_timer(st, T_SCAN, NEVER);
	pthread_mutex_lock(&st->mtx);
	bsstab_age(st->tab, sta_now());
	pthread_mutex_unlock(&st->mtx);
	sta_view_update(st);
	tell_scan(st, aborted && !st->scan_early, st->scan_bg);
}

void
scan_done(struct sta *st, bool aborted)
{
	if (!st->scanning)
		return;
	over(st, aborted);
	if (!aborted || st->scan_early) {
		st->scanned = true;
		sta_milestone(st, "scanned");
	}
	if (st->scan_bg)
		roam_decide(st);
	else if (st->want.on)
		retry_choose(st);
	else
		sta_state(st, ST_IDLE);
}

/* It does not end: first ask, then start the card anew. */
void
scan_timeout(struct sta *st)
{
	if (!st->scanning)
		return;
	if (!st->scan_stuck) {
		st->scan_stuck = true;
		tell_log(st, HYP_LOG_WARN, "a scan does not end; it is aborted");
		sta_timer(st, T_SCAN, SCAN_ABORTED);
		scan_abort(st);
		return;
	}
	tell_log(st, HYP_LOG_WARN, "the aborted scan does not end either; the card is started "
	    "anew");
	over(st, true);
	sta_port_restart(st->port);
}
