/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conform.c - life of the conformance driver: what runs in CONFIG, what in WORKER.
 */
#include "conf.h"

void
conf_ok(struct conf_softc *sc, int ok, const char *name)
{
	sc->sc_tests++;
	if (!ok)
		sc->sc_failed++;
	pdk_printf(&sc->sc_dev, "%sok %d - %s\n", ok ? "" : "not ", sc->sc_tests, name);
}

void
conf_skip(struct conf_softc *sc, const char *name, const char *why)
{
	sc->sc_tests++;
	pdk_printf(&sc->sc_dev, "ok %d - %s # SKIP %s\n", sc->sc_tests, name, why);
}

void
conf_pause(struct conf_softc *sc, unsigned ms)
{
	uint64_t end = pdk_uptime_ms() + ms;
	struct pdk_wchan nobody = { 0 };

	while (pdk_uptime_ms() <= end)
		(void)pdk_wait(&sc->sc_dev, &nobody, ms);
}

static int
conf_attach_late(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;
	int error;

	conf_worker_sync(sc);
	conf_worker_intr(sc);
	conf_worker_dma(sc);
	conf_worker_map(sc);
	conf_mbuf(sc);
	conf_kern(sc);
	conf_worker_misc(sc);
	error = conf_wifi_attach(sc);
	CONF_OK(sc, error == 0, "pdk80211_attach() takes the radio");
	pdk_state(dev, "tested");
	return error;
}

static int
conf_attach(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;
	int error, i;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error != 0)
		return error;
	for (i = 0; i < 2; i++)
		sc->sc_fired[i] = 0;
	conf_config_pci(sc);
	conf_kern(sc);
	conf_mbuf(sc);
	conf_config_tasks(sc);
	return 0;
}

static int
conf_detach(struct pdk_dev *dev)
{
	struct conf_softc *sc = (struct conf_softc *)dev;

	pdk80211_detach(dev);
	CONF_OK(sc, sc->sc_ups == sc->sc_downs, "every up had its down when detach80211 returned");
	pdk80211_detach(dev);
	CONF_OK(sc, 1, "pdk80211_detach() of what is not attached is harmless");
	pdk_intr_disestablish(dev);
	pdk_timer_drain(&sc->sc_timer[0]);
	pdk_timer_drain(&sc->sc_timer[1]);
	pdk_worker_drain(dev);
	pdk_pci_unmap_bar(dev, 0);
	pdk_printf(dev, "1..%d\n", sc->sc_tests);
	return sc->sc_failed == 0 ? 0 : EIO;
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
