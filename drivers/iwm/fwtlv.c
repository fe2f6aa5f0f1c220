/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fwtlv.c - parser of Intel's firmware file.  See fw.h.
 *
 * It trusts nothing: a length is compared with what is left before it is used, by
 * subtraction from what is left, so that no sum can overflow.
 */
#include <pdk.h>

#include "fw.h"

#define TLV_MAGIC		0x0a4c5749	/* "IWL\n" */
#define HDR_ZERO		0		/* offsets in the header */
#define HDR_MAGIC		4
#define HDR_HUMAN		8
#define HDR_VERSION		72
#define HDR_SIZE		88
#define TLV_HEAD		8		/* type, length */
#define SECT_HEAD		4		/* a section begins with its address */

#define UCODE_TLV_PROBE_MAX_LEN		6
#define UCODE_TLV_FLAGS			18
#define UCODE_TLV_SEC_RT		19
#define UCODE_TLV_SEC_INIT		20
#define UCODE_TLV_SEC_WOWLAN		21
#define UCODE_TLV_DEF_CALIB		22
#define UCODE_TLV_PHY_SKU		23
#define UCODE_TLV_NUM_OF_CPU		27
#define UCODE_TLV_API_CHANGES_SET	29
#define UCODE_TLV_ENABLED_CAPABILITIES	30
#define UCODE_TLV_N_SCAN_CHANNELS	31
#define UCODE_TLV_SEC_RT_USNIFFER	34
#define UCODE_TLV_FW_VERSION		36

#define CPU1_CPU2_SEPARATOR_SECTION	0xffffcccc
#define PAGING_SEPARATOR_SECTION	0xaaaabbbb

#define MAX_PROBE_LEN			2048
#define MAX_SCAN_CHANNELS		64

struct parse {
	const uint8_t		*base;
	size_t			 size;
	size_t			 off;		/* of the entry */
	uint32_t		 type, len;	/* of the entry */
	const uint8_t		*val;
	uint32_t		 hdrver;
	int			 has_version, has_phy;
	const struct iwm_fwspec	*spec;
	struct iwm_fw		*fw;
	struct iwm_fwerr	*fe;
};

static int
fail(struct parse *p, enum iwm_fwerr_kind kind, int error, uint32_t val)
{
	p->fe->kind = kind;
	p->fe->off = p->off;
	p->fe->size = p->size;
	p->fe->type = p->type;
	p->fe->val = val;
	return error;
}

/* Which image an entry's section belongs to, or -1. */
static int
section_image(uint32_t type)
{
	switch (type) {
	case UCODE_TLV_SEC_RT:
		return IWM_UCODE_REGULAR;
	case UCODE_TLV_SEC_INIT:
		return IWM_UCODE_INIT;
	case UCODE_TLV_SEC_WOWLAN:
		return IWM_UCODE_WOWLAN;
	case UCODE_TLV_SEC_RT_USNIFFER:
		return IWM_UCODE_USNIFFER;
	default:
		return -1;
	}
}

static int
inside(uint32_t addr, uint32_t len, uint32_t lo, uint32_t size)
{
	return addr >= lo && addr - lo <= size && len <= size - (addr - lo);
}

static int
check_section(struct parse *p, const struct iwm_fw_sect *s)
{
	const struct iwm_fwspec *spec = p->spec;

	p->fe->number = s->number;
	p->fe->addr = s->addr;
	if (s->len == 0 || s->len % 4 != 0 || s->addr % 4 != 0)
		return fail(p, IWM_FWERR_ALIGN, EINVAL, s->len);
	if (!inside(s->addr, s->len, spec->inst_addr, spec->inst_size) &&
	    !inside(s->addr, s->len, spec->data_addr, spec->data_size))
		return fail(p, IWM_FWERR_SRAM, ERANGE, s->len);
	return 0;
}

