/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * edu - driver for QEMU's educational PCI device.  Read this one first.
 *
 * The device (QEMU, docs/specs/edu.rst) has no use but to be driven: it inverts a number,
 * computes factorials in its own time, copies memory by DMA and raises interrupts.  The
 * driver tries all of these once, and so shows every part of the pdk that a real driver
 * is made of:
 *
 *	edu_attach	find the device: map its registers, get DMA memory
 *	edu_attach_late	when files can be read: nothing to load here, so start the task
 *	edu_task	the work that waits, in the WORKER thread
 *	edu_filter	the hard interrupt: ask the device why, quieten it
 *	edu_bh		the rest of the interrupt: tell those who wait
 *	edu_detach	give everything back
 */
#include <pdk.h>

#include "edureg.h"

#define EDU_DMA_LEN	1024		/* bytes copied each way */
#define EDU_WAIT_MS	2000

struct edu_softc {
	struct pdk_dev		sc_dev;		/* first: the pdk hands this one around */
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_size_t		sc_size;
	struct pdk_dma		sc_buf;		/* what the device copies from and to */
	struct pdk_task		sc_task;	/* the tests */
	struct pdk_wchan	sc_wchan;	/* waits for sc_done */
	volatile uint8_t	sc_fired[2];	/* set by the filter, cleared by the bottom half */
	uint32_t		sc_done;	/* causes passed on by the bottom half; locked */
};

static const struct pdk_reg edu_regs[] = {
	{ 0, EDU_ID, "EDU_ID" },
	{ 0, EDU_LIVENESS, "EDU_LIVENESS" },
	{ 0, EDU_FACTORIAL, "EDU_FACTORIAL" },
	{ 0, EDU_STATUS, "EDU_STATUS" },
	{ 0, EDU_INTR_STATUS, "EDU_INTR_STATUS" },
	{ 0, EDU_INTR_RAISE, "EDU_INTR_RAISE" },
	{ 0, EDU_INTR_ACK, "EDU_INTR_ACK" },
	{ 0, EDU_DMA_SRC, "EDU_DMA_SRC" },
	{ 0, EDU_DMA_DST, "EDU_DMA_DST" },
	{ 0, EDU_DMA_COUNT, "EDU_DMA_COUNT" },
	{ 0, EDU_DMA_CMD, "EDU_DMA_CMD" },
	{ 0, 0, NULL },
};

static uint32_t
edu_read(struct edu_softc *sc, bus_size_t reg)
{
	return bus_space_read_4(sc->sc_st, sc->sc_sh, reg);
}

static void
edu_write(struct edu_softc *sc, bus_size_t reg, uint32_t val)
{
	bus_space_write_4(sc->sc_st, sc->sc_sh, reg, val);
}

/*
 * FILTER: no lock here.  On some systems the next interrupt's filter runs beside the
 * bottom half, so each cause has a byte of its own, which one side sets and the other clears.
 */
static int
edu_filter(void *arg)
{
	struct edu_softc *sc = arg;
	uint32_t cause;

	cause = edu_read(sc, EDU_INTR_STATUS);
	if (cause == 0 || cause == EDU_GONE)
		return PDK_INTR_STRAY;
	edu_write(sc, EDU_INTR_ACK, cause);	/* an INTx line would stay up otherwise */
	if (cause & EDU_INTR_FACTORIAL)
		sc->sc_fired[0] = 1;
	if (cause & EDU_INTR_DMA)
		sc->sc_fired[1] = 1;
	return PDK_INTR_BH;
}

