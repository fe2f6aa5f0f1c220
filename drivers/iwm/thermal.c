/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thermal.c - see thermal.h.  Source of values: iwlwifi mvm/tt.c.
 */
#include "thermal.h"

#define CT_KILL_ENTRY		118	/* degrees Celsius, as all of these */
#define CT_KILL_EXIT		96
#define TX_PROTECTION_ENTRY	114
#define TX_PROTECTION_EXIT	108

static const struct {
	int		celsius;
	uint32_t	backoff;	/* us */
} backoffs[] = {
	{ 112, 200 }, { 113, 600 }, { 114, 1200 }, { 115, 2000 }, { 116, 4000 }, { 117, 10000 },
};

int
iwm_thermal_decide(struct iwm_thermal *t, int celsius)
{
	struct iwm_thermal old = *t;
	unsigned i;

	if (celsius >= CT_KILL_ENTRY)
		t->kill = 1;
	else if (celsius <= CT_KILL_EXIT)
		t->kill = 0;
	if (celsius >= TX_PROTECTION_ENTRY)
		t->protect = 1;
	else if (celsius <= TX_PROTECTION_EXIT)
		t->protect = 0;
	t->backoff = 0;
	for (i = 0; i < nitems(backoffs) && celsius >= backoffs[i].celsius; i++)
		t->backoff = backoffs[i].backoff;
	return t->kill != old.kill || t->protect != old.protect || t->backoff != old.backoff;
}
