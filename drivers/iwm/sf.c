/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sf.c - smart FIFO: how long the firmware may hold received frames back to deliver several at
 * once.  Off until a network is in service.  Source of values: iwlwifi mvm/sf.c.
 */
#include "iwm.h"
#include "fwapi_misc.h"

int
iwm_sf_config(struct iwm_softc *sc, int on)
{
	struct iwm_sf_cfg_cmd cmd = { .state = htole32(on ? SF_FULL_ON : SF_INIT_OFF) };
	uint32_t aging = on ? SF_AGING_TIMER : SF_AGING_TIMER_DEF;
	uint32_t idle = on ? SF_IDLE_TIMER : SF_IDLE_TIMER_DEF;
	unsigned i;

	cmd.watermark[0] = htole32(SF_W_MARK_SCAN);
	cmd.watermark[1] = htole32(SF_W_MARK_MIMO2);
	for (i = 0; i < SF_NUM_SCENARIO; i++) {
		cmd.long_delay_timeouts[i][0] = htole32(SF_LONG_DELAY_AGING_TIMER);
		cmd.long_delay_timeouts[i][1] = htole32(SF_LONG_DELAY_AGING_TIMER);
		cmd.full_on_timeouts[i][0] = htole32(aging);
		cmd.full_on_timeouts[i][1] = htole32(idle);
	}
	if (on) {
		cmd.full_on_timeouts[SF_SCENARIO_MULTICAST][0] = htole32(SF_MCAST_AGING_TIMER);
		cmd.full_on_timeouts[SF_SCENARIO_MULTICAST][1] = htole32(SF_MCAST_IDLE_TIMER);
	}
	return iwm_cmd_send(sc, IWM_REPLY_SF_CFG_CMD, &cmd, sizeof(cmd));
}
