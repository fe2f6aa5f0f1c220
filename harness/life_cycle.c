/* SPDX-License-Identifier: BSD-2-Clause */
/* The life-cycle thread; see life.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/contain.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/event.h"
#include "harness/leaks.h"
#include "harness/life_int.h"
#include "harness/nap.h"
#include "harness/rr.h"

/* --suspend: after the sleep the wanted state is to be reached again, in as much time. */
static void
sleep_once(void *softc)
{
	life_now.naps--;
	pthread_mutex_lock(&life_now.lock);
	life_now.at = 0;
	life_now.cycle_since = clock_run_ns();
	atomic_store(&life_now.reached, life_state_name(life_now.pers, 0));
	pthread_mutex_unlock(&life_now.lock);
	(void)nap_once(life_now.pers, softc);
}

/* With the lock: may the life-cycle thread still wait? */
static bool
waiting(void)
{
	return !life_now.failed && !life_now.stopping &&
	    (life_now.at < life_now.opt->until || life_now.opt->stay || life_now.naps > 0);
}

/* Until the wanted state is there (--stay: longer), or the run is to end; awake then. */
static void
wait_for_state(void *softc)
{
	bool asked;

	life_enter(LIFE_WAIT);
	pthread_mutex_lock(&life_now.lock);
	while (waiting()) {
		asked = nap_asked();
		if (!asked && (life_now.naps == 0 || life_now.at < life_now.opt->until)) {
			(void)clock_cond_wait(&life_now.cond, &life_now.lock, 0);
			continue;
		}
		pthread_mutex_unlock(&life_now.lock);
		if (asked)
			nap_serve(life_now.pers, softc);
		else
			sleep_once(softc);
		pthread_mutex_lock(&life_now.lock);
	}
	pthread_mutex_unlock(&life_now.lock);
	nap_end(life_now.pers, softc);
}

/* An end before the wanted state is a failure, also when it was asked for. */
static void
check_reached(void)
{
	char waits[260];
	bool early;

	pthread_mutex_lock(&life_now.lock);
	early = !life_now.failed && life_now.at < life_now.opt->until;
	pthread_mutex_unlock(&life_now.lock);
	if (!early)
		return;
	life_waits(waits, sizeof(waits));
	life_fail(NULL, 0, "stopped by %s before \"%s\"%s", life_now.why_stop,
	    life_state_name(life_now.pers, life_now.opt->until), waits);
}

/* From a successful attach to the end of the wanted state. */
static void
live(struct hyp_dev *dev, void *softc)
{
	int error = 0;

	if (!life_halted() && life_now.pers->attach_late != NULL) {
		life_enter(LIFE_ATTACH_LATE);
		error = life_now.pers->attach_late(softc);
		if (error != 0)
			life_step_failed("attach_late", error);
	}
	if (error == 0 && !life_halted())
		hyp_state(dev, "attached");
	if (error == 0 && !life_halted() && life_now.opt->until > 0 && life_now.pers->run != NULL) {
		life_enter(LIFE_RUN);
		error = life_now.pers->run(softc);
		if (error != 0)
			life_step_failed("run", error);
	}
	wait_for_state(softc);
	check_reached();
}

static void
begin_cycle(unsigned cycle)
{
	pthread_mutex_lock(&life_now.lock);
	life_now.cycle = cycle;
	life_now.cycle_since = clock_run_ns();
	life_now.at = -1;
	life_now.naps = life_now.opt->suspend;
	life_now.last_error[0] = '\0';
	atomic_store(&life_now.reached, NULL);
	pthread_mutex_unlock(&life_now.lock);
}

/* The run has failed already: this, too, which may be why. */
static void
also(const char *text)
{
	size_t n, size = sizeof(life_now.error);

	pthread_mutex_lock(&life_now.lock);
	n = strlen(life_now.error);
	if (life_now.failed && strstr(life_now.error, text) == NULL)
		snprintf(life_now.error + n, size - n, "; %s", text);
	pthread_mutex_unlock(&life_now.lock);
}

/* What the DMA checker found in this cycle or before. */
static void
check_dma(void)
{
	char first[600], text[700] = "";
	unsigned n = dmacheck_count(first, sizeof(first));

	if (n == 1)
		snprintf(text, sizeof(text), "%s", first);
	else if (n > 1)
		snprintf(text, sizeof(text), "%u offences in DMA, the first: %s", n, first);
	rr_found(text, sizeof(text));
	if (text[0] == '\0')
		return;
	also(text);
	life_fail(NULL, 0, "%s", text);
}

static void
one_cycle(struct hyp_dev *dev, unsigned cycle)
{
	struct hyp_leaks leaks = { 0 };
	void *softc = NULL;
	int error, fds = leaks_fds();

	begin_cycle(cycle);
	atomic_store(&life_now.began, true);
	life_enter(LIFE_ATTACH);
	error = life_now.pers->attach(dev, &softc);
	if (error != 0)
		life_step_failed("attach", error);
	else {
		life_set_softc(softc);
		live(dev, softc);
		life_enter(LIFE_DETACH);
		life_set_softc(NULL);
		error = life_now.pers->detach(softc, &leaks);
		if (error != 0)
			life_step_failed("detach", error);
	}
	leaks_check(dev, &leaks, fds);
	check_dma();
}

/*
 * A device is not left as the driver has it.  Some cannot be reset, which is as it is; one that can,
 * and is not, may still do what it was told.
 */
static void
reset(struct hyp_dev *dev)
{
	struct vfio_err err = { "" };
	int error;

	if (dev->gone)
		return;
	error = dev_reset(dev, &err);
	if (error != 0 && error != ENOTSUP && !dev->gone)
		life_fail(dev, err.text[0] != '\0' ? 0 : error, "the device is left as the driver "
		    "had it%s%s", err.text[0] != '\0' ? ": " : "", err.text);
}

static void
clean_up(struct hyp_dev *dev)
{
	reset(dev);
	life_enter(LIFE_CLOSE);
	pthread_mutex_lock(&life_now.dev_lock);
	atomic_store(&life_now.dev, NULL);
	pthread_mutex_unlock(&life_now.dev_lock);
	dev_close(dev);
}

static void *
life_main(void *arg)
{
	struct vfio_err err;
	struct hyp_dev *dev;
	unsigned i;

	(void)arg;
	life_enter(LIFE_OPEN);
	event_start(life_now.pers->driver, life_now.opt->target,
	    life_state_name(life_now.pers, life_now.opt->until));
	if (dev_open(life_now.pers, life_now.opt, &dev, &err) != 0)
		life_fail(NULL, 0, "%s", err.text);
	else {
		atomic_store(&life_now.dev, dev);
		contain();
		for (i = 1; i <= life_now.opt->cycles && !life_halted(); i++)
			one_cycle(dev, i);
		clean_up(dev);
	}
	life_enter(LIFE_DONE);
	return NULL;
}

int
life_start(void)
{
	return hyp_thread_start(&life_now.thread, "life", life_main, NULL);
}

void
life_join(void)
{
	pthread_join(life_now.thread, NULL);
}
