/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ethernet.c - an Ethernet interface's life: attach, up, down, restart, link; pdknet.h's upcalls.
 * Its frames meet the host in ethernet_port.c.
 * When it is up is follow.h's.
 */
#include "ethernet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct shim_net *
attached(struct pdk_softc *sc, const char *call)
{
	struct shim_net *n = atomic_load(&sc->net);

	if (__predict_false(n == NULL))
		shim_violation(sc, R_pdknet_attach, "%s() without pdknet_attach()", call);
	return n;
}

/* The host's multicast groups are not known here, so all are received. */
static struct pdknet_config
configuration(void)
{
	return (struct pdknet_config){ .mtu = PDKNET_MTU, .allmulti = 1 };
}

/* ---- up and down, in WORKER ---- */

static void
set_link(struct shim_net *n, const struct pdknet_link *link)
{
	char text[64] = "down";

	if (link->up)
		snprintf(text, sizeof(text), "%u Mb/s %s duplex", link->mbps,
		    link->full_duplex ? "full" : "half");
	shim_lock(n->sc);
	n->link = *link;
	shim_unlock(n->sc);
	hyp_info(n->sc->hyp, "link", text);
	if (n->port != NULL)
		hyp_net_carrier(n->port, link->up);
}

static void
go_down(void *arg, bool alive, const char *why __unused)
{
	struct shim_net *n = arg;

	if (!alive)
		atomic_fetch_add(&n->counts.restarts, 1);
	hyp_trace(n->sc->hyp, "net", "down", 0, 0);
	hyp_call_begin("WORKER", (const void *)n->ops->down);
	n->ops->down(n->sc->dev);
	hyp_call_end();
	SHIM_LEFT_UNLOCKED(n->sc, n->ops->down);
}

static void
stopped(void *arg)
{
	static const struct pdknet_link none = { 0 };
	struct shim_net *n = arg;

	if (n->link.up)
		set_link(n, &none);
	if (n->port != NULL)
		hyp_net_ready(n->port);		/* what it keeps is dropped and counted */
}

static int
go_up(void *arg)
{
	struct pdknet_config conf = configuration();
	struct shim_net *n = arg;
	int error;

	hyp_trace(n->sc->hyp, "net", "up", 0, 0);
	hyp_call_begin("WORKER", (const void *)n->ops->up);
	error = n->ops->up(n->sc->dev, &conf);
	hyp_call_end();
	SHIM_LEFT_UNLOCKED(n->sc, n->ops->up);
	SHIM_RETURNED(n->sc, error, n->ops->up);
	return error;
}

static void
started(void *arg)
{
	struct shim_net *n = arg;

	if (n->port != NULL)
		hyp_net_ready(n->port);
}

static const struct shim_follow_ops life_ops = {
	.up = go_up, .started = started, .down = go_down, .stopped = stopped,
	.no_start = "the device cannot be started",
	.too_often = "the device hung",
};

static void
fetch_stats(void *arg)
{
	struct shim_net *n = arg;
	struct pdknet_stats s = { 0 };

	if (n->ops->stats != NULL) {
		(void)n->ops->stats(n->sc->dev, &s);
		SHIM_LEFT_UNLOCKED(n->sc, n->ops->stats);
	}
	shim_lock(n->sc);
	n->stats = s;
	n->stats_seq++;
	shim_unlock(n->sc);
}

/* ---- the core's calls ---- */

static void
report(struct pdk_softc *sc, const uint8_t a[6])
{
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4],
	    a[5]);
	hyp_info(sc->hyp, "mac", mac);
}

int
pdknet_attach(struct pdk_dev *dev, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_net *n;
	int error;

	SHIM_CHECK(sc, pdknet_attach);
	if (sc->net != NULL)
		return EEXIST;
	if (ops->up == NULL || ops->down == NULL || ops->tx == NULL ||
	    caps->max_mtu < PDKNET_MTU || (caps->mac[0] & 1) != 0)
		return EINVAL;
	if (SHIM_FAULT(sc, attach_net))
		return ENOMEM;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return ENOMEM;
	n->ops = ops;
	n->caps = *caps;
	n->sc = sc;
	shim_follow_init(&n->life, sc, &life_ops, n);
	shim_task_init(sc, &n->stats_task, fetch_stats, n);
	error = shim_net_port_open(n);
	if (error != 0) {
		free(n);
		return error;
	}
	report(sc, caps->mac);
	atomic_store(&sc->net, n);
	return 0;
}

static int
take_down(struct pdk_dev *dev)
{
	struct shim_net *n = dev->pd_sc->net;

	shim_follow_down(&n->life, NULL);
	fetch_stats(n);		/* what came last is in them */
	return 0;
}

/* Nothing of it is queued; an upcall may post again. */
static void
cancel(struct shim_net *n)
{
	shim_follow_cancel(&n->life);
	shim_task_cancel(&n->stats_task);
}

void
pdknet_detach(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_net *n = sc->net;

	SHIM_CHECK(sc, pdknet_detach);
	if (n == NULL)
		return;
	shim_follow_end(&n->life);
	cancel(n);
	(void)shim_in_worker(sc, take_down);
	shim_net_port_close(n);
	cancel(n);
	shim_net_tell(n);
	atomic_store(&sc->net, NULL);
	n->next_gone = sc->net_gone;	/* an upcall in BH may still be in it */
	sc->net_gone = n;
}

void
pdknet_link(struct pdk_dev *dev, const struct pdknet_link *link)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_net *n;
	const char *const *state;

	SHIM_CHECK(sc, pdknet_upcall);
	n = attached(sc, __func__);
	set_link(n, link);
	for (state = sc->drv->states; link->up && state != NULL && *state != NULL; state++)
		if (strcmp(*state, "link") == 0)
			hyp_state(sc->hyp, *state);
}

void
pdknet_restart(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_net *n;

	SHIM_CHECK(sc, pdknet_upcall);
	n = attached(sc, __func__);
	shim_follow_restart(&n->life);
}

void
pdknet_tx_ready(struct pdk_dev *dev)
{
	struct pdk_softc *sc = shim_sc(dev);
	struct shim_net *n;

	SHIM_CHECK(sc, pdknet_upcall);
	n = attached(sc, __func__);
	if (n->port != NULL)
		hyp_net_ready(n->port);
}

/* ---- the shim's own ---- */

void
shim_net_run(struct pdk_softc *sc)
{
	struct shim_net *n = sc->net;

	if (n != NULL)
		shim_follow_want(&n->life, true);
}

void
shim_net_sleep(struct pdk_softc *sc)
{
	struct shim_net *n = sc->net;

	if (n == NULL)
		return;
	shim_follow_sleep(&n->life);
	(void)shim_in_worker(sc, take_down);
}

void
shim_net_quiet(struct pdk_softc *sc)
{
	if (sc->net != NULL)
		cancel(sc->net);
}

void
shim_net_wake(struct pdk_softc *sc)
{
	struct shim_net *n = sc->net;

	if (n != NULL)
		shim_follow_wake(&n->life);
}

void
shim_net_fini(struct pdk_softc *sc)
{
	struct shim_net *n;

	if (sc->net != NULL)
		shim_violation(sc, R_rule_give_back,
		    "the driver of %s has detached without pdknet_detach()", sc->drv->name);
	while ((n = sc->net_gone) != NULL) {
		sc->net_gone = n->next_gone;
		free(n);
	}
}
