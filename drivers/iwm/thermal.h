/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * thermal.h - what is done at which temperature.  Pure.
 *
 *	struct iwm_thermal t = { 0 };
 *
 *	if (iwm_thermal_decide(&t, celsius))
 *		t.kill, t.protect or t.backoff has changed
 */
#ifndef IWM_THERMAL_H
#define IWM_THERMAL_H

#include <pdk.h>

struct iwm_thermal {
	int		kill;		/* the radio must be off */
	int		protect;	/* no long transmissions: RTS before frames */
	uint32_t	backoff;	/* us of silence after each transmission */
};

#define IWM_CT_KILL_DURATION	5000	/* ms until it is looked at again */

int	iwm_thermal_decide(struct iwm_thermal *, int celsius);

#endif /* IWM_THERMAL_H */