/* An entry that holds a section: address, then bytes. */
static int
take_section(struct parse *p, enum iwm_ucode which)
{
	struct iwm_fw_image *img = &p->fw->image[which];
	struct iwm_fw_sect s;

	s.number = p->fw->nsects;		/* counted by the caller */
	if (p->len < SECT_HEAD)
		return fail(p, IWM_FWERR_LENGTH, EINVAL, p->len);
	s.addr = iwm_le32(p->val);
	s.len = p->len - SECT_HEAD;
	s.data = p->val + SECT_HEAD;
	if (s.addr == CPU1_CPU2_SEPARATOR_SECTION || s.addr == PAGING_SEPARATOR_SECTION)
		img->closed = 1;
	if (img->closed)
		return 0;
	if (img->nsects == nitems(img->sect))
		return fail(p, IWM_FWERR_SECTS, EINVAL, nitems(img->sect));
	img->sect[img->nsects++] = s;
	return check_section(p, &s);
}

/* 32 bits of a bitmap: index, bits. */
static int
take_bits(struct parse *p, uint32_t *words)
{
	uint32_t idx;

	if (p->len != 8)
		return fail(p, IWM_FWERR_LENGTH, EINVAL, p->len);
	idx = iwm_le32(p->val);
	if (idx >= IWM_FW_NBITS / 32)
		return fail(p, IWM_FWERR_VALUE, EINVAL, idx);
	words[idx] |= iwm_le32(p->val + 4);
	return 0;
}

/* One word between lo and hi. */
static int
take_word(struct parse *p, uint32_t *word, uint32_t lo, uint32_t hi)
{
	if (p->len != 4)
		return fail(p, IWM_FWERR_LENGTH, EINVAL, p->len);
	*word = iwm_le32(p->val);
	if (*word < lo || *word > hi)
		return fail(p, IWM_FWERR_VALUE, EINVAL, *word);
	return 0;
}

/* Calibrations of one image: image, flow triggers, event triggers. */
static int
take_calib(struct parse *p)
{
	uint32_t which;

	if (p->len != 12)
		return fail(p, IWM_FWERR_LENGTH, EINVAL, p->len);
	which = iwm_le32(p->val);
	if (which >= IWM_UCODE_COUNT)
		return fail(p, IWM_FWERR_VALUE, EINVAL, which);
	p->fw->image[which].calib_flow = iwm_le32(p->val + 4);
	p->fw->image[which].calib_event = iwm_le32(p->val + 8);
	return 0;
}

static int
take_version(struct parse *p)
{
	unsigned i;

	if (p->len != 12)
		return fail(p, IWM_FWERR_LENGTH, EINVAL, p->len);
	for (i = 0; i < 3; i++)
		p->fw->version[i] = iwm_le32(p->val + 4 * i);
	p->has_version = 1;
	return 0;
}

/* FLAGS may be longer; only the first word means something. */
static int
take_flags(struct parse *p)
{
	if (p->len < 4)
		return fail(p, IWM_FWERR_LENGTH, EINVAL, p->len);
	p->fw->flags = iwm_le32(p->val);
	return 0;
}

/* What is not known is not needed: debugging aids, command versions, other buses. */
static int
take_entry(struct parse *p)
{
	struct iwm_fw *fw = p->fw;

	switch (p->type) {
	case UCODE_TLV_SEC_RT:
	case UCODE_TLV_SEC_INIT:
	case UCODE_TLV_SEC_WOWLAN:
	case UCODE_TLV_SEC_RT_USNIFFER:
		return take_section(p, section_image(p->type));
	case UCODE_TLV_PROBE_MAX_LEN:
		return take_word(p, &fw->max_probe_len, 1, MAX_PROBE_LEN);
	case UCODE_TLV_FLAGS:
		return take_flags(p);
	case UCODE_TLV_DEF_CALIB:
		return take_calib(p);
	case UCODE_TLV_PHY_SKU:
		p->has_phy = 1;
		return take_word(p, &fw->phy_config, 0, 0xffffffff);
	case UCODE_TLV_NUM_OF_CPU:
		return take_word(p, &fw->ncpus, 1, 2);
	case UCODE_TLV_API_CHANGES_SET:
		return take_bits(p, fw->apibits);
	case UCODE_TLV_ENABLED_CAPABILITIES:
		return take_bits(p, fw->capabits);
	case UCODE_TLV_N_SCAN_CHANNELS:
		return take_word(p, &fw->n_scan_channels, 1, MAX_SCAN_CHANNELS);
	case UCODE_TLV_FW_VERSION:
		return take_version(p);
	default:
		return 0;
	}
}

