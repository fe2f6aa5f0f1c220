/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdname.c - the names of the commands, for messages.
 */
#include <pdk.h>

#include "iwm.h"

#define NAME(x)	{ IWM_##x, #x }

static const struct {
	uint16_t	 id;
	const char	*name;
} names[] = {
	NAME(PHY_CONTEXT_CMD),
	NAME(ADD_STA_KEY),
	NAME(ADD_STA),
	NAME(REMOVE_STA),
	NAME(TX_CMD),
	NAME(SCD_QUEUE_CFG),
	NAME(TXPATH_FLUSH),
	NAME(MAC_CONTEXT_CMD),
	NAME(TIME_EVENT_CMD),
	NAME(BINDING_CONTEXT_CMD),
	NAME(TIME_QUOTA_CMD),
	NAME(LQ_CMD),
	NAME(SCAN_OFFLOAD_REQUEST_CMD),
	NAME(SCAN_OFFLOAD_ABORT_CMD),
	NAME(PHY_CONFIGURATION_CMD),
	NAME(PHY_DB_CMD),
	NAME(POWER_TABLE_CMD),
	NAME(REPLY_THERMAL_MNG_BACKOFF),
	NAME(NVM_ACCESS_CMD),
	NAME(TX_ANT_CONFIGURATION_CMD),
	NAME(BT_CONFIG),
	NAME(STATISTICS_CMD),
	NAME(MAC_PM_POWER_TABLE),
	NAME(MCAST_FILTER_CMD),
	NAME(REPLY_SF_CFG_CMD),
	NAME(REPLY_BEACON_FILTERING_CMD),
	NAME(LTR_CONFIG),
	NAME(DTS_MEASUREMENT_TRIGGER),
	NAME(DQA_ENABLE_CMD),
};

const char *
iwm_cmd_name(uint16_t id)
{
	unsigned i;

	for (i = 0; i < nitems(names); i++)
		if (names[i].id == id)
			return names[i].name;
	return "command";
}
