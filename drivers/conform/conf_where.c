/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_where.c - each context, and all that pdk.h allows there.
 *
 * Guarded against: a context that is entered with another lock state than pdk.h says (locked
 * or not, TIMER's callout with or without its mutex), and a call that may sleep where a driver
 * may not (malloc, mbuf and bus_dma calls that wait on some systems by default).
 */
#include "conf.h"

/* Memory and DMA loads that never sleep; locked or not. */
static void
nowait(struct conf_softc *sc)
{
	struct mbuf *m = pdk_mbuf_rxalloc(100);
	void *p = pdk_zalloc(64, PDK_NOWAIT);
	struct pdk_dmamap *map = &sc->sc_map;

	pdk_free(p, 64);
	if (m == NULL)
		return;
	memset(m->m_data, 0, 100);
	if (CONF_OK(sc, pdk_map_load_mbuf(map, &m, 1) == 0, "an mbuf cannot be loaded")) {
		pdk_map_sync(map, BUS_DMASYNC_PREWRITE);
		pdk_map_sync(map, BUS_DMASYNC_POSTWRITE);
		pdk_map_unload(map);
	}
	m_freem(m);
}

static void
where_config(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	void *p;

	pdk_assert_unlocked(dev);
	p = pdk_zalloc(100, PDK_WAITOK);
	CONF_OK(sc, p != NULL, "PDK_WAITOK has given no memory");
	pdk_free(p, 100);
	nowait(sc);
	pdk_lock(dev);
	nowait(sc);
	pdk_unlock(dev);
}

static void
where_worker(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	struct pdk_wchan wc = { 0 };

	where_config(sc);
	pdk_lock(dev);
	pdk_assert_locked(dev);
	(void)pdk_wait(dev, &wc, 1);
	pdk_assert_locked(dev);
	pdk_unlock(dev);
}

/* With the lock all along: it may not be given up. */
static void
where_timer(struct conf_softc *sc)
{
	pdk_assert_locked(&sc->sc_dev);
	nowait(sc);
	CONF_OK(sc, pdk_pci_read(&sc->sc_dev, PCI_ID_REG) == pdk_pci_id(&sc->sc_dev),
	    "configuration space is not to be read");
	pdk_assert_locked(&sc->sc_dev);
}

static void
where_bh(struct conf_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;

	pdk_assert_unlocked(dev);
	nowait(sc);
	pdk_lock(dev);
	nowait(sc);
	CONF_OK(sc, pdk_pci_read(dev, PCI_ID_REG) == pdk_pci_id(dev),
	    "configuration space is not to be read");
	pdk_timer_arm(&sc->sc_run_timer, 100000);
	pdk_timer_stop(&sc->sc_run_timer);
	pdk_unlock(dev);
}

/* Registers, and the time. */
static void
where_filter(struct conf_softc *sc)
{
	if ((CONF_READ(sc, EDU_ID) & 0xff) != 0xed)
		sc->sc_tap.t_fault = "registers are not to be read";
	if (pdk_uptime_ms() > pdk_uptime_ms())
		sc->sc_tap.t_fault = "time goes back";
}

const struct conf_check conf_where_checks[] = {
	{ "where_config", CONF_CONFIG, where_config, NULL, 0 },
	{ "where_worker", CONF_WORKER, where_worker, NULL, 0 },
	{ "where_timer", CONF_TIMER, where_timer, NULL, 0 },
	{ "where_bh", CONF_BH, where_bh, NULL, 0 },
	{ "where_filter", CONF_FILTER, where_filter, NULL, 0 },
	{ NULL, CONF_CONFIG, NULL, NULL, 0 },
};
