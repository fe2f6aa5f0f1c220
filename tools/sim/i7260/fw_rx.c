/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_rx.c - a frame from the air: who of the driver's networks wants it, is it to be decrypted,
 * and the two packets in which it goes to the driver: REPLY_RX_PHY_CMD (how it was received) and
 * REPLY_RX_MPDU_CMD (the frame and its status).
 */
#include <string.h>

#include "tools/sim/i7260/card.h"

#define RX_PHY			0xc0
#define RX_MPDU			0xc1
#define PHY_LEN			68
#define FRAME_MAX		4000	/* with its packet headers in a buffer of 4 KB */

/* phy_flags */
#define PHY_BAND_24		0x0001u
#define PHY_CCK			0x0002u
#define PHY_SHORT_PREAMBLE	0x0004u
#define PHY_ANTENNA_A		0x0010u		/* B is the next bit */
#define PHY_AGG			0x0080u
#define PHY_HT			0x0100u
#define PHY_GF			0x0200u

/* status of an MPDU */
#define ST_CRC_OK		0x00000001u
#define ST_OVERRUN_OK		0x00000002u
#define ST_STA_FOUND		0x00000004u
#define ST_STA_ID(id)		((uint32_t)(id) << 24)

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

uint32_t
fw_gp2(struct card *c)
{
	return (uint32_t)((sim_now(c->dev) - c->fw_started) / 1000);
}

/* Bytes of the MAC header. */
size_t
fw_hdrlen(const uint8_t *f)
{
	unsigned type = f[0] >> 2 & 3, subtype = f[0] >> 4;
	size_t len = 24;

	if (type == 1)
		return subtype == 12 || subtype == 13 ? 10 : 16;
	if (type != 2)
		return len + ((f[1] & 0x80) != 0 ? 4 : 0);
	if ((f[1] & 3) == 3)
		len += 6;
	if ((subtype & 8) != 0)
		len += (f[1] & 0x80) != 0 ? 6 : 2;
	return len;
}

/* BSSID of a data or management frame. */
static const uint8_t *
bssid_of(const uint8_t *f)
{
	if ((f[0] & 0xc) == 0)
		return f + 16;
	switch (f[1] & 3) {
	case 0:
		return f + 16;
	case 1:
		return f + 4;
	default:
		return f + 10;
	}
}

/* ---- filters ---- */

static bool
group_wanted(const struct card *c, const struct fw_mac *m, const uint8_t *f)
{
	unsigned i;

	if (memcmp(f + 4, broadcast, 6) == 0)
		return (m->filter & FILTER_NO_BCAST) == 0;
	if ((m->filter & FILTER_GROUP) == 0)
		return false;
	if (c->run.mcast_all || (f[0] & 0xc) == 0)
		return true;
	for (i = 0; i < c->run.nmcast; i++)
		if (memcmp(c->run.mcast[i], f + 4, 6) == 0)
			return true;
	return false;
}

static bool
management_wanted(const struct fw_mac *m, const uint8_t *f, bool mine)
{
	bool own = memcmp(f + 16, m->bssid, 6) == 0;

	switch (f[0] & 0xfc) {
	case 0x80:			/* beacon; those of the own BSS: fw_beacon.c */
		return own || (m->filter & FILTER_BEACON) != 0;
	case 0x50:			/* probe response */
		return mine || own;
	case 0x40:			/* probe request */
		return mine || (m->filter & FILTER_PROBE_REQ) != 0 || m->type == MAC_TYPE_GO ||
		    m->type == MAC_TYPE_IBSS;
	default:
		return mine || (own && (f[4] & 1) != 0);
	}
}

static bool
mac_wants(struct card *c, unsigned id, const struct air_rx *rx, const uint8_t *f, size_t len)
{
	struct fw_mac *m = &c->run.mac[id];
	bool mine = memcmp(f + 4, m->addr, 6) == 0, own;

	if (!m->used || !sched_mac_hears(c, id, rx->freq))
		return false;
	if (m->type == MAC_TYPE_LISTENER || (m->filter & FILTER_CTL_AND_MGMT) != 0)
		return true;
	if ((f[0] & 0xc) == 4)
		return false;
	if (len < 24)
		return false;
	own = memcmp(bssid_of(f), m->bssid, 6) == 0;
	if (own)
		beacon_heard(c, id, rx, f, len);
	if ((m->filter & FILTER_PROMISC) != 0)
		return true;
	if ((f[0] & 0xc) == 0) {
		if (!management_wanted(m, f, mine))
			return false;
		return (f[0] & 0xfc) != 0x80 || !own || beacon_passes(c, id, rx, f, len);
	}
	if (own && m->ps.dozing && !power_hears(c, id, f))
		return false;
	if ((f[4] & 1) != 0)
		return own && group_wanted(c, m, f);
	return mine;
}

static bool
hotspot_wants(const struct card *c, const uint8_t *f)
{
	unsigned i;

	if (!sched_mac_on(c, FW_MAC_AUX) || (f[0] & 0xc) != 0)
		return false;
	for (i = 0; i < FW_MAC_AUX; i++)
		if (c->run.mac[i].used && memcmp(f + 4, c->run.mac[i].addr, 6) == 0)
			return true;
	return false;
}

