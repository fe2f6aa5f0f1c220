/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware parser: good files, one of which is built here; every truncation; every byte
 * changed; and, given a file name, that file (a driver's real one, or one of
 * tests/firmware/build.py, which prints what is wrong with it).
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/fw.h"
#include "tests/unit/tap.h"

static const struct iwm_fwspec spec = {
	.api_min = 17, .api_max = 17, .inst_addr = 0, .inst_size = 0x58000,
	.data_addr = 0x800000, .data_size = 0x14000,
};

static uint8_t file[4096];
static size_t size;

static void
put(uint32_t w)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		file[size++] = (uint8_t)(w >> 8 * i);
}

static void
put_section(uint32_t type, uint32_t addr, uint32_t words)
{
	uint32_t i;

	put(type);
	put(4 + 4 * words);
	put(addr);
	for (i = 0; i < words; i++)
		put(i);
}

static void
make(void)
{
	size = 0;
	put(0);
	put(0x0a4c5749);
	memset(file + size, 'h', 64);
	size += 64;
	put(17);
	put(1234);
	put(0);
	put(0);
	put(29), put(8), put(0), put(1u << 20 | 1 << 14);
	put_section(19, 0x800000, 16);
	put_section(19, 0, 32);
	put_section(19, 0xffffcccc, 8);
	put_section(19, 0x123, 3);		/* of the second CPU: not looked at */
	put_section(20, 0x800000, 8);
	put(36), put(12), put(17), put(3216344376u), put(0);
	put(99), put(3), put(0xffffff);	/* unknown, padded */
	put(23), put(4), put(0x00330018);
}

/* Parse a copy that ends where the memory ends, so that a sanitizer sees a read too far. */
static int
parse(const uint8_t *data, size_t len, struct iwm_fw *fw, struct iwm_fwerr *fe)
{
	uint8_t *copy = malloc(len + 1);
	int error;

	if (copy == NULL)
		abort();
	memcpy(copy + 1, data, len);		/* and unaligned */
	error = iwm_fw_parse(copy + 1, len, &spec, fw, fe);
	free(copy);
	return error;
}

static void
test_good(void)
{
	struct iwm_fw fw;
	struct iwm_fwerr fe;

	make();
	ok(iwm_fw_parse(file, size, &spec, &fw, &fe) == 0, "a good file is accepted");
	ok(fw.version[0] == 17 && fw.version[1] == 3216344376u && fw.version[2] == 0,
	    "version from its entry");
	ok(fw.image[IWM_UCODE_REGULAR].nsects == 2, "sections after the separator are left out");
	ok(fw.image[IWM_UCODE_REGULAR].sect[1].addr == 0 &&
	    fw.image[IWM_UCODE_REGULAR].sect[1].len == 128, "address and length of a section");
	ok(fw.image[IWM_UCODE_INIT].sect[0].number == 5, "sections are numbered through the file");
	ok(fw.phy_config == 0x00330018 && fw.api == 17, "PHY configuration and API");
	ok(fw.human[63] == 'h' && fw.human[64] == '\0', "the builder's text is terminated");
	size -= 4;
	ok(iwm_fw_parse(file, size, &spec, &fw, &fe) == EINVAL && fe.kind == IWM_FWERR_TRUNC,
	    "a missing value is truncation");
	size -= 8;
	ok(iwm_fw_parse(file, size, &spec, &fw, &fe) == EINVAL && fe.kind == IWM_FWERR_MISSING &&
	    fe.type == 23, "so is a missing entry");
}

static void
test_truncation(void)
{
	struct iwm_fw fw;
	struct iwm_fwerr fe;
	size_t len;
	int bad = 0;

	make();
	for (len = 0; len < size; len++)
		if (parse(file, len, &fw, &fe) == 0 || fe.kind == IWM_FWERR_NONE)
			bad++;
	ok(bad == 0, "every truncation is refused with a reason");
}

static void
test_every_byte(void)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xfc, 0xff };
	struct iwm_fw fw;
	struct iwm_fwerr fe;
	size_t i, v;
	uint8_t old;
	unsigned k;

	make();
	for (i = 0; i < size; i++) {
		old = file[i];
		for (v = 0; v < nitems(values); v++) {
			file[i] = values[v];
			if (parse(file, size, &fw, &fe) == 0)
				for (k = 0; k < IWM_UCODE_COUNT; k++)
					if (fw.image[k].nsects > IWM_FW_MAX_SECTS)
						abort();
		}
		file[i] = old;
	}
	ok(1, "no changed byte makes the parser read too far");
}

static void
test_limits(void)
{
	struct iwm_fw fw;
	struct iwm_fwerr fe;
	int i;

	make();
	put_section(20, 0x800000 + 0x14000 - 8, 2);
	ok(iwm_fw_parse(file, size, &spec, &fw, &fe) == 0, "a section may end with the memory");
	put_section(20, 0x800000 + 0x14000 - 8, 3);
	ok(iwm_fw_parse(file, size, &spec, &fw, &fe) == ERANGE && fe.kind == IWM_FWERR_SRAM &&
	    fe.addr == 0x800000 + 0x14000 - 8 && fe.val == 12, "and not one word later");
	make();
	for (i = 0; i < 20; i++)
		put_section(20, 0x800000, 1);
	ok(iwm_fw_parse(file, size, &spec, &fw, &fe) == EINVAL && fe.kind == IWM_FWERR_SECTS,
	    "the number of sections is limited");
}

/* A real file: the figures of iwlwifi-7260-17.ucode, and of no other version. */
static int
look(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct iwm_fw fw;
	struct iwm_fwerr fe;
	uint8_t *data;
	long len;
	int error;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (len = ftell(f)) < 0 ||
	    (data = malloc((size_t)len + 1)) == NULL)
		return 2;
	rewind(f);
	if (fread(data, 1, (size_t)len, f) != (size_t)len)
		return 2;
	fclose(f);
	error = iwm_fw_parse(data, (size_t)len, &spec, &fw, &fe);
	printf("error %d kind %d off %zu number %u type %u addr 0x%x val %u\n", error, fe.kind,
	    fe.off, fe.number, fe.type, fe.addr, fe.val);
	if (error == 0)
		printf("version %u.%u.%u, %u+%u sections, PHY 0x%x\n", fw.version[0],
		    fw.version[1], fw.version[2], fw.image[IWM_UCODE_INIT].nsects,
		    fw.image[IWM_UCODE_REGULAR].nsects, fw.phy_config);
	free(data);
	return error != 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return look(argv[1]);
	test_good();
	test_truncation();
	test_every_byte();
	test_limits();
	return done();
}
