/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211.c - a radio's life: attach, up, down, restart, rfkill.  What it does while it is up is
 * the station layer's (sta/sta.h), if the driver offers what that needs.
 *
 * What a run wants (up or down) and what is (up or down) are two flags under the driver's
 * lock; whatever changes the first posts one task, and the task, in WORKER, makes the
 * second follow by calling ops->up and ops->down.  Operations are thus one at a time.
 */
#include "softc.h"
#include "ieee80211.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct shim_80211 *
shim_80211(struct pdk_softc *sc, const char *call)
{
	struct shim_80211 *w = atomic_load(&sc->wifi);

	if (__predict_false(w == NULL))
		shim_violation(sc, R_pdk80211_attach, "%s() without pdk80211_attach()", call);
	return w;
}

/* The radio shall be on: the run wants it, no switch forbids it, nobody sleeps.  Locked. */
static bool
wanted(const struct shim_80211 *w)
{
	return w->want_up && !w->rfkill && !w->failed && !w->asleep;
}

/* `alive`: the firmware works still.  `why` is for the user. */
static void
go_down(struct pdk_softc *sc, struct shim_80211 *w, bool alive, const char *why)
{
	if (!w->is_up)
		return;
	if (w->sta != NULL)
		sta_down(w->sta, alive, why);
	hyp_trace(sc->hyp, "80211", "down", 0, 0);
	w->ops->down(sc->dev);
	SHIM_LEFT_UNLOCKED(sc, w->ops->down);
	w->is_up = false;
}

static void
give_up(struct pdk_softc *sc, struct shim_80211 *w, int error, const char *text)
{
	shim_lock(sc);
	w->failed = true;
	shim_unlock(sc);
	hyp_fail(sc->hyp, error, text);
}

/* 0, also when up has failed but is not wanted any more, or is to be tried again anyway. */
static int
go_up(struct pdk_softc *sc, struct shim_80211 *w)
{
	int error;

	if (w->is_up)
		return 0;
	hyp_trace(sc->hyp, "80211", "up", 0, 0);
	error = w->ops->up(sc->dev);
	SHIM_LEFT_UNLOCKED(sc, w->ops->up);
	w->is_up = error == 0;
	w->ups += error == 0;
	if (error == 0 && w->sta != NULL)
		sta_up(w->sta);
	shim_lock(sc);
	if (!wanted(w) || w->restart)
		error = 0;
	shim_unlock(sc);
	return error;
}

/* The firmware died: is there another try? */
static bool
may_restart(struct pdk_softc *sc, struct shim_80211 *w)
{
	uint64_t now = hyp_clock_ns();
	char text[128];

	if (now - w->restart_first > SHIM_80211_RESTART_NS) {
		w->restart_first = now;
		w->restarts = 0;
	}
	if (++w->restarts <= SHIM_80211_RESTARTS)
		return true;
	snprintf(text, sizeof(text),
	    "802.11: the firmware died or did not start %u times within %u s", w->restarts,
	    (unsigned)(SHIM_80211_RESTART_NS / 1000000000));
	give_up(sc, w, EIO, text);
	return false;
}

/* Up, once; after the firmware has died as often as may_restart() allows. */
static void
start(struct pdk_softc *sc, struct shim_80211 *w, bool restart)
{
	char text[128];
	int error;

	do {
		if (restart && !may_restart(sc, w))
			return;
		error = go_up(sc, w);
	} while (error != 0 && restart);
	if (error == 0)
		return;
	snprintf(text, sizeof(text), "802.11: the radio cannot be started: %s", strerror(error));
	give_up(sc, w, error, text);
}

/* WORKER: make what is follow what is wanted. */
static void
follow(void *arg)
{
	struct pdk_softc *sc = arg;
	struct shim_80211 *w = sc->wifi;
	bool up, restart;

	shim_lock(sc);
	restart = w->restart;
	w->restart = false;
	up = wanted(w);
	shim_unlock(sc);
	if (restart)
		go_down(sc, w, false, "the firmware has died");
	else if (!up)
		go_down(sc, w, true, "the radio is switched off");
	if (up)
		start(sc, w, restart);
}

/* Count the channels of a band, and say so: "2.4 GHz 13 channels, 5 GHz 24 channels". */
static void
report_bands(struct pdk_softc *sc, const struct shim_80211 *w)
{
	unsigned n2 = 0, n5 = 0, i;
	char bands[96], count[16];

	for (i = 0; i < w->caps.nchans; i++) {
		if (w->chans[i].freq < 3000)
			n2++;
		else
			n5++;
	}
	snprintf(count, sizeof(count), "%u", w->caps.nchans);
	if (n2 != 0 && n5 != 0)
		snprintf(bands, sizeof(bands), "2.4 GHz %u channels, 5 GHz %u channels", n2, n5);
	else
		snprintf(bands, sizeof(bands), "%s GHz %u channels", n5 != 0 ? "5" : "2.4",
		    n2 + n5);
	hyp_info(sc->hyp, "channels", count);
	hyp_info(sc->hyp, "bands", bands);
}

