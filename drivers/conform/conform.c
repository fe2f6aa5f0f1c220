/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conform.c - life of the conformance driver, and the order of its checks.
 *
 * Documents:	attach	all that needs no help: from attach into the first tasks
 *		radio	when the interface is brought up: conf_wifi.c
 *		frames	when the stack then sends: conf_air.c
 *		sleep	when the system sleeps: conf_power.c
 *		detach	when the driver goes
 */
#include "conf.h"

static const struct conf_check *const attach_document[] = {
	conf_pci_checks,		/* first: they are CONFIG's */
	conf_where_checks,
	conf_kern_checks,
	conf_mbuf_checks,
	conf_sync_checks,
	conf_timer_checks,
	conf_task_checks,
	conf_dma_checks,
	conf_map_checks,
	conf_limit_checks,
	conf_intr_checks,
	conf_vector_checks,
	NULL
};

static const struct conf_check *const detach_document[] = { conf_detach_checks, NULL };

static int
conf_attach_late(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;
	int error;

	error = conf_wifi_attach(sc);
	if (error != 0)
		return error;
	pdk_lock(dev);
	pdk_task_post(&sc->sc_run_task);
	pdk_unlock(dev);
	return 0;
}

static int
conf_attach(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error != 0)
		return error;
	conf_run_init(sc);
	conf_begin(sc, "attach", attach_document);
	conf_go(sc, CONF_CONFIG);
	return 0;
}

static int
conf_detach(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	pdk_lock(dev);
	sc->sc_leaving = 1;		/* whatever WORKER is asked for now, it tells nothing */
	pdk_unlock(dev);
	conf_air_end(sc);
	conf_run_fini(sc);
	if (sc->sc_tap.t_title != NULL && conf_tap_end(&sc->sc_tap) != 0)
		sc->sc_failures++;	/* what was not made has failed */
	conf_begin(sc, "detach", detach_document);
	conf_go(sc, CONF_DETACH);
	pdk_timer_drain(&sc->sc_timer[0]);
	pdk_timer_drain(&sc->sc_timer[1]);
	conf_air_fini(sc);
	pdk_worker_drain(dev);
	pdk_pci_unmap_bar(dev, 0);
	return conf_tap_verdict(dev, sc->sc_failures);
}

static const struct pdk_pci_id conf_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const conf_states[] = { "tested", "up", "restarted", NULL };
static const struct pdk_reg conf_regs[] = {
	{ 0, EDU_ID, "ID" },
	{ 0, EDU_LIVENESS, "LIVENESS" },
	{ 0, EDU_FACTORIAL, "FACTORIAL" },
	{ 0, EDU_STATUS, "STATUS" },
	{ 0, EDU_INTR_STATUS, "INTR_STATUS" },
	{ 0, EDU_INTR_RAISE, "INTR_RAISE" },
	{ 0, EDU_INTR_ACK, "INTR_ACK" },
	{ 0, EDU_DMA_SRC, "DMA_SRC" },
	{ 0, EDU_DMA_DST, "DMA_DST" },
	{ 0, EDU_DMA_COUNT, "DMA_COUNT" },
	{ 0, EDU_DMA_CMD, "DMA_CMD" },
	{ 0, 0, NULL },
};

static const struct pdk_pci_driver conf_driver = {
	.name = "conform",
	.ids = conf_ids,
	.softc_size = sizeof(struct conf_softc),
	.dma_bits = CONF_DMA_BITS,
	.dma_boundary = CONF_BOUNDARY,
	.states = conf_states,
	.regs = conf_regs,
	.attach = conf_attach,
	.attach_late = conf_attach_late,
	.detach = conf_detach,
	.suspend = conf_suspend,
	.resume = conf_resume,
};

PDK_PCI_DRIVER(conform, conf_driver);
