/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.c - a network from join to leave: which of the firmware's contexts are made, changed and
 * removed in which order.  Source of the order: iwlwifi mvm/mac80211.c.
 */
#include "iwm.h"
#include "fwapi_phy.h"
#include "fwapi_sta.h"
#include "scd.h"

/* ---- join ---- */

static int
enable(struct iwm_softc *sc, unsigned qid, unsigned fifo)
{
	return iwm_txq_enable(sc, qid, IWM_STATION_ID, IWM_TID_NONE, fifo, 0,
	    iwm_txq_first(sc, qid, 0));
}

static int
enable_queues(struct iwm_softc *sc)
{
	unsigned ac;
	int error;

	error = enable(sc, IWM_MGMT_QUEUE, IWM_TX_FIFO_VO);
	for (ac = 0; ac < PDK80211_NAC && error == 0; ac++)
		error = enable(sc, IWM_AC_QUEUE(ac), iwm_fifo_of_ac(ac));
	return error;
}

static int
add_mac(struct iwm_softc *sc)
{
	return iwm_macctx_send(sc, FW_CTXT_ACTION_ADD);
}

static int
tune(struct iwm_softc *sc)
{
	return iwm_phyctx_set(sc, &sc->sc_net.bss.chan, sc->sc_net.bss.mcs[1] != 0);
}

static int
add_ap(struct iwm_softc *sc)
{
	return iwm_sta_ap(sc, 0);
}

/* What is to be done, and what the firmware has then. */
static const struct {
	int		(*fn)(struct iwm_softc *);
	unsigned	 state;
} join_steps[] = {
	{ tune, 0 },
	{ add_mac, IWM_N_MAC },
	{ iwm_binding_add, IWM_N_BINDING },
	{ add_ap, IWM_N_STA },
	{ enable_queues, IWM_N_QUEUES },
	{ iwm_tev_protect, IWM_N_JOINED },
};

static int
join(struct iwm_softc *sc, const struct pdk80211_bss *bss)
{
	struct iwm_net *net = &sc->sc_net;
	struct pdk_task task = net->task;
	unsigned i, ac;
	int error;

	memset(net, 0, sizeof(*net));
	net->task = task;
	net->bss = *bss;
	net->queues = 1u << IWM_MGMT_QUEUE;
	for (ac = 0; ac < PDK80211_NAC; ac++)
		net->queues |= 1u << IWM_AC_QUEUE(ac);
	for (i = 0; i < nitems(join_steps); i++) {
		if ((error = join_steps[i].fn(sc)) != 0)
			return error;
		net->state |= join_steps[i].state;
	}
	iwm_txq_watch(sc, 1);
	return 0;
}

/* ---- leave ---- */

static int
remove_mac(struct iwm_softc *sc)
{
	return iwm_macctx_send(sc, FW_CTXT_ACTION_REMOVE);
}

static int
quota_off(struct iwm_softc *sc)
{
	return iwm_quota(sc, 0);
}

/* No more association; what was for its time only ends, too. */
static int
dissociate(struct iwm_softc *sc)
{
	int error;

	if ((error = iwm_beacon_filter(sc, 0)) != 0 || (error = iwm_power(sc)) != 0 ||
	    (error = iwm_macctx_send(sc, FW_CTXT_ACTION_MODIFY)) != 0)
		return error;
	return iwm_sf_config(sc, 0);
}

/* Frames that are still there come back unsent; then the queues are closed. */
static int
close_queues(struct iwm_softc *sc)
{
	uint32_t queues = sc->sc_net.queues;
	unsigned q;
	int error;

	iwm_tx_drop_held(sc);
	if ((error = iwm_sta_drain(sc, 1)) != 0)
		return error;
	error = iwm_txq_flush(sc, queues);
	if (error != 0 && error != ETIMEDOUT)
		return error;
	for (q = IWM_MGMT_QUEUE; q <= IWM_LAST_QUEUE; q++)
		if ((queues >> q & 1) != 0 && (error = iwm_txq_disable(sc, q,
		    IWM_IS_AGG_QUEUE(q) ? q - IWM_AGG_QUEUE(0) : IWM_TID_NONE)) != 0)
			return error;
	return iwm_sta_drain(sc, 0);
}

static const struct {
	int		(*fn)(struct iwm_softc *);
	unsigned	 state;
} leave_steps[] = {
	{ close_queues, IWM_N_QUEUES },
	{ dissociate, IWM_N_ASSOC },
	{ iwm_sta_remove, IWM_N_STA },
	{ quota_off, IWM_N_QUOTA },
	{ iwm_binding_remove, IWM_N_BINDING },
	{ remove_mac, IWM_N_MAC },
};

/* A firmware that does not follow is started again. */
void
iwm_net_leave(struct iwm_softc *sc)
{
	struct iwm_net *net = &sc->sc_net;
	unsigned i, state = net->state;
	int error = 0;

	net->state &= ~(IWM_N_JOINED | IWM_N_ASSOC);
	pdk_task_cancel(&net->task);		/* else join() would overwrite one that is queued */
	iwm_txq_watch(sc, 0);
	iwm_lq_reset(sc);
	iwm_ba_reset(sc);
	if (state != 0)
		error = iwm_tev_end(sc);
	for (i = 0; i < nitems(leave_steps) && error == 0; i++)
		if ((state & leave_steps[i].state) != 0)
			error = leave_steps[i].fn(sc);
	if (error != 0 && (sc->sc_flags & (IWM_F_FATAL | IWM_F_GONE)) == 0)
		iwm_fw_died(sc, "the network cannot be left");
	if (error == 0)
		net->state = 0;
	iwm_key_forget(sc);
}

/* ---- assoc ---- */

