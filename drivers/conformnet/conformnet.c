/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conformnet.c - does this system do what pdknet.h says?  An Ethernet interface without a
 * wire, over QEMU's edu device, whose interrupt it has; TAP as of drivers/conform.
 *
 * Documents:	attach	the boundary's attach
 *		net	when the interface is brought up, for the first time
 *		frames	when the stack then sends: ../conform/conf_tx.h
 *		detach	when the driver goes
 *
 * What pdk.h says is drivers/conform's to check.
 */
#include <pdknet.h>

#include "../conform/conf_tap.h"
#include "../conform/conf_tx.h"

#define EDU_INTR_STATUS	0x24
#define EDU_INTR_RAISE	0x60
#define EDU_INTR_ACK	0x64
#define WAIT_MS		15000
#define FRAME		60		/* without FCS */

/* What the document "net" waits for. */
enum step { STEP_UP, STEP_RESTART, STEP_UP_AGAIN, STEP_FRAMES, STEP_END };

struct net_softc {
	struct pdk_dev		sc_dev;
	bus_space_tag_t		sc_st;
	bus_space_handle_t	sc_sh;
	bus_size_t		sc_size;
	struct conf_tap		sc_tap;
	struct conf_tx		sc_tx;
	struct pdk_task		sc_task, sc_tx_task;
	struct pdk_timer	sc_tx_timer;
	struct pdk_wchan	sc_wchan;
	enum step		sc_step;
	int			sc_leaving;		/* locked, as the next */
	int			sc_bhs;
	int			sc_ups, sc_downs;
	int			sc_failures;
};

static const uint8_t mac[6] = { 0x02, 0x00, 0x5e, 0x00, 0x53, 0x03 };

/* To a group of nobody's, of the type for local experiments: every stack drops it. */
static void
pass_up(struct net_softc *sc)
{
	static const uint8_t header[PDKNET_HDRLEN] = { 0x03, 0x00, 0x5e, 0x00, 0x53, 0x04,
	    0x02, 0x00, 0x5e, 0x00, 0x53, 0x05, 0x88, 0xb5 };
	struct mbuf *m = pdk_mbuf_rxalloc(FRAME);

	if (m == NULL)
		return;
	memset(m->m_data, 0, FRAME);
	memcpy(m->m_data, header, sizeof(header));
	pdknet_rx(&sc->sc_dev, m, 0);
}

/* ---- interrupt ---- */

static int
net_filter(void *arg)
{
	struct net_softc *sc = arg;
	uint32_t cause = bus_space_read_4(sc->sc_st, sc->sc_sh, EDU_INTR_STATUS);

	if (cause == 0 || cause == 0xffffffff)
		return PDK_INTR_STRAY;
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_ACK, cause);
	return PDK_INTR_BH;
}

static void
net_bh(void *arg)
{
	struct net_softc *sc = arg;

	pass_up(sc);
	pdknet_tx_ready(&sc->sc_dev);
	pdk_lock(&sc->sc_dev);
	sc->sc_bhs++;
	pdk_wake(&sc->sc_dev, &sc->sc_wchan);
	pdk_unlock(&sc->sc_dev);
}

/* ---- the checks ---- */

/* A second interface on one device; a driver that cannot send or has a group's address. */
static void
net_attached(struct net_softc *sc, const struct pdknet_ops *ops, const struct pdknet_caps *caps)
{
	conf_tap_check(&sc->sc_tap, "net_attached");
	conf_tap_ok(&sc->sc_tap, pdknet_attach(&sc->sc_dev, ops, caps) == 0, "it is refused");
	conf_tap_ok(&sc->sc_tap, pdknet_attach(&sc->sc_dev, ops, caps) == EEXIST,
	    "a second time is not EEXIST");
	conf_tap_result(&sc->sc_tap);
}

/* Operations that overlap, or come twice; an MTU that the core was not told. */
static void
net_up_checked(struct net_softc *sc, const char *name, const struct pdknet_config *conf)
{
	conf_tap_check(&sc->sc_tap, name);
	conf_tap_ok(&sc->sc_tap, sc->sc_ups == sc->sc_downs + 1, "up has come to what is up");
	conf_tap_ok(&sc->sc_tap, conf->mtu != 0 && conf->mtu <= PDKNET_MTU,
	    "the MTU is 0 or beyond what the core takes");
	conf_tap_ok(&sc->sc_tap, conf->nmcast == 0 || conf->mcast != NULL,
	    "there are groups, but no list");
	conf_tap_result(&sc->sc_tap);
}

static const struct pdknet_link net_link_up = { .up = 1, .full_duplex = 1, .mbps = 1000 };

