/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * follow.c - see follow.h.
 */
#include "follow.h"

#include <stdio.h>
#include <string.h>

/* Locked. */
static bool
wanted(const struct shim_follow *f)
{
	return f->want_up && !f->blocked && !f->failed && !f->asleep;
}

static void
give_up(struct shim_follow *f, int error, const char *text)
{
	shim_lock(f->sc);
	f->failed = true;
	shim_unlock(f->sc);
	hyp_fail(f->sc->hyp, error, text);
}

static void
go_down(struct shim_follow *f, bool alive, const char *why)
{
	if (!atomic_load(&f->is_up))
		return;
	f->ops->down(f->arg, alive, why);
	atomic_store(&f->is_up, false);
	if (f->ops->stopped != NULL)
		f->ops->stopped(f->arg);
}

/* 0, also when up has failed but is not wanted any more, or is to be tried again anyway. */
static int
go_up(struct shim_follow *f)
{
	int error;

	if (atomic_load(&f->is_up))
		return 0;
	error = f->ops->up(f->arg);
	if (error == 0) {
		atomic_store(&f->is_up, true);
		atomic_fetch_add(&f->ups, 1);
		if (f->ops->started != NULL)
			f->ops->started(f->arg);
	}
	shim_lock(f->sc);
	if (!wanted(f) || f->restart)
		error = 0;
	shim_unlock(f->sc);
	return error;
}

/* The device has died: is there another try? */
static bool
may_restart(struct shim_follow *f)
{
	uint64_t now = hyp_clock_ns();
	char text[128];

	if (now - f->restart_first > SHIM_RESTART_NS) {
		f->restart_first = now;
		f->restarts = 0;
	}
	if (++f->restarts <= SHIM_RESTARTS)
		return true;
	snprintf(text, sizeof(text), "%s %u times within %u s", f->ops->too_often, f->restarts,
	    (unsigned)(SHIM_RESTART_NS / 1000000000));
	give_up(f, EIO, text);
	return false;
}

/* Up, once; after a death as often as may_restart() allows, if that is the device's way. */
static void
start(struct shim_follow *f, bool restart)
{
	char text[128];
	int error;

	do {
		if (restart && !may_restart(f))
			return;
		error = go_up(f);
	} while (error != 0 && restart && f->ops->persistent);
	if (error == 0)
		return;
	snprintf(text, sizeof(text), "%s: %s", f->ops->no_start, strerror(error));
	give_up(f, error, text);
}

/* WORKER: make what is follow what is wanted. */
static void
follow(void *arg)
{
	struct shim_follow *f = arg;
	bool up, restart;

	shim_lock(f->sc);
	restart = f->restart;
	f->restart = false;
	up = wanted(f);
	shim_unlock(f->sc);
	if (restart)
		go_down(f, false, f->ops->died);
	else if (!up)
		go_down(f, true, f->ops->off);
	if (up)
		start(f, restart);
}

void
shim_follow_init(struct shim_follow *f, struct pdk_softc *sc, const struct shim_follow_ops *ops,
    void *arg)
{
	f->sc = sc;
	f->ops = ops;
	f->arg = arg;
	shim_task_init(sc, &f->task, follow, f);
}

void
shim_follow_want(struct shim_follow *f, bool up)
{
	bool taken = shim_lock_if(f->sc);

	f->want_up = up;
	shim_task_post(&f->task);
	shim_unlock_if(f->sc, taken);
}

void
shim_follow_block(struct shim_follow *f, bool blocked)
{
	bool taken = shim_lock_if(f->sc);

	f->blocked = blocked;
	shim_task_post(&f->task);
	shim_unlock_if(f->sc, taken);
}

void
shim_follow_restart(struct shim_follow *f)
{
	bool taken = shim_lock_if(f->sc);

	f->restart = true;
	shim_task_post(&f->task);
	shim_unlock_if(f->sc, taken);
}

void
shim_follow_down(struct shim_follow *f, const char *why)
{
	go_down(f, true, why);
}

/* When it wakes up, it starts; so a restart is not due any more either. */
void
shim_follow_sleep(struct shim_follow *f)
{
	shim_lock(f->sc);
	f->asleep = true;
	f->restart = false;
	shim_unlock(f->sc);
}

void
shim_follow_wake(struct shim_follow *f)
{
	shim_lock(f->sc);
	f->asleep = f->restart = false;
	shim_task_post(&f->task);
	shim_unlock(f->sc);
}

void
shim_follow_end(struct shim_follow *f)
{
	shim_lock(f->sc);
	f->want_up = false;
	shim_unlock(f->sc);
	shim_task_cancel(&f->task);
}

void
shim_follow_cancel(struct shim_follow *f)
{
	shim_task_cancel(&f->task);
}
