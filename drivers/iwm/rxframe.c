/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rxframe.c - frames from the air: two packets of the firmware become an mbuf with what is
 * known about its reception.  BH, with the lock.
 *
 * A frame is copied out of its receive buffer, which it shares with other packets.  One that the
 * hardware has decrypted has its MIC still, checked and of no more use, behind its data.
 */
#include "iwm.h"
#include "rateword.h"

#define MIN_FRAME	16		/* the shortest that is of use: a PS-Poll, a BlockAckReq */
#define FC0_MASK	0xfc
#define FC0_QOS_DATA	0x88		/* with data, of any kind */
#define FC0_BAR		0x84
#define FC1_PROTECTED	0x40
#define HDR_ADDR1	4
#define HDR_ADDR2	10
#define HDR_SEQ		22
#define HDR_QOS		24		/* with three addresses, as from an access point */
#define QOS_HDR		26
#define BAR_CTL		16
#define BAR_SEQ		18
#define BAR_LEN		20
#define CCMP_MIC_LEN	8
#define DEFAULT_NOISE	(-95)		/* dBm, until the firmware has measured it */

/* ---- how it was received ---- */

/* The strongest chain, dBm. */
static int8_t
signal_of(const struct iwm_rx_phy_info *phy)
{
	uint32_t word = le32toh(phy->non_cfg_phy[RX_INFO_ENERGY_ANT_ABC_IDX]);
	unsigned i, least = 0, v;

	for (i = 0; i < 3; i++) {
		v = word >> 8 * i & 0xff;
		if (v != 0 && (least == 0 || v < least))
			least = v;
	}
	if (least == 0)
		return -128;
	return (int8_t)-(int)MIN(least, 127);
}

static void
set_rate(struct pdk80211_rxinfo *info, uint32_t word)
{
	struct iwm_rate r;

	if (!iwm_rate_parse(word, &r))
		return;
	info->rate = r.rate;
	info->mcs = r.mcs;
	info->nss = r.nss;
	info->width = r.width;
	if (r.ht)
		info->flags |= PDK_RX_HT;
}

static void
set_info(struct iwm_softc *sc, struct pdk80211_rxinfo *info)
{
	const struct iwm_rx_phy_info *phy = &sc->sc_rxphy;
	uint16_t flags = le16toh(phy->phy_flags);

	memset(info, 0, sizeof(*info));
	info->rssi = signal_of(phy);
	info->noise = sc->sc_noise != 0 ? sc->sc_noise : DEFAULT_NOISE;
	info->chan = le16toh(phy->channel) & 0xff;
	info->tsf = le64toh(phy->timestamp);
	if ((flags & RX_RES_PHY_FLAGS_SHORT_PREAMBLE) != 0)
		info->flags |= PDK_RX_SHPREAMBLE;
	if ((flags & RX_RES_PHY_FLAGS_AGG) != 0)
		info->flags |= PDK_RX_AMPDU;
	set_rate(info, le32toh(phy->rate_n_flags));
}

/* What the hardware has made of an encrypted frame. */
static uint8_t
crypto_flags(const uint8_t *frame, uint32_t status)
{
	if ((frame[1] & FC1_PROTECTED) == 0 ||
	    (status & RX_MPDU_RES_STATUS_SEC_ENC_MSK) != RX_MPDU_RES_STATUS_SEC_CCM_ENC ||
	    (status & RX_MPDU_RES_STATUS_DEC_DONE) == 0)
		return 0;
	return (status & RX_MPDU_RES_STATUS_MIC_OK) != 0 ? PDK_RX_DECRYPTED : PDK_RX_MICFAIL;
}

/* ---- block ack agreements ---- */

