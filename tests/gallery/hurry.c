/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hurry.c - a small driver for QEMU's edu that is in a hurry: bad manners, but no mistakes.  While
 * something is due again at once, for ever, the driver waits for a timer, and reads a register.
 */
#include "toy.h"

#define TICK_MS		5
#define TICKS		10

struct toy_softc {
	struct toy		sc_toy;
	struct pdk_timer	sc_timer, sc_hurry;
	struct pdk_task		sc_again;
	int			sc_ticks, sc_over;	/* locked */
};

static void
toy_hurry(void *arg)
{
	struct toy_softc *sc = arg;

	if (bug("timer_writes"))
		toy_write(&sc->sc_toy, EDU_LIVENESS, 8);
	if (!sc->sc_over)
		pdk_timer_arm(&sc->sc_hurry, 0);
}

static void
toy_again(void *arg)
{
	struct toy_softc *sc = arg;

	pdk_lock(&sc->sc_toy.dev);
	if (!sc->sc_over)
		pdk_task_post(&sc->sc_again);
	pdk_unlock(&sc->sc_toy.dev);
}

static void
toy_tick(void *arg)
{
	struct toy_softc *sc = arg;

	if (++sc->sc_ticks < TICKS)
		pdk_timer_arm(&sc->sc_timer, TICK_MS);
	pdk_wake(&sc->sc_toy.dev, &sc->sc_toy.wchan);
}

/* With the lock; an errno value. */
static int
toy_await_ticks(struct toy_softc *sc)
{
	int error = 0;

	while (bug("lock_is_spun") && sc->sc_ticks < TICKS) {
		pdk_unlock(&sc->sc_toy.dev);
		pdk_lock(&sc->sc_toy.dev);
	}
	while (sc->sc_ticks < TICKS && error == 0)
		error = pdk_wait(&sc->sc_toy.dev, &sc->sc_toy.wchan, 5000);
	return error;
}

static void
toy_task(void *arg)
{
	struct toy_softc *sc = arg;
	int error;

	pdk_lock(&sc->sc_toy.dev);
	if (bug("timer_hurries") || bug("timer_writes"))
		pdk_timer_arm(&sc->sc_hurry, 0);
	if (bug("task_comes_again"))
		pdk_task_post(&sc->sc_again);
	pdk_timer_arm(&sc->sc_timer, TICK_MS);
	error = toy_await_ticks(sc);
	(void)toy_read(&sc->sc_toy, EDU_ID);
	pdk_unlock(&sc->sc_toy.dev);
	if (error != 0)
		pdk_fail(&sc->sc_toy.dev, error, "the ticks");
	else
		pdk_state(&sc->sc_toy.dev, "ticked");
}

static int
toy_attach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_timer_init(dev, &sc->sc_timer, toy_tick, sc);
	pdk_timer_init(dev, &sc->sc_hurry, toy_hurry, sc);
	pdk_task_init(dev, &sc->sc_again, toy_again, sc);
	return toy_attach_regs(&sc->sc_toy, toy_task);
}

static int
toy_detach(struct pdk_dev *dev)
{
	struct toy_softc *sc = (struct toy_softc *)dev;

	pdk_lock(dev);
	sc->sc_over = 1;
	pdk_unlock(dev);
	toy_stop(&sc->sc_toy);
	pdk_timer_drain(&sc->sc_hurry);
	pdk_timer_drain(&sc->sc_timer);
	toy_detach_regs(&sc->sc_toy);
	return 0;
}

TOY_DRIVER("hurry", "ticked", toy_start);
