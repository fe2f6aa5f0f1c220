/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwapi_nvm.h - firmware interface: reading the card's non-volatile memory, and where in it
 * things are (7000 family; offsets in 16-bit words).  Source: iwlwifi fw/api/nvm-reg.h,
 * iwl-nvm-parse.c.
 */
#ifndef IWM_FWAPI_NVM_H
#define IWM_FWAPI_NVM_H

#define NVM_READ_OPCODE			0

/* Sections. */
#define NVM_SECTION_TYPE_HW		0
#define NVM_SECTION_TYPE_SW		1
#define NVM_SECTION_TYPE_CALIBRATION	4
#define NVM_SECTION_TYPE_PRODUCTION	5
#define NVM_MAX_NUM_SECTIONS		13

struct iwm_nvm_access_cmd {
	uint8_t		op_code;
	uint8_t		target;			/* 0: what is cached from OTP */
	uint16_t	type;			/* section */
	uint16_t	offset;			/* bytes */
	uint16_t	length;
} __packed;
CTASSERT(sizeof(struct iwm_nvm_access_cmd) == 8);

struct iwm_nvm_access_resp {
	uint16_t	offset;
	uint16_t	length;
	uint16_t	type;
	uint16_t	status;			/* the data follow */
} __packed;
CTASSERT(sizeof(struct iwm_nvm_access_resp) == 8);
#define READ_NVM_CHUNK_SUCCEED			0
#define READ_NVM_CHUNK_NOT_VALID_ADDRESS	1

/* HW section. */
#define NVM_HW_ADDR			0x15	/* bytes 1 0 3 2 5 4 */
/* SW section. */
#define NVM_VERSION			0
#define NVM_RADIO_CFG			1
#define NVM_SKU				2
#define NVM_N_HW_ADDRS			3
#define NVM_CHANNELS			0x20

#define NVM_RF_CFG_DASH(x)		((x) & 0x3)
#define NVM_RF_CFG_STEP(x)		((x) >> 2 & 0x3)
#define NVM_RF_CFG_TYPE(x)		((x) >> 4 & 0x3)
#define NVM_RF_CFG_PNUM(x)		((x) >> 6 & 0x3)

#define NVM_SKU_CAP_BAND_24GHZ		0x01
#define NVM_SKU_CAP_BAND_52GHZ		0x02
#define NVM_SKU_CAP_11N_ENABLE		0x04
#define NVM_SKU_CAP_11AC_ENABLE		0x08
#define NVM_SKU_CAP_MIMO_DISABLE	0x20

#define NVM_CHANNEL_VALID		0x0001
#define NVM_CHANNEL_ACTIVE		0x0008
#define NVM_CHANNEL_RADAR		0x0010
#define NVM_CHANNEL_40MHZ		0x0200
#define NVM_CHANNEL_80MHZ		0x0400

#endif /* IWM_FWAPI_NVM_H */
