/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ether.c - does a shim's pdknet.c bring core and stack together, on its system's small kernel?
 * TAP.
 */
#include <pdk.h>
#include <pdknet.h>

#include "kernel.h"
#include "tap.h"

/* ---- the core ---- */

struct toy { struct pdk_dev dev; };
static struct pdk_dev *d;
static int up_error, tx_error;
static uint64_t crc;

static void
show(const char *what, const struct pdknet_config *c)
{
	say("%s(%u,%d,%d,%u) ", what, c->mtu, c->promisc, c->promisc || c->allmulti, c->nmcast);
	if (c->nmcast > 0 && c->mcast[c->nmcast - 1][0] != 1)
		say("no group address ");
}

static int
core_up(struct pdk_dev *dev __unused, const struct pdknet_config *c)
{
	show("up", c);
	return up_error;
}

static void
core_down(struct pdk_dev *dev __unused)
{
	say("down ");
}

static int
core_filter(struct pdk_dev *dev __unused, const struct pdknet_config *c)
{
	show("filter", c);
	return 0;
}

static int
core_stats(struct pdk_dev *dev __unused, struct pdknet_stats *st)
{
	memset(st, 0, sizeof(*st));
	st->rx_crc = crc;
	return 0;
}

static int
core_tx(struct pdk_dev *dev __unused, struct mbuf *m)
{
	say("tx%d%s ", m->m_pkthdr.len, tx_error != 0 ? "?" : "");
	if (tx_error == 0)
		m_freem(m);
	return tx_error;
}

static const struct pdknet_ops ops = { core_up, core_down, core_filter, core_stats, core_tx };

static int
toy_attach(struct pdk_dev *dev)
{
	d = dev;
	return 0;
}

static int
toy_late(struct pdk_dev *dev)
{
	static const struct pdknet_caps caps = { .mac = { 2 }, .max_mtu = 9000, .max_mcast = 2,
	    .flags = PDKNET_CAP_VLAN | PDKNET_CAP_RXCSUM };

	ok(pdknet_attach(dev, &ops, &caps) == 0, "attached");
	return pdknet_attach(dev, &ops, &caps) == EEXIST ? 0 : EIO;
}

static int
toy_detach(struct pdk_dev *dev)
{
	pdknet_detach(dev);
	pdknet_detach(dev);			/* harmless */
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static int
toy_nothing(struct pdk_dev *dev __unused)
{
	return 0;
}
static const struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = toy_ids, .softc_size = sizeof(struct toy), .attach = toy_attach,
	.attach_late = toy_late, .detach = toy_detach, .suspend = toy_nothing,
	.resume = toy_nothing,
};
PDK_PCI_DRIVER(toy, toy_driver);

/* ---- scenes ---- */

static int
net(enum k_netop op, int value)
{
	int error = k_net(op, value);

	pdk_worker_drain(d);
	return error;
}

static void
begin(void)
{
	(void)k_attach();
	k_boot();
	quiet();
	(void)net(K_UP, 0);
}

static void
end(void)
{
	quiet();
	ok(k_detach() == 0 && k_live == 0, "nothing is left");
}

static void
test_config(void)
{
	begin();
	heard("up(1500,0,0,0) ", "up");
	ok(k_net_running(), "it runs");
	ok(net(K_GROUPS, 2) == 0 && strcmp(said, "filter(1500,0,0,2) ") == 0, "two groups");
	(void)net(K_GROUPS, 3);
	heard("filter(1500,0,1,0) ", "more than it can tell apart: all");
	(void)net(K_GROUPS, 0);
	quiet();
	(void)net(K_PROMISC, 1);
	heard("filter(1500,1,1,0) ", "promiscuous");
	ok(net(K_MTU, 9001) == EINVAL && k_net_mtu() == 1500, "a larger MTU than it has");
	ok(net(K_MTU, 4000) == 0 && strcmp(said, "down up(4000,1,1,0) ") == 0,
	    "another MTU: down and up");
	pdknet_restart(d);
	pdk_worker_drain(d);
	heard("down up(4000,1,1,0) ", "a device that hangs: the same");
	(void)net(K_DOWN, 0);
	ok(strcmp(said, "down ") == 0 && !k_net_running(), "down");
	up_error = EIO;
	(void)net(K_UP, 0);
	ok(!k_net_running(), "what cannot be started does not run");
	up_error = 0;
	end();
}

static void
test_frames(void)
{
	struct mbuf *m;

	begin();
	quiet();
	tx_error = ENOBUFS;
	k_net_send(60);
	heard("tx60? ", "full");
	k_net_send(61);
	heard("", "the next waits");
	tx_error = 0;
	pdknet_tx_ready(d);
	heard("tx60 tx61 ", "the frame was kept, and is first");
	tx_error = EINVAL;
	k_net_send(60);
	tx_error = 0;
	k_clock(6000);
	pdk_worker_drain(d);
	ok(k_net_oerrors() == 1, "one that cannot be sent is counted and freed, once");
	m = pdk_mbuf_rxalloc(60);
	memset(mtod(m, char *), 0, 60);
	pdknet_rx(d, m, 0);
	m = pdk_mbuf_rxalloc(60);
	memset(mtod(m, char *), 0, 60);
	pdknet_rx(d, m, PDKNET_RX_IP4_OK | PDKNET_RX_L4_OK);
	pdk_worker_drain(d);
	ok(k_net_input() == 2, "frames go up");
	ok(k_net_checked(), "with the checksums that the device has verified");
	tx_error = ENOBUFS;
	k_net_send(60);
	k_net_send(60);
	tx_error = 0;
	(void)net(K_DOWN, 0);
	(void)net(K_UP, 0);
	quiet();
	k_net_send(62);
	heard("tx62 ", "what waited is not sent after the next up");
	tx_error = ENOBUFS;
	k_net_send(60);
	k_net_send(60);
	tx_error = 0;
	end();
}

static void
test_link(void)
{
	struct pdknet_link l = { .up = 1, .full_duplex = 1, .mbps = 1000 };
	unsigned told;

	begin();
	pdknet_link(d, &l);
	ok(k_net_link(&told) == 1000 && told == 1, "the link is told, and its speed");
	l.up = 0;
	pdknet_link(d, &l);
	ok(k_net_link(&told) == 0 && told == 2, "and that it has gone");
	crc = 3;
	k_clock(6000);
	pdk_worker_drain(d);
	ok(k_net_ierrors() == 3, "the device's counters are added");
	k_clock(6000);
	pdk_worker_drain(d);
	ok(k_net_ierrors() == 3, "once");
	quiet();
	(void)k_suspend();
	heard("down ", "the system sleeps");
	(void)k_resume();
	pdk_worker_drain(d);
	heard("up(1500,0,0,0) ", "and wakes");
	end();
}

int
main(void)
{
	test_config();
	test_frames();
	test_link();
	return tap_end();
}
