/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_misc.c - PCI, registers, memory, firmware, time, and the classical macros.
 */
#include "conf.h"

#define FW_NAME		"voyageur-conform.fw"	/* a test may supply it: "conform" */
#define FW_NONE		"voyageur-no-such-file.fw"

static void
test_config_space(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	uint32_t old;
	int off = 0;

	CONF_OK(sc, pdk_pci_id(dev) == (0x1234 | 0x11e8u << 16), "the device's id");
	CONF_OK(sc, pdk_pci_read(dev, PCI_ID_REG) == pdk_pci_id(dev), "is what register 0 says");
	CONF_OK(sc, pdk_pci_subsys(dev) == pdk_pci_read(dev, PCI_SUBSYS_ID_REG),
	    "the subsystem's is in register 0x2c");
	CONF_OK(sc, pdk_pci_revision(dev) == (pdk_pci_read(dev, PCI_CLASS_REG) & 0xff),
	    "the revision is in register 8");
	CONF_OK(sc, (pdk_pci_read(dev, PCI_COMMAND_STATUS_REG) &
	    (PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE)) ==
	    (PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE),
	    "with a BAR mapped, decoding and bus mastering are on");
	old = pdk_pci_read(dev, PCI_INTERRUPT_REG);
	pdk_pci_write(dev, PCI_INTERRUPT_REG, (old & ~0xffu) | 0x5a);
	CONF_OK(sc, (pdk_pci_read(dev, PCI_INTERRUPT_REG) & 0xff) == 0x5a,
	    "a register is written and read back");
	pdk_pci_write(dev, PCI_INTERRUPT_REG, old);
	CONF_OK(sc, pdk_pci_find_cap(dev, PCI_CAP_MSI, &off) == 0 && off >= 0x40 &&
	    (pdk_pci_read(dev, off & ~3) & 0xff) == PCI_CAP_MSI, "the MSI capability is found");
	CONF_OK(sc, pdk_pci_find_cap(dev, 0x7f, &off) == ENOENT,
	    "a capability that is not there is ENOENT");
}

static void
test_bar(struct conf_softc *sc)
{
	bus_space_handle_t sh;
	bus_space_tag_t st;
	bus_size_t size;

	CONF_OK(sc, sc->sc_size == 1 << 20, "BAR 0 has its size");
	CONF_OK(sc, pdk_pci_map_bar(&sc->sc_dev, 0, &st, &sh, &size) == EBUSY,
	    "mapping it again is EBUSY");
	CONF_OK(sc, pdk_pci_map_bar(&sc->sc_dev, 5, &st, &sh, &size) == ENXIO,
	    "a BAR that is not there is ENXIO");
	CONF_OK(sc, (CONF_READ(sc, EDU_ID) & 0xff) == 0xed, "a register is read");
	CONF_WRITE(sc, EDU_LIVENESS, 0x12345678);
	bus_space_barrier(sc->sc_st, sc->sc_sh, 0, 8,
	    BUS_SPACE_BARRIER_READ | BUS_SPACE_BARRIER_WRITE);
	CONF_OK(sc, CONF_READ(sc, EDU_LIVENESS) == ~0x12345678u, "a register is written");
	bus_space_write_1(sc->sc_st, sc->sc_sh, EDU_LIVENESS, 0);
	bus_space_write_2(sc->sc_st, sc->sc_sh, EDU_LIVENESS, 0);
	(void)bus_space_read_1(sc->sc_st, sc->sc_sh, EDU_LIVENESS);
	(void)bus_space_read_2(sc->sc_st, sc->sc_sh, EDU_LIVENESS);
	CONF_OK(sc, CONF_READ(sc, EDU_LIVENESS) == ~0x12345678u,
	    "accesses of 1 and 2 bytes, which edu ignores, leave it alone");
}

void
conf_config_pci(struct conf_softc *sc)
{
	test_config_space(sc);
	test_bar(sc);
}

static void
test_memory(struct conf_softc *sc)
{
	uint8_t *p;
	int zero = 1, i;

	p = pdk_zalloc(1000, PDK_WAITOK);
	for (i = 0; p != NULL && i < 1000; i++)
		zero &= p[i] == 0;
	CONF_OK(sc, p != NULL && zero, "memory is zeroed");
	memset(p, 0xff, 1000);
	pdk_free(p, 1000);
	pdk_lock(&sc->sc_dev);
	p = pdk_zalloc(1, PDK_NOWAIT);
	pdk_free(p, 1);
	pdk_unlock(&sc->sc_dev);
	pdk_free(NULL, 7);
	CONF_OK(sc, 1, "memory with the lock held, PDK_NOWAIT; pdk_free(NULL) is harmless");
}

