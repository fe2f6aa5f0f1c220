/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_power.c - suspend and resume, when somebody asks for them: what is there before is
 * there afterwards, but for the device's registers.  A document of its own each time.
 */
#include "conf.h"

#define LEN	512

static uint8_t
pattern(unsigned i)
{
	return (uint8_t)(i * 5 + 1);
}

/* Called by an interrupt thread or with the system's locks, where nothing can wait. */
static void
suspend_waits(struct conf_softc *sc)
{
	struct pdk_wchan wc = { 0 };

	pdk_assert_unlocked(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	(void)pdk_wait(&sc->sc_dev, &wc, 1);		/* WORKER may */
	pdk_unlock(&sc->sc_dev);
}

/* A stack that goes on sending, or whose interface is taken down after its device. */
static void
suspend_radio_down(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ups == sc->sc_downs, "the radio is up when suspend comes");
}

/* Memory and an interrupt to take through the sleep. */
static void
suspend_packs(struct conf_softc *sc)
{
	unsigned i;

	if (!CONF_OK(sc, pdk_dma_alloc(&sc->sc_dev, &sc->sc_kept, 2 * LEN, 4096) == 0,
	    "suspend may not allocate"))
		return;
	for (i = 0; i < LEN; i++)
		((uint8_t *)sc->sc_kept.va)[i] = pattern(i);
	(void)conf_connect(sc, PDK_INTR_ANY);
}

/* A system that gives the device its power back, but not its command register. */
static void
resume_enabled(struct conf_softc *sc)
{
	const uint32_t on = PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE;

	pdk_assert_unlocked(&sc->sc_dev);
	CONF_OK(sc, (pdk_pci_read(&sc->sc_dev, PCI_COMMAND_STATUS_REG) & on) == on,
	    "decoding or bus mastering is off after resume");
	CONF_WRITE(sc, EDU_LIVENESS, 0x12345678);
	CONF_OK(sc, CONF_READ(sc, EDU_LIVENESS) == ~0x12345678u, "registers do not answer");
}

/* DMA memory that is given back, or an IOMMU that forgets it. */
static void
resume_memory(struct conf_softc *sc)
{
	struct pdk_dma *d = &sc->sc_kept;
	const uint8_t *p = d->va;
	int same = 1, error;
	unsigned i;

	if (p == NULL)
		return;			/* suspend_packs has failed */
	for (i = 0; i < LEN; i++)
		same &= p[i] == pattern(i);
	CONF_OK(sc, same, "DMA memory does not hold what it held");
	pdk_dma_sync(d, 0, LEN, BUS_DMASYNC_PREWRITE);
	error = conf_edu_copy(sc, d->pa, EDU_BUF, LEN, 0);
	pdk_dma_sync(d, 0, LEN, BUS_DMASYNC_POSTWRITE);
	pdk_dma_sync(d, LEN, LEN, BUS_DMASYNC_PREREAD);
	if (error == 0)
		error = conf_edu_copy(sc, EDU_BUF, d->pa + LEN, LEN, EDU_DMA_FROM_DEVICE);
	pdk_dma_sync(d, LEN, LEN, BUS_DMASYNC_POSTREAD);
	CONF_OK(sc, error == 0 && memcmp(p, p + LEN, LEN) == 0, "the device does not reach it");
}

/* MSI's address and data, which the device has forgotten. */
static void
resume_interrupt(struct conf_softc *sc)
{
	int before;

	if (!CONF_OK(sc, pdk_intr_kind(&sc->sc_dev) != 0, "the interrupt is gone"))
		return;
	pdk_lock(&sc->sc_dev);
	before = sc->sc_bhs;
	(void)conf_raise(sc, 0x20);
	CONF_OK(sc, sc->sc_bhs == before + 1, "the interrupt is not connected as before");
	pdk_unlock(&sc->sc_dev);
}

/* The radio before its device. */
static void
resume_radio_down(struct conf_softc *sc)
{
	CONF_OK(sc, sc->sc_ups == sc->sc_downs, "the radio is up before resume has returned");
}

static const struct conf_check sleep_checks[] = {
	{ "suspend_waits", CONF_SUSPEND, suspend_waits, NULL, 0 },
	{ "suspend_radio_down", CONF_SUSPEND, suspend_radio_down, NULL, 0 },
	{ "suspend_packs", CONF_SUSPEND, suspend_packs, NULL, 0 },
	{ "resume_enabled", CONF_RESUME, resume_enabled, NULL, 0 },
	{ "resume_memory", CONF_RESUME, resume_memory, NULL, 0 },
	{ "resume_interrupt", CONF_RESUME, resume_interrupt, NULL, 0 },
	{ "resume_radio_down", CONF_RESUME, resume_radio_down, NULL, 0 },
	{ NULL, CONF_RESUME, NULL, NULL, 0 },
};

static const struct conf_check *const sleep_document[] = { sleep_checks, NULL };

/* While checks are made, the system does not sleep. */
int
conf_suspend(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	if (sc->sc_tap.t_title != NULL) {
		pdk_printf(dev, "# no sleep now: the checks of \"%s\" are being made\n",
		    sc->sc_tap.t_title);
		return EBUSY;
	}
	conf_begin(sc, "sleep", sleep_document);
	conf_go(sc, CONF_SUSPEND);
	return 0;
}

int
conf_resume(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	conf_go(sc, CONF_RESUME);
	pdk_intr_disestablish(dev);
	pdk_dma_free(&sc->sc_kept);
	return 0;
}
