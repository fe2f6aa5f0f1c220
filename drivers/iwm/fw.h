/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw.h - Intel's firmware file, taken apart.
 *
 * Pure functions on a buffer; nothing is copied, so the buffer must outlive struct iwm_fw.
 *
 *	struct iwm_fw fw;
 *	struct iwm_fwerr fe;
 *
 *	error = iwm_fw_parse(data, size, &chip->fwspec, &fw, &fe);
 *	if (error != 0)
 *		report fe		(fwerr.c has the texts)
 *	img = &fw.image[IWM_UCODE_INIT];
 *	for (i = 0; i < img->nsects; i++)
 *		load img->sect[i]
 *
 * The file: a header of 88 bytes, then entries of type, length and value (TLV), each padded
 * to 4 bytes.  Source: iwlwifi fw/file.h, iwl-drv.c.
 */
#ifndef IWM_FW_H
#define IWM_FW_H

#include <pdk.h>

#define IWM_FW_MAX_SECTS	16

enum iwm_ucode {
	IWM_UCODE_REGULAR,		/* the order is the file's */
	IWM_UCODE_INIT,
	IWM_UCODE_WOWLAN,
	IWM_UCODE_USNIFFER,
	IWM_UCODE_COUNT
};

/* What a chip takes. */
struct iwm_fwspec {
	uint16_t	api_min, api_max;
	uint32_t	inst_addr, inst_size;	/* SRAM for instructions */
	uint32_t	data_addr, data_size;	/* SRAM for data */
};

struct iwm_fw_sect {
	uint32_t	 addr;			/* in the device */
	uint32_t	 len;
	const uint8_t	*data;
	unsigned	 number;		/* among all sections of the file, from 1 */
};

/* Sections of the first CPU; those after a separator are left out. */
struct iwm_fw_image {
	unsigned	 nsects;
	int		 closed;		/* a separator was seen */
	struct iwm_fw_sect sect[IWM_FW_MAX_SECTS];
	uint32_t	 calib_flow;		/* for PHY_CONFIGURATION_CMD */
	uint32_t	 calib_event;
};

#define IWM_FW_NBITS		128

struct iwm_fw {
	uint32_t	version[3];		/* major, minor, local */
	char		human[65];		/* the builder's text */
	uint16_t	api;
	uint32_t	flags;
	uint32_t	phy_config;		/* FW_PHY_CFG_* */
	uint32_t	ncpus;
	uint32_t	max_probe_len;
	uint32_t	n_scan_channels;
	uint32_t	apibits[IWM_FW_NBITS / 32];
	uint32_t	capabits[IWM_FW_NBITS / 32];
	unsigned	nsects;			/* seen in the file */
	struct iwm_fw_image image[IWM_UCODE_COUNT];
};

/* Bits of apibits, capabits. */
#define IWM_UCODE_TLV_API_WIDE_CMD_HDR		14
#define IWM_UCODE_TLV_API_NEW_VERSION		20
#define IWM_UCODE_TLV_API_STA_TYPE		30
#define IWM_UCODE_TLV_CAPA_LAR_SUPPORT		1
#define IWM_UCODE_TLV_CAPA_UMAC_SCAN		2
#define IWM_UCODE_TLV_CAPA_DS_PARAM_SET_IE	9
#define IWM_UCODE_TLV_CAPA_DQA_SUPPORT		12
#define IWM_UCODE_TLV_CAPA_RADIO_BEACON_STATS	22
#define IWM_UCODE_TLV_CAPA_CT_KILL_BY_FW	74

#define IWM_FW_HAS(words, bit)	((words)[(bit) / 32] >> ((bit) % 32) & 1)

/* What is wrong with a file. */
enum iwm_fwerr_kind {
	IWM_FWERR_NONE,
	IWM_FWERR_HEADER,	/* size: too short for the header, val: needed */
	IWM_FWERR_OLD,		/* the format before TLV; val: first word */
	IWM_FWERR_MAGIC,	/* val: found */
	IWM_FWERR_TAIL,		/* off: fewer bytes than an entry's head */
	IWM_FWERR_TRUNC,	/* off, number (0: not a section), type, val: claimed length */
	IWM_FWERR_LENGTH,	/* off, type, val: length, which the type cannot have */
	IWM_FWERR_VALUE,	/* off, type, val: value out of range */
	IWM_FWERR_SECTS,	/* off, type: more sections than val */
	IWM_FWERR_ALIGN,	/* number, addr, val: length */
	IWM_FWERR_SRAM,		/* number, addr, val: length */
	IWM_FWERR_API,		/* val: the file's; addr: lowest << 16 | highest accepted */
	IWM_FWERR_NOIMAGE,	/* type: enum iwm_ucode */
	IWM_FWERR_MISSING,	/* type: no such entry; size */
};

struct iwm_fwerr {
	enum iwm_fwerr_kind kind;
	size_t		off;			/* where in the file */
	size_t		size;			/* of the file */
	unsigned	number;
	uint32_t	type;
	uint32_t	addr;
	uint32_t	val;
};

/*
 * Take `size` bytes at `data` apart for a chip.  0; or EINVAL (the file is damaged), ERANGE
 * (it does not fit the chip's memory), EOPNOTSUPP (another API
 * version), with the reason in *fe.  No side effect, any alignment of `data`.
 */
int	iwm_fw_parse(const void *data, size_t size, const struct iwm_fwspec *,
	    struct iwm_fw *, struct iwm_fwerr *fe);

/* "runtime", "INIT", ... */
const char *iwm_ucode_name(enum iwm_ucode);

/* Little-endian words at any alignment. */
static inline uint16_t
iwm_le16(const void *p)
{
	const uint8_t *b = p;

	return b[0] | b[1] << 8;
}

static inline uint32_t
iwm_le32(const void *p)
{
	const uint8_t *b = p;

	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

#endif /* IWM_FW_H */
