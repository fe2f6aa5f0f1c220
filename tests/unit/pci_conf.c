/* SPDX-License-Identifier: BSD-2-Clause */
/* pci/: addresses, capability lists (sound and damaged), BARs.  Prints TAP. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pci/pci.h"
#include "tests/unit/tap.h"

static uint8_t conf[4096];

static uint32_t
rd(void *ctx, unsigned reg)
{
	const uint8_t *p = (const uint8_t *)ctx + reg;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
wr(unsigned reg, uint32_t val)
{
	for (int i = 0; i < 4; i++)
		conf[reg + i] = (uint8_t)(val >> 8 * i);
}

static void
test_addr(void)
{
	static const char *const bad[] = { "", "x", "00:04", "0000:00:04", "00:04.8", "00:20.0",
	    "0000:00:04.0x", "100:04.0", "00:04.00", "1:2:3:4.0", ":00:04.0", "00 :04.0" };
	struct pci_addr a;
	char buf[PCI_ADDR_STRLEN];

	ok(pci_addr_parse("0000:03:1f.7", &a) == 0 && a.bus == 3 && a.dev == 31 && a.func == 7,
	    "a full address is understood");
	ok(pci_addr_parse("03:1F.7", &a) == 0 && a.domain == 0 && a.dev == 31,
	    "a short address means domain 0");
	pci_addr_format(&a, buf);
	ok(strcmp(buf, "0000:03:1f.7") == 0, "an address is printed as sysfs spells it");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char what[64];

		snprintf(what, sizeof(what), "\"%s\" is refused", bad[i]);
		ok(pci_addr_parse(bad[i], &a) == EINVAL, what);
	}
}

static void
test_caps(void)
{
	struct pci_cap caps[PCI_NCAPS];
	unsigned off = 0;
	size_t n;

	memset(conf, 0, sizeof(conf));
	ok(pci_cap_find(rd, conf, 5, &off) == ENOENT, "no list: no capability");
	wr(0x04, 0x00100000);
	wr(0x34, 0x40);
	wr(0x40, 0x00005001);		/* PM, next 0x50 */
	wr(0x50, 0x00006005);		/* MSI, next 0x60 */
	wr(0x60, 0x00000010);		/* PCIe, end */
	ok(pci_cap_find(rd, conf, 5, &off) == 0 && off == 0x50, "a capability in the middle");
	ok(pci_cap_find(rd, conf, 0x10, &off) == 0 && off == 0x60, "the last capability");
	ok(pci_cap_find(rd, conf, 0x11, &off) == ENOENT, "a capability that is not there");
	wr(0x100, 0x14010001);		/* AER, next 0x140 */
	wr(0x140, 0x00010018);		/* LTR */
	ok(pci_cap_list(rd, conf, caps, PCI_NCAPS, &n) == 0 && n == 5 && caps[3].extended &&
	    !caps[2].extended && caps[4].id == 0x18 && caps[4].off == 0x140,
	    "all capabilities, in order, the extended ones last");
	ok(pci_cap_list(rd, conf, caps, 2, &n) == 0 && n == 2, "a short array is not overrun");
}

static void
test_damage(void)
{
	struct pci_cap caps[PCI_NCAPS];
	unsigned off;
	size_t n;

	wr(0x60, 0x00004010);
	ok(pci_cap_find(rd, conf, 0x11, &off) == EIO, "a list that loops ends with an error");
	wr(0x60, 0x00001010);
	ok(pci_cap_find(rd, conf, 0x11, &off) == EIO, "a pointer into the header is an error");
	wr(0x60, 0x00000010);
	wr(0x140, 0x10010018);
	ok(pci_cap_list(rd, conf, caps, PCI_NCAPS, &n) == EIO && n == 5,
	    "an extended list that loops, too, with what is before");
	wr(0x60, 0x00004010);
	ok(pci_cap_list(rd, conf, caps, PCI_NCAPS, &n) == EIO && n == 3,
	    "and so when all are listed");
	memset(conf, 0xff, sizeof(conf));
	ok(pci_cap_find(rd, conf, 5, &off) == EIO && pci_cap_list(rd, conf, caps, PCI_NCAPS, &n) ==
	    EIO && n == 0, "a device that was pulled out is an error, not a capability");
}

static void
test_bars(void)
{
	struct pci_bar b;

	memset(conf, 0, sizeof(conf));
	wr(0x10, 0xfebf000c);		/* 64 bit, prefetchable */
	wr(0x14, 0x00000001);
	wr(0x18, 0x0000e001);		/* I/O */
	wr(0x1c, 0xfe000000);
	pci_bar_decode(rd, conf, 0, &b);
	ok(b.present && b.is64 && b.prefetch && !b.io && b.addr == 0x1febf0000, "a 64-bit BAR");
	pci_bar_decode(rd, conf, 1, &b);
	ok(!b.present, "its upper half is not a BAR");
	pci_bar_decode(rd, conf, 2, &b);
	ok(b.present && b.io && b.addr == 0xe000, "an I/O BAR");
	pci_bar_decode(rd, conf, 3, &b);
	ok(b.present && !b.io && !b.is64 && b.addr == 0xfe000000, "a 32-bit BAR");
	pci_bar_decode(rd, conf, 4, &b);
	ok(!b.present, "an empty BAR");
	pci_bar_decode(rd, conf, 6, &b);
	ok(!b.present, "there is no BAR 6");
	wr(0x0c, 0x00810000);		/* a bridge, of several functions */
	wr(0x18, 0x00020100);		/* its bus numbers */
	pci_bar_decode(rd, conf, 0, &b);
	ok(b.present && b.addr == 0x1febf0000, "a bridge has two BARs");
	pci_bar_decode(rd, conf, 2, &b);
	ok(!b.present, "its bus numbers are not one");
	memset(conf, 0xff, sizeof(conf));
	pci_bar_decode(rd, conf, 0, &b);
	ok(!b.present, "a device that was pulled out has none");
}

int
main(void)
{
	static const struct pci_match table[] = { { 0x8086, 0x08b1, "iwm" }, { 0, 0, NULL } };

	test_addr();
	test_caps();
	test_damage();
	test_bars();
	ok(strcmp(pci_match(table, 0x8086, 0x08b1), "iwm") == 0 &&
	    pci_match(table, 0x8086, 0x08b2) == NULL, "the match table");
	return done();
}
