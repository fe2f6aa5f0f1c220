/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvmparse.c - parser of the card's non-volatile memory.  See nvm.h.
 */
#include <pdk.h>
#include <pdk80211.h>

#include "fw.h"
#include "nvm.h"

/* Order of the channel flags in the SW section; the first 14 are the 2.4 GHz band. */
static const uint8_t nvm_channels[IWM_NVM_MAX_CHANS] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	36, 40, 44, 48, 52, 56, 60, 64,
	100, 104, 108, 112, 116, 120, 124, 128, 132, 136, 140, 144,
	149, 153, 157, 161, 165,
};
#define NUM_2GHZ_CHANNELS	14

/* Highest word that is read of each section. */
#define HW_WORDS	(NVM_HW_ADDR + 3)
#define SW_WORDS	(NVM_CHANNELS + IWM_NVM_MAX_CHANS)

static uint16_t
word(const struct iwm_nvm_sect *s, unsigned off)
{
	return iwm_le16(s->data + 2 * off);
}

static int
parse_mac(const struct iwm_nvm_sect *hw, struct iwm_nvm *nvm)
{
	static const uint8_t none[6], ones[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint16_t w;
	unsigned i;

	for (i = 0; i < 3; i++) {
		w = word(hw, NVM_HW_ADDR + i);
		nvm->mac[2 * i] = w >> 8;
		nvm->mac[2 * i + 1] = w & 0xff;
	}
	if (memcmp(nvm->mac, none, 6) == 0 || memcmp(nvm->mac, ones, 6) == 0 ||
	    (nvm->mac[0] & 1) != 0)
		return EINVAL;
	return 0;
}

static void
parse_radio(const struct iwm_nvm_sect *sw, struct iwm_nvm *nvm)
{
	uint16_t cfg, sku;

	nvm->version = word(sw, NVM_VERSION);
	nvm->n_hw_addrs = word(sw, NVM_N_HW_ADDRS);
	cfg = word(sw, NVM_RADIO_CFG);
	nvm->radio_type = NVM_RF_CFG_TYPE(cfg);
	nvm->radio_step = NVM_RF_CFG_STEP(cfg);
	nvm->radio_dash = NVM_RF_CFG_DASH(cfg);
	nvm->radio_pnum = NVM_RF_CFG_PNUM(cfg);
	sku = word(sw, NVM_SKU);
	nvm->band24 = (sku & NVM_SKU_CAP_BAND_24GHZ) != 0;
	nvm->band52 = (sku & NVM_SKU_CAP_BAND_52GHZ) != 0;
	nvm->ht = (sku & NVM_SKU_CAP_11N_ENABLE) != 0;
	nvm->vht = nvm->ht && (sku & NVM_SKU_CAP_11AC_ENABLE) != 0;
	nvm->mimo = (sku & NVM_SKU_CAP_MIMO_DISABLE) == 0;
}

/* Secondary channel above or below: 36/40, 44/48, ... pair up from 36 and from 149. */
static uint8_t
ht40_flags(uint8_t num)
{
	if (num <= 14)
		return (num <= 9 ? PDK_CH_HT40U : 0) | (num >= 5 ? PDK_CH_HT40D : 0);
	if (num == 165)
		return 0;
	return ((num - (num >= 149 ? 149 : 36)) / 4) % 2 == 0 ? PDK_CH_HT40U : PDK_CH_HT40D;
}

static uint16_t
channel_freq(uint8_t num)
{
	if (num == 14)
		return 2484;
	return num < 14 ? 2407 + 5 * num : 5000 + 5 * num;
}

static void
add_channel(struct iwm_nvm *nvm, uint8_t num, uint16_t flags)
{
	struct pdk80211_chan *c = &nvm->chans[nvm->nchans++];

	c->num = num;
	c->freq = channel_freq(num);
	c->width = 20;
	if ((flags & NVM_CHANNEL_ACTIVE) == 0)
		c->flags |= PDK_CH_PASSIVE;
	if ((flags & NVM_CHANNEL_RADAR) != 0)
		c->flags |= PDK_CH_DFS;
	if (nvm->ht && (flags & NVM_CHANNEL_40MHZ) != 0)
		c->flags |= ht40_flags(num);
	if (nvm->vht && num > 14 && (flags & NVM_CHANNEL_80MHZ) != 0)
		c->flags |= PDK_CH_VHT80;
	if (num <= 14)
		nvm->nchans24++;
}

static void
parse_channels(const struct iwm_nvm_sect *sw, struct iwm_nvm *nvm)
{
	unsigned i;
	uint16_t flags;

	for (i = 0; i < nitems(nvm_channels); i++) {
		flags = word(sw, NVM_CHANNELS + i);
		if ((flags & NVM_CHANNEL_VALID) == 0)
			continue;
		if (i < NUM_2GHZ_CHANNELS ? nvm->band24 : nvm->band52)
			add_channel(nvm, nvm_channels[i], flags);
	}
}

int
iwm_nvm_parse(const struct iwm_nvm_sect *sect, uint8_t tx_ant, uint8_t rx_ant,
    struct iwm_nvm *nvm, const char **why)
{
	const struct iwm_nvm_sect *hw = &sect[NVM_SECTION_TYPE_HW];
	const struct iwm_nvm_sect *sw = &sect[NVM_SECTION_TYPE_SW];

	memset(nvm, 0, sizeof(*nvm));
	*why = NULL;
	if (hw->data == NULL || hw->len < 2 * HW_WORDS)
		*why = "HW section: missing or too short for an address";
	else if (sw->data == NULL || sw->len < 2 * SW_WORDS)
		*why = "SW section: missing or too short for the channels";
	else if (sect[NVM_SECTION_TYPE_CALIBRATION].data == NULL)
		*why = "calibration section: missing";
	else if (parse_mac(hw, nvm) != 0)
		*why = "HW section: the MAC address is not one of a station";
	if (*why != NULL)
		return EINVAL;
	parse_radio(sw, nvm);
	nvm->tx_ant = tx_ant;
	nvm->rx_ant = rx_ant;
	parse_channels(sw, nvm);
	if (nvm->nchans == 0) {
		*why = "SW section: no channel is allowed";
		return EINVAL;
	}
	return 0;
}
