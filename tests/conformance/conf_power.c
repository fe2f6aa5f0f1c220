/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_power.c - suspend and resume, when somebody asks for them: what is there before is
 * there afterwards, but for the device's registers.
 */
#include "conf.h"

#define LEN	512

static uint8_t
pattern(unsigned i)
{
	return (uint8_t)(i * 5 + 1);
}

/* Memory and an interrupt to take through the sleep. */
static int
pack(struct conf_softc *sc)
{
	unsigned nvec = 1, i;
	int error;

	error = pdk_dma_alloc(&sc->sc_dev, &sc->sc_kept, 2 * LEN, 4096);
	if (error != 0)
		return error;
	for (i = 0; i < LEN; i++)
		((uint8_t *)sc->sc_kept.va)[i] = pattern(i);
	CONF_STORE(&sc->sc_filter_result, PDK_INTR_BH);
	error = pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, conf_filter, conf_bh, sc);
	return error;
}

static void
unpack(struct conf_softc *sc)
{
	pdk_intr_disestablish(&sc->sc_dev);
	pdk_dma_free(&sc->sc_kept);
}

int
conf_suspend(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;
	struct pdk_wchan wc = { 0 };
	int error;

	pdk_assert_unlocked(dev);
	pdk_lock(dev);
	(void)pdk_wait(dev, &wc, 1);		/* WORKER may */
	sc->sc_bhmode = CONF_BH_WAKE;
	pdk_unlock(dev);
	CONF_OK(sc, sc->sc_ups == sc->sc_downs, "the radio is down when suspend comes");
	error = pack(sc);
	CONF_OK(sc, error == 0, "suspend may allocate and connect");
	if (error != 0)
		unpack(sc);
	return error;
}

/* Out of the memory that was there before, and back into it. */
static int
copy(struct conf_softc *sc)
{
	struct pdk_dma *d = &sc->sc_kept;
	uint8_t *p = d->va;
	int error;

	pdk_dma_sync(d, 0, LEN, BUS_DMASYNC_PREWRITE);
	error = conf_edu_copy(sc, d->pa, EDU_BUF, LEN, 0);
	pdk_dma_sync(d, 0, LEN, BUS_DMASYNC_POSTWRITE);
	pdk_dma_sync(d, LEN, LEN, BUS_DMASYNC_PREREAD);
	if (error == 0)
		error = conf_edu_copy(sc, EDU_BUF, d->pa + LEN, LEN, EDU_DMA_FROM_DEVICE);
	pdk_dma_sync(d, LEN, LEN, BUS_DMASYNC_POSTREAD);
	return error == 0 && memcmp(p, p + LEN, LEN) == 0;
}

int
conf_resume(struct pdk_dev *dev)
{
	const uint32_t on = PCI_COMMAND_MEM_ENABLE | PCI_COMMAND_MASTER_ENABLE;
	struct conf_softc *sc = (struct conf_softc *)dev;
	const uint8_t *p = sc->sc_kept.va;
	int same = 1, before;
	unsigned i;

	pdk_assert_unlocked(dev);
	CONF_OK(sc, (pdk_pci_read(dev, PCI_COMMAND_STATUS_REG) & on) == on,
	    "after resume decoding and bus mastering are on");
	CONF_WRITE(sc, EDU_LIVENESS, 0x12345678);
	CONF_OK(sc, CONF_READ(sc, EDU_LIVENESS) == ~0x12345678u, "registers answer");
	for (i = 0; i < LEN; i++)
		same &= p[i] == pattern(i);
	CONF_OK(sc, same, "DMA memory holds what it held");
	CONF_OK(sc, copy(sc), "and the device reaches it");
	pdk_lock(dev);
	before = sc->sc_bhs;
	conf_raise(sc, 0x20);
	CONF_OK(sc, sc->sc_bhs == before + 1, "the interrupt is connected as before");
	pdk_unlock(dev);
	unpack(sc);
	CONF_OK(sc, sc->sc_ups == sc->sc_downs, "the radio is down until resume has returned");
	return 0;
}
