/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta.c - the station's life, its task in WORKER, its timers.
 */
#include <stdio.h>

#include "shims/linux/sta/sta_int.h"

bool
sta_capable(const struct pdk80211_ops *ops)
{
	return ops->scan != NULL && ops->join != NULL && ops->assoc != NULL &&
	    ops->leave != NULL && ops->tx != NULL;
}

const char *
sta_state_name(enum sta_state s)
{
	static const char *const names[] = { "down", "idle", "scanning", "authenticating",
	    "associating", "handshake", "running", "waiting" };

	return names[s];
}

void
sta_view_update(struct sta *st)
{
	pthread_mutex_lock(&st->mtx);
	st->view.state = st->state;
	st->view.since = st->since;
	st->view.scanning = st->scanning;
	st->view.carrier = st->carrier;
	st->view.connected = st->joined;
	st->view.bss = st->bss;
	st->view.retry = st->at[T_RETRY];
	st->view.wanted = st->want.on;
	st->view.ssid_len = st->want.ssid_len;
	memcpy(st->view.ssid, st->want.ssid, sizeof(st->view.ssid));
	if (st->joined)
		snprintf(st->view.security, sizeof(st->view.security), "%s",
		    rsn_name(&st->cur.sec));
	wpa_counts(st->wpa, &st->view.wpa);
	pthread_mutex_unlock(&st->mtx);
}

void
sta_state(struct sta *st, enum sta_state s)
{
	if (st->state != s) {
		st->state = s;
		hyp_trace_state(st->hyp, "802.11", sta_state_name(s));
		st->since = sta_now();
		tell_state(st);
	}
	sta_view_update(st);
}

void
sta_timer(struct sta *st, enum sta_timer t, uint64_t ns)
{
	st->at[t] = ns == NEVER ? NEVER : sta_now() + ns;
}

void
sta_post(struct sta *st, unsigned flags)
{
	pthread_mutex_lock(&st->mtx);
	st->mb.flags |= flags;
	pthread_mutex_unlock(&st->mtx);
	sta_port_wake(st->port);
}

void
sta_milestone(struct sta *st, const char *state)
{
	unsigned i;

	for (i = 0; st->states != NULL && st->states[i] != NULL; i++)
		if (strcmp(st->states[i], state) == 0) {
			hyp_state(st->hyp, state);
			return;
		}
}

/* ---- life ---- */

/* What the command line wants. */
static int
wanted(struct sta *st)
{
	const struct hyp_wifi *w = hyp_wifi(st->hyp);
	char why[160];

	if (w->ssid == NULL)
		return 0;
	st->want.on = st->want.cmdline = true;
	st->want.ssid_len = (uint8_t)w->ssid_len;
	memcpy(st->want.ssid, w->ssid, w->ssid_len);
	st->want.has_bssid = w->bssid != NULL;
	if (w->bssid != NULL)
		memcpy(st->want.bssid, w->bssid, sizeof(st->want.bssid));
	st->want.secure = w->psk != NULL;
	if (w->psk == NULL ||
	    wpa_pmk(w->psk, w->ssid, w->ssid_len, st->want.pmk, why, sizeof(why)) == 0)
		return 0;
	hyp_log(st->hyp, HYP_LOG_ERROR, "%s", why);
	return -1;
}

struct sta *
sta_new(const struct sta_conf *conf)
{
	struct sta *st = calloc(1, sizeof(*st));
	unsigned i;

	if (st == NULL)
		return NULL;
	st->hyp = conf->hyp;
	st->dev = conf->dev;
	st->ops = conf->ops;
	st->caps = conf->caps;
	st->states = conf->states;
	st->port = conf->port;
	for (i = 0; i < NTIMERS; i++)
		st->at[i] = NEVER;
	pthread_mutex_init(&st->mtx, NULL);
	inq_init(st);
	rx_init(st);
	tx_init(st);
	st->tab = bsstab_new();
	if (st->tab == NULL || supp_new(st) != 0 || wanted(st) != 0 || port_open(st) != 0) {
		sta_free(st);
		return NULL;
	}
	st->since = sta_now();
	sta_view_update(st);
	return st;
}

void
sta_close(struct sta *st)
{
	port_close(st);
}

void
sta_free(struct sta *st)
{
	inq_flush(st);
	keys_clear(st);
	wpa_free(st->wpa);
	bsstab_free(st->tab);
	pthread_mutex_destroy(&st->tx.mtx);
	pthread_mutex_destroy(&st->rx.mtx);
	pthread_mutex_destroy(&st->inq.mtx);
	pthread_mutex_destroy(&st->mtx);
	explicit_bzero(st, sizeof(*st));
	free(st);
}

void
sta_up(struct sta *st)
{
	if (st->state != ST_DOWN)
		return;
	/* The end of a scan that going down has cut short may not have been looked at. */
	pthread_mutex_lock(&st->mtx);
	st->mb.flags &= ~(MB_SCAN_DONE | MB_SCAN_ABORTED);
	pthread_mutex_unlock(&st->mtx);
	sta_state(st, ST_IDLE);
	if (st->want.on && st->rejoin)
		retry_choose(st);
	else if (st->want.on || !st->scanned)
		scan_start(st, false);
	sta_work(st);
}

void
sta_down(struct sta *st, bool alive, const char *why)
{
	bool was = st->state == ST_RUNNING;

	if (st->state == ST_DOWN)
		return;
	if (was)
		tell_lost(st, 0, alive ? "station" : "radio", why);
	/* It may have failed on the way to the network because it is dead. */
	st->rejoin = st->joined || st->core_error != 0;
	join_teardown(st, alive && was ? DOT11_REASON_LEAVING : 0);
	if (was)
		retry_carrier(st, false);
	st->scanning = false;
	sta_timer(st, T_SCAN, NEVER);
	sta_timer(st, T_RETRY, NEVER);
	sta_state(st, ST_DOWN);
	sta_work(st);
}

