/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ether.c - what is OpenBSD's own in shims/openbsd/pdknet*.c: the queue that is stopped, frames that
 * go up together, an up that fails.  TAP.
 */
#include "simnet.h"

#include <pdk.h>
#include <pdknet.h>

#include "tap.h"

struct toy { struct pdk_dev dev; };
static struct pdk_dev *d;
static int up_error, tx_error;

static int
core_up(struct pdk_dev *dev __unused, const struct pdknet_config *c __unused)
{
	return up_error;
}

static void
core_down(struct pdk_dev *dev __unused)
{
	say("down ");
}

static int
core_filter(struct pdk_dev *dev __unused, const struct pdknet_config *c __unused)
{
	return 0;
}

static int
core_tx(struct pdk_dev *dev __unused, struct mbuf *m)
{
	if (tx_error == 0)
		m_freem(m);
	return tx_error;
}

static const struct pdknet_ops ops = {
	.up = core_up, .down = core_down, .filter = core_filter, .tx = core_tx,
};

static int
toy_attach(struct pdk_dev *dev)
{
	static const struct pdknet_caps caps = { .mac = { 2 }, .max_mtu = 1500, .max_mcast = 2,
	    .flags = PDKNET_CAP_VLAN };

	d = dev;
	return pdknet_attach(dev, &ops, &caps);
}

static int
toy_detach(struct pdk_dev *dev)
{
	pdknet_detach(dev);
	return 0;
}

static const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
static const struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = toy_ids, .softc_size = sizeof(struct toy), .attach = toy_attach,
	.detach = toy_detach,
};
PDK_PCI_DRIVER(toy, toy_driver);

static struct mbuf *
frame(int len)
{
	struct mbuf *m = k_mbuf((size_t)len + 1);

	m->m_len = m->m_pkthdr.len = len;
	return m;
}

static void
test_flags(void)
{
	ok((k_if->if_capabilities & IFCAP_VLAN_MTU) != 0, "it takes VLANs");
	up_error = EIO;
	ok(k_net(K_UP, 0) == EIO && (k_if->if_flags & IFF_UP) == 0,
	    "an error of up reaches ifconfig, and the interface is down");
	up_error = 0;
	ok(k_net(K_UP, 0) == 0 && k_net_running(), "the next time it starts");
	(void)k_net(K_GROUPS, 3);
	pdk_worker_drain(d);
	ok((k_if->if_flags & IFF_ALLMULTI) != 0, "more groups than it can tell apart: ALLMULTI");
	(void)k_net(K_GROUPS, 2);
	pdk_worker_drain(d);
	ok((k_if->if_flags & IFF_ALLMULTI) == 0, "and not any more");
}

static void
test_queue(void)
{
	tx_error = ENOBUFS;
	k_net_send(60);
	ok(k_if->if_snd.ifq_oactive, "full: the queue is stopped");
	tx_error = 0;
	pdknet_tx_ready(d);
	ok(!k_if->if_snd.ifq_oactive, "there is room: it is not");
	tx_error = ENOBUFS;
	k_net_send(60);
	(void)k_net(K_DOWN, 0);
	ok(!k_if->if_snd.ifq_oactive, "nor after a down");
	tx_error = 0;
	(void)k_net(K_UP, 0);
}

static void
test_input(void)
{
	unsigned i;

	k_inputs = 0;
	pdknet_rx(d, frame(10), 0);
	pdk_worker_drain(d);
	ok(k_net_input() == 0, "a frame without a header is dropped");
	pdknet_rx(d, frame(60), 0);
	pdknet_rx(d, frame(60), PDKNET_RX_IP4_OK);
	ok(k_inputs == 0, "what is received waits");
	pdk_worker_drain(d);
	ok(k_inputs == 1 && k_net_input() == 2, "for the end of the bottom half or task");
	ok(k_csum == M_IPV4_CSUM_IN_OK, "with the checksum that was verified, and no other");
	for (i = 0; i < 64; i++)
		pdknet_rx(d, frame(60), 0);
	ok(k_inputs == 2 && k_net_input() == 64, "not for ever");
	(void)k_net(K_DOWN, 0);
	pdknet_rx(d, frame(60), 0);
	pdk_worker_drain(d);
	ok(k_net_input() == 0, "what comes after a down is dropped");
}

static void
test_link(void)
{
	struct pdknet_link l = { .up = 1, .full_duplex = 1, .mbps = 1000 };
	unsigned told;

	pdknet_link(d, &l);
	pdknet_link(d, &l);
	ok(k_net_link(&told) == 1000 && told == 1, "a change is told once");
	ok(k_if->if_link_state == LINK_STATE_FULL_DUPLEX, "with the duplex");
	l.full_duplex = 0;
	pdknet_link(d, &l);
	ok(k_if->if_link_state == LINK_STATE_HALF_DUPLEX && k_net_link(&told) != 0 && told == 2,
	    "which is a change, too");
}

int
main(void)
{
	ok(k_attach() == 0, "attached");
	k_boot();
	test_flags();
	test_queue();
	test_input();
	test_link();
	ok(k_detach() == 0 && k_live == 0, "nothing is left");
	return tap_end();
}
