/* SPDX-License-Identifier: BSD-2-Clause */
/* A mailbox for one request, and the answers to the last ones; see nap.h. */
#include <pthread.h>
#include <stdio.h>

#include "harness/nap.h"

#define RESULTS	16		/* as many as there can be clients */

static struct {
	pthread_mutex_t	 lock;
	unsigned	 asked, done;	/* tickets given, requests served */
	bool		 suspend;
	struct {
		bool	 ok;
		char	 text[128];
	}		 result[RESULTS];
} N = { .lock = PTHREAD_MUTEX_INITIALIZER };

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
nap_next(bool *suspend)
{
	bool any;

	pthread_mutex_lock(&N.lock);
	any = N.asked != N.done;
	*suspend = N.suspend;
	pthread_mutex_unlock(&N.lock);
	return any;
}

void
nap_done(bool ok, const char *text)
{
	pthread_mutex_lock(&N.lock);
	N.done = N.asked;
	N.result[N.done % RESULTS].ok = ok;
	snprintf(N.result[N.done % RESULTS].text, sizeof(N.result[0].text), "%s", text);
	pthread_mutex_unlock(&N.lock);
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
