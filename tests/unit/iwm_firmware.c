/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm with a firmware that answers, and no card: what it is told, in which order, and what follows
 * from a refusal.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/fwapi_power.h"
#include "drivers/iwm/fwapi_rate.h"
#include "drivers/iwm/fwapi_sta.h"
#include "drivers/iwm/iwm.h"
#include "iwm_fakepdk.h"
#include "tests/unit/tap.h"

#define TID		2		/* to send */
#define RX_TID		6
#define QUEUE_BIT	(1u << IWM_AGG_QUEUE(TID))
#define MAX_TOLD	64
#define REFUSAL		8		/* a status of ADD_STA that is none of success */

static const uint8_t bssid[6] = { 2, 0, 0, 0, 1, 0 };
static struct iwm_softc *sc;

/* ---- the firmware ---- */

static struct {
	uint16_t	id;
	uint8_t		data[64];		/* what is behind the header, or its beginning */
} told[MAX_TOLD];
static unsigned ntold;
static uint16_t refused;			/* the command that gets another status */
static void (*meanwhile)(void);			/* before the next reply */

/* The command that is waited for gets its reply. */
static void
answer(void)
{
	struct iwm_cmd_ring *c = &sc->sc_cmd;
	const uint8_t *slot = (const uint8_t *)c->slots.va + c->idx * IWM_CMD_SLOT_SIZE;
	uint32_t buf[3] = { 0 };
	struct iwm_rx_packet *p = (void *)buf;

	if (!c->waiting || c->done || ntold == MAX_TOLD)
		return;
	if (meanwhile != NULL)
		meanwhile();
	meanwhile = NULL;
	told[ntold].id = c->id[c->idx];
	memcpy(told[ntold].data, slot + sizeof(struct iwm_cmd_header), sizeof(told[0].data));
	p->hdr.cmd = IWM_CMD_OPCODE(told[ntold].id);
	p->hdr.sequence = htole16(QUEUE_TO_SEQ(IWM_CMD_QUEUE) | INDEX_TO_SEQ(c->idx));
	buf[2] = htole32(told[ntold].id == refused ? REFUSAL : IWM_ADD_STA_SUCCESS);
	ntold++;
	iwm_cmd_done(sc, p, sizeof(buf[2]));
}

/* What the n-th command so far was, with its data; NULL: another one. */
static const void *
was(unsigned n, uint16_t id)
{
	return n < ntold && told[n].id == id ? told[n].data : NULL;
}

/* ---- the driver, in service ---- */

static void
serve(void)
{
	sc->sc_flags |= IWM_F_ALIVE | IWM_F_UP;
	sc->sc_rx.running = 1;
	memset(&sc->sc_net.bss, 0, sizeof(sc->sc_net.bss));
	memcpy(sc->sc_net.bss.bssid, bssid, sizeof(bssid));
	sc->sc_net.bss.chan.num = 36;
	sc->sc_net.bss.bintval = 100;
	sc->sc_net.state = IWM_N_MAC | IWM_N_JOINED | IWM_N_ASSOC;
	sc->sc_net.beacon.heard = 0;
	refused = 0;
	ntold = 0;
}

static void
hear(const uint8_t *frame, size_t len)
{
	struct {
		uint8_t	start[4], frame[64], status[4];
	} mpdu = { .start = { 64 }, .status = { 3 } };
	static const struct iwm_rx_phy_info phy;

	memcpy(mpdu.frame, frame, len);
	iwm_rx_phy(sc, (const void *)&phy, sizeof(phy));
	iwm_rx_mpdu(sc, (const void *)&mpdu, sizeof(mpdu));
}

/* ---- a block ack agreement ---- */

