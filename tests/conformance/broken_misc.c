/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_misc.c - the other rules, broken.
 */
#include "broken.h"

struct thing {
	struct pdk_timer	timer;
	struct pdk_task		task;
};

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

static void
case_pci_read_in_filter(struct broken_softc *sc)
{
	(void)pdk_pci_read(&sc->sc_dev, 0);
}

static void
case_pci_write_unaligned(struct broken_softc *sc)
{
	pdk_pci_write(&sc->sc_dev, 6, 0);
}

static void
case_find_cap_in_filter(struct broken_softc *sc)
{
	int off;

	(void)pdk_pci_find_cap(&sc->sc_dev, PCI_CAP_MSI, &off);
}

static void
case_map_bar_in_worker(struct broken_softc *sc)
{
	(void)pdk_pci_map_bar(&sc->sc_dev, 1, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
}

static void
case_unmap_bar_not_mapped(struct broken_softc *sc)
{
	pdk_pci_unmap_bar(&sc->sc_dev, 1);
}

static void
case_bar_used_after_unmap(struct broken_softc *sc)
{
	pdk_pci_unmap_bar(&sc->sc_dev, 0);
	(void)bus_space_read_4(sc->sc_st, sc->sc_sh, 0);
}

static void
case_intr_alloc_in_bh(struct broken_softc *sc)
{
	unsigned nvec = 1;

	(void)pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
}

static void
case_intr_establish_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	(void)pdk_intr_establish(&sc->sc_dev, 0, nothing, nothing_at_all, sc);
}

static void
case_intr_disestablish_in_bh(struct broken_softc *sc)
{
	pdk_intr_disestablish(&sc->sc_dev);
}

static void
case_filter_returns_nonsense(struct broken_softc *sc)
{
	sc->sc_filter_result = 7;
}

static void
case_alloc_in_filter(struct broken_softc *sc __unused)
{
	(void)pdk_zalloc(8, PDK_NOWAIT);
}

static void
case_alloc_nothing(struct broken_softc *sc)
{
	(void)pdk_zalloc(0, PDK_NOWAIT);
	sc->sc_done = 1;
}

static void
case_alloc_waitok_in_bh(struct broken_softc *sc __unused)
{
	(void)pdk_zalloc(8, PDK_WAITOK);
}

static void
case_alloc_waitok_locked(struct broken_softc *sc)
{
	pdk_lock(&sc->sc_dev);
	(void)pdk_zalloc(8, PDK_WAITOK);
}

static void
case_free_wrong_size(struct broken_softc *sc)
{
	struct thing *t = pdk_zalloc(sizeof(*t), PDK_WAITOK);

	sc->sc_done = 1;
	pdk_free(t, sizeof(*t) - 1);
}

static void
case_free_twice(struct broken_softc *sc)
{
	struct thing *t = pdk_zalloc(sizeof(*t), PDK_WAITOK);

	sc->sc_done = 1;
	pdk_free(t, sizeof(*t));
	pdk_free(t, sizeof(*t));
}

static void
case_free_timer_armed(struct broken_softc *sc)
{
	struct thing *t = pdk_zalloc(sizeof(*t), PDK_WAITOK);

	pdk_timer_init(&sc->sc_dev, &t->timer, nothing_at_all, t);
	pdk_lock(&sc->sc_dev);
	pdk_timer_arm(&t->timer, 10000);
	pdk_unlock(&sc->sc_dev);
	pdk_free(t, sizeof(*t));
}

static void
case_free_task_queued(struct broken_softc *sc)
{
	struct thing *t = pdk_zalloc(sizeof(*t), PDK_WAITOK);

	pdk_task_init(&sc->sc_dev, &t->task, nothing_at_all, t);
	pdk_lock(&sc->sc_dev);
	pdk_task_post(&t->task);
	pdk_unlock(&sc->sc_dev);
	pdk_free(t, sizeof(*t));
}

static void
case_firmware_in_config(struct broken_softc *sc)
{
	const void *data;
	size_t size;

	(void)pdk_firmware_get(&sc->sc_dev, "no.fw", &data, &size);
}

static void
case_firmware_put_unknown(struct broken_softc *sc)
{
	pdk_firmware_put(&sc->sc_dev, sc, 4);
}

static void
case_printf_in_filter(struct broken_softc *sc)
{
	pdk_printf(&sc->sc_dev, "hello\n");
}

static void
case_state_unknown(struct broken_softc *sc)
{
	pdk_state(&sc->sc_dev, "dreaming");
}

static void
case_info_in_filter(struct broken_softc *sc)
{
	pdk_info(&sc->sc_dev, "key", "value");
}

static void
case_fail_in_filter(struct broken_softc *sc)
{
	pdk_fail(&sc->sc_dev, EIO, "text");
}