/* A frame that is freed twice or not at all, as rx takes it; the state of the link that is lost. */
static void
net_upcalls(struct net_softc *sc)
{
	static const struct pdknet_link down = { .up = 0 };

	conf_tap_check(&sc->sc_tap, "net_upcalls");
	pdknet_link(&sc->sc_dev, &net_link_up);
	pdknet_link(&sc->sc_dev, &down);
	pdknet_link(&sc->sc_dev, &net_link_up);
	pass_up(sc);
	pdknet_tx_ready(&sc->sc_dev);
	pdk_assert_unlocked(&sc->sc_dev);
	conf_tap_result(&sc->sc_tap);
}

/* The stack's input from an interrupt, where it may not sleep. */
static void
net_upcalls_bh(struct net_softc *sc)
{
	struct pdk_dev *dev = &sc->sc_dev;
	unsigned nvec = 1;
	int before, error;

	conf_tap_check(&sc->sc_tap, "net_upcalls_bh");
	error = pdk_intr_alloc(dev, PDK_INTR_ANY, &nvec);
	if (error == 0)
		error = pdk_intr_establish(dev, 0, net_filter, net_bh, sc);
	if (conf_tap_ok(&sc->sc_tap, error == 0, "there is no interrupt")) {
		pdk_lock(dev);
		before = sc->sc_bhs;
		bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_RAISE, 1);
		while (sc->sc_bhs == before && error == 0)
			error = pdk_wait(dev, &sc->sc_wchan, WAIT_MS);
		conf_tap_ok(&sc->sc_tap, sc->sc_bhs != before, "no bottom half came");
		pdk_unlock(dev);
	}
	pdk_intr_disestablish(dev);
	bus_space_write_4(sc->sc_st, sc->sc_sh, EDU_INTR_ACK, 0xffffffff);
	conf_tap_result(&sc->sc_tap);
}

/* A restart in its caller's context: it is called from BH, and down sleeps. */
static void
net_restart_down(struct net_softc *sc)
{
	conf_tap_check(&sc->sc_tap, "net_restart_down");
	conf_tap_ok(&sc->sc_tap, sc->sc_downs == sc->sc_ups, "down has come to what is down");
	conf_tap_result(&sc->sc_tap);
}

/* ---- what drives them ---- */

/* WORKER.  Once detach has begun, the document is not gone on with. */
static enum step
step(struct net_softc *sc)
{
	int leaving;

	pdk_lock(&sc->sc_dev);
	leaving = sc->sc_leaving;
	pdk_unlock(&sc->sc_dev);
	return leaving ? STEP_END : sc->sc_step;
}

/* In a task, as the device's interrupt would.  A restart has taken the link away. */
static void
after_up(void *arg)
{
	struct net_softc *sc = arg;

	if (sc->sc_ups == sc->sc_downs)
		return;
	if (step(sc) == STEP_RESTART) {
		net_upcalls(sc);
		net_upcalls_bh(sc);
		pdknet_restart(&sc->sc_dev);
	} else if (step(sc) == STEP_FRAMES)
		pdknet_link(&sc->sc_dev, &net_link_up);
}

static int
net_up(struct pdk_dev *dev, const struct pdknet_config *conf)
{
	struct net_softc *sc = (struct net_softc *)dev;

	pdk_assert_unlocked(dev);
	sc->sc_ups++;
	if (step(sc) == STEP_UP) {
		conf_tap_begin(&sc->sc_tap, dev, "net", 5);
		net_up_checked(sc, "net_up", conf);
		sc->sc_step = STEP_RESTART;
		pdk_lock(dev);
		pdk_task_post(&sc->sc_task);
		pdk_unlock(dev);
		pdk_state(dev, "up");
	} else if (step(sc) == STEP_UP_AGAIN) {
		net_up_checked(sc, "net_restart_up", conf);
		sc->sc_step = STEP_FRAMES;
		sc->sc_failures += conf_tap_end(&sc->sc_tap);
		pdk_state(dev, "restarted");
		pdk_lock(dev);
		sc->sc_tx.t_state = CONF_TX_ON;
		pdk_task_post(&sc->sc_task);
		pdk_unlock(dev);
	}
	return 0;
}

static void net_tx_task(void *);

static void
net_down(struct pdk_dev *dev)
{
	struct net_softc *sc = (struct net_softc *)dev;

	pdk_assert_unlocked(dev);
	sc->sc_downs++;
	if (step(sc) == STEP_RESTART) {
		net_restart_down(sc);
		sc->sc_step = STEP_UP_AGAIN;
	}
	conf_tx_stop(&sc->sc_tx, &sc->sc_tap, dev, CONF_TX_ON);
	net_tx_task(sc);
	pdk_lock(dev);
	pdk_timer_stop(&sc->sc_tx_timer);
	pdk_task_cancel(&sc->sc_tx_task);
	pdk_unlock(dev);
}