/* A queue that nobody closes stays open for the TID's frames of the next network. */
static void
test_agreement_refused(void)
{
	const struct iwm_scd_txq_cfg_cmd *on, *off;
	uint16_t ssn = 0;

	serve();
	ok(iwm_ba_op(&sc->sc_dev, PDK_BA_TX_START, TID, &ssn, 64) == 0, "an agreement begins");
	refused = IWM_ADD_STA;
	ok(iwm_ba_op(&sc->sc_dev, PDK_BA_TX_RUN, TID, &ssn, 64) == EIO,
	    "that the firmware does not take the station's new queue for is none");
	on = was(0, IWM_SCD_QUEUE_CFG);
	off = was(2, IWM_SCD_QUEUE_CFG);
	ok(on != NULL && on->scd_queue == IWM_AGG_QUEUE(TID) &&
	    on->action == SCD_CFG_ENABLE_QUEUE && was(1, IWM_ADD_STA) != NULL,
	    "its queue was opened before");
	ok(off != NULL && off->scd_queue == IWM_AGG_QUEUE(TID) && off->tid == TID &&
	    off->action == SCD_CFG_DISABLE_QUEUE && ntold == 3, "and is closed behind it");
	ok((sc->sc_net.queues & QUEUE_BIT) == 0 && sc->sc_net.agg_tids == 0 &&
	    sc->sc_net.held_tids == 0, "the TID's frames go where they went");
	refused = 0;
	ok(iwm_ba_op(&sc->sc_dev, PDK_BA_TX_START, TID, &ssn, 64) == 0 &&
	    iwm_ba_op(&sc->sc_dev, PDK_BA_TX_RUN, TID, &ssn, 64) == 0 &&
	    (sc->sc_net.queues & QUEUE_BIT) != 0, "a later one may come to something");
	ok(iwm_ba_op(&sc->sc_dev, PDK_BA_TX_STOP, TID, &ssn, 0) == 0, "and end");
}

/* Begins one, and says what the longest A-MPDU may be since; 0: that was not told. */
static unsigned
agree(int tid, int window)
{
	const struct iwm_lq_cmd *lq;
	uint16_t ssn = 0;

	ntold = 0;
	ok(iwm_ba_op(&sc->sc_dev, PDK_BA_TX_START, tid, &ssn, 64) == 0 &&
	    iwm_ba_op(&sc->sc_dev, PDK_BA_TX_RUN, tid, &ssn, window) == 0,
	    "an agreement to send");
	lq = was(0, IWM_LQ_CMD);
	return lq != NULL ? lq->agg_frame_cnt_limit : 0;
}

/* The same when the table of rates is made anew. */
static unsigned
limit_of_new_table(void)
{
	const struct pdk80211_bss bss = sc->sc_net.bss;
	const struct iwm_lq_cmd *lq = NULL;
	unsigned i;

	ntold = 0;
	if (iwm_update_op(&sc->sc_dev, PDK_UPD_HT, &bss) != 0)
		return 0;
	for (i = 0; i < ntold && lq == NULL; i++)
		lq = was(i, IWM_LQ_CMD);
	return lq != NULL ? lq->agg_frame_cnt_limit : 0;
}

/* An access point with a small buffer loses what is sent beyond it. */
static void
test_window(void)
{
	serve();
	ok(agree(TID, 64) == 0 && limit_of_new_table() == LQ_AGG_FRAME_CNT_LIMIT_DEF,
	    "with the largest window A-MPDUs are as long as they can be");
	ok(agree(TID + 1, 16) == 16, "they are no longer than a smaller window");
	ok(agree(TID + 2, 32) == 0 && limit_of_new_table() == 16,
	    "the smallest of a station's counts, from then on");
	iwm_leave_op(&sc->sc_dev);
	serve();
	ok(limit_of_new_table() == LQ_AGG_FRAME_CNT_LIMIT_DEF, "not in the next network");
	iwm_leave_op(&sc->sc_dev);
}

/* ---- leaving ---- */

/* The next join begins with an empty struct iwm_net, in which nothing may be queued. */
static void
test_first_beacon_and_leave(void)
{
	static uint8_t beacon[64] = { 0x80 };

	memcpy(beacon + 16, bssid, sizeof(bssid));
	serve();
	pdk_lock(&sc->sc_dev);
	hear(beacon, sizeof(beacon));
	pdk_unlock(&sc->sc_dev);
	ok(sc->sc_net.task.tk_queued, "after the first beacon there is something to do");
	iwm_leave_op(&sc->sc_dev);
	ok(sc->sc_net.state == 0 && !sc->sc_net.task.tk_queued,
	    "not for a network that was left before it was done");
}

/* ---- power save ---- */

/* Power save is turned on or off; the filter that follows, or NULL. */
static const struct iwm_beacon_filter_cmd *
doze(int on)
{
	struct pdk80211_bss bss = sc->sc_net.bss;
	const struct iwm_mac_power_cmd *power;

	bss.flags = on ? PDK_BSS_PS : 0;
	ntold = 0;
	ok(iwm_update_op(&sc->sc_dev, PDK_UPD_PS, &bss) == 0 &&
	    (power = was(0, IWM_MAC_PM_POWER_TABLE)) != NULL &&
	    !(le16toh(power->flags) & POWER_FLAGS_POWER_MANAGEMENT_ENA_MSK) == !on,
	    on ? "power save is turned on" : "power save is turned off");
	return was(1, IWM_REPLY_BEACON_FILTERING_CMD);
}

