/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_rate.h - firmware interface: a rate as one word (rate_n_flags, version 1), and the
 * table of rates for a station (LQ_CMD).  Source: iwlwifi fw/api/rs.h.
 */
#ifndef IWM_FWAPI_RATE_H
#define IWM_FWAPI_RATE_H

/* Bits 7..0: the PLCP code of a legacy rate; HT: the MCS; VHT: MCS and streams. */
#define RATE_LEGACY_RATE_MSK		0x000000ff
#define RATE_HT_MCS_INDEX_MSK		0x0000003f
#define RATE_VHT_MCS_RATE_CODE_MSK	0x0000000f
#define RATE_VHT_MCS_NSS(w)		(((w) >> 4 & 3) + 1)
#define RATE_MCS_HT_MSK			0x00000100
#define RATE_MCS_CCK_MSK		0x00000200
#define RATE_MCS_CHAN_WIDTH_POS		11
#define RATE_MCS_CHAN_WIDTH_MSK		0x00001800	/* 20, 40, 80, 160 MHz */
#define RATE_MCS_CHAN_WIDTH_40		0x00000800
#define RATE_MCS_SGI_MSK		0x00002000
#define RATE_MCS_ANT_POS		14
#define RATE_MCS_ANT_A_MSK		0x00004000
#define RATE_MCS_ANT_B_MSK		0x00008000
#define RATE_MCS_ANT_AB_MSK		0x0000c000
#define RATE_MCS_VHT_MSK		0x04000000

#endif /* IWM_FWAPI_RATE_H */
