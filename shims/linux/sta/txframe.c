/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txframe.c - data frames made: from the host, of the key handshake, without data.
 */
#include <errno.h>

#include "shims/linux/sta/eth.h"
#include "shims/linux/sta/sta_int.h"

#define BA_TRAFFIC	16u			/* frames in a second that make it worth asking */
#define EAPOL_UP	7u			/* the handshake goes before everything */

/* ---- frames; with tx.mtx ---- */

/* A category that needs admission, for which we do not ask, is left for the next below. */
static uint8_t
admitted(const struct sta_tx *tx, uint8_t up)
{
	static const uint8_t lower[PDK80211_NAC] = { [PDK_AC_VO] = 5, [PDK_AC_VI] = 0,
	    [PDK_AC_BE] = 1, [PDK_AC_BK] = 1 };
	unsigned i;

	for (i = 0; i < PDK80211_NAC && (tx->acm & 1u << eth_ac(up)) != 0; i++)
		up = lower[eth_ac(up)];
	return up;
}

/* Header of a data frame to the access point; its length. */
static size_t
put_header(struct sta *st, uint8_t *frame, const uint8_t *da, uint8_t up, bool qos)
{
	dot11_put_hdr(frame, qos ? DOT11_QOS_DATA : DOT11_DATA, DOT11_TODS, st->tx.bssid,
	    st->caps->mac, da);
	if (!qos)
		return DOT11_HDR_LEN;
	dot11_put16(frame + DOT11_HDR_LEN, up);
	return DOT11_HDR_LEN + DOT11_QOS_LEN;
}

/* The CCMP header (12.5.3.2) of a frame that the hardware encrypts.  EOVERFLOW. */
static int
hw_header(struct sta_tx *tx, uint8_t *frame, size_t hdr)
{
	uint8_t *p = frame + hdr;
	uint64_t pn;

	if (tx->pn >= CCMP_PN_MAX)
		return EOVERFLOW;
	pn = ++tx->pn;
	frame[1] |= DOT11_PROTECTED;
	p[0] = (uint8_t)pn;
	p[1] = (uint8_t)(pn >> 8);
	p[2] = 0;
	p[3] = 0x20;			/* extended IV; key 0 */
	p[4] = (uint8_t)(pn >> 16);
	p[5] = (uint8_t)(pn >> 24);
	p[6] = (uint8_t)(pn >> 32);
	p[7] = (uint8_t)(pn >> 40);
	return 0;
}

/*
 * With another pairwise key: what waits has a packet number of the old one, and with it would be
 * the second of that number.  What the hardware encrypts gets a new number, the rest is lost.
 */
static void
number_anew(struct sta *st, struct sta_out *o)
{
	uint8_t *frame = mtod(o->m, uint8_t *);

	if ((frame[1] & DOT11_PROTECTED) == 0)
		return;
	if ((o->txi.flags & PDK_TX_HWENC) != 0 && st->tx.hw &&
	    hw_header(&st->tx, frame, o->txi.hdrlen) == 0)
		return;
	m_freem(o->m);
	o->m = NULL;
	sta_count(st, tx_flushed, 1);
}

void
tx_new_key(struct sta *st)
{
	struct sta_tx *tx = &st->tx;
	unsigned i, n = 0;

	for (i = 0; i < tx->nmgmt; i++) {
		number_anew(st, &tx->mgmt[i]);
		if (tx->mgmt[i].m != NULL)
			tx->mgmt[n++] = tx->mgmt[i];
	}
	tx->nmgmt = n;
	if (tx->data.m != NULL)
		number_anew(st, &tx->data);
}

