/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of states and phases; see life.h. */
#include <string.h>

#include "harness/life.h"

const char *
life_state_name(const struct hyp_personality *pers, int index)
{
	int i;

	if (index == 0)
		return "attached";
	for (i = 0; pers->states != NULL && pers->states[i] != NULL; i++)
		if (i + 1 == index)
			return pers->states[i];
	return NULL;
}

int
life_state_index(const struct hyp_personality *pers, const char *state)
{
	const char *name;
	int i;

	for (i = 0; (name = life_state_name(pers, i)) != NULL; i++)
		if (strcmp(name, state) == 0)
			return i;
	return -1;
}

const char *
life_phase_name(enum life_phase phase)
{
	static const char *const names[] = { "opening the device", "attach", "attach_late", "run",
	    "waiting for the driver", "suspend", "suspended", "resume", "detach",
	    "closing the device", "done" };

	return names[phase];
}