/* ---- to the driver ---- */

static unsigned
energy(int dbm)
{
	return dbm >= 0 ? 1 : dbm < -127 ? 127 : (unsigned)-dbm;
}

static void
send_phy(struct card *c, const struct air_rx *rx, size_t len, uint32_t macs)
{
	unsigned fl = PHY_ANTENNA_A * c->chip->antennas, a = energy(rx->signal);
	unsigned b_dim = a + 3 > 127 ? 127 : a + 3;
	uint8_t b[PHY_LEN] = { 0 };
	uint32_t age = (uint32_t)(radio_tsf(c) - rx->tsf);

	if (rx->freq < 3000)
		fl |= PHY_BAND_24;
	if (rx->rate.kind == AIR_RATE_HT)
		fl |= PHY_HT;
	else if (rx->rate.index < 12 || rx->rate.index == 22)
		fl |= PHY_CCK;
	if ((rx->rate.flags & AIR_RATE_SHORTPRE) != 0)
		fl |= PHY_SHORT_PREAMBLE;
	if ((rx->rate.flags & AIR_RATE_GF) != 0)
		fl |= PHY_GF;
	if ((rx->flags & AIR_RX_AMPDU) != 0)
		fl |= PHY_AGG;
	b[0] = 8;
	put32(b + 4, fw_gp2(c) - age);
	put32(b + 8, (uint32_t)rx->tsf);
	put32(b + 12, (uint32_t)(rx->tsf >> 32));
	put32(b + 16, fw_gp2(c) - age);
	put16(b + 20, fl);
	put16(b + 22, air_freq_chan(rx->freq));
	/* word 1: energy of the chains; the second hears 3 dB less */
	put32(b + 24 + 4, a | ((c->chip->antennas & ANT_B) != 0 ? b_dim << 8 : 0));
	put32(b + 56, rate_from_air(&rx->rate));
	put32(b + 60, (uint32_t)len);
	b[64] = (uint8_t)macs;
	put16(b + 66, rx->duration > 0xffff ? 0xffff : rx->duration);
	rx_send(c, 0, RX_PHY, RX_NOTIF, b, sizeof(b));
}

static int
station_of(const struct card *c, const uint8_t *f, size_t len)
{
	unsigned i;

	for (i = 0; len >= 16 && i < FW_NSTAS; i++)
		if (c->run.sta[i].used && memcmp(c->run.sta[i].addr, f + 10, 6) == 0)
			return (int)i;
	return -1;
}

/* Whether one of the MACs wants frames of this kind as they are. */
static bool
undecrypted(const struct card *c, uint32_t macs, const uint8_t *f)
{
	uint32_t bit = (f[4] & 1) != 0 ? FILTER_NO_GRP_DECRYPT : FILTER_NO_DECRYPT;
	unsigned i;

	for (i = 0; i < FW_NMACS; i++)
		if ((macs >> i & 1) != 0 && (c->run.mac[i].filter & bit) == 0)
			return false;
	return macs != 0;
}

static void
send_mpdu(struct card *c, const uint8_t *f, size_t len, uint32_t macs)
{
	uint32_t status = ST_CRC_OK | ST_OVERRUN_OK;
	uint8_t b[4 + FRAME_MAX + 4];
	int sta = station_of(c, f, len);

	put16(b, (unsigned)len);
	put16(b + 2, 0);
	memcpy(b + 4, f, len);
	if (sta >= 0)
		status |= ST_STA_FOUND | ST_STA_ID(sta);
	if ((f[1] & 0x40) != 0 && (f[0] & 0xc) != 4)
		status |= key_decrypt(c, undecrypted(c, macs, f) ? -1 : sta, b + 4, len);
	put32(b + 4 + len, status);
	rx_send(c, 0, RX_MPDU, RX_NOTIF, b, 4 + len + 4);
}

void
fw_rx(struct card *c, const struct air_rx *rx, const uint8_t *f, size_t len)
{
	uint32_t macs = 0;
	bool wanted;
	unsigned i;

	if (c->fw != FW_RUNNING || c->image != FW_RUNTIME)
		return;
	c->run.rx_time += rx->duration;
	if (rx->rate.kind == AIR_RATE_HT && rx->rate.index > 7 && c->chip->antennas != 3)
		return;			/* two streams, and one antenna to hear them */
	if (len > FRAME_MAX) {
		sim_log(c->dev, "a frame of %zu bytes fits no receive buffer", len);
		return;
	}
	wanted = scan_wants(c, rx, f, len) || hotspot_wants(c, f);
	for (i = 0; i < FW_MAC_AUX; i++)
		if (mac_wants(c, i, rx, f, len))
			macs |= 1u << i;
	for (i = 0; i < FW_MAC_AUX; i++)
		if ((macs >> i & 1) != 0 && (f[0] & 0xc) == 8) {
			c->run.mac[i].rx_bytes += len;
			c->run.mac[i].rx_frames++;
			if ((f[4] & 1) == 0)
				power_received(c, i, f, len);
		}
	if (!wanted && macs == 0)
		return;
	send_phy(c, rx, len, macs);
	send_mpdu(c, f, len, macs);
}