static void
test_power_save(void)
{
	const struct iwm_beacon_filter_cmd *f;

	serve();
	ok(doze(1) == NULL && ntold == 1, "before the first beacon there is no filter");
	(void)doze(0);
	sc->sc_net.beacon.heard = 1;
	f = doze(1);
	ok(f != NULL && f->bf_enable_beacon_filter != 0 && f->ba_enable_beacon_abort != 0,
	    "afterwards the receiver may be turned off in the middle of a beacon");
	f = doze(0);
	ok(f != NULL && f->bf_enable_beacon_filter != 0 && f->ba_enable_beacon_abort == 0,
	    "without power save it may not");
	iwm_leave_op(&sc->sc_dev);
}

/* ---- a new key ---- */

static const struct pdk80211_key key = { .cipher = PDK_CIPHER_CCMP, .len = IWM_CCMP_KEY_LEN };

static void
hear_data(unsigned number)
{
	uint8_t frame[64] = { 0x88, 0x40 };

	memcpy(frame + 10, bssid, sizeof(bssid));
	frame[22] = (uint8_t)(number << 4);
	frame[24] = RX_TID;
	hear(frame, sizeof(frame));
}

static void
hear_another(void)
{
	hear_data(5);
}

static void
test_held_and_new_key(void)
{
	const struct iwm_reorder *r = &sc->sc_net.tid[RX_TID].reorder;
	unsigned before = frames;
	uint16_t ssn = 0;

	serve();
	ok(iwm_ba_op(&sc->sc_dev, PDK_BA_RX_START, RX_TID, &ssn, 64) == 0,
	    "there is an agreement to receive");
	pdk_lock(&sc->sc_dev);
	hear_data(2);
	hear_data(3);
	iwm_upcall_tell(sc);
	pdk_unlock(&sc->sc_dev);
	ok(r->held == 2 && frames == before, "frames wait for one before them");
	meanwhile = hear_another;
	ok(iwm_set_key_op(&sc->sc_dev, &key) == 0 && r->held == 0 && frames == before + 3,
	    "when the pairwise key has changed what came with the old one has gone up");
	pdk_lock(&sc->sc_dev);
	hear_data(6);
	iwm_upcall_tell(sc);
	pdk_unlock(&sc->sc_dev);
	ok(r->held == 0 && frames == before + 4, "and what follows need not wait for it");
}

/* Somebody else was passing frames up, and is through when he is waited for. */
static void
pass_on(void)
{
	answer();
	if (!sc->sc_cmd.waiting)
		sc->sc_upcalls.busy = 0;
}

static void
test_told_by_another_and_new_key(bool group)
{
	const struct pdk80211_key new = { .cipher = PDK_CIPHER_CCMP, .len = IWM_CCMP_KEY_LEN,
	    .group = group, .id = group };
	unsigned before = frames;

	serve();
	pdk_lock(&sc->sc_dev);
	hear_data(7);
	sc->sc_upcalls.busy = 1;
	pdk_unlock(&sc->sc_dev);
	fake_waits = pass_on;
	ok(iwm_set_key_op(&sc->sc_dev, &new) == 0 && frames == before + 1,
	    group ? "the same with a group key" :
	    "also what somebody else was about to pass up");
	fake_waits = answer;
	sc->sc_upcalls.busy = 0;
	iwm_leave_op(&sc->sc_dev);
}

int
main(void)
{
	sc = calloc(1, pdk_linux_driver->softc_size);
	if (sc == NULL || pdk_linux_driver->attach(&sc->sc_dev) != 0)
		abort();
	fake_waits = answer;
	test_agreement_refused();
	test_window();
	test_first_beacon_and_leave();
	test_power_save();
	test_held_and_new_key();
	test_told_by_another_and_new_key(false);
	test_told_by_another_and_new_key(true);
	fake_waits = NULL;
	sc->sc_flags &= ~(IWM_F_ALIVE | IWM_F_UP);
	if (pdk_linux_driver->detach(&sc->sc_dev) != 0)
		abort();
	free(sc);
	ok(live == 0, "nothing is left");
	return done();
}
