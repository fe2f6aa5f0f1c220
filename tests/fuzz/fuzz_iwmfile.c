/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_iwmfile.c - libFuzzer target: iwm's parsers: a firmware file, the sections of a card's
 * non-volatile memory, calibration results.
 *
 *	voy fuzz iwmfile --for 20m
 *
 * The first byte says which it is. A firmware file follows as it is; sections and results are each
 * a byte (of a section: its number), a length of 16 bits and that many bytes. What a parser takes
 * is looked at whole: sections of a file must lie in it and in the card's memory.
 */
#include <stdlib.h>

#include <pdk.h>
#include <pdk80211.h>

#include "drivers/iwm/fw.h"
#include "drivers/iwm/nvm.h"
#include "drivers/iwm/phydb.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct iwm_fwspec spec = {
	.api_min = 17, .api_max = 17, .inst_addr = 0, .inst_size = 0x58000,
	.data_addr = 0x800000, .data_size = 0x14000,
};

void *
pdk_zalloc(size_t n, int how)
{
	(void)how;
	return calloc(1, n);
}

void
pdk_free(void *p, size_t n)
{
	(void)n;
	free(p);
}

static int
in_sram(const struct iwm_fw_sect *s)
{
	return (s->addr < spec.inst_size && s->len <= spec.inst_size - s->addr) ||
	    (s->addr >= spec.data_addr && s->addr - spec.data_addr < spec.data_size &&
	    s->len <= spec.data_size - (s->addr - spec.data_addr));
}

static void
firmware(const uint8_t *data, size_t size)
{
	struct iwm_fwerr fe;
	struct iwm_fw fw;
	unsigned i, n;

	if (iwm_fw_parse(data, size, &spec, &fw, &fe) != 0) {
		CHECK(fe.kind != IWM_FWERR_NONE && fe.off <= size);
		return;
	}
	CHECK(fw.human[sizeof(fw.human) - 1] == 0 && fw.api == 17);
	for (i = 0; i < IWM_UCODE_COUNT; i++) {
		CHECK(fw.image[i].nsects <= IWM_FW_MAX_SECTS);
		for (n = 0; n < fw.image[i].nsects; n++) {
			const struct iwm_fw_sect *s = &fw.image[i].sect[n];

			CHECK(s->data >= data && s->len <= (size_t)(data + size - s->data));
			CHECK(in_sram(s) && s->len % 4 == 0);
		}
	}
}

/* The next piece: its first byte, its length and where it is; 0: there is none. */
static int
piece(const uint8_t **p, size_t *left, unsigned *kind, const uint8_t **data, size_t *len)
{
	if (*left < 3)
		return 0;
	*kind = (*p)[0];
	*len = MIN((size_t)iwm_le16(*p + 1), *left - 3);
	*data = *p + 3;
	*p += 3 + *len;
	*left -= 3 + *len;
	return 1;
}

static uint8_t *
copy_of(const uint8_t *p, size_t len)
{
	uint8_t *c = malloc(len);

	if (c != NULL)
		memcpy(c, p, len);
	return c;
}

static void
nvm(const uint8_t *p, size_t left)
{
	struct iwm_nvm_sect sect[NVM_MAX_NUM_SECTIONS];
	const uint8_t *data;
	const char *why;
	struct iwm_nvm nvm;
	unsigned kind, i;
	size_t len;

	memset(sect, 0, sizeof(sect));
	while (piece(&p, &left, &kind, &data, &len)) {
		struct iwm_nvm_sect *s = &sect[kind % NVM_MAX_NUM_SECTIONS];

		if (s->data != NULL || len == 0)
			continue;
		s->data = copy_of(data, len);
		s->len = s->alloc = len;
	}
	if (iwm_nvm_parse(sect, 3, 3, &nvm, &why) == 0) {
		CHECK(nvm.nchans > 0 && nvm.nchans <= IWM_NVM_MAX_CHANS &&
		    nvm.nchans24 <= nvm.nchans && (nvm.mac[0] & 1) == 0);
		for (i = 0; i < nvm.nchans; i++)
			CHECK(nvm.chans[i].freq > 2400 && nvm.chans[i].freq < 6000);
	} else
		CHECK(why != NULL);
	for (i = 0; i < NVM_MAX_NUM_SECTIONS; i++)
		free(sect[i].data);
}

static void
calibration(const uint8_t *p, size_t left)
{
	const struct iwm_phydb_entry *e;
	struct iwm_phydb db;
	const uint8_t *data;
	unsigned kind, i, sum = 0;
	size_t len, k;
	uint8_t *copy;

	memset(&db, 0, sizeof(db));
	while (piece(&p, &left, &kind, &data, &len)) {
		copy = copy_of(data, len);
		(void)iwm_phydb_set(&db, copy, len);
		free(copy);
	}
	for (i = 0; (e = iwm_phydb_get(&db, i)) != NULL; i++)
		for (k = 0; k < e->len; k++)
			sum += e->data[k];
	CHECK(i <= IWM_PHYDB_ENTRIES && (i != 0 || sum == 0));
	iwm_phydb_clear(&db);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size == 0)
		return 0;
	if (data[0] % 3 == 1)
		nvm(data + 1, size - 1);
	else if (data[0] % 3 == 2)
		calibration(data + 1, size - 1);
	else if ((copy = copy_of(data + 1, size - 1)) != NULL) {
		firmware(copy, size - 1);
		free(copy);
	}
	return 0;
}
