/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_calls.c - every call of the pdk that may not be made everywhere, with arguments that
 * are in order: what is wrong is where it is made, and whether the lock is held there.
 *
 *	pdk_wait@BH+lock	calls pdk_wait() in BH with the lock
 *
 * test_contexts.py reads from the shim's table of rules which of them are wrong.
 */
#include "broken.h"

/* What a call needs to find.  CONFIG. */
void
broken_prepare(struct broken_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;

	sc->sc_memory = pdk_zalloc(8, PDK_WAITOK);
	(void)pdk_dma_alloc(dev, &sc->sc_dma, 4096, 4096);
	(void)pdk_map_create(dev, &sc->sc_map, 4096, 4);
	(void)pdk_map_create(dev, &sc->sc_empty, 4096, 4);
	sc->sc_m = pdk_mbuf_rxalloc(2048);
	sc->sc_other = pdk_mbuf_rxalloc(2048);
	(void)pdk_map_load_mbuf(&sc->sc_map, &sc->sc_m, 1);
}

/* Nothing happened that should not have, so there is something to give back. */
void
broken_forget(struct broken_softc *sc)
{
	if (sc->sc_memory == NULL)
		return;
	pdk_map_unload(&sc->sc_map);
	pdk_map_destroy(&sc->sc_map);
	pdk_map_destroy(&sc->sc_empty);
	m_freem(sc->sc_m);
	m_freem(sc->sc_other);
	pdk_dma_free(&sc->sc_dma);
	pdk_free(sc->sc_memory, 8);
}

static int
nothing(void *arg __unused)
{
	return 0;
}

static void
nothing_at_all(void *arg __unused)
{
}

static int
up(struct pdk_dev *dev __unused)
{
	return 0;
}

static void
down(struct pdk_dev *dev __unused)
{
}

static const struct pdk80211_ops ops = { .up = up, .down = down };
static const struct pdk80211_chan chans[] = { { .freq = 2412, .num = 1, .width = 20 } };
static const struct pdk80211_caps caps = {
	.mac = { 2, 0, 0, 0, 0, 1 }, .nchans = 1, .chans = chans,
};
static const struct pdk80211_rxinfo rxi = { .chan = 1 };
static const struct pdk80211_txstat txs = { .ok = 1 };

static int
net_up(struct pdk_dev *dev __unused, const struct pdknet_config *conf __unused)
{
	return 0;
}

static int
net_tx(struct pdk_dev *dev __unused, struct mbuf *m __unused)
{
	return ENETDOWN;
}

static const struct pdknet_ops net_ops = { .up = net_up, .down = down, .tx = net_tx };
static const struct pdknet_caps net_caps = {
	.mac = { 2, 0, 0, 0, 0, 1 }, .max_mtu = PDKNET_MTU,
};
static const struct pdknet_link net_link = { .up = 1, .mbps = 1000 };

