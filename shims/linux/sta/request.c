/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request.c - what the user asks for on the control socket, as WORKER carries it out.
 */
#include "shims/linux/sta/sta_int.h"

void
request_join(struct sta *st, const struct sta_want *w)
{
	if (st->state == ST_RUNNING)
		tell_lost(st, DOT11_REASON_LEAVING, "station", "another network is wanted");
	join_teardown(st, st->state == ST_RUNNING ? DOT11_REASON_LEAVING : 0);
	retry_carrier_lost(st);
	st->want = *w;
	st->rejoin = st->roaming = false;
	st->core_error = 0;
	retry_forgive(st);
	if (st->state == ST_DOWN || st->state == ST_SCANNING) {
		sta_view_update(st);
		return;				/* goes on when it is up, or has scanned */
	}
	sta_state(st, ST_IDLE);
	retry_choose(st);
}

void
request_leave(struct sta *st)
{
	bool was = st->state == ST_RUNNING;

	if (was)
		tell_lost(st, DOT11_REASON_LEAVING, "station", "as was asked");
	st->want = (struct sta_want){ .on = false };
	st->rejoin = st->roaming = false;
	st->core_error = 0;
	sta_timer(st, T_RETRY, NEVER);
	join_teardown(st, was ? DOT11_REASON_LEAVING : 0);
	retry_carrier_lost(st);
	if (st->state != ST_DOWN && st->state != ST_SCANNING)
		sta_state(st, ST_IDLE);
	sta_view_update(st);
}

void
request_doze(struct sta *st, bool on)
{
	st->doze = on;
	run_doze(st);
	sta_view_update(st);
}

void
request_stats(struct sta *st)
{
	struct pdk80211_stats radio;
	bool have = st->ops->stats != NULL && st->state != ST_DOWN &&
	    STA_OP(st, stats, &radio) == 0;

	pthread_mutex_lock(&st->mtx);
	st->view.have_radio = have;
	if (have)
		st->view.radio = radio;
	st->view.radio_serial++;
	pthread_mutex_unlock(&st->mtx);
}
