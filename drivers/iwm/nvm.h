/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nvm.h - what the card's non-volatile memory says: address, bands, channels, radio.
 *
 *	struct iwm_nvm_sect s[NVM_MAX_NUM_SECTIONS] = { ... };	// read by the firmware
 *	error = iwm_nvm_parse(s, txant, rxant, &nvm, &why);
 *
 * Pure functions on buffers.  Layout: fwapi_nvm.h.
 */
#ifndef IWM_NVM_H
#define IWM_NVM_H

#include <pdk.h>
#include <pdk80211.h>

#include "fwapi_nvm.h"

#define IWM_NVM_MAX_CHANS	39

struct iwm_nvm_sect {
	uint8_t		*data;			/* NULL: the card has no such section */
	size_t		 len;
	size_t		 alloc;			/* size of the allocation */
};

struct iwm_nvm {
	uint8_t		mac[6];
	uint16_t	version;
	uint16_t	n_hw_addrs;
	uint8_t		radio_type, radio_step, radio_dash, radio_pnum;
	uint8_t		band24, band52, ht, vht, mimo;
	uint8_t		tx_ant, rx_ant;		/* masks */
	uint8_t		nchans, nchans24;
	struct pdk80211_chan chans[IWM_NVM_MAX_CHANS];
};

/*
 * `sect`: NVM_MAX_NUM_SECTIONS of them.  `tx_ant`, `rx_ant`: antenna masks the firmware
 * offers.  0; or EINVAL and *why says what is
 * missing or wrong ("SW section: ...").
 */
int	iwm_nvm_parse(const struct iwm_nvm_sect *sect, uint8_t tx_ant,
	    uint8_t rx_ant, struct iwm_nvm *, const char **why);

#endif /* IWM_NVM_H */
