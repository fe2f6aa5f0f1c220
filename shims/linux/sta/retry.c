/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * retry.c - when a try fails or a network is lost: the next best access point at once, where there
 * is one; else a pause that doubles, and a new look around.  The host's link outlives a short
 * absence, so that connections survive a restart of the firmware and a change of access points.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "shims/linux/sta/sta_int.h"

#define PAUSE_FIRST	(500 * MS)
#define PAUSE_MOST	(60 * SECOND)
#define PAUSE_PASSPHRASE (30 * SECOND)
#define CARRIER_NS	(6 * SECOND)
#define SHORT_NS	(10 * SECOND)		/* a shorter association was none */

/* The n-th pause in a row. */
static uint64_t
pause_ns(unsigned n)
{
	uint64_t ns = PAUSE_FIRST;

	while (n-- > 0 && ns < PAUSE_MOST)
		ns *= 2;
	return ns < PAUSE_MOST ? ns : PAUSE_MOST;
}

/* This access point is not to be tried for a while; the whole of it is remembered. */
static void
blame(struct sta *st, uint64_t at_least)
{
	struct bss *b;
	uint64_t ns;

	pthread_mutex_lock(&st->mtx);
	b = bsstab_find(st->tab, st->cur.bssid);
	if (b != NULL) {
		ns = pause_ns(b->fails++);
		b->not_before = sta_now() + (ns > at_least ? ns : at_least);
	}
	pthread_mutex_unlock(&st->mtx);
}

void
retry_forgive(struct sta *st)
{
	struct bss *b;
	unsigned i;

	st->rounds = 0;
	wpa_forgive(st->wpa);
	pthread_mutex_lock(&st->mtx);
	st->view.why[0] = '\0';
	for (i = 0; i < bsstab_count(st->tab); i++) {
		b = bsstab_at(st->tab, i);
		b->not_before = b->fails = 0;
	}
	pthread_mutex_unlock(&st->mtx);
}

/* ---- the host's link ---- */

/* Without it there is no address; the port says so, too, when it has taken it away. */
static void
carrier(struct sta *st, bool up)
{
	st->carrier = up;
	if (!up) {
		pthread_mutex_lock(&st->mtx);
		st->view.address[0] = st->view.router[0] = st->view.dns[0] = '\0';
		pthread_mutex_unlock(&st->mtx);
	}
	if (st->net != NULL)
		hyp_net_carrier(st->net, up);
	sta_view_update(st);
}

void
retry_carrier(struct sta *st, bool up)
{
	if (up) {
		sta_timer(st, T_CARRIER, NEVER);
		if (!st->carrier)
			carrier(st, true);
	} else if (st->carrier && st->at[T_CARRIER] == NEVER)
		sta_timer(st, T_CARRIER, CARRIER_NS);
}

void
retry_carrier_lost(struct sta *st)
{
	sta_timer(st, T_CARRIER, NEVER);
	tx_gate(st, TX_CLOSED);
	if (st->carrier)
		carrier(st, false);
}

/* ---- what next ---- */

static void
why(struct sta *st, const char *text)
{
	pthread_mutex_lock(&st->mtx);
	snprintf(st->view.why, sizeof(st->view.why), "%s", text);
	pthread_mutex_unlock(&st->mtx);
}

/* The best that may be tried now, copied; false: none, and text says why. */
static bool
best(struct sta *st, struct bss *b, char *text, size_t len)
{
	struct bsstab_want w;
	struct bss *found;

	join_want(st, &w);
	pthread_mutex_lock(&st->mtx);
	found = bsstab_best(st->tab, &w, sta_now(), text, len);
	if (found != NULL)
		*b = *found;
	pthread_mutex_unlock(&st->mtx);
	return found != NULL;
}

static void
wait_for_next(struct sta *st, uint64_t ns)
{
	sta_timer(st, T_RETRY, ns);
	sta_state(st, ST_WAITING);
}

/* Nobody to try: say why, look again later. */
static void
nobody(struct sta *st, const char *text)
{
	uint64_t ns = pause_ns(st->rounds++);
	char name[BSS_NAME_LEN], all[STA_WHY_LEN];

	if (text[0] == '\0')
		snprintf(all, sizeof(all), "no access point of %.100s is heard",
		    bss_name(st->want.ssid, st->want.ssid_len, name));
	else
		snprintf(all, sizeof(all), "%s", text);
	why(st, all);
	tell_failed(st, all, false, ns);
	wait_for_next(st, ns);
}

void
retry_choose(struct sta *st)
{
	char text[STA_WHY_LEN];
	struct bss b;

	if (st->scanning) {			/* the radio cannot do both */
		st->scan_bg = false;
		st->scan_early = true;
		sta_state(st, ST_SCANNING);
		scan_abort(st);
		return;
	}
	if (st->rejoin) {
		st->rejoin = false;
		b = st->cur;
		if (sta_now() - atomic_load(&st->rx.heard) < BSSTAB_FRESH_NS) {
			join_try(st, &b, NULL);
			return;
		}
	}
	if (best(st, &b, text, sizeof(text)))
		join_try(st, &b, NULL);
	else if (st->state == ST_SCANNING)
		nobody(st, text);
	else
		scan_start(st, false);
}

void
retry_now(struct sta *st)
{
	if (st->state == ST_WAITING && st->want.on)
		scan_start(st, false);
}

/* Is it of no use to go on?  A run that cannot get where it should ends. */
static bool
hopeless(struct sta *st, bool passphrase, const char *text)
{
	char name[BSS_NAME_LEN], all[STA_WHY_LEN + BSS_NAME_LEN + 8];

	if (!passphrase || !st->want.cmdline || st->reached || hyp_wifi(st->hyp)->stay)
		return false;
	snprintf(all, sizeof(all), "%s: %s", bss_name(st->want.ssid, st->want.ssid_len, name),
	    text);
	hyp_fail(st->hyp, EACCES, all);
	return true;
}

void
retry_failed(struct sta *st, uint16_t reason, bool passphrase, const char *fmt, ...)
{
	uint64_t ns = passphrase ? PAUSE_PASSPHRASE : pause_ns(st->rounds);
	char text[STA_WHY_LEN], none[STA_WHY_LEN];
	struct bss b;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	blame(st, passphrase ? PAUSE_PASSPHRASE : 0);
	join_teardown(st, reason);
	retry_carrier(st, false);
	why(st, text);
	st->roaming = false;
	if (!passphrase && best(st, &b, none, sizeof(none))) {
		tell_failed(st, text, false, 0);
		join_try(st, &b, NULL);
		return;
	}
	st->rounds++;
	tell_failed(st, text, passphrase, ns);
	(void)hopeless(st, passphrase, text);
	wait_for_next(st, ns);
}

void
retry_lost(struct sta *st, uint16_t tell, uint16_t reason, const char *by, const char *fmt, ...)
{
	bool brief = sta_now() - st->up_since < SHORT_NS;
	char text[STA_WHY_LEN];
	struct bss *b;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sta_count(st, disconnects, 1);
	tell_lost(st, reason, by, text);
	why(st, text);
	pthread_mutex_lock(&st->mtx);
	b = bsstab_find(st->tab, st->cur.bssid);
	if (b != NULL && !brief)
		b->fails = 0;
	pthread_mutex_unlock(&st->mtx);
	if (brief || reason == 0)
		blame(st, 0);
	join_teardown(st, tell);
	retry_carrier(st, false);
	sta_state(st, ST_IDLE);
	retry_choose(st);
}
