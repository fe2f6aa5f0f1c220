/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_pci.c - configuration space and registers; in CONFIG, as a driver's attach.
 */
#include "conf.h"

/* A shim that hands out another function's identity, or a word of the wrong half. */
static void
pci_identity(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;

	CONF_OK(sc, pdk_pci_id(dev) == (0x1234 | 0x11e8u << 16), "the id is not edu's");
	CONF_OK(sc, pdk_pci_read(dev, PCI_ID_REG) == pdk_pci_id(dev), "register 0 is not the id");
	CONF_OK(sc, pdk_pci_subsys(dev) == pdk_pci_read(dev, PCI_SUBSYS_ID_REG),
	    "register 0x2c is not the subsystem's id");
	CONF_OK(sc, pdk_pci_revision(dev) == (pdk_pci_read(dev, PCI_CLASS_REG) & 0xff),
	    "register 8 has another revision");
}

/* OpenBSD and NetBSD leave bus mastering to the driver: DMA that silently does nothing. */
static void
pci_enabled(struct conf_softc *sc)
{
	const uint32_t on = PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE;

	CONF_OK(sc, (pdk_pci_read(&sc->sc_dev, PCI_COMMAND_STATUS_REG) & on) == on,
	    "a BAR is mapped, but decoding or bus mastering is off");
}

/* FreeBSD writes by width, the others by 32 bits: neighbours that are lost. */
static void
pci_write(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	uint32_t old = pdk_pci_read(dev, PCI_INTERRUPT_REG), now;

	pdk_pci_write(dev, PCI_INTERRUPT_REG, (old & ~0xffu) | 0x5a);
	now = pdk_pci_read(dev, PCI_INTERRUPT_REG);
	pdk_pci_write(dev, PCI_INTERRUPT_REG, old);
	CONF_OK(sc, (now & 0xff) == 0x5a, "what was written is not read back");
	CONF_OK(sc, (now & 0xff00) == (old & 0xff00), "a write has changed its neighbour");
	CONF_OK(sc, pdk_pci_read(dev, PCI_INTERRUPT_REG) == old, "the old value is not back");
}

/* pci_get_capability() gives 1 for found, pci_find_cap() gives 0: the truth turned round. */
static void
pci_capability(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	int off = 0;

	if (CONF_OK(sc, pdk_pci_find_cap(dev, PCI_CAP_MSI, &off) == 0, "MSI is not found"))
		CONF_OK(sc, off >= 0x40 && (pdk_pci_read(dev, off & ~3) & 0xff) == PCI_CAP_MSI,
		    "MSI is not where it was found");
	CONF_OK(sc, pdk_pci_find_cap(dev, 0x7f, &off) == ENOENT,
	    "a capability that is not there is not ENOENT");
}

/* Errors of the mapping: each system's own are others. */
static void
bar_errors(struct conf_softc *sc)
{
	bus_space_handle_t sh;
	bus_space_tag_t st;
	bus_size_t size;

	CONF_OK(sc, pdk_pci_map_bar(&sc->sc_dev, 0, &st, &sh, &size) == EBUSY,
	    "mapping a BAR again is not EBUSY");
	CONF_OK(sc, pdk_pci_map_bar(&sc->sc_dev, 5, &st, &sh, &size) == ENXIO,
	    "a BAR that is not there is not ENXIO");
}

/* A mapping of another BAR or of too little; an access that the compiler or the bus reorders. */
static void
bar_registers(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_size == 1 << 20, "BAR 0 has not its size");
	CONF_OK(sc, (CONF_READ(sc, EDU_ID) & 0xff) == 0xed, "the identification is not edu's");
	CONF_WRITE(sc, EDU_LIVENESS, 0x12345678);
	bus_space_barrier(sc->sc_st, sc->sc_sh, 0, 8,
	    BUS_SPACE_BARRIER_READ | BUS_SPACE_BARRIER_WRITE);
	CONF_OK(sc, CONF_READ(sc, EDU_LIVENESS) == ~0x12345678u,
	    "what was written does not come back inverted");
}

/* Wide accesses for narrow ones: edu ignores those of 1 and 2 bytes, and would not these. */
static void
bar_widths(struct conf_softc *sc)
{
	CONF_WRITE(sc, EDU_LIVENESS, 0x12345678);
	bus_space_write_1(sc->sc_st, sc->sc_sh, EDU_LIVENESS, 0);
	bus_space_write_2(sc->sc_st, sc->sc_sh, EDU_LIVENESS, 0);
	(void)bus_space_read_1(sc->sc_st, sc->sc_sh, EDU_LIVENESS);
	(void)bus_space_read_2(sc->sc_st, sc->sc_sh, EDU_LIVENESS);
	CONF_OK(sc, CONF_READ(sc, EDU_LIVENESS) == ~0x12345678u,
	    "an access of 1 or 2 bytes was one of 4");
}

const struct conf_check conf_pci_checks[] = {
	{ "pci_identity", CONF_CONFIG, pci_identity, NULL, 0 },
	{ "pci_enabled", CONF_CONFIG, pci_enabled, NULL, 0 },
	{ "pci_write", CONF_CONFIG, pci_write, NULL, 0 },
	{ "pci_capability", CONF_CONFIG, pci_capability, NULL, 0 },
	{ "bar_errors", CONF_CONFIG, bar_errors, NULL, 0 },
	{ "bar_registers", CONF_CONFIG, bar_registers, NULL, 0 },
	{ "bar_widths", CONF_CONFIG, bar_widths, NULL, 0 },
	{ NULL, CONF_CONFIG, NULL, NULL, 0 },
};