/* ---- upcalls that only leave a note ---- */

void
sta_scan_done(struct sta *st, bool aborted)
{
	sta_post(st, MB_SCAN_DONE | (aborted ? MB_SCAN_ABORTED : 0));
}

void
sta_beacon_miss(struct sta *st)
{
	sta_count(st, beacon_miss, 1);
	sta_post(st, MB_BEACON_MISS);
}

void
sta_ba_done(struct sta *st, enum pdk80211_baop op, unsigned tid)
{
	uint8_t bit = (uint8_t)(tid < PDK80211_NTID ? 1u << tid : 0);

	pthread_mutex_lock(&st->mtx);
	if (op == PDK_BA_RX_STOP)
		st->mb.ba_rx_gone |= bit;
	else if (op == PDK_BA_TX_STOP)
		st->mb.ba_tx_gone |= bit;
	pthread_mutex_unlock(&st->mtx);
	sta_port_wake(st->port);
}

void
sta_rfkill(struct sta *st, bool blocked)
{
	pthread_mutex_lock(&st->mtx);
	st->view.blocked = blocked;
	pthread_mutex_unlock(&st->mtx);
}

void
sta_waits(struct sta *st, char *buf, size_t size)
{
	char name[BSS_NAME_LEN];

	buf[0] = '\0';
	pthread_mutex_lock(&st->mtx);
	if (st->view.wanted && st->view.state != ST_RUNNING)
		snprintf(buf, size, "wifi: %s is not joined: %s%s%s",
		    bss_name(st->view.ssid, st->view.ssid_len, name),
		    sta_state_name(st->view.state), st->view.why[0] != '\0' ? ", " : "",
		    st->view.why);
	else if (st->view.state == ST_RUNNING && st->net != NULL && st->view.address[0] == '\0')
		snprintf(buf, size, "wifi: joined, but no DHCP server has given an address");
	pthread_mutex_unlock(&st->mtx);
}

/* ---- the task ---- */

static void
requests(struct sta *st, struct sta_mailbox *mb)
{
	if ((mb->flags & MB_LEAVE) != 0)
		request_leave(st);
	if ((mb->flags & MB_JOIN) != 0)
		request_join(st, &mb->join);
	if ((mb->flags & MB_SCAN) != 0)
		scan_request(st, mb->scan_ssid, mb->scan_ssid_len);
	if ((mb->flags & MB_DOZE) != 0)
		request_doze(st, mb->doze);
	if ((mb->flags & MB_STATS) != 0)
		request_stats(st);
	explicit_bzero(&mb->join, sizeof(mb->join));
}

static void
notes(struct sta *st, const struct sta_mailbox *mb)
{
	if ((mb->flags & MB_SCAN_DONE) != 0)
		scan_done(st, (mb->flags & MB_SCAN_ABORTED) != 0);
	if ((mb->flags & MB_BEACON_MISS) != 0)
		run_missed(st);
	if ((mb->flags & MB_PROBE_ACKED) != 0)
		run_answered(st);
	if ((mb->flags & MB_ALIVE_LOST) != 0)
		run_missed(st);
	if ((mb->flags & MB_PN_END) != 0 && st->state == ST_RUNNING)
		retry_lost(st, DOT11_REASON_UNSPECIFIED, 0, "station",
		    "the pairwise key has encrypted all it may");
	if ((mb->ba_rx_gone | mb->ba_tx_gone) != 0)
		ba_gone(st, mb->ba_rx_gone, mb->ba_tx_gone);
	if (mb->ba_want != 0)
		ba_want(st, mb->ba_want);
}

static void
expired(struct sta *st, enum sta_timer t)
{
	static void (*const fn[NTIMERS])(struct sta *) = {
		[T_STEP] = join_timeout, [T_RETRY] = retry_now, [T_SCAN] = scan_timeout,
		[T_PROBE] = run_probe_timeout, [T_CSA] = run_switch,
		[T_CORE] = run_core_failed,
		[T_CARRIER] = retry_carrier_lost, [T_ROAM] = roam_look, [T_ALIVE] = run_alive,
		[T_BA] = ba_timer,
	};

	st->at[t] = NEVER;
	fn[t](st);
}

static void
timers(struct sta *st)
{
	unsigned t;

	for (t = 0; t < NTIMERS; t++)
		if (st->at[t] <= sta_now())
			expired(st, t);
	if (wpa_deadline(st->wpa) <= sta_now())
		supp_timer(st);
}

static void
set_alarm(struct sta *st)
{
	uint64_t when = wpa_deadline(st->wpa);
	unsigned t;

	for (t = 0; t < NTIMERS; t++)
		if (st->at[t] < when)
			when = st->at[t];
	sta_port_alarm(st->port, when);
}

void
sta_work(struct sta *st)
{
	struct sta_mailbox mb;
	struct sta_in in;
	unsigned n;

	pthread_mutex_lock(&st->mtx);
	mb = st->mb;
	memset(&st->mb, 0, sizeof(st->mb));
	pthread_mutex_unlock(&st->mtx);
	if ((mb.flags & MB_BYE_SENT) != 0)
		st->bye_sent = true;
	/* What was heard before the scan's end is looked at before it. */
	for (n = 0; n < INQ_LEN && inq_get(st, &in); n++) {
		inq_look(st, &in);
		m_freem(in.m);
	}
	if (n == INQ_LEN)
		sta_port_wake(st->port);
	notes(st, &mb);
	requests(st, &mb);
	timers(st);
	set_alarm(st);
}