static void
case_assertion(struct broken_softc *sc)
{
	PDK_ASSERT(sc->sc_done == 17);
}

static void
case_attach_leaves_memory_behind(struct broken_softc *sc)
{
	(void)pdk_zalloc(24, PDK_WAITOK);
	sc->sc_attach_error = EIO;
}

static void
case_wifi_attach_in_config(struct broken_softc *sc)
{
	(void)pdk80211_attach(&sc->sc_dev, &ops, &caps);
}

static void
case_wifi_detach_in_worker(struct broken_softc *sc)
{
	pdk80211_detach(&sc->sc_dev);
}

static void
case_wifi_rx_locked(struct broken_softc *sc)
{
	struct pdk80211_rxinfo rxi = { .chan = 1 };

	(void)pdk80211_attach(&sc->sc_dev, &ops, &caps);
	pdk_lock(&sc->sc_dev);
	pdk80211_rx(&sc->sc_dev, pdk_mbuf_rxalloc(64), &rxi);
}

static void
case_wifi_tx_done_in_config(struct broken_softc *sc)
{
	struct pdk80211_txstat st = { .ok = 1 };

	pdk80211_tx_done(&sc->sc_dev, pdk_mbuf_rxalloc(64), NULL, &st);
}

static void
case_wifi_rx_in_timer(struct broken_softc *sc)
{
	struct pdk80211_rxinfo rxi = { .chan = 1 };

	pdk80211_rx(&sc->sc_dev, pdk_mbuf_rxalloc(64), &rxi);
}

static void
case_wifi_scan_done_locked(struct broken_softc *sc)
{
	(void)pdk80211_attach(&sc->sc_dev, &ops, &caps);
	pdk_lock(&sc->sc_dev);
	pdk80211_scan_done(&sc->sc_dev, 0);
}

static void
case_wifi_restart_unattached(struct broken_softc *sc)
{
	pdk80211_restart(&sc->sc_dev);
}

static void
case_wifi_left_attached(struct broken_softc *sc)
{
	(void)pdk80211_attach(&sc->sc_dev, &ops, &caps);
}

static void
case_leak_memory(struct broken_softc *sc)
{
	(void)pdk_zalloc(24, PDK_WAITOK);
	sc->sc_done = 1;
}

static void
case_leak_interrupt(struct broken_softc *sc)
{
	unsigned nvec = 1;

	(void)pdk_intr_alloc(&sc->sc_dev, PDK_INTR_ANY, &nvec);
}

const struct broken_case broken_misc_cases[] = {
	CASE(IN_FILTER, pci_read_in_filter),
	CASE(IN_WORKER, pci_write_unaligned),
	CASE(IN_FILTER, find_cap_in_filter),
	CASE(IN_WORKER, map_bar_in_worker),
	CASE(IN_CONFIG, unmap_bar_not_mapped),
	CASE(IN_CONFIG, bar_used_after_unmap),
	CASE(IN_BH, intr_alloc_in_bh),
	CASE(IN_WORKER, intr_establish_locked),
	CASE(IN_BH, intr_disestablish_in_bh),
	CASE(IN_FILTER, filter_returns_nonsense),
	CASE(IN_FILTER, alloc_in_filter),
	CASE(IN_WORKER, alloc_nothing),
	CASE(IN_BH, alloc_waitok_in_bh),
	CASE(IN_WORKER, alloc_waitok_locked),
	CASE(IN_WORKER, free_wrong_size),
	CASE(IN_WORKER, free_twice),
	CASE(IN_WORKER, free_timer_armed),
	CASE(IN_WORKER, free_task_queued),
	CASE(IN_CONFIG, firmware_in_config),
	CASE(IN_WORKER, firmware_put_unknown),
	CASE(IN_FILTER, printf_in_filter),
	CASE(IN_WORKER, state_unknown),
	CASE(IN_FILTER, info_in_filter),
	CASE(IN_FILTER, fail_in_filter),
	CASE(IN_WORKER, assertion),
	CASE(IN_CONFIG, attach_leaves_memory_behind),
	CASE(IN_CONFIG, wifi_attach_in_config),
	CASE(IN_WORKER, wifi_detach_in_worker),
	CASE(IN_WORKER, wifi_rx_locked),
	CASE(IN_CONFIG, wifi_tx_done_in_config),
	CASE(IN_TIMER, wifi_rx_in_timer),
	CASE(IN_WORKER, wifi_scan_done_locked),
	CASE(IN_WORKER, wifi_restart_unattached),
	CASE(IN_WORKER, wifi_left_attached),
	CASE(IN_WORKER, leak_memory),
	CASE(IN_DETACH, leak_interrupt),
	{ NULL, IN_CONFIG, NULL },
};