static int
take_header(struct parse *p)
{
	uint32_t word;

	if (p->size < HDR_SIZE)
		return fail(p, IWM_FWERR_HEADER, EINVAL, HDR_SIZE);
	word = iwm_le32(p->base + HDR_ZERO);
	if (word != 0)
		return fail(p, IWM_FWERR_OLD, EINVAL, word);
	word = iwm_le32(p->base + HDR_MAGIC);
	if (word != TLV_MAGIC)
		return fail(p, IWM_FWERR_MAGIC, EINVAL, word);
	memcpy(p->fw->human, p->base + HDR_HUMAN, sizeof(p->fw->human) - 1);
	p->hdrver = iwm_le32(p->base + HDR_VERSION);
	p->fw->version[0] = p->hdrver >> 24;
	p->fw->version[1] = p->hdrver >> 16 & 0xff;
	p->fw->version[2] = p->hdrver >> 8 & 0xff;
	return 0;
}

static int
take_entries(struct parse *p)
{
	size_t left, step;
	int error;

	for (p->off = HDR_SIZE; p->off < p->size; p->off += step) {
		left = p->size - p->off;
		if (left < TLV_HEAD)
			return fail(p, IWM_FWERR_TAIL, EINVAL, left);
		p->type = iwm_le32(p->base + p->off);
		p->len = iwm_le32(p->base + p->off + 4);
		p->val = p->base + p->off + TLV_HEAD;
		left -= TLV_HEAD;
		p->fe->number = 0;
		if (section_image(p->type) >= 0)
			p->fe->number = ++p->fw->nsects;
		if (p->len > left)
			return fail(p, IWM_FWERR_TRUNC, EINVAL, p->len);
		if ((error = take_entry(p)) != 0)
			return error;
		/* The last entry's padding may be missing. */
		step = TLV_HEAD + MIN(left, roundup((size_t)p->len, 4));
	}
	return 0;
}

/* With NEW_VERSION the header's word is the API number, else its second byte. */
static int
check_api(struct parse *p)
{
	struct iwm_fw *fw = p->fw;
	uint32_t api = p->hdrver;

	if (!IWM_FW_HAS(fw->apibits, IWM_UCODE_TLV_API_NEW_VERSION))
		api = p->hdrver >> 8 & 0xff;
	p->off = HDR_VERSION;
	p->fe->addr = (uint32_t)p->spec->api_min << 16 | p->spec->api_max;
	if (api < p->spec->api_min || api > p->spec->api_max)
		return fail(p, IWM_FWERR_API, EOPNOTSUPP, api);
	fw->api = api;
	return 0;
}

static int
check_images(struct parse *p)
{
	static const enum iwm_ucode needed[] = { IWM_UCODE_INIT, IWM_UCODE_REGULAR };
	unsigned i;

	for (i = 0; i < nitems(needed); i++) {
		if (p->fw->image[needed[i]].nsects != 0)
			continue;
		p->type = needed[i];
		return fail(p, IWM_FWERR_NOIMAGE, EINVAL, 0);
	}
	return 0;
}

/* A file cut between two entries looks whole; the version is its last entry. */
static int
check_rest(struct parse *p)
{
	p->type = !p->has_phy ? UCODE_TLV_PHY_SKU : UCODE_TLV_FW_VERSION;
	if (!p->has_phy || !p->has_version)
		return fail(p, IWM_FWERR_MISSING, EINVAL, 0);
	return 0;
}

int
iwm_fw_parse(const void *data, size_t size, const struct iwm_fwspec *spec, struct iwm_fw *fw,
    struct iwm_fwerr *fe)
{
	struct parse p;
	int error;

	memset(fw, 0, sizeof(*fw));
	memset(fe, 0, sizeof(*fe));
	memset(&p, 0, sizeof(p));
	p.base = data;
	p.size = size;
	p.spec = spec;
	p.fw = fw;
	p.fe = fe;
	if ((error = take_header(&p)) != 0 || (error = take_entries(&p)) != 0 ||
	    (error = check_images(&p)) != 0 || (error = check_api(&p)) != 0)
		return error;
	return check_rest(&p);
}

const char *
iwm_ucode_name(enum iwm_ucode which)
{
	static const char *const names[] = { "runtime", "INIT", "WoWLAN", "sniffer" };

	return (unsigned)which < nitems(names) ? names[which] : "unknown";
}
