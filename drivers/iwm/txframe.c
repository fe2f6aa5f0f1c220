/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txframe.c - a frame of the 802.11 layer becomes a TX command in a queue.  Any context, for a
 * part with the lock.
 *
 * The MAC header is copied behind the command, padded and completed there; the rest of the frame
 * is sent from where it is.
 */
#include "iwm.h"
#include "fwapi_rate.h"
#include "fwapi_sta.h"
#include "fwapi_tx.h"
#include "rateword.h"
#include "scd.h"

/* Frame Control and what is in a header, 802.11-2016 9.2.4. */
#define FC0_TYPE		0x0c
#define FC0_TYPE_MGMT		0x00
#define FC0_TYPE_CTL		0x04
#define FC0_TYPE_DATA		0x08
#define FC0_QOS			0x80
#define FC0_NODATA		0x40
#define FC0_ASSOC_REQ		0x00
#define FC0_REASSOC_REQ		0x20
#define FC0_BAR			0x84
#define FC0_ACTION		0xd0
#define HDR_ADDR1		4
#define HDR_SEQ			22
#define MIN_HDR			10
#define MIN_QOS_HDR		26
#define MAX_HDR			32
/* A BlockAckReq: control and starting sequence follow the addresses. */
#define BAR_CTL			16
#define BAR_CTL_COMPRESSED	0x04		/* first octet; the TID is in the second */
#define BAR_SEQ			18
#define BAR_LEN			20

#define CCMP_MIC_LEN		8
#define CMD_LEN			(sizeof(struct iwm_cmd_header) + sizeof(struct iwm_tx_cmd))

/* What was found out about a frame before it is put into a queue. */
struct frame {
	const struct pdk80211_txinfo *info;
	uint8_t		hdr[MAX_HDR];
	unsigned	hdrlen, len;		/* len: of the whole frame */
	unsigned	qid;
	uint8_t		tid;			/* IWM_TID_NONE: not numbered by us */
	uint16_t	seq;
};

static int
is_qos_data(const uint8_t *hdr)
{
	return (hdr[0] & (FC0_TYPE | FC0_QOS | FC0_NODATA)) == (FC0_TYPE_DATA | FC0_QOS);
}

/* ---- the command ---- */

/* What is sent at one rate goes out from one antenna, at the lowest rate of the band. */
static uint32_t
robust_rate(struct iwm_softc *sc)
{
	uint32_t ant = sc->sc_nvm.tx_ant & 1 ? RATE_MCS_ANT_A_MSK : RATE_MCS_ANT_B_MSK;

	return iwm_rate_legacy(sc->sc_net.bss.chan.num <= 14 ? 2 : 12) | ant;
}

static uint16_t
pm_timeout(const uint8_t *hdr)
{
	if ((hdr[0] & FC0_TYPE) != FC0_TYPE_MGMT || (hdr[0] & 0xf0) == FC0_ACTION)
		return PM_FRAME_NONE;
	if ((hdr[0] & 0xf0) == FC0_ASSOC_REQ || (hdr[0] & 0xf0) == FC0_REASSOC_REQ)
		return PM_FRAME_ASSOC;
	return PM_FRAME_MGMT;
}

static uint32_t
tx_flags(struct iwm_softc *sc, const struct frame *f)
{
	int group = (f->hdr[HDR_ADDR1] & 1) != 0, data = (f->hdr[0] & FC0_TYPE) == FC0_TYPE_DATA;
	uint32_t flags = 0;

	if (!group)
		flags |= TX_CMD_FLG_ACK;
	if (f->tid == IWM_TID_NONE && (f->hdr[0] & FC0_TYPE) != FC0_TYPE_CTL)
		flags |= TX_CMD_FLG_SEQ_CTL;
	if (f->hdr[0] == FC0_BAR)
		flags |= TX_CMD_FLG_BAR;
	if (data && !group && (f->info->flags & (PDK_TX_EAPOL | PDK_TX_MGMT)) == 0 &&
	    (sc->sc_net.state & IWM_N_ASSOC) != 0)
		flags |= TX_CMD_FLG_STA_RATE;
	if (data && !group && (sc->sc_net.bss.flags & PDK_BSS_USEPROT) != 0)
		flags |= TX_CMD_FLG_PROT_REQUIRE;
	if (f->hdrlen % 4 != 0)
		flags |= TX_CMD_FLG_MH_PAD;
	if ((flags & TX_CMD_FLG_STA_RATE) == 0)
		flags |= 3 << TX_CMD_FLG_BT_PRIO_POS;
	return flags;
}