static int
net_filter_op(struct pdk_dev *dev __unused, const struct pdknet_config *conf __unused)
{
	return 0;
}

static int
net_tx(struct pdk_dev *dev, struct mbuf *m)
{
	struct net_softc *sc = (struct net_softc *)dev;
	int error, post;

	pdk_lock(dev);
	error = conf_tx_offer(&sc->sc_tx, m, NULL, &post);
	if (post)
		pdk_task_post(&sc->sc_tx_task);
	pdk_unlock(dev);
	if (error != -1)
		return error;
	m_freem(m);			/* into the air */
	return 0;
}

static void
net_tx_late(void *arg)
{
	struct net_softc *sc = arg;

	pdk_task_post(&sc->sc_tx_task);
}

static void
net_tx_task(void *arg)
{
	struct net_softc *sc = arg;
	struct pdk_dev *dev = &sc->sc_dev;

	switch (conf_tx_task(&sc->sc_tx, &sc->sc_tap, dev)) {
	case CONF_TX_TELL:
		pdk_lock(dev);
		pdk_timer_arm(&sc->sc_tx_timer, CONF_TX_MS);
		pdk_unlock(dev);
		pdknet_tx_ready(dev);
		break;
	case CONF_TX_FREE:
		pdk_lock(dev);
		pdk_timer_stop(&sc->sc_tx_timer);
		pdk_unlock(dev);
		m_freem(sc->sc_tx.t_m);
		break;
	case CONF_TX_NOTHING:
		break;
	}
}

static const struct pdknet_ops net_ops = {
	.up = net_up, .down = net_down, .filter = net_filter_op, .tx = net_tx,
};

static int
net_attach_late(struct pdk_dev *dev)
{
	struct net_softc *sc = (struct net_softc *)dev;
	struct pdknet_caps caps = { .max_mtu = PDKNET_MTU, .max_mcast = 16 };

	memcpy(caps.mac, mac, sizeof(caps.mac));
	conf_tap_begin(&sc->sc_tap, dev, "attach", 1);
	net_attached(sc, &net_ops, &caps);
	sc->sc_failures += conf_tap_end(&sc->sc_tap);
	return 0;
}

static int
net_attach(struct pdk_dev *dev)
{
	struct net_softc *sc = (struct net_softc *)dev;
	int error;

	error = pdk_pci_map_bar(dev, 0, &sc->sc_st, &sc->sc_sh, &sc->sc_size);
	if (error != 0)
		return error;
	pdk_task_init(dev, &sc->sc_task, after_up, sc);
	pdk_task_init(dev, &sc->sc_tx_task, net_tx_task, sc);
	pdk_timer_init(dev, &sc->sc_tx_timer, net_tx_late, sc);
	return 0;
}

/* An interface that goes after its device: down comes too late, or not at all. */
static int
net_detach(struct pdk_dev *dev)
{
	struct net_softc *sc = (struct net_softc *)dev;

	pdk_lock(dev);
	sc->sc_leaving = 1;
	pdk_unlock(dev);
	conf_tx_stop(&sc->sc_tx, &sc->sc_tap, dev, CONF_TX_END);
	pdk_worker_drain(dev);
	if (sc->sc_tap.t_title != NULL)
		sc->sc_failures += conf_tap_end(&sc->sc_tap);
	conf_tap_begin(&sc->sc_tap, dev, "detach", 1);
	conf_tap_check(&sc->sc_tap, "net_detached");
	pdknet_detach(dev);
	conf_tap_ok(&sc->sc_tap, sc->sc_ups == sc->sc_downs,
	    "an up had no down when pdknet_detach() returned");
	pdknet_detach(dev);			/* of what is not attached: harmless */
	conf_tap_result(&sc->sc_tap);
	sc->sc_failures += conf_tap_end(&sc->sc_tap) + sc->sc_tx.t_failed;
	pdk_timer_drain(&sc->sc_tx_timer);
	pdk_worker_drain(dev);
	pdk_pci_unmap_bar(dev, 0);
	return conf_tap_verdict(dev, sc->sc_failures);
}

static const struct pdk_pci_id net_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const char *const net_states[] = { "up", "restarted", NULL };

static const struct pdk_pci_driver net_driver = {
	.name = "conformnet",
	.ids = net_ids,
	.softc_size = sizeof(struct net_softc),
	.dma_bits = 28,
	.states = net_states,
	.attach = net_attach,
	.attach_late = net_attach_late,
	.detach = net_detach,
};

PDK_PCI_DRIVER(conformnet, net_driver);