/* A BlockAckReq, 802.11-2016 9.3.1.8. */
static void
take_bar(struct iwm_softc *sc, const uint8_t *f, size_t len)
{
	if (len >= BAR_LEN && memcmp(f + HDR_ADDR2, sc->sc_net.bss.bssid, 6) == 0)
		iwm_ba_bar(sc, f[BAR_CTL + 1] >> 4 & (PDK80211_NTID - 1),
		    iwm_le16(f + BAR_SEQ) >> 4);
}

/*
 * QoS data for us from the access point, of a TID whose frames are ordered.  1: taken.  In the
 * clear where there is a key it is not from there, and must not move the window.
 */
static int
in_agreement(struct iwm_softc *sc, const uint8_t *f, size_t len, struct mbuf *m)
{
	unsigned tid;

	if ((sc->sc_net.state & IWM_N_ASSOC) == 0 || len < QOS_HDR || (f[0] & FC0_MASK) !=
	    FC0_QOS_DATA || (f[HDR_ADDR1] & 1) != 0 ||
	    memcmp(f + HDR_ADDR2, sc->sc_net.bss.bssid, 6) != 0 ||
	    (sc->sc_net.have_tk && (f[1] & FC1_PROTECTED) == 0))
		return 0;
	tid = f[HDR_QOS] & 0xf;
	if (tid >= PDK80211_NTID || !sc->sc_net.tid[tid].rx_on)
		return 0;
	if (!iwm_ba_frame(sc, tid, iwm_le16(f + HDR_SEQ) >> 4, m))
		m_freem(m);			/* it was there already */
	return 1;
}

/* ---- packets ---- */

void
iwm_rx_phy(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	if (len < sizeof(sc->sc_rxphy))
		return;
	memcpy(&sc->sc_rxphy, payload, sizeof(sc->sc_rxphy));
	sc->sc_rxphy_valid = 1;
}

/* Length and status word of the frame in a packet of `len` bytes.  0: it is none. */
static int
take_apart(const uint8_t *payload, size_t len, size_t *flen, uint32_t *status)
{
	size_t n;

	if (len < sizeof(struct iwm_rx_mpdu_res_start) + sizeof(*status))
		return 0;
	n = iwm_le16(payload);
	if (n < MIN_FRAME || n > len - sizeof(struct iwm_rx_mpdu_res_start) - sizeof(*status))
		return 0;
	*flen = n;
	*status = iwm_le32(payload + sizeof(struct iwm_rx_mpdu_res_start) + n);
	return (*status & RX_MPDU_RES_STATUS_CRC_OK) != 0 &&
	    (*status & RX_MPDU_RES_STATUS_OVERRUN_OK) != 0;
}

void
iwm_rx_mpdu(struct iwm_softc *sc, const uint8_t *payload, size_t len)
{
	const uint8_t *frame = payload + sizeof(struct iwm_rx_mpdu_res_start);
	struct iwm_rxhead h;
	struct mbuf *m;
	uint32_t status;
	size_t n;

	if (!sc->sc_rxphy_valid || (sc->sc_flags & IWM_F_UP) == 0 ||
	    !take_apart(payload, len, &n, &status))
		return;
	if ((m = pdk_mbuf_rxalloc(sizeof(h) + n)) == NULL) {
		sc->sc_rx_nombuf++;
		return;
	}
	set_info(sc, &h.info);
	h.info.flags |= crypto_flags(frame, status);
	if ((h.info.flags & PDK_RX_DECRYPTED) != 0) {
		m_adj(m, -CCMP_MIC_LEN);
		n -= CCMP_MIC_LEN;
	}
	memcpy(mtod(m, uint8_t *), &h, sizeof(h));
	memcpy(mtod(m, uint8_t *) + sizeof(h), frame, n);
	iwm_beacon(sc, frame, n, h.info.rssi);
	if (frame[0] == FC0_BAR)
		take_bar(sc, frame, n);
	/* What is not from whom it says must not move the window. */
	if ((h.info.flags & PDK_RX_MICFAIL) != 0 || !in_agreement(sc, frame, n, m))
		iwm_upcall_rx(sc, m);
}