/* Encrypt, or have it encrypted.  On error the frame must not be sent. */
static int
seal(struct sta *st, struct sta_out *o, size_t hdr, size_t body)
{
	uint8_t *frame = mtod(o->m, uint8_t *);
	int error;

	if (st->tx.hw) {
		error = hw_header(&st->tx, frame, hdr);
		o->txi.flags |= PDK_TX_HWENC;
		o->m->m_len -= (int)CCMP_MIC_LEN;
		o->m->m_pkthdr.len -= (int)CCMP_MIC_LEN;
	} else
		error = ccmp_encrypt(st->tx.ptk, frame, hdr, body);
	if (error == EOVERFLOW)
		sta_post(st, MB_PN_END);
	return error;
}

/*
 * A data frame of `len` octets of LLC, which `fill` puts in place.  Encrypted when `protect`.
 * An errno; *o has the frame when it is 0.
 */
static int
make(struct sta *st, struct sta_out *o, const uint8_t *da, uint8_t up, bool protect, size_t len,
    size_t (*fill)(uint8_t *, const void *, size_t), const void *src, size_t srclen)
{
	size_t hdr = DOT11_HDR_LEN + (st->tx.qos ? DOT11_QOS_LEN : 0);
	size_t room = protect ? CCMP_HDR_LEN : 0, mic = protect ? CCMP_MIC_LEN : 0;
	uint8_t *frame;
	int error = 0;

	o->m = sta_port_mbuf(st->port, hdr + room + len + mic);
	if (o->m == NULL)
		return ENOMEM;
	frame = mtod(o->m, uint8_t *);
	(void)put_header(st, frame, da, up, st->tx.qos);
	fill(frame + hdr + room, src, srclen);
	o->txi.tid = st->tx.qos ? up : 0;
	o->txi.ac = eth_ac(up);
	o->txi.hdrlen = (uint8_t)hdr;
	capture_tx(st, &o->txi, frame, hdr, frame + hdr + room, len);
	if (protect)
		error = seal(st, o, hdr, len);
	if (error != 0)
		m_freem(o->m);
	return error;
}

/* ---- from the host ---- */

static size_t
fill_ether(uint8_t *out, const void *eth, size_t len)
{
	return eth_to_llc(out, eth, len);
}

/* Octets of LLC that eth_to_llc() will make of the frame; 0: none. */
static size_t
llc_len(const uint8_t *eth, size_t len)
{
	uint16_t type = len < ETH_FRAME_MIN ? 0 : dot11_be16(eth + 12);

	if (type == DOT11_ETHERTYPE_EAPOL || len > ETH_FRAME_MAX + 4)
		return 0;
	if (type >= DOT11_ETHERTYPE_MIN)
		return len - 12 + 6;
	return type >= 3 && type <= len - DOT11_ETH_HDR ? type : 0;
}

/* There is traffic of this TID: is an agreement worth while? */
static bool
ba_worth(struct sta_tx *tx, unsigned tid)
{
	uint64_t now;

	if (!tx->qos || tid >= PDK80211_NTID || (tx->ba_quiet & 1u << tid) != 0)
		return false;
	now = sta_now();
	if (now - tx->ba_since[tid] > SECOND) {
		tx->ba_since[tid] = now;
		tx->ba_seen[tid] = 0;
	}
	if (++tx->ba_seen[tid] < BA_TRAFFIC)
		return false;
	tx->ba_quiet |= (uint8_t)(1u << tid);
	return true;
}

void
tx_ba_quiet(struct sta *st, unsigned tid, bool quiet)
{
	hyp_lock(&st->tx.mtx);
	if (quiet)
		st->tx.ba_quiet |= (uint8_t)(1u << tid);
	else
		st->tx.ba_quiet &= (uint8_t)~(1u << tid);
	st->tx.ba_seen[tid] = 0;
	hyp_unlock(&st->tx.mtx);
}

