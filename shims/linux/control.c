/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control.c - the personality's requests on the harness's control socket.
 *
 *	{"cmd":"pdk"}		what the driver holds and waits for: the lock, tasks, timers,
 *				how much memory, DMA objects, maps, mbufs; the radio's counters
 *	{"cmd":"radio","do":"up"}	turn the radio on; "down": off; "restart": as if its
 *				firmware had died
 *	{"cmd":"wifi","do":...}	the station layer's: sta/ctl.h
 *	{"cmd":"net"}		an Ethernet interface: its link, and what it has counted
 *
 * Answers have "ok", "cmd", "id" if the request had one, and "error" when not ok.  They must
 * come also when the driver hangs with the lock held, so nothing waits for it here for long.
 */
#include "softc.h"
#include "ieee80211.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "shims/linux/sta/ctl.h"

#define LOCK_TRIES	400		/* a register of a slow card takes its time */
#define LOCK_STEP	5		/* ms */

static void
set_where(json_t *o, const char *key, const void *site)
{
	json_object_set_new(o, key, json_string(SHIM_WHERE(site)));
}

/* By the wall's clock: simulated time may jump over any wait while the driver is just busy. */
static bool
try_lock(struct pdk_softc *sc)
{
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (hyp_trylock_as(&sc->mtx, SHIM_LOCK)) {
			atomic_store_explicit(&sc->owner, SHIM_SELF(), memory_order_relaxed);
			return true;
		}
		hyp_clock_leave();
		(void)poll(NULL, 0, LOCK_STEP);
		hyp_clock_enter();
	}
	return false;
}

/* Locked. */
static void
put_queues(struct pdk_softc *sc, json_t *o)
{
	json_t *tasks = json_array(), *timers = json_array(), *t;
	uint64_t now = hyp_clock_ns();
	const struct pdk_timer *tm;
	const struct pdk_task *tk;

	TAILQ_FOREACH(tk, &sc->tasks, tk_link) {
		t = json_object();
		set_where(t, "posted", tk->tk_site);
		json_array_append_new(tasks, t);
	}
	TAILQ_FOREACH(tm, &sc->timers, tm_link) {
		t = json_object();
		set_where(t, "armed", tm->tm_site);
		json_object_set_new(t, "ms", json_integer(tm->tm_when < now ? 0 :
		    (json_int_t)((tm->tm_when - now) / 1000000)));
		json_array_append_new(timers, t);
	}
	json_object_set_new(o, "tasks", tasks);
	json_object_set_new(o, "timers", timers);
	if (sc->running != NULL)
		set_where(o, "running", (const char *)sc->running + 1);
	if (sc->wait_site != NULL)
		set_where(o, "waiting", sc->wait_site);
}

static void
put_live(struct pdk_softc *sc, json_t *o)
{
	json_object_set_new(o, "memory", json_integer(atomic_load(&sc->live.memory)));
	json_object_set_new(o, "dma", json_integer(atomic_load(&sc->live.dma)));
	json_object_set_new(o, "maps", json_integer(atomic_load(&sc->live.maps)));
	json_object_set_new(o, "mbufs", json_integer(atomic_load(&sc->live.mbufs)));
	json_object_set_new(o, "firmware", json_integer(atomic_load(&sc->live.firmware)));
}

static json_t *
count(atomic_ullong *n)
{
	return json_integer((json_int_t)atomic_load(n));
}

/* Locked, or the flags are of a moment ago. */
static void
put_radio(struct shim_80211 *w, json_t *o)
{
	json_t *r = json_object();

	json_object_set_new(r, "wanted", json_boolean(w->life.want_up));
	json_object_set_new(r, "blocked", json_boolean(w->life.blocked));
	json_object_set_new(r, "up", json_boolean(atomic_load(&w->life.is_up)));
	json_object_set_new(r, "ups", json_integer(atomic_load(&w->life.ups)));
	json_object_set_new(r, "rx", count(&w->counts.rx));
	json_object_set_new(r, "rx_bytes", count(&w->counts.rx_bytes));
	json_object_set_new(r, "tx_ok", count(&w->counts.tx_ok));
	json_object_set_new(r, "tx_failed", count(&w->counts.tx_failed));
	json_object_set_new(r, "scans", count(&w->counts.scans));
	json_object_set_new(r, "beacon_miss", count(&w->counts.beacon_miss));
	json_object_set_new(r, "ba", count(&w->counts.ba));
	json_object_set_new(o, "radio", r);
}