static void
fill_command(struct iwm_softc *sc, const struct frame *f, struct iwm_tx_cmd *tx, bus_addr_t pa)
{
	bus_addr_t scratch = pa + sizeof(struct iwm_cmd_header) + IWM_TX_CMD_SCRATCH;

	memset(tx, 0, sizeof(*tx));
	tx->len = htole16(f->len);
	tx->tx_flags = htole32(tx_flags(sc, f));
	tx->rate_n_flags = htole32(robust_rate(sc));
	tx->sta_id = IWM_STATION_ID;
	if ((f->info->flags & PDK_TX_HWENC) != 0) {
		tx->sec_ctl = TX_CMD_SEC_CCM;
		memcpy(tx->key, sc->sc_net.tk, sizeof(tx->key));
	}
	tx->life_time = htole32(TX_CMD_LIFE_TIME_INFINITE);
	tx->dram_lsb_ptr = htole32((uint32_t)scratch);
	tx->dram_msb_ptr = (uint8_t)(scratch >> 32);
	tx->rts_retry_limit = IWM_RTS_RETRY;
	tx->data_retry_limit = f->hdr[0] == FC0_BAR ? IWM_BAR_RETRY : IWM_DEFAULT_TX_RETRY;
	tx->tid_tspec = f->hdr[0] == FC0_BAR ? f->hdr[BAR_CTL + 1] >> 4 : f->tid;
	tx->pm_frame_timeout = htole16(pm_timeout(f->hdr));
}

/* ---- into the ring ---- */

/* The descriptor's buffers: command and header in two, then the rest of the frame. */
static void
fill_tfd(struct iwm_tx_ring *ring, const struct iwm_txd *d, bus_addr_t pa, unsigned cmdlen,
    unsigned skip)
{
	struct iwm_tfd *tfd = (struct iwm_tfd *)ring->tfd.va + ring->cur;
	bus_size_t len;
	unsigned tb = 2;
	int i;

	memset(tfd, 0, sizeof(*tfd));
	iwm_tfd_set(tfd, 0, pa, IWM_CMD_FIRST_TB);
	iwm_tfd_set(tfd, 1, pa + IWM_CMD_FIRST_TB, cmdlen - IWM_CMD_FIRST_TB);
	for (i = 0; d->loaded && i < pdk_map_nsegs(&d->map); i++) {
		len = pdk_map_len(&d->map, i);
		if (len <= skip) {
			skip -= len;
			continue;
		}
		iwm_tfd_set(tfd, tb++, pdk_map_addr(&d->map, i) + skip, len - skip);
		skip = 0;
	}
}

static void
enqueue(struct iwm_softc *sc, const struct frame *f, struct iwm_txd *d)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_tx_ring *ring = &sc->sc_tx[f->qid];
	bus_size_t at = (bus_size_t)(d - p->txd) * IWM_TXD_CMD_SIZE;
	uint8_t *cmd = (uint8_t *)p->cmds.va + at;
	struct iwm_cmd_header *h = (void *)cmd;
	unsigned pad = (4 - f->hdrlen % 4) % 4;

	h->cmd = IWM_TX_CMD;
	h->group_id = 0;
	h->sequence = htole16(QUEUE_TO_SEQ(f->qid) | INDEX_TO_SEQ(ring->cur));
	fill_command(sc, f, (void *)(cmd + sizeof(*h)), p->cmds.pa + at);
	memcpy(cmd + CMD_LEN, f->hdr, f->hdrlen);
	memset(cmd + CMD_LEN + f->hdrlen, 0, pad);
	fill_tfd(ring, d, p->cmds.pa + at, CMD_LEN + f->hdrlen + pad, f->hdrlen);
	pdk_dma_sync(&p->cmds, at, IWM_TXD_CMD_SIZE, BUS_DMASYNC_PREWRITE);
	if (d->loaded)
		pdk_map_sync(&d->map, BUS_DMASYNC_PREWRITE);
	d->tid = f->tid;
	d->seq = f->seq;
	ring->txd[ring->cur] = d - p->txd;
	iwm_tx_kick(sc, f->qid, IWM_STATION_ID,
	    f->len + ((f->info->flags & PDK_TX_HWENC) != 0 ? CCMP_MIC_LEN : 0));
}

