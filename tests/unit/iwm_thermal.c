/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What iwm does at which temperature, warming up and cooling down.
 */
#include <pdk.h>

#include "drivers/iwm/thermal.h"
#include "tests/unit/tap.h"

int
main(void)
{
	struct iwm_thermal t = { 0 };
	uint32_t last = 0;
	int c, changes = 0, grows = 1;

	ok(!iwm_thermal_decide(&t, 41) && !iwm_thermal_decide(&t, 111), "cool: nothing");
	for (c = 111; c < 118; c++) {
		changes += iwm_thermal_decide(&t, c);
		grows &= t.backoff >= last;
		last = t.backoff;
	}
	ok(grows && t.backoff == 10000 && changes == 6 && t.protect && !t.kill,
	    "the warmer, the longer are the pauses; from 114 on frames are protected");
	ok(iwm_thermal_decide(&t, 118) && t.kill, "at 118 the radio goes off");
	ok(iwm_thermal_decide(&t, 109) && t.kill && t.protect && t.backoff == 0,
	    "at 109 it stays off");
	ok(iwm_thermal_decide(&t, 97) && t.kill && !t.protect, "at 97, too");
	ok(iwm_thermal_decide(&t, 96) && !t.kill, "at 96 it may be on");
	ok(iwm_thermal_decide(&t, 112) && t.backoff == 200 && !t.protect, "warm again: a pause");
	ok(iwm_thermal_decide(&t, 20) && t.backoff == 0, "and none when it is cool");
	ok(iwm_thermal_decide(&t, 30000) && t.kill && iwm_thermal_decide(&t, -40) && !t.kill,
	    "nonsense is taken for what it says");
	return done();
}