static void
test_byteorder(struct conf_softc *sc)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	memcpy(&v16, bytes, sizeof(v16));
	memcpy(&v32, bytes, sizeof(v32));
	memcpy(&v64, bytes, sizeof(v64));
	CONF_OK(sc, le16toh(v16) == 0x0201 && le32toh(v32) == 0x04030201 &&
	    le64toh(v64) == 0x0807060504030201, "little-endian values");
	CONF_OK(sc, be16toh(v16) == 0x0102 && be32toh(v32) == 0x01020304 &&
	    be64toh(v64) == 0x0102030405060708, "big-endian values");
	CONF_OK(sc, htole16(0x0201) == v16 && htole32(0x04030201) == v32 &&
	    htole64(0x0807060504030201) == v64 && htobe32(0x01020304) == v32,
	    "and the other way");
}

struct node {
	int			n;
	TAILQ_ENTRY(node)	tq;
	STAILQ_ENTRY(node)	sq;
};

static void
test_queues(struct conf_softc *sc)
{
	TAILQ_HEAD(tqhead, node) th = TAILQ_HEAD_INITIALIZER(th);
	STAILQ_HEAD(, node) sh = STAILQ_HEAD_INITIALIZER(sh);
	struct node node[3], *p, *next;
	int i, sum = 0;

	for (i = 0; i < 3; i++) {
		node[i].n = i;
		TAILQ_INSERT_TAIL(&th, &node[i], tq);
		STAILQ_INSERT_TAIL(&sh, &node[i], sq);
	}
	TAILQ_FOREACH_SAFE(p, &th, tq, next)
		if (p->n == 1)
			TAILQ_REMOVE(&th, p, tq);
	TAILQ_FOREACH(p, &th, tq)
		sum = sum * 10 + p->n;
	CONF_OK(sc, sum == 2 && TAILQ_LAST(&th, tqhead)->n == 2, "TAILQ");
	STAILQ_REMOVE_HEAD(&sh, sq);
	CONF_OK(sc, STAILQ_FIRST(&sh)->n == 1, "STAILQ");
}

static void
test_libkern(struct conf_softc *sc)
{
	uint8_t bits[2] = { 0, 0 };
	char to[4];

	setbit(bits, 9);
	setbit(bits, 3);
	clrbit(bits, 3);
	CONF_OK(sc, bits[0] == 0 && bits[1] == 2 && isset(bits, 9) && isclr(bits, 3),
	    "setbit, clrbit, isset, isclr");
	CONF_OK(sc, strlcpy(to, "voyageur", sizeof(to)) == 8 && strcmp(to, "voy") == 0,
	    "strlcpy() ends what it cuts");
	CONF_OK(sc, howmany(9, 4) == 3 && roundup(9, 4) == 12 && MIN(1, 2) == 1 &&
	    MAX(1, 2) == 2 && nitems(bits) == 2, "howmany, roundup, MIN, MAX, nitems");
}

/* WORKER or CONFIG. */
void
conf_kern(struct conf_softc *sc)
{
	test_memory(sc);
	test_byteorder(sc);
	test_queues(sc);
	test_libkern(sc);
}

static void
test_firmware(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	const void *data;
	size_t size;
	int error;

	CONF_OK(sc, pdk_firmware_get(dev, FW_NONE, &data, &size) == ENOENT,
	    "firmware that is not there is ENOENT");
	error = pdk_firmware_get(dev, FW_NAME, &data, &size);
	if (error == ENOENT) {
		conf_skip(sc, "firmware is read", "there is no " FW_NAME);
		return;
	}
	CONF_OK(sc, error == 0 && size == 7 && memcmp(data, "conform", 7) == 0,
	    "firmware is read");
	if (error == 0)
		pdk_firmware_put(dev, data, size);
}

static void
test_time(struct conf_softc *sc)
{
	uint64_t t[3];

	t[0] = pdk_uptime_ms();
	DELAY(3000);
	t[1] = pdk_uptime_ms();
	DELAY(10);
	t[2] = pdk_uptime_ms();
	CONF_OK(sc, t[1] >= t[0] + 2 && t[2] >= t[1], "time goes on, and DELAY() lasts");
}

void
conf_worker_misc(struct conf_softc *sc)
{
	test_firmware(sc);
	test_time(sc);
	pdk_info(&sc->sc_dev, "conformance", "%d tests", sc->sc_tests);
	CONF_OK(sc, 1, "a fact about the device");
}