/* BH: here the lock may be taken. */
static void
edu_bh(void *arg)
{
	static const uint32_t cause[2] = { EDU_INTR_FACTORIAL, EDU_INTR_DMA };
	struct edu_softc *sc = arg;
	int i;

	pdk_lock(&sc->sc_dev);
	for (i = 0; i < 2; i++) {
		if (sc->sc_fired[i]) {
			sc->sc_fired[i] = 0;
			sc->sc_done |= cause[i];
		}
	}
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

/*
 * A test has failed with `error`: say why.  The first reason that is told becomes the run's,
 * so look first whether the device is still there.
 */
static int
edu_failed(struct edu_softc *sc, int error, const char *why)
{
	if (edu_read(sc, EDU_ID) == EDU_GONE) {
		error = ENXIO;
		why = "the device is gone, it reads all ones";
	}
	pdk_fail(&sc->sc_dev, error, "%s", why);
	return error;
}

/* WORKER: write `val` to `reg` and wait for the interrupt that it will cause. */
static int
edu_write_wait(struct edu_softc *sc, bus_size_t reg, uint32_t val, uint32_t cause)
{
	int error = 0;

	pdk_lock(&sc->sc_dev);
	sc->sc_done &= ~cause;
	edu_write(sc, reg, val);
	while ((sc->sc_done & cause) == 0 && error == 0)
		error = pdk_wait(&sc->sc_dev, &sc->sc_wchan, EDU_WAIT_MS);
	pdk_unlock(&sc->sc_dev);
	if (error != 0)
		return edu_failed(sc, error, pdk_intr_kind(&sc->sc_dev) == PDK_INTR_MSI ?
		    "no interrupt came: is the device's MSI delivered?" :
		    "no interrupt came: is the device's INTx delivered?");
	return 0;
}

static int
edu_test_liveness(struct edu_softc *sc)
{
	edu_write(sc, EDU_LIVENESS, 0x12345678);
	if (edu_read(sc, EDU_LIVENESS) == ~(uint32_t)0x12345678)
		return 0;
	return edu_failed(sc, EIO, "liveness: a number did not come back inverted");
}

static int
edu_test_factorial(struct edu_softc *sc)
{
	int error;

	edu_write(sc, EDU_STATUS, EDU_STATUS_IRQ);
	error = edu_write_wait(sc, EDU_FACTORIAL, 10, EDU_INTR_FACTORIAL);
	edu_write(sc, EDU_STATUS, 0);
	if (error != 0)
		return error;
	if (edu_read(sc, EDU_FACTORIAL) == 3628800)
		return 0;
	return edu_failed(sc, EIO, "factorial: what was computed is not 10!");
}

/* Copy EDU_DMA_LEN bytes; the sync before is the driver's word that the device may begin. */
static int
edu_dma(struct edu_softc *sc, uint32_t src, uint32_t dst, uint32_t cmd)
{
	edu_write(sc, EDU_DMA_SRC, src);
	edu_write(sc, EDU_DMA_DST, dst);
	edu_write(sc, EDU_DMA_COUNT, EDU_DMA_LEN);
	return edu_write_wait(sc, EDU_DMA_CMD, cmd | EDU_DMA_START | EDU_DMA_IRQ, EDU_INTR_DMA);
}

/* Fill the first half of the buffer, send it to the device, fetch it into the second. */
static int
edu_test_dma(struct edu_softc *sc)
{
	uint8_t *out = sc->sc_buf.va, *in = out + EDU_DMA_LEN;
	uint32_t pa = (uint32_t)sc->sc_buf.pa;
	int error, i;

	for (i = 0; i < EDU_DMA_LEN; i++)
		out[i] = (uint8_t)(i * 7 + 3);
	memset(in, 0, EDU_DMA_LEN);

	pdk_dma_sync(&sc->sc_buf, 0, EDU_DMA_LEN, BUS_DMASYNC_PREWRITE);
	error = edu_dma(sc, pa, EDU_BUF, EDU_DMA_TO_DEVICE);
	pdk_dma_sync(&sc->sc_buf, 0, EDU_DMA_LEN, BUS_DMASYNC_POSTWRITE);
	if (error != 0)
		return error;

	pdk_dma_sync(&sc->sc_buf, EDU_DMA_LEN, EDU_DMA_LEN, BUS_DMASYNC_PREREAD);
	error = edu_dma(sc, EDU_BUF, pa + EDU_DMA_LEN, EDU_DMA_FROM_DEVICE);
	pdk_dma_sync(&sc->sc_buf, EDU_DMA_LEN, EDU_DMA_LEN, BUS_DMASYNC_POSTREAD);
	if (error != 0)
		return error;
	if (memcmp(in, out, EDU_DMA_LEN) == 0)
		return 0;
	return edu_failed(sc, EIO, "dma: what came back is not what was sent");
}

/* All tests with one kind of interrupt. */
static int
edu_test(struct edu_softc *sc, unsigned kind, const char *name)
{
	unsigned nvec = 1;
	int error;

	error = pdk_intr_alloc(&sc->sc_dev, kind, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&sc->sc_dev, 0, edu_filter, edu_bh, sc);
	if (error != 0)
		error = edu_failed(sc, error, "no interrupt to be had");
	else if ((error = edu_test_factorial(sc)) == 0)
		error = edu_test_dma(sc);
	pdk_intr_disestablish(&sc->sc_dev);
	if (error == 0)
		pdk_info(&sc->sc_dev, name, "factorial and DMA both ways: ok");
	return error;
}

static void
edu_task(void *arg)
{
	struct edu_softc *sc = arg;
	int error;

	error = edu_test_liveness(sc);
	if (error == 0)
		error = edu_test(sc, PDK_INTR_MSI, "msi");
	if (error == 0)
		error = edu_test(sc, PDK_INTR_INTX, "intx");
	if (error == 0)
		pdk_state(&sc->sc_dev, "tested");
}

static int
edu_attach_late(struct pdk_dev *dev)
{
	struct edu_softc *sc = (struct edu_softc *)dev;

	pdk_lock(dev);
	pdk_task_post(&sc->sc_task);
	pdk_unlock(dev);
	return 0;
}

static int
edu_attach(struct pdk_dev *dev)
{
	struct edu_softc *sc = (struct edu_softc *)dev;
	uint32_t id;
	int error;

	error = pdk_pci_map_bar(dev, EDU_BAR, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error != 0)
		return error;
	id = sc->sc_size >= EDU_REGS_SIZE ? edu_read(sc, EDU_ID) : 0;
	if ((id & EDU_ID_MASK) != EDU_ID_VALUE) {
		pdk_printf(dev, "identification 0x%08x in a BAR of %u bytes is not an edu device's\n",
		    id, (unsigned)sc->sc_size);
		pdk_pci_unmap_bar(dev, EDU_BAR);
		return ENXIO;
	}
	pdk_info(dev, "hw_rev", "%u.%u", id >> 24, (id >> 16) & 0xff);
	pdk_task_init(dev, &sc->sc_task, edu_task, sc);
	error = pdk_dma_alloc(dev, &sc->sc_buf, 2 * EDU_DMA_LEN, 4096);
	if (error != 0)
		pdk_pci_unmap_bar(dev, EDU_BAR);
	return error;
}

/* A transfer that nobody waited for cannot be stopped, and its memory must last that long. */
static void
edu_wait_idle(struct edu_softc *sc)
{
	uint32_t cmd;
	int ms;

	for (ms = 0; ms < EDU_WAIT_MS; ms++) {
		cmd = edu_read(sc, EDU_DMA_CMD);
		if (cmd == EDU_GONE || (cmd & EDU_DMA_START) == 0)
			return;
		DELAY(1000);
	}
}

static int
edu_detach(struct pdk_dev *dev)
{
	struct edu_softc *sc = (struct edu_softc *)dev;

	pdk_lock(dev);
	pdk_task_cancel(&sc->sc_task);
	pdk_unlock(dev);
	pdk_worker_drain(dev);		/* it may be running: wait until it has ended */
	edu_wait_idle(sc);
	pdk_dma_free(&sc->sc_buf);
	pdk_pci_unmap_bar(dev, EDU_BAR);
	return 0;
}

static const struct pdk_pci_id edu_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const edu_states[] = { "tested", NULL };

static const struct pdk_pci_driver edu_driver = {
	.name = "edu",
	.ids = edu_ids,
	.softc_size = sizeof(struct edu_softc),
	.dma_bits = 28,			/* the device's default DMA mask */
	.states = edu_states,
	.regs = edu_regs,
	.attach = edu_attach,
	.attach_late = edu_attach_late,
	.detach = edu_detach,
};

PDK_PCI_DRIVER(edu, edu_driver);
