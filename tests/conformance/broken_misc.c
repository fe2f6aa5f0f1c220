/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * broken_misc.c - the other rules, broken.
 */
#include "broken.h"

struct thing {
	struct pdk_timer	timer;
	struct pdk_task		task;
};

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

static int
up_and_lock(struct pdk_dev *dev)
{
	pdk_lock(dev);
	return 0;
}

static void
down_and_lock(struct pdk_dev *dev)
{
	pdk_lock(dev);
}

static const struct pdk80211_ops ops = { .up = up, .down = down };
static const struct pdk80211_ops up_locks = { .up = up_and_lock, .down = down };
static const struct pdk80211_ops down_locks = { .up = up, .down = down_and_lock };
static const struct pdk80211_chan chans[] = { { .freq = 2412, .num = 1, .width = 20 } };
static const struct pdk80211_caps caps = {
	.mac = { 2, 0, 0, 0, 0, 1 }, .nchans = 1, .chans = chans,
};

static void
case_pci_write_unaligned(struct broken_softc *sc)
{
	pdk_pci_write(&sc->sc_dev, 6, 0);
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
case_filter_returns_nonsense(struct broken_softc *sc)
{
	sc->sc_filter_result = 7;
}

static void
case_alloc_nothing(struct broken_softc *sc)
{
	(void)pdk_zalloc(0, PDK_NOWAIT);
	sc->sc_done = 1;
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
case_firmware_put_unknown(struct broken_softc *sc)
{
	pdk_firmware_put(&sc->sc_dev, sc, 4);
}

static void
case_state_unknown(struct broken_softc *sc)
{
	pdk_state(&sc->sc_dev, "dreaming");
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
case_net_restart_unattached(struct broken_softc *sc)
{
	pdknet_restart(&sc->sc_dev);
}

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

static const struct pdk80211_rxinfo rxinfo = { .chan = 1 };

/* More is handed up than there is. */
static struct mbuf *
too_long(void)
{
	struct mbuf *m = pdk_mbuf_rxalloc(64);

	if (m != NULL)
		m->m_len = m->m_pkthdr.len = 5000;
	return m;
}

static void
case_wifi_rx_beyond(struct broken_softc *sc)
{
	(void)pdk80211_attach(&sc->sc_dev, &ops, &caps);
	pdk80211_rx(&sc->sc_dev, too_long(), &rxinfo);
}

static void
case_net_left_attached(struct broken_softc *sc)
{
	static const struct pdknet_ops net = { .up = net_up, .down = down, .tx = net_tx };
	static const struct pdknet_caps net_caps = {
		.mac = { 2, 0, 0, 0, 0, 1 }, .max_mtu = PDKNET_MTU,
	};

	(void)pdknet_attach(&sc->sc_dev, &net, &net_caps);
}

static void
case_net_rx_beyond(struct broken_softc *sc)
{
	case_net_left_attached(sc);
	pdknet_rx(&sc->sc_dev, too_long(), 0);
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

static void
case_pci_read_beyond(struct broken_softc *sc)
{
	(void)pdk_pci_read(&sc->sc_dev, 4096);
}

static void
case_pci_write_negative(struct broken_softc *sc)
{
	pdk_pci_write(&sc->sc_dev, -4, 0);
}

static void
case_unmap_bar_beyond(struct broken_softc *sc)
{
	pdk_pci_unmap_bar(&sc->sc_dev, 6);
}

static void
case_bar_written_after_unmap(struct broken_softc *sc)
{
	pdk_pci_unmap_bar(&sc->sc_dev, 0);
	bus_space_write_2(sc->sc_st, sc->sc_sh, 0, 0);
}

static void
case_barrier_after_unmap(struct broken_softc *sc)
{
	pdk_pci_unmap_bar(&sc->sc_dev, 0);
	bus_space_barrier(sc->sc_st, sc->sc_sh, 0, 4, BUS_SPACE_BARRIER_WRITE);
}

static void
case_free_unknown(struct broken_softc *sc)
{
	pdk_free(&sc->sc_done, sizeof(sc->sc_done));
}

static void
case_firmware_put_twice(struct broken_softc *sc)
{
	const void *data;
	size_t size;

	(void)pdk_firmware_get(&sc->sc_dev, "voyageur-conform.fw", &data, &size);
	pdk_firmware_put(&sc->sc_dev, data, size);
	pdk_firmware_put(&sc->sc_dev, data, size);
}

static void
case_firmware_put_wrong_size(struct broken_softc *sc)
{
	const void *data;
	size_t size;

	(void)pdk_firmware_get(&sc->sc_dev, "voyageur-conform.fw", &data, &size);
	pdk_firmware_put(&sc->sc_dev, data, size + 1);
}

static void
case_up_leaves_locked(struct broken_softc *sc)
{
	(void)pdk80211_attach(&sc->sc_dev, &up_locks, &caps);
}

static void
case_down_leaves_locked(struct broken_softc *sc)
{
	(void)pdk80211_attach(&sc->sc_dev, &down_locks, &caps);
}

static void
case_attach_returns_negative(struct broken_softc *sc)
{
	sc->sc_attach_error = -ENXIO;
}

static void
case_attach_late_returns_negative(struct broken_softc *sc)
{
	sc->sc_error = -EIO;
}

static void
case_detach_returns_negative(struct broken_softc *sc)
{
	sc->sc_error = -EBUSY;
}

static void
case_suspend_returns_negative(struct broken_softc *sc)
{
	sc->sc_error = -EAGAIN;
}

static void
case_fails_with_negative(struct broken_softc *sc)
{
	pdk_fail(&sc->sc_dev, -EIO, "it does not work");
}

static void
case_leak_firmware(struct broken_softc *sc)
{
	const void *data;
	size_t size;

	(void)pdk_firmware_get(&sc->sc_dev, "voyageur-conform.fw", &data, &size);
}

static void
case_leak_bar(struct broken_softc *sc)
{
	(void)pdk_pci_map_bar(&sc->sc_dev, 2, &sc->sc_st2, &sc->sc_sh2, &sc->sc_size);
}

const struct broken_case broken_misc_cases[] = {
	CASE(IN_WORKER, pci_write_unaligned),
	CASE(IN_CONFIG, unmap_bar_not_mapped),
	CASE(IN_CONFIG, bar_used_after_unmap),
	CASE(IN_FILTER, filter_returns_nonsense),
	CASE(IN_WORKER, alloc_nothing),
	CASE(IN_WORKER, free_wrong_size),
	CASE(IN_WORKER, free_twice),
	CASE(IN_WORKER, free_timer_armed),
	CASE(IN_WORKER, free_task_queued),
	CASE(IN_WORKER, firmware_put_unknown),
	CASE(IN_WORKER, state_unknown),
	CASE(IN_WORKER, assertion),
	CASE(IN_CONFIG, attach_leaves_memory_behind),
	CASE(IN_WORKER, wifi_restart_unattached),
	CASE(IN_WORKER, wifi_left_attached),
	CASE(IN_WORKER, net_restart_unattached),
	CASE(IN_WORKER, net_left_attached),
	CASE(IN_WORKER, wifi_rx_beyond),
	CASE(IN_WORKER, net_rx_beyond),
	CASE(IN_WORKER, leak_memory),
	CASE(IN_DETACH, leak_interrupt),
	CASE(IN_WORKER, pci_read_beyond),
	CASE(IN_WORKER, pci_write_negative),
	CASE(IN_CONFIG, unmap_bar_beyond),
	CASE(IN_CONFIG, bar_written_after_unmap),
	CASE(IN_CONFIG, barrier_after_unmap),
	CASE(IN_WORKER, free_unknown),
	CASE(IN_WORKER, firmware_put_twice),
	CASE(IN_WORKER, firmware_put_wrong_size),
	CASE(IN_WORKER, up_leaves_locked),
	CASE(IN_WORKER, down_leaves_locked),
	CASE(IN_CONFIG, attach_returns_negative),
	CASE(IN_WORKER, attach_late_returns_negative),
	CASE(IN_DETACH, detach_returns_negative),
	CASE(IN_SUSPEND, suspend_returns_negative),
	CASE(IN_WORKER, fails_with_negative),
	CASE(IN_WORKER, leak_firmware),
	CASE(IN_CONFIG, leak_bar),
	{ NULL, IN_CONFIG, NULL },
};
