/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ieee80211.c - a radio's life: attach, up, down, restart, rfkill.  What it does while it is up is
 * the station layer's (sta/sta.h), if the driver offers what that needs; when it is up is
 * follow.h's.
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

static void
go_down(void *arg, bool alive, const char *why)
{
	struct shim_80211 *w = arg;

	if (w->sta != NULL)
		sta_down(w->sta, alive, why);
	hyp_trace(w->sc->hyp, "80211", "down", 0, 0);
	hyp_call_begin("WORKER", (const void *)w->ops->down);
	w->ops->down(w->sc->dev);
	hyp_call_end();
	SHIM_LEFT_UNLOCKED(w->sc, w->ops->down);
}

static int
go_up(void *arg)
{
	struct shim_80211 *w = arg;
	int error;

	hyp_trace(w->sc->hyp, "80211", "up", 0, 0);
	hyp_call_begin("WORKER", (const void *)w->ops->up);
	error = w->ops->up(w->sc->dev);
	hyp_call_end();
	SHIM_LEFT_UNLOCKED(w->sc, w->ops->up);
	SHIM_RETURNED(w->sc, error, w->ops->up);
	return error;
}

static void
started(void *arg)
{
	struct shim_80211 *w = arg;

	if (w->sta != NULL)
		sta_up(w->sta);
}

static const struct shim_follow_ops life_ops = {
	.up = go_up, .started = started, .down = go_down,
	.persistent = true,
	.died = "the firmware has died",
	.off = "the radio is switched off",
	.no_start = "802.11: the radio cannot be started",
	.too_often = "802.11: the firmware died or did not start",
};

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
	w->sc = sc;
	shim_follow_init(&w->life, sc, &life_ops, w);
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

	shim_follow_down(&w->life, w->life.asleep ? "the system goes to sleep" : "the run ends");
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
	shim_follow_end(&w->life);
	(void)shim_in_worker(sc, take_down);
	shim_follow_cancel(&w->life);
	if (w->sta != NULL) {
		shim_80211_station_stop(sc, w);
		sta_close(w->sta);
	}
	atomic_store(&sc->wifi, NULL);
	w->next_gone = sc->wifi_gone;	/* an upcall in BH may still be in it */
	sc->wifi_gone = w;
}

void
shim_80211_sleep(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w == NULL)
		return;
	shim_follow_sleep(&w->life);
	(void)shim_in_worker(sc, take_down);
}

void
shim_80211_quiet(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w == NULL)
		return;
	shim_follow_cancel(&w->life);
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
	w->sta_quiet = false;
	shim_unlock(sc);
	shim_follow_wake(&w->life);
}

int
shim_80211_run(struct pdk_softc *sc)
{
	struct shim_80211 *w = sc->wifi;

	if (w != NULL)
		shim_follow_want(&w->life, true);
	return 0;
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
	changed = w->life.blocked != (blocked != 0);
	if (changed)
		shim_follow_block(&w->life, blocked != 0);
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
	shim_follow_restart(&w->life);
}