/* With the gate open and room in the core. */
static void
send_ether(struct sta *st, const uint8_t *eth, size_t len, size_t llc)
{
	uint8_t up = st->tx.qos ? admitted(&st->tx, eth_priority(eth, len)) : 0;
	struct sta_out o = { .m = NULL };
	int error;

	error = make(st, &o, eth, up, st->tx.secure, llc, fill_ether, eth, len);
	if (error == ENOMEM)
		sta_count(st, tx_memory, 1);
	else if (error != 0)
		sta_count(st, tx_refused, 1);
	else if (tx_give(st, &o) != 0)
		st->tx.data = o;
	if (error == 0 && ba_worth(&st->tx, o.txi.tid)) {
		pthread_mutex_lock(&st->mtx);
		st->mb.ba_want |= (uint8_t)(1u << o.txi.tid);
		pthread_mutex_unlock(&st->mtx);
		sta_port_wake(st->port);
	}
}

int
tx_ether(struct sta *st, const uint8_t *eth, size_t len)
{
	size_t llc = llc_len(eth, len);
	int error = 0;

	if (llc == 0) {
		sta_count(st, tx_bad, 1);
		return 0;
	}
	hyp_lock(&st->tx.mtx);
	if (st->tx.gate == TX_CLOSED)
		sta_count(st, tx_closed, 1);
	else if (st->tx.gate == TX_HOLD || st->tx.full)
		error = ENOBUFS;
	else
		send_ether(st, eth, len, llc);
	hyp_unlock(&st->tx.mtx);
	return error;
}

/* ---- our own ---- */

static size_t
fill_eapol(uint8_t *out, const void *eapol, size_t len)
{
	static const uint8_t snap[DOT11_SNAP_LEN] = { 0xaa, 0xaa, 0x03, 0, 0, 0,
	    DOT11_ETHERTYPE_EAPOL >> 8, DOT11_ETHERTYPE_EAPOL & 0xff };

	memcpy(out, snap, sizeof(snap));
	memcpy(out + sizeof(snap), eapol, len);
	return sizeof(snap) + len;
}

void
tx_eapol(struct sta *st, const void *eapol, size_t len, bool protect)
{
	struct sta_out o = { .txi = { .flags = PDK_TX_EAPOL } };
	int error;

	hyp_lock(&st->tx.mtx);
	protect = protect && st->tx.ptk != NULL;
	error = make(st, &o, st->tx.bssid, EAPOL_UP, protect, DOT11_SNAP_LEN + len, fill_eapol,
	    eapol, len);
	if (error == 0)
		tx_give_or_keep(st, &o);
	else if (error == ENOMEM)
		sta_count(st, tx_memory, 1);
	else
		sta_count(st, tx_refused, 1);
	hyp_unlock(&st->tx.mtx);
}

static void
send_own(struct sta *st, const uint8_t *frame, size_t len, enum sta_cookie cookie,
    unsigned hdrlen)
{
	struct sta_out o = { .m = sta_port_mbuf(st->port, len), .txi = { .ac = PDK_AC_VO,
	    .flags = PDK_TX_MGMT, .hdrlen = (uint8_t)hdrlen,
	    .cookie = (void *)(uintptr_t)cookie } };

	if (o.m == NULL) {
		sta_count(st, tx_memory, 1);
		return;
	}
	memcpy(o.m->m_data, frame, len);
	if (dot11_is_group(frame + 4))
		o.txi.flags |= PDK_TX_MCAST;
	capture_tx(st, &o.txi, frame, hdrlen, frame + hdrlen, len - hdrlen);
	hyp_lock(&st->tx.mtx);
	tx_give_or_keep(st, &o);
	hyp_unlock(&st->tx.mtx);
}

void
tx_mgmt(struct sta *st, const uint8_t *frame, size_t len, enum sta_cookie cookie)
{
	send_own(st, frame, len, cookie, DOT11_HDR_LEN);
}

void
tx_null(struct sta *st, enum sta_cookie cookie)
{
	uint8_t frame[DOT11_HDR_LEN];

	dot11_put_hdr(frame, DOT11_NULL, DOT11_TODS, st->bss.bssid, st->caps->mac,
	    st->bss.bssid);
	send_own(st, frame, sizeof(frame), cookie, DOT11_HDR_LEN);
}