static void
put_pdk(struct pdk_softc *sc, json_t *o)
{
	struct shim_80211 *w = atomic_load(&sc->wifi);

	if (try_lock(sc)) {
		json_object_set_new(o, "lock", json_string("free"));
		put_queues(sc, o);
		if (w != NULL)
			put_radio(w, o);
		shim_unlock(sc);
	} else {
		json_object_set_new(o, "lock", json_string("held"));
		set_where(o, "held_since", sc->lock_site);
	}
	put_live(sc, o);
}

/* An error text, or NULL. */
static const char *
radio(struct pdk_softc *sc, const char *what)
{
	struct shim_80211 *w = atomic_load(&sc->wifi);

	if (w == NULL)
		return "the driver has no radio (it has not called pdk80211_attach())";
	if (what == NULL || (strcmp(what, "up") != 0 && strcmp(what, "down") != 0 &&
	    strcmp(what, "restart") != 0))
		return "\"do\" is \"up\", \"down\" or \"restart\"";
	if (!try_lock(sc))
		return "the driver holds its lock and does not give it back";
	if (strcmp(what, "restart") == 0)
		shim_follow_restart(&w->life);
	else
		shim_follow_want(&w->life, strcmp(what, "up") == 0);
	shim_unlock(sc);
	return NULL;
}

/* Locked. */
static void
say_waits(struct pdk_softc *sc, char *buf, size_t size)
{
	const struct shim_80211 *w = atomic_load(&sc->wifi);

	if (sc->wait_site != NULL)
		snprintf(buf, size, "WORKER waits in %s", SHIM_WHERE(sc->wait_site));
	else if (sc->running != NULL)
		snprintf(buf, size, "WORKER runs %s", SHIM_WHERE_FN(sc->running));
	else if (w != NULL && w->life.want_up && w->life.blocked)
		snprintf(buf, size, "the radio is switched off (rfkill) and waits for its switch");
}

/* What the station waits for is more than what WORKER happens to do for it: that comes first. */
static void
add_station(struct sta *st, char *buf, size_t size)
{
	char station[256] = "", worker[256];

	sta_waits(st, station, sizeof(station));
	if (station[0] == '\0')
		return;
	snprintf(worker, sizeof(worker), "%s", buf);
	snprintf(buf, size, "%s%s%s", station, worker[0] != '\0' ? "; " : "", worker);
}

void
shim_waits(struct pdk_softc *sc, char *buf, size_t size)
{
	struct shim_80211 *w;

	buf[0] = '\0';
	if (!try_lock(sc)) {
		snprintf(buf, size, "the lock is held since %s", SHIM_WHERE(sc->lock_site));
		return;
	}
	say_waits(sc, buf, size);
	w = atomic_load(&sc->wifi);
	shim_unlock(sc);
	if (w != NULL && w->sta != NULL)
		add_station(w->sta, buf, size);
}

/* The same.  What has to wake WORKER needs the lock for a moment. */
static const char *
wifi(struct pdk_softc *sc, json_t *req, json_t *out)
{
	struct shim_80211 *w = atomic_load(&sc->wifi);

	if (w == NULL || w->sta == NULL)
		return "the driver is no wifi station (it has not called pdk80211_attach() with "
		    "its operations)";
	if (!try_lock(sc))
		return "the driver holds its lock and does not give it back";
	shim_unlock(sc);
	return sta_ctl(w->sta, req, out);
}

/* Serve `cmd`: false when it is not ours. */
static bool
serve(struct pdk_softc *sc, const char *cmd, json_t *req, json_t *out, const char **error)
{
	*error = NULL;
	if (strcmp(cmd, "pdk") == 0)
		put_pdk(sc, out);
	else if (strcmp(cmd, "radio") == 0)
		*error = radio(sc, json_string_value(json_object_get(req, "do")));
	else if (strcmp(cmd, "wifi") == 0)
		*error = wifi(sc, req, out);
	else if (strcmp(cmd, "net") == 0)
		*error = shim_net_control(sc, out);
	else
		return false;
	return true;
}

char *
shim_control(struct pdk_softc *sc, const char *request)
{
	json_t *req = json_loads(request, 0, NULL), *o = json_object(), *id;
	const char *cmd = json_string_value(json_object_get(req, "cmd")), *error;
	char *answer = NULL;

	if (cmd != NULL && serve(sc, cmd, req, o, &error)) {
		json_object_set_new(o, "ok", json_boolean(error == NULL));
		json_object_set_new(o, "cmd", json_string(cmd));
		if ((id = json_object_get(req, "id")) != NULL)
			json_object_set(o, "id", id);
		if (error != NULL)
			json_object_set_new(o, "error", json_string(error));
		answer = json_dumps(o, JSON_COMPACT);
	}
	json_decref(o);
	json_decref(req);
	return answer;
}