/* ---- which queue, which number ---- */

static void
choose_queue(struct iwm_softc *sc, struct frame *f)
{
	const struct pdk80211_txinfo *info = f->info;

	f->tid = IWM_TID_NONE;
	f->qid = IWM_AC_QUEUE(info->ac % PDK80211_NAC);
	if ((f->hdr[0] & FC0_TYPE) != FC0_TYPE_DATA || (info->flags & PDK_TX_MGMT) != 0)
		f->qid = IWM_MGMT_QUEUE;
	if (!is_qos_data(f->hdr))
		return;
	f->tid = info->tid % PDK80211_NTID;
	if ((sc->sc_net.agg_tids >> f->tid & 1) != 0)
		f->qid = IWM_AGG_QUEUE(f->tid);
}

/* The driver counts for QoS data, a sequence a TID; the firmware for the rest. */
static void
number(struct iwm_softc *sc, struct frame *f)
{
	struct iwm_tid *t;

	if (f->tid == IWM_TID_NONE)
		return;
	t = &sc->sc_net.tid[f->tid];
	f->seq = t->seq;
	t->seq = (t->seq + 1) & 0xfff;
	f->hdr[HDR_SEQ] = f->seq << 4 | (f->hdr[HDR_SEQ] & 0xf);
	f->hdr[HDR_SEQ + 1] = f->seq >> 4;
}

/* ENOBUFS when the queue, or the pool for frames of this kind, is full. */
static int
room(struct iwm_softc *sc, const struct frame *f)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	int urgent = f->qid == IWM_MGMT_QUEUE || (f->info->flags & PDK_TX_EAPOL) != 0;

	if (p->nfree > (urgent ? 0 : IWM_TXD_RESERVE) && p->nheld < IWM_HELD_MAX &&
	    sc->sc_tx[f->qid].queued < (urgent ? IWM_RING_MAX : IWM_RING_HIGH))
		return 0;
	p->stalled = 1;
	return ENOBUFS;
}

int
iwm_tx_room(struct iwm_softc *sc)
{
	unsigned q;

	if (sc->sc_txpool.nfree < IWM_NTXD / 2 || sc->sc_txpool.nheld > IWM_HELD_MAX / 2)
		return 0;
	for (q = IWM_MGMT_QUEUE; q <= IWM_LAST_QUEUE; q++)
		if (sc->sc_tx[q].queued > IWM_RING_LOW)
			return 0;
	return 1;
}

/* ---- sending ---- */

static struct iwm_txd *
take(struct iwm_softc *sc, struct mbuf *m, const struct pdk80211_txinfo *info)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d = TAILQ_FIRST(&p->free);

	TAILQ_REMOVE(&p->free, d, link);
	p->nfree--;
	d->m = m;
	d->info = *info;
	d->loaded = d->judged = 0;
	memset(&d->stat, 0, sizeof(d->stat));
	return d;
}

static void
put_back(struct iwm_softc *sc, struct iwm_txd *d)
{
	struct iwm_txpool *p = &sc->sc_txpool;

	d->m = NULL;
	TAILQ_INSERT_HEAD(&p->free, d, link);
	p->nfree++;
}

/* Number it and put it into its queue.  After an error the mbuf is as it was. */
static int
send(struct iwm_softc *sc, struct iwm_txd *d, struct frame *f)
{
	int error;

	f->info = &d->info;
	if (sc->sc_tx[f->qid].queued >= IWM_RING_MAX)
		return ENOBUFS;
	if (d->m != NULL) {
		if ((error = pdk_map_load_mbuf(&d->map, &d->m, 1)) != 0)
			return error;
		d->loaded = 1;
	}
	number(sc, f);
	enqueue(sc, f, d);
	return 0;
}

static int
examine(struct mbuf *m, const struct pdk80211_txinfo *info, struct frame *f)
{
	memset(f, 0, sizeof(*f));
	f->info = info;
	f->hdrlen = info->hdrlen;
	f->len = m->m_pkthdr.len;
	if (f->hdrlen < MIN_HDR || f->hdrlen > MAX_HDR || f->hdrlen % 2 != 0 || f->len < f->hdrlen)
		return EINVAL;
	m_copydata(m, 0, f->hdrlen, f->hdr);
	if (is_qos_data(f->hdr) && f->hdrlen < MIN_QOS_HDR)
		return EINVAL;
	return 0;
}