static void
report(struct pdk_softc *sc, const struct shim_80211 *w)
{
	const uint8_t *a = w->caps.mac;
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
	    a[5]);
	hyp_info(sc->hyp, "mac", mac);
	report_bands(sc, w);
}

int
pdk80211_attach(struct pdk_dev *dev, const struct pdk80211_ops *ops,
    const struct pdk80211_caps *caps)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_attach);
	if (sc->wifi != NULL)
		return EBUSY;
	if (ops->up == NULL || ops->down == NULL || caps->nchans == 0 ||
	    (caps->mac[0] & 1) != 0)
		return EINVAL;
	if (SHIM_FAULT(sc, attach_80211))
		return ENOMEM;
	w = calloc(1, sizeof(*w) + caps->nchans * sizeof(w->chans[0]));
	if (w == NULL)
		return ENOMEM;
	w->ops = ops;
	w->caps = *caps;
	memcpy(w->chans, caps->chans, caps->nchans * sizeof(w->chans[0]));
	w->caps.chans = w->chans;
	shim_task_init(sc, &w->task, follow, sc);
	report(sc, w);
	if (sta_capable(ops) && shim_80211_station(sc, w) != 0) {
		free(w);
		return ENOMEM;
	}
	atomic_store(&sc->wifi, w);
	return 0;
}

static int
take_down(struct pdk_dev *dev)
{
	struct shim_80211 *w = dev->pd_sc->wifi;

	go_down(dev->pd_sc, w, true, w->asleep ? "the system goes to sleep" : "the run ends");
	return 0;
}

void
pdk80211_detach(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w = sc->wifi;

	SHIM_CHECK(sc, pdk80211_detach);
	if (w == NULL)
		return;
	shim_lock(sc);
	w->want_up = false;
	shim_unlock(sc);
	shim_task_cancel(&w->task);
	(void)shim_in_worker(sc, take_down);
	shim_task_cancel(&w->task);
	if (w->sta != NULL) {
		shim_80211_station_stop(sc, w);
		sta_close(w->sta);
	}
	atomic_store(&sc->wifi, NULL);
	w->next_gone = sc->wifi_gone;	/* an upcall in BH may still be in it */
	sc->wifi_gone = w;
}

/* When it wakes up, it starts; so a restart is not due any more either. */
void
shim_80211_sleep(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w == NULL)
		return;
	shim_lock(sc);
	w->asleep = true;
	w->restart = false;
	shim_unlock(sc);
	(void)shim_in_worker(sc, take_down);
}

void
shim_80211_quiet(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w == NULL)
		return;
	shim_task_cancel(&w->task);
	if (w->sta != NULL)
		shim_80211_station_stop(sc, w);
}

void
shim_80211_wake(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w == NULL)
		return;
	shim_lock(sc);
	w->asleep = w->restart = w->sta_quiet = false;
	shim_task_post(&w->task);
	shim_unlock(sc);
}

int
shim_80211_run(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w != NULL)
		shim_80211_want(sc, w, true);
	return 0;
}

void
shim_80211_want(struct pdk_softc *sc, struct shim_80211 *w, bool up)
{
	bool taken = shim_lock_if(sc);

	w->want_up = up;
	shim_task_post(&w->task);
	shim_unlock_if(sc, taken);
}

void
shim_80211_again(struct pdk_softc *sc, struct shim_80211 *w)
{
	bool taken = shim_lock_if(sc);

	w->restart = true;
	shim_task_post(&w->task);
	shim_unlock_if(sc, taken);
}

void
shim_80211_fini(struct pdk_softc *sc)
{
	struct shim_80211 *w;

	if (sc->wifi != NULL)
		shim_violation(sc, R_rule_give_back,
		    "the driver of %s has detached without pdk80211_detach()", sc->drv->name);
	while ((w = sc->wifi_gone) != NULL) {
		sc->wifi_gone = w->next_gone;
		if (w->sta != NULL)
			sta_free(w->sta);
		free(w);
	}
}

void
pdk80211_rfkill(struct pdk_dev *dev, int blocked)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;
	bool changed;

	SHIM_CHECK(sc, pdk80211_upcall);
	w = shim_80211(sc, __func__);
	shim_lock(sc);
	changed = w->rfkill != (blocked != 0);
	w->rfkill = blocked != 0;
	if (changed)
		shim_task_post(&w->task);
	shim_unlock(sc);
	if (w->sta != NULL)
		sta_rfkill(w->sta, blocked != 0);
	if (changed)
		hyp_info(sc->hyp, "rfkill", blocked ? "blocked" : "unblocked");
}

void
pdk80211_restart(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_80211 *w;

	SHIM_CHECK(sc, pdk80211_upcall);
	w = shim_80211(sc, __func__);
	shim_80211_again(sc, w);
}
