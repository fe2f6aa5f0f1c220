/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Suspend and resume, and a mailbox for one request to do so with the answers to the last
 * ones; see nap.h.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "harness/control.h"
#include "harness/event.h"
#include "harness/life.h"
#include "harness/nap.h"

#define RESULTS	16		/* as many as there can be clients */

static struct {
	bool		 asleep;	/* the life-cycle thread's */
	pthread_mutex_t	 lock;		/* all below */
	unsigned	 asked, done;	/* tickets given, requests served */
	bool		 suspend;
	struct {
		bool	 ok;
		char	 text[128];
	}		 result[RESULTS];
} N = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- the mailbox ---- */

bool
nap_ask(bool suspend, unsigned *ticket)
{
	bool free;

	pthread_mutex_lock(&N.lock);
	free = N.asked == N.done;
	if (free) {
		N.suspend = suspend;
		*ticket = ++N.asked;
	}
	pthread_mutex_unlock(&N.lock);
	return free;
}

bool
nap_asked(void)
{
	bool any;

	pthread_mutex_lock(&N.lock);
	any = N.asked != N.done;
	pthread_mutex_unlock(&N.lock);
	return any;
}

static void
answer(const char *error)
{
	pthread_mutex_lock(&N.lock);
	N.done = N.asked;
	N.result[N.done % RESULTS].ok = error[0] == '\0';
	snprintf(N.result[N.done % RESULTS].text, sizeof(N.result[0].text), "%s", error);
	pthread_mutex_unlock(&N.lock);
	control_wake();
}

bool
nap_over(unsigned ticket, bool *ok, char *text, size_t size)
{
	bool over;

	pthread_mutex_lock(&N.lock);
	over = N.done >= ticket;
	if (over) {
		*ok = N.result[ticket % RESULTS].ok;
		snprintf(text, size, "%s", N.result[ticket % RESULTS].text);
	}
	pthread_mutex_unlock(&N.lock);
	return over;
}

/* ---- what is asked for ---- */

/* Without a device that works the run has failed. */
static int
wake_up(const struct hyp_personality *pers, void *softc)
{
	int error;

	life_enter(LIFE_RESUME);
	error = pers->resume(softc);
	N.asleep = false;
	if (error != 0)
		life_step_failed("resume", error);
	else
		event_log(HYP_LOG_INFO, "resumed");
	life_enter(LIFE_WAIT);
	return error;
}

static int
fall_asleep(const struct hyp_personality *pers, void *softc)
{
	int error;

	life_enter(LIFE_SUSPEND);
	error = pers->suspend(softc);
	N.asleep = error == 0;
	if (N.asleep)
		event_log(HYP_LOG_INFO, "suspended");
	life_enter(N.asleep ? LIFE_ASLEEP : LIFE_WAIT);
	return error;
}

static void
no_suspend(const struct hyp_personality *pers, char *text, size_t size)
{
	snprintf(text, size, "the driver %.32s has no suspend", pers->driver);
}

void
nap_serve(const struct hyp_personality *pers, void *softc)
{
	bool suspend = N.suspend;	/* as it was asked: it is not over yet */
	char error[128] = "";
	int e;

	if (pers->suspend == NULL)
		no_suspend(pers, error, sizeof(error));
	else if (suspend == N.asleep)
		snprintf(error, sizeof(error), "it is %s", suspend ? "suspended already" :
		    "not suspended");
	else if ((e = suspend ? fall_asleep(pers, softc) : wake_up(pers, softc)) != 0)
		snprintf(error, sizeof(error), "%s", strerror(e));
	answer(error);
}

bool
nap_once(const struct hyp_personality *pers, void *softc)
{
	char text[128];
	int error;

	if (pers->suspend == NULL) {
		no_suspend(pers, text, sizeof(text));
		life_fail(NULL, 0, "--suspend: %s", text);
		return false;
	}
	error = fall_asleep(pers, softc);
	if (error != 0)
		life_step_failed("suspend", error);
	return error == 0 && wake_up(pers, softc) == 0;
}

void
nap_end(const struct hyp_personality *pers, void *softc)
{
	if (nap_asked())
		answer("the run has ended");
	if (N.asleep)
		(void)wake_up(pers, softc);
}
