/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tev.c - time events: the firmware stays on the network's channel for a while, although the
 * network has no share of the radio's time yet.  From join to association (session
 * protection).
 */
#include "iwm.h"
#include "fwapi_phy.h"
#include "fwapi_time.h"

/* TU.  Longer than an authentication takes; it is renewed. */
#define DURATION	900
#define MAX_DELAY	500
#define START_TIMEOUT	2000	/* ms */

static void
fill(struct iwm_time_event_cmd *cmd, uint32_t action)
{
	memset(cmd, 0, sizeof(*cmd));
	cmd->id_and_color = htole32(FW_CMD_ID_AND_COLOR(IWM_MAC_ID, 0));
	cmd->action = htole32(action);
}

static int
add(struct iwm_softc *sc)
{
	struct iwm_time_event_cmd cmd;
	struct iwm_time_event_resp resp = { 0 };
	struct iwm_hcmd h = { .id = IWM_TIME_EVENT_CMD, .data = { &cmd }, .len = { sizeof(cmd) },
	    .resp = &resp, .resp_size = sizeof(resp) };
	int error;

	fill(&cmd, FW_CTXT_ACTION_ADD);
	cmd.id = htole32(TE_BSS_STA_AGGRESSIVE_ASSOC);
	cmd.max_delay = htole32(MAX_DELAY);
	cmd.interval = htole32(1);
	cmd.duration = htole32(DURATION);
	cmd.repeat = 1;
	cmd.max_frags = TE_V2_FRAG_NONE;
	cmd.policy = htole16(TE_V2_NOTIF_HOST_EVENT_START | TE_V2_NOTIF_HOST_EVENT_END |
	    TE_V2_START_IMMEDIATELY);
	sc->sc_tev.state = IWM_TEV_ASKED;
	sc->sc_events &= ~IWM_EV_TEV;
	if ((error = iwm_cmd(sc, &h)) != 0)
		sc->sc_tev.state = IWM_TEV_NONE;
	else if (h.resp_len < sizeof(resp) || (le32toh(resp.status) & 1) == 0) {
		pdk_printf(&sc->sc_dev, "firmware: TIME_EVENT_CMD: refused, status 0x%x",
		    le32toh(resp.status));
		sc->sc_tev.state = IWM_TEV_NONE;
		error = EBUSY;
	} else
		sc->sc_tev.uid = le32toh(resp.unique_id);
	return error;
}

/* Until the radio is on the channel.  EBUSY: the firmware has other plans. */
int
iwm_tev_protect(struct iwm_softc *sc)
{
	int error;

	if ((error = add(sc)) != 0)
		return error;
	error = iwm_wait_events(sc, IWM_EV_TEV, START_TIMEOUT);
	if (error == 0 && sc->sc_tev.state != IWM_TEV_RUNS)
		error = EBUSY;
	if (error == ETIMEDOUT || error == EBUSY)
		pdk_printf(&sc->sc_dev, "firmware: the radio is not free for channel %u",
		    sc->sc_net.bss.chan.num);
	return error;
}

int
iwm_tev_end(struct iwm_softc *sc)
{
	struct iwm_time_event_cmd cmd;
	uint32_t uid = sc->sc_tev.uid;

	if (sc->sc_tev.state == IWM_TEV_NONE)
		return 0;
	sc->sc_tev.state = IWM_TEV_NONE;
	fill(&cmd, FW_CTXT_ACTION_REMOVE);
	cmd.id = htole32(uid);
	return iwm_cmd_send(sc, IWM_TIME_EVENT_CMD, &cmd, sizeof(cmd));
}

/* BH. */
void
iwm_tev_notif(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const struct iwm_time_event_notif *n = (const void *)payload;
	struct iwm_tev *t = &sc->sc_tev;

	/* The reply with the number comes first; nobody else has events. */
	if (len < sizeof(*n) || t->state == IWM_TEV_NONE)
		return;
	if ((le32toh(n->action) & TE_V2_NOTIF_HOST_EVENT_START) != 0 && le32toh(n->status) != 0)
		t->state = IWM_TEV_RUNS;
	else {
		t->state = IWM_TEV_NONE;
		if ((sc->sc_net.state & (IWM_N_JOINED | IWM_N_ASSOC)) == IWM_N_JOINED)
			pdk_task_post(&t->task);
	}
	iwm_event(sc, IWM_EV_TEV);
}

/* WORKER, unlocked: the association takes longer. */
static void
renew(void *arg)
{
	struct iwm_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	if ((sc->sc_net.state & (IWM_N_JOINED | IWM_N_ASSOC)) == IWM_N_JOINED &&
	    sc->sc_tev.state == IWM_TEV_NONE)
		(void)add(sc);
	pdk_unlock(&sc->sc_dev);
}

void
iwm_tev_init(struct iwm_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_tev.task, renew, sc);
}

void
iwm_tev_reset(struct iwm_softc *sc)
{
	sc->sc_tev.state = IWM_TEV_NONE;
	pdk_task_cancel(&sc->sc_tev.task);
}