/* The frame is there, the driver has the lock. */
static int
take_frame(struct iwm_softc *sc, struct mbuf *m, struct frame *f)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d;
	int error;

	if ((sc->sc_net.state & IWM_N_JOINED) == 0 || (sc->sc_flags & IWM_F_FATAL) != 0)
		return ENETDOWN;
	if ((f->info->flags & PDK_TX_HWENC) != 0 && !sc->sc_net.have_tk)
		return EINVAL;
	choose_queue(sc, f);
	if ((error = room(sc, f)) != 0)
		return error;
	d = take(sc, m, f->info);
	if (f->tid != IWM_TID_NONE && (sc->sc_net.held_tids >> f->tid & 1) != 0) {
		TAILQ_INSERT_TAIL(&p->held, d, link);
		p->nheld++;
		return 0;
	}
	if ((error = send(sc, d, f)) == 0)
		return 0;
	put_back(sc, d);
	p->stalled |= error == ENOMEM;
	return error == ENOMEM ? ENOBUFS : error;
}

/*
 * ENOBUFS; ENETDOWN: no network joined; EINVAL: this is no frame, or there is no key for
 * it; EFBIG: it is too long.
 */
int
iwm_tx_op(struct pdk_dev *dev, struct mbuf *m, const struct pdk80211_txinfo *info)
{
	struct frame f;
	int error;

	if ((error = examine(m, info, &f)) != 0)
		return error;
	pdk_lock(dev);
	error = take_frame(iwm_sc(dev), m, &f);
	pdk_unlock(dev);
	return error;
}

/* ---- frames that were held back ---- */

/* What cannot be sent now comes back as failed. */
static void
send_held(struct iwm_softc *sc, struct iwm_txd *d)
{
	struct frame f;

	if (examine(d->m, &d->info, &f) == 0) {
		choose_queue(sc, &f);
		if (send(sc, d, &f) == 0)
			return;
	}
	TAILQ_INSERT_TAIL(&sc->sc_txpool.done, d, link);
}

void
iwm_tx_release(struct iwm_softc *sc, unsigned tid)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d, *next;

	sc->sc_net.held_tids &= ~(1 << tid);
	TAILQ_FOREACH_SAFE(d, &p->held, link, next) {
		if (d->info.tid % PDK80211_NTID != tid)
			continue;
		TAILQ_REMOVE(&p->held, d, link);
		p->nheld--;
		send_held(sc, d);
	}
}

void
iwm_tx_drop_held(struct iwm_softc *sc)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d;

	sc->sc_net.held_tids = 0;
	while ((d = TAILQ_FIRST(&p->held)) != NULL) {
		TAILQ_REMOVE(&p->held, d, link);
		TAILQ_INSERT_TAIL(&p->done, d, link);
	}
	p->nheld = 0;
}

/* ---- a frame of the driver's own ---- */

void
iwm_tx_bar(struct iwm_softc *sc, unsigned tid, uint16_t ssn)
{
	static const struct pdk80211_txinfo info = { .hdrlen = BAR_LEN, .flags = PDK_TX_MGMT };
	struct frame f = { .info = &info, .hdrlen = BAR_LEN, .len = BAR_LEN };
	struct iwm_txd *d;

	if (sc->sc_txpool.nfree == 0)
		return;				/* the peer will find out by itself */
	f.hdr[0] = FC0_BAR;
	memcpy(f.hdr + HDR_ADDR1, sc->sc_net.bss.bssid, 6);
	memcpy(f.hdr + HDR_ADDR1 + 6, sc->sc_nvm.mac, 6);
	f.hdr[BAR_CTL] = BAR_CTL_COMPRESSED;
	f.hdr[BAR_CTL + 1] = tid << 4;
	f.hdr[BAR_SEQ] = ssn << 4 & 0xff;
	f.hdr[BAR_SEQ + 1] = ssn >> 4;
	choose_queue(sc, &f);
	d = take(sc, NULL, &info);
	if (send(sc, d, &f) != 0)
		put_back(sc, d);
}
