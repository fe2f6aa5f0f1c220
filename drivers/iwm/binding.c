/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * binding.c - the network's MAC on its PHY context, and all of the radio's time for it.
 */
#include "iwm.h"
#include "fwapi_phy.h"
#include "fwapi_time.h"

static int
send(struct iwm_softc *sc, uint32_t action)
{
	struct iwm_binding_cmd cmd = {
		.id_and_color = htole32(FW_CMD_ID_AND_COLOR(IWM_BINDING_ID, 0)),
		.action = htole32(action),
		.macs = { htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_ID, 0)), htole32(FW_CTXT_INVALID),
		    htole32(FW_CTXT_INVALID) },
		.phy = htole32(FW_CMD_ID_AND_COLOR(IWM_PHY_ID, 0)),
	};
	uint32_t status = 0;
	int error;

	error = iwm_cmd_status(sc, IWM_BINDING_CONTEXT_CMD, &cmd, sizeof(cmd), &status);
	if (error == 0 && status != 0) {
		pdk_printf(&sc->sc_dev, "firmware: BINDING_CONTEXT_CMD action %u: status 0x%x",
		    action, status);
		error = EIO;
	}
	return error;
}

int
iwm_binding_add(struct iwm_softc *sc)
{
	return send(sc, FW_CTXT_ACTION_ADD);
}

int
iwm_binding_remove(struct iwm_softc *sc)
{
	return send(sc, FW_CTXT_ACTION_REMOVE);
}

/* A network that has the quota keeps the radio on its channel. */
int
iwm_quota(struct iwm_softc *sc, int on)
{
	struct iwm_time_quota_cmd cmd;
	unsigned i;

	memset(&cmd, 0, sizeof(cmd));
	for (i = 0; i < IWM_MAX_BINDINGS; i++)
		cmd.quotas[i].id_and_color = htole32(FW_CTXT_INVALID);
	if (on) {
		cmd.quotas[0].id_and_color = htole32(FW_CMD_ID_AND_COLOR(IWM_BINDING_ID, 0));
		cmd.quotas[0].quota = htole32(IWM_MAX_QUOTA);
	}
	return iwm_cmd_send(sc, IWM_TIME_QUOTA_CMD, &cmd, sizeof(cmd));
}