static int
assoc(struct iwm_softc *sc, const struct pdk80211_bss *bss)
{
	struct iwm_net *net = &sc->sc_net;
	int error;

	net->bss = *bss;
	net->state |= IWM_N_ASSOC;
	if ((error = tune(sc)) != 0 || (error = iwm_sta_ap(sc, 1)) != 0 ||
	    (error = iwm_lq_start(sc)) != 0 ||
	    (error = iwm_macctx_send(sc, FW_CTXT_ACTION_MODIFY)) != 0 ||
	    (error = iwm_quota(sc, 1)) != 0)
		return error;
	net->state |= IWM_N_QUOTA;
	if ((error = iwm_mcast_filter(sc)) != 0 || (error = iwm_sf_config(sc, 1)) != 0 ||
	    (error = iwm_power(sc)) != 0 ||
	    (net->beacon.heard && (error = iwm_beacon_filter(sc, 1)) != 0))
		return error;
	sc->sc_restarts = 0;			/* whatever was wrong, it serves again */
	return iwm_tev_end(sc);
}

/* ---- update ---- */

/* Another channel: nothing may be bound to the context that is tuned. */
static int
change_channel(struct iwm_softc *sc)
{
	int error;

	if ((error = iwm_quota(sc, 0)) != 0 || (error = iwm_binding_remove(sc)) != 0)
		return error;
	sc->sc_net.state &= ~(IWM_N_QUOTA | IWM_N_BINDING);
	if ((error = tune(sc)) != 0 || (error = iwm_binding_add(sc)) != 0)
		return error;
	sc->sc_net.state |= IWM_N_BINDING;
	if ((error = iwm_quota(sc, 1)) == 0)
		sc->sc_net.state |= IWM_N_QUOTA;
	return error;
}

static int
update(struct iwm_softc *sc, int what, const struct pdk80211_bss *bss)
{
	int error = 0;

	sc->sc_net.bss = *bss;
	if ((what & PDK_UPD_CHAN) != 0)
		error = change_channel(sc);
	else if ((what & PDK_UPD_HT) != 0)
		error = tune(sc);
	if (error == 0 && (what & (PDK_UPD_HT | PDK_UPD_CHAN)) != 0 &&
	    (error = iwm_sta_ap(sc, 1)) == 0)
		error = iwm_lq_start(sc);
	if (error == 0 && (what & ~PDK_UPD_PS) != 0)
		error = iwm_macctx_send(sc, FW_CTXT_ACTION_MODIFY);
	if (error == 0 && (what & (PDK_UPD_PS | PDK_UPD_DTIM)) != 0)
		error = iwm_power(sc);
	/* Whether a beacon's reception may be cut short, too, depends on power save. */
	if (error == 0 && (what & PDK_UPD_PS) != 0 && sc->sc_net.beacon.heard)
		error = iwm_beacon_filter(sc, 1);
	return error;
}

/* ---- operations ---- */

/* EBUSY: the radio is not free; EIO, ENXIO. */
int
iwm_join_op(struct pdk_dev *dev, const struct pdk80211_bss *bss)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error = ENXIO;

	pdk_lock(dev);
	if (sc->sc_net.state != 0)
		iwm_net_leave(sc);
	if ((sc->sc_flags & (IWM_F_UP | IWM_F_FATAL)) == IWM_F_UP &&
	    (error = join(sc, bss)) != 0)
		iwm_net_leave(sc);
	iwm_upcall_tell(sc);
	pdk_unlock(dev);
	return error;
}

/* ENOTCONN: not joined; EIO, ENXIO. */
int
iwm_assoc_op(struct pdk_dev *dev, const struct pdk80211_bss *bss)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error = ENOTCONN;

	pdk_lock(dev);
	if ((sc->sc_net.state & IWM_N_JOINED) != 0)
		error = assoc(sc, bss);
	pdk_unlock(dev);
	return error;
}

void
iwm_leave_op(struct pdk_dev *dev)
{
	struct iwm_softc *sc = iwm_sc(dev);

	pdk_lock(dev);
	iwm_net_leave(sc);
	iwm_upcall_finish(sc);
	pdk_unlock(dev);
}

/* ENOTCONN: not associated; EIO, ENXIO. */
int
iwm_update_op(struct pdk_dev *dev, int what, const struct pdk80211_bss *bss)
{
	struct iwm_softc *sc = iwm_sc(dev);
	int error = ENOTCONN;

	pdk_lock(dev);
	if ((sc->sc_net.state & IWM_N_ASSOC) != 0)
		error = update(sc, what, bss);
	pdk_unlock(dev);
	return error;
}

/* ---- around it ---- */

/* WORKER, unlocked: when the next DTIM beacon comes is known now. */
static void
beacon_task(void *arg)
{
	struct iwm_softc *sc = arg;

	pdk_lock(&sc->sc_dev);
	if ((sc->sc_net.state & IWM_N_ASSOC) != 0 &&
	    iwm_macctx_send(sc, FW_CTXT_ACTION_MODIFY) == 0)
		(void)iwm_beacon_filter(sc, 1);
	pdk_unlock(&sc->sc_dev);
}

void
iwm_net_init(struct iwm_softc *sc)
{
	pdk_task_init(&sc->sc_dev, &sc->sc_net.task, beacon_task, sc);
}

void
iwm_net_reset(struct iwm_softc *sc)
{
	sc->sc_net.state = 0;
	pdk_task_cancel(&sc->sc_net.task);
	iwm_txq_watch(sc, 0);
	iwm_tev_reset(sc);
	iwm_lq_reset(sc);
	iwm_ba_reset(sc);
	iwm_tx_drop_held(sc);
	iwm_txq_reset(sc, IWM_NET_QUEUES);
	iwm_key_forget(sc);
}
