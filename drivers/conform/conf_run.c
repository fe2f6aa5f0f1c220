/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_run.c - walks through the tables of checks and brings each check into its context.
 */
#include "conf.h"

/* The current document's next check, over the ends of tables; NULL at the document's end. */
static const struct conf_check *
next_check(struct conf_softc *sc)
{
	while (*sc->sc_group != NULL && sc->sc_check->name == NULL)
		sc->sc_check = *++sc->sc_group;
	return *sc->sc_group != NULL ? sc->sc_check : NULL;
}

void
conf_begin(struct conf_softc *sc, const char *title, const struct conf_check *const *groups)
{
	const struct conf_check *const *g;
	const struct conf_check *c;
	int n = 0;

	for (g = groups; *g != NULL; g++)
		for (c = *g; c->name != NULL; c++)
			n++;
	sc->sc_group = groups;
	sc->sc_check = groups[0];
	sc->sc_half = 0;
	conf_tap_begin(&sc->sc_tap, &sc->sc_dev, title, n);
}

/* ---- contexts ---- */

/* BH unlocked, TIMER locked: the check that was to be made here has been made. */
static void
arrived(struct conf_softc *sc)
{
	sc->sc_arrived = 1;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
}

static void
in_timer(void *arg)
{
	struct conf_softc *sc = arg;

	sc->sc_check->run(sc);
	arrived(sc);
}

static int
in_filter(void *arg)
{
	struct conf_softc *sc = arg;
	uint32_t cause = CONF_READ(sc, EDU_INTR_STATUS);

	if (cause == 0 || cause == 0xffffffff)
		return PDK_INTR_STRAY;
	CONF_WRITE(sc, EDU_INTR_ACK, cause);
	if (sc->sc_check->where == CONF_FILTER)
		sc->sc_check->run(sc);
	return PDK_INTR_BH;
}

static void
in_bh(void *arg)
{
	struct conf_softc *sc = arg;

	if (sc->sc_check->where == CONF_BH)
		sc->sc_check->run(sc);
	pdk_lock(&sc->sc_dev);
	arrived(sc);
	pdk_unlock(&sc->sc_dev);
}

static void
by_timer(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	sc->sc_arrived = 0;
	pdk_timer_arm(&sc->sc_run_timer, 1);
	CONF_WAIT(sc, sc->sc_arrived);
	CONF_OK(sc, sc->sc_arrived, "no timer came");
	pdk_timer_stop(&sc->sc_run_timer);
	pdk_unlock(&sc->sc_dev);
}

static void
by_interrupt(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = 1;

	sc->sc_arrived = 0;
	if (CONF_OK(sc, pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec) == 0, "there is no interrupt") &&
	    CONF_OK(sc, pdk_intr_establish(dev, 0, in_filter, in_bh, sc) == 0,
	    "the interrupt cannot be connected")) {
		pdk_lock(dev);
		CONF_WRITE(sc, EDU_INTR_RAISE, 1);
		CONF_WAIT(sc, sc->sc_arrived);
		CONF_OK(sc, sc->sc_arrived, "no interrupt came");
		pdk_unlock(dev);
	}
	pdk_intr_disestablish(dev);
	CONF_WRITE(sc, EDU_INTR_ACK, 0xffffffff);
}

/* ---- the walk ---- */

static void
run_check(struct conf_softc *sc)
{
	const struct conf_check *c = sc->sc_check;

	conf_tap_check(&sc->sc_tap, c->name);
	if (!CONF_OK(sc, pdk_map_create(&sc->sc_dev, &sc->sc_map, 100, 1) == 0,
	    "a map cannot be made"))
		return;
	if (c->where == CONF_TIMER)
		by_timer(sc);
	else if (c->where == CONF_BH || c->where == CONF_FILTER)
		by_interrupt(sc);
	else
		c->run(sc);
	pdk_map_destroy(&sc->sc_map);
}

static void
post_run(struct conf_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&sc->sc_run_task);
	pdk_unlock(&sc->sc_dev);
}

/* TIMER, BH and FILTER are begun in WORKER. */
static int
belongs(const struct conf_check *c, enum conf_where where)
{
	return c->where == where || (where == CONF_WORKER && c->where > CONF_WORKER &&
	    c->where <= CONF_FILTER);
}

/* Make the checks of this place, up to one of another. */
void
conf_go(struct conf_softc *sc, enum conf_where where)
{
	const struct conf_check *c;

	while ((c = next_check(sc)) != NULL && belongs(c, where)) {
		if (!sc->sc_half)
			run_check(sc);
		if (!sc->sc_half && c->then != NULL) {
			sc->sc_half = 1;
			post_run(sc);		/* behind what the check has posted */
			return;
		}
		if (sc->sc_half)
			c->then(sc);
		sc->sc_half = 0;
		conf_tap_result(&sc->sc_tap);
		sc->sc_check++;
	}
	if (c == NULL && conf_tap_end(&sc->sc_tap) != 0)
		sc->sc_failures++;
}

/* WORKER: the document of attach goes on; behind its end is what waits for it. */
static void
run_task(void *arg)
{
	struct conf_softc *sc = arg;

	conf_go(sc, CONF_WORKER);
	if (sc->sc_tap.t_title != NULL)
		return;
	pdk_state(&sc->sc_dev, "tested");
	conf_wifi_begin(sc);
}

void
conf_run_init(struct conf_softc *sc)
{
	pdk_timer_init(&sc->sc_dev, &sc->sc_run_timer, in_timer, sc);
	pdk_task_init(&sc->sc_dev, &sc->sc_run_task, run_task, sc);
}

/* CONFIG.  The walk ends where it is. */
void
conf_run_fini(struct conf_softc *sc)
{
	pdk_timer_drain(&sc->sc_run_timer);
	pdk_lock(&sc->sc_dev);
	pdk_task_cancel(&sc->sc_run_task);
	pdk_unlock(&sc->sc_dev);
	pdk_worker_drain(&sc->sc_dev);
}
