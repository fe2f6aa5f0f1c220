/* SPDX-License-Identifier: BSD-2-Clause */
/* What other threads ask of the driver, or of its life cycle; see life.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/life_int.h"
#include "harness/nap.h"
#include "harness/rr.h"

void
life_set_softc(void *softc)
{
	hyp_lock(&life_now.softc_lock);
	life_now.softc = softc;
	hyp_unlock(&life_now.softc_lock);
}

char *
life_control(const char *request)
{
	char *answer = NULL;

	if (!rr_outside(RR_CONTROL, request))
		return strdup("{\"ok\":false,\"error\":\"this is a replay, and takes no requests\"}");
	hyp_lock(&life_now.softc_lock);
	if (life_now.softc != NULL && life_now.pers->control != NULL)
		answer = life_now.pers->control(life_now.softc, request);
	hyp_unlock(&life_now.softc_lock);
	rr_outside_done();
	return answer;
}

void
life_waits(char *buf, size_t size)
{
	char text[256] = "";

	if (rr_outside(RR_WAITS, "")) {
		hyp_lock(&life_now.softc_lock);
		if (life_now.softc != NULL && life_now.pers->waits != NULL)
			life_now.pers->waits(life_now.softc, text, sizeof(text));
		hyp_unlock(&life_now.softc_lock);
		rr_outside_done();
	}
	snprintf(buf, size, "%s%s", text[0] != '\0' ? "; " : "", text);
}

bool
life_nap(bool suspend, unsigned *ticket)
{
	bool ok;

	if (!rr_outside(suspend ? RR_NAP : RR_WAKE, ""))
		return false;
	ok = nap_ask(suspend, ticket);
	pthread_mutex_lock(&life_now.lock);
	life_changed();
	pthread_mutex_unlock(&life_now.lock);
	rr_outside_done();
	return ok;
}