#define CALLS(X)								\
	X(pdk_pci_read, (void)pdk_pci_read(dev, 0))				\
	X(pdk_pci_write, pdk_pci_write(dev, PCI_INTERRUPT_REG, 0))		\
	X(pdk_pci_find_cap, (void)pdk_pci_find_cap(dev, PCI_CAP_MSI, &n))	\
	X(pdk_pci_map_bar, (void)pdk_pci_map_bar(dev, 5, &st, &sh, &size))	\
	X(pdk_pci_unmap_bar, pdk_pci_unmap_bar(dev, 0))				\
	X(pdk_intr_alloc, (void)pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec))	\
	X(pdk_intr_establish, (void)pdk_intr_establish(dev, 0, nothing,		\
	    nothing_at_all, sc))						\
	X(pdk_intr_disestablish, pdk_intr_disestablish(dev))			\
	X(pdk_lock, pdk_lock(dev))						\
	X(pdk_unlock, pdk_unlock(dev))						\
	X(pdk_assert_locked, pdk_assert_locked(dev))				\
	X(pdk_assert_unlocked, pdk_assert_unlocked(dev))			\
	X(pdk_wait, (void)pdk_wait(dev, &sc->sc_wchan, 1))			\
	X(pdk_wake, pdk_wake(dev, &sc->sc_wchan))				\
	X(pdk_timer_init, pdk_timer_init(dev, &sc->sc_unused_timer,		\
	    nothing_at_all, sc))						\
	X(pdk_timer_arm, pdk_timer_arm(&sc->sc_timer, 1000))			\
	X(pdk_timer_stop, pdk_timer_stop(&sc->sc_timer))			\
	X(pdk_timer_drain, pdk_timer_drain(&sc->sc_timer))			\
	X(pdk_task_init, pdk_task_init(dev, &sc->sc_unused_task,		\
	    nothing_at_all, sc))						\
	X(pdk_task_post, pdk_task_post(&sc->sc_task))				\
	X(pdk_task_cancel, pdk_task_cancel(&sc->sc_task))			\
	X(pdk_worker_drain, pdk_worker_drain(dev))				\
	X(pdk_call, (void)pdk_call(dev, nothing, sc))				\
	X(pdk_zalloc, pdk_free(pdk_zalloc(8, PDK_NOWAIT), 8))			\
	X(pdk_zalloc_waitok, pdk_free(pdk_zalloc(8, PDK_WAITOK), 8))		\
	X(pdk_free, pdk_free(sc->sc_memory, 8))					\
	X(pdk_firmware_get, (void)pdk_firmware_get(dev, "no.fw", &data, &len))	\
	X(pdk_firmware_put, pdk_firmware_put(dev, sc, 1))			\
	X(pdk_printf, pdk_printf(dev, "text\n"))				\
	X(pdk_state, pdk_state(dev, "unnoticed"))				\
	X(pdk_info, pdk_info(dev, "key", "value"))				\
	X(pdk_fail, pdk_fail(dev, EIO, "text"))					\
	X(pdk_dma_alloc, (void)pdk_dma_alloc(dev, &sc->sc_copy, 64, 64))	\
	X(pdk_dma_free, pdk_dma_free(&sc->sc_dma))				\
	X(pdk_dma_sync, pdk_dma_sync(&sc->sc_dma, 0, 64, BUS_DMASYNC_PREWRITE))	\
	X(pdk_map_create, (void)pdk_map_create(dev, &sc->sc_unused_map, 64, 1))	\
	X(pdk_map_destroy, pdk_map_destroy(&sc->sc_empty))			\
	X(pdk_map_load_mbuf, (void)pdk_map_load_mbuf(&sc->sc_empty,		\
	    &sc->sc_other, 1))							\
	X(pdk_map_unload, pdk_map_unload(&sc->sc_map))				\
	X(pdk_map_sync, pdk_map_sync(&sc->sc_map, BUS_DMASYNC_PREWRITE))	\
	X(pdk_mbuf_rxalloc, m_freem(pdk_mbuf_rxalloc(64)))			\
	X(m_free, (void)m_free(sc->sc_other))					\
	X(m_freem, m_freem(sc->sc_other))					\
	X(pdk80211_attach, (void)pdk80211_attach(dev, &ops, &caps))		\
	X(pdk80211_detach, pdk80211_detach(dev))				\
	X(pdk80211_rx, pdk80211_rx(dev, sc->sc_other, &rxi))			\
	X(pdk80211_tx_done, pdk80211_tx_done(dev, sc->sc_other, NULL, &txs))	\
	X(pdk80211_tx_ready, pdk80211_tx_ready(dev))				\
	X(pdk80211_scan_done, pdk80211_scan_done(dev, 0))			\
	X(pdk80211_beacon_miss, pdk80211_beacon_miss(dev))			\
	X(pdk80211_ba_done, pdk80211_ba_done(dev, PDK_BA_TX_STOP, 0, 0))	\
	X(pdk80211_rfkill, pdk80211_rfkill(dev, 1))				\
	X(pdk80211_restart, pdk80211_restart(dev))				\
	X(pdknet_attach, (void)pdknet_attach(dev, &net_ops, &net_caps))		\
	X(pdknet_detach, pdknet_detach(dev))					\
	X(pdknet_rx, pdknet_rx(dev, sc->sc_other, 0))				\
	X(pdknet_tx_ready, pdknet_tx_ready(dev))				\
	X(pdknet_link, pdknet_link(dev, &net_link))				\
	X(pdknet_restart, pdknet_restart(dev))					\
	X(pdk_uptime_ms, (void)pdk_uptime_ms())

#define FUNCTION(name, expr)							\
static void									\
call_##name(struct broken_softc *sc)						\
{										\
	struct pdk_dev *dev __unused = &sc->sc_dev;				\
	bus_space_handle_t sh __unused;						\
	bus_space_tag_t st __unused;						\
	bus_size_t size __unused;						\
	const void *data __unused;						\
	unsigned nvec __unused = 1;						\
	size_t len __unused;							\
	int n __unused;								\
										\
	expr;									\
}
CALLS(FUNCTION)

static const struct {
	const char	*name;
	void		(*fn)(struct broken_softc *);
} calls[] = {
#define ENTRY(name, expr)	{ #name, call_##name },
	CALLS(ENTRY)
};

static const struct {
	const char		*name;
	enum broken_context	 context;
} contexts[] = {
	{ "FILTER", IN_FILTER }, { "BH", IN_BH }, { "TIMER", IN_TIMER }, { "WORKER", IN_WORKER },
	{ "CONFIG", IN_CONFIG }, { "TX", IN_TX },
};

static void (*wanted)(struct broken_softc *);

static void
locked_call(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	wanted(sc);
}

static int
begins(const char *text, const char *name, size_t len)
{
	return strlen(name) == len && strncmp(text, name, len) == 0;
}

static size_t
until(const char *text, char end)
{
	size_t n;

	for (n = 0; text[n] != '\0' && text[n] != end; n++)
		continue;
	return n;
}

const struct broken_case *
broken_call(const char *name)
{
	static struct broken_case c;
	size_t len = until(name, '@'), i;

	if (name[len] == '\0')
		return NULL;
	c = (struct broken_case){ .name = name };
	for (i = 0; i < nitems(calls); i++)
		if (begins(name, calls[i].name, len))
			c.fn = wanted = calls[i].fn;
	name += len + 1;
	len = until(name, '+');
	for (i = 0; i < nitems(contexts); i++) {
		if (begins(name, contexts[i].name, len)) {
			c.context = contexts[i].context;
			break;
		}
	}
	if (c.fn == NULL || i == nitems(contexts))
		return NULL;
	if (name[len] == '+')
		c.fn = locked_call;
	return &c;
}
