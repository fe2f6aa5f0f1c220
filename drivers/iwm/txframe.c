/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txframe.c - a frame of the 802.11 layer: which queue it goes to, which number it gets, whether
 * there is room, whether it has to wait.  Any context, for a part with the lock.
 */
#include "iwm.h"
#include "fwapi_sta.h"
#include "txframe.h"

static int
is_qos_data(const uint8_t *hdr)
{
	return (hdr[0] & (FC0_TYPE | FC0_QOS | FC0_NODATA)) == (FC0_TYPE_DATA | FC0_QOS);
}

/* ---- which queue, which number ---- */

static void
choose_queue(struct iwm_softc *sc, struct iwm_txframe *f)
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
number(struct iwm_softc *sc, struct iwm_txframe *f)
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
room(struct iwm_softc *sc, const struct iwm_txframe *f)
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

/* Number it and put it into its queue.  After an error the mbuf is there, perhaps another one. */
static int
send(struct iwm_softc *sc, struct iwm_txd *d, struct iwm_txframe *f)
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
	iwm_tx_enqueue(sc, f, d);
	return 0;
}

static int
examine(struct mbuf *m, const struct pdk80211_txinfo *info, struct iwm_txframe *f)
{
	memset(f, 0, sizeof(*f));
	f->info = info;
	f->hdrlen = info->hdrlen;
	f->len = m->m_pkthdr.len;
	if (f->hdrlen < MIN_HDR || f->hdrlen > MAX_HDR || f->hdrlen % 2 != 0 || f->len < f->hdrlen)
		return EINVAL;
	m_copydata(m, 0, f->hdrlen, (caddr_t)f->hdr);
	if (is_qos_data(f->hdr) && f->hdrlen < MIN_QOS_HDR)
		return EINVAL;
	return 0;
}

/* The frame is there, the driver has the lock. */
static int
take_frame(struct iwm_softc *sc, struct mbuf *m, struct iwm_txframe *f)
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
	if (d->m != m) {	/* compacted in vain: the caller's is gone, so this one has failed */
		TAILQ_INSERT_TAIL(&p->done, d, link);
		iwm_upcall_later(sc);
		return 0;
	}
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
	struct iwm_txframe f;
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
	struct iwm_txframe f;

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

void
iwm_tx_drop_sealed(struct iwm_softc *sc)
{
	struct iwm_txpool *p = &sc->sc_txpool;
	struct iwm_txd *d, *next;

	TAILQ_FOREACH_SAFE(d, &p->held, link, next) {
		if ((d->info.flags & PDK_TX_HWENC) == 0)
			continue;
		TAILQ_REMOVE(&p->held, d, link);
		TAILQ_INSERT_TAIL(&p->done, d, link);
		p->nheld--;
	}
}

/* ---- a frame of the driver's own ---- */

void
iwm_tx_bar(struct iwm_softc *sc, unsigned tid, uint16_t ssn)
{
	static const struct pdk80211_txinfo info = { .hdrlen = BAR_LEN, .flags = PDK_TX_MGMT };
	struct iwm_txframe f = { .info = &info, .hdrlen = BAR_LEN, .len = BAR_LEN };
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
