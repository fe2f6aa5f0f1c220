/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ether.c - does shims/openbsd/pdknet*.c bring core and stack together?  TAP.
 */
#include "simnet.h"

#include <pdk.h>
#include <pdknet.h>

static int ntests, failed;
static char said[1024];

static void
say(const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, ap);
	va_end(ap);
}

static void
ok(int good, const char *what)
{
	failed += !good;
	fprintf(stdout, "%sok %d - %s\n", good ? "" : "not ", ++ntests, what);
	if (!good)
		fprintf(stdout, "# said: %s\n", said);
	said[0] = '\0';
}

static void
heard(const char *want, const char *what)
{
	ok(strcmp(said, want) == 0, what);
}

/* ---- the stack ---- */

static struct ifnet *ifp;
static struct arpcom *ac;
static unsigned csum;

void
k_put(struct mbuf_list *l, struct mbuf *m)
{
	m->m_nextpkt = NULL;
	if (l->ml_head == NULL)
		l->ml_head = m;
	else
		l->ml_tail->m_nextpkt = m;
	l->ml_tail = m;
	l->ml_len++;
}

struct mbuf *
k_get(struct mbuf_list *l)
{
	struct mbuf *m = l->ml_head;

	if (m != NULL) {
		l->ml_head = m->m_nextpkt;
		l->ml_len--;
		m->m_nextpkt = NULL;
	}
	return m;
}

void
if_attach(struct ifnet *i)
{
	ifp = i;
	ac = (struct arpcom *)i;
	k_live++;
}

void
ether_ifattach(struct ifnet *i)
{
	i->if_mtu = 1500;
}

void
if_detach(struct ifnet *i)
{
	struct mbuf *m;

	while ((m = ifq_dequeue(&i->if_snd)) != NULL)
		m_freem(m);
	k_live--;
}

void
if_input(struct ifnet *i __unused, struct mbuf_list *ml)
{
	struct mbuf *m;

	say("input(%u) ", ml->ml_len);
	while ((m = k_get(ml)) != NULL) {
		csum = m->m_pkthdr.csum_flags;
		m_freem(m);
	}
}

void
if_link_state_change(struct ifnet *i)
{
	say("link(%d) ", i->if_link_state);
}

char *
ether_sprintf(const uint8_t *a __unused)
{
	static char text[] = "02:...";

	return text;
}

int
ether_ioctl(struct ifnet *i, struct arpcom *a __unused, u_long cmd, caddr_t data)
{
	if (cmd == SIOCSIFMTU) {
		if (*(int *)(void *)data > (int)i->if_hardmtu)
			return EINVAL;
		i->if_mtu = (unsigned)*(int *)(void *)data;
		return 0;
	}
	return cmd == SIOCADDMULTI ? ENETRESET : ENOTTY;
}

/* ---- the core ---- */

struct toy { struct pdk_dev dev; };
static struct pdk_dev *d;
static int up_error, tx_error;
static uint64_t crc;

static void
show(const char *what, const struct pdknet_config *c)
{
	say("%s(%u,%d,%d,%u) ", what, c->mtu, c->promisc, c->allmulti, c->nmcast);
	if (c->nmcast > 0)
		KASSERT(c->mcast[c->nmcast - 1][0] == 1);
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
	st->rx_crc = crc;
	return 0;
}

static int
core_tx(struct pdk_dev *dev __unused, struct mbuf *m)
{
	say("tx%s ", tx_error != 0 ? "?" : "");
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
	    .flags = PDKNET_CAP_VLAN };

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

static const struct pdk_pci_id toy_ids[] = { { 0, 0 } };
static const struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = toy_ids, .softc_size = sizeof(struct toy), .attach = toy_attach,
	.attach_late = toy_late, .detach = toy_detach,
};
PDK_PCI_DRIVER(toy, toy_driver);

static struct pdk_softc unit = { .sc_dev = { "toy0" } };

/* ---- scenes ---- */

static int
ioctl(u_long cmd, int value)
{
	int error = ifp->if_ioctl(ifp, cmd, (caddr_t)&value);

	pdk_worker_drain(d);
	return error;
}

static void
begin(void)
{
	struct pci_attach_args pa = { 0 };

	cold = 1;
	toy_ca.ca_attach(NULL, &unit.sc_dev, &pa);
	k_mount_root();
	said[0] = '\0';
	ifp->if_flags |= IFF_UP;
	(void)ioctl(SIOCSIFFLAGS, 0);
}

static void
end(void)
{
	said[0] = '\0';
	(void)toy_ca.ca_detach(&unit.sc_dev, 0);
	ok(k_live == 0, "nothing is left");
}

static void
send(void)
{
	struct mbuf *m = k_mbuf(64);
	int s = splnet();

	m->m_len = m->m_pkthdr.len = 60;
	k_put(&ifp->if_snd.ifq_list, m);
	ifp->if_start(ifp);
	splx(s);
}

static void
test_config(void)
{
	begin();
	heard("up(1500,0,0,0) ", "up");
	ok((ifp->if_flags & IFF_RUNNING) != 0 && (ifp->if_capabilities & IFCAP_VLAN_MTU) != 0,
	    "it runs, and takes VLANs");
	ac->ac_multicnt = 2;
	ac->k_multi[0].enm_addrlo[0] = ac->k_multi[1].enm_addrlo[0] = 1;
	ok(ioctl(SIOCADDMULTI, 0) == 0 && strcmp(said, "filter(1500,0,0,2) ") == 0, "two groups");
	ac->ac_multicnt = 3;
	(void)ioctl(SIOCADDMULTI, 0);
	ok(strcmp(said, "filter(1500,0,1,0) ") == 0 && (ifp->if_flags & IFF_ALLMULTI) != 0,
	    "more than it can tell apart: all");
	ifp->if_flags |= IFF_PROMISC;
	(void)ioctl(SIOCSIFFLAGS, 0);
	heard("filter(1500,1,1,0) ", "promiscuous");
	ok(ioctl(SIOCSIFMTU, 9001) == EINVAL, "a larger MTU than it has");
	ok(ioctl(SIOCSIFMTU, 4000) == 0 && strcmp(said, "down up(4000,1,1,0) ") == 0,
	    "another MTU: down and up");
	pdknet_restart(d);
	pdk_worker_drain(d);
	heard("down up(4000,1,1,0) ", "a device that hangs: the same");
	ifp->if_flags &= (unsigned short)~IFF_UP;
	(void)ioctl(SIOCSIFFLAGS, 0);
	ok(strcmp(said, "down ") == 0 && (ifp->if_flags & IFF_RUNNING) == 0, "down");
	up_error = EIO;
	ifp->if_flags |= IFF_UP;
	ok(ioctl(SIOCSIFFLAGS, 0) == EIO && (ifp->if_flags & IFF_UP) == 0,
	    "an error of up reaches ifconfig");
	up_error = 0;
	end();
}

static void
test_frames(void)
{
	begin();
	said[0] = '\0';
	tx_error = ENOBUFS;
	send();
	ok(strcmp(said, "tx? ") == 0 && ifp->if_snd.ifq_oactive, "full: the queue is stopped");
	tx_error = 0;
	pdknet_tx_ready(d);
	ok(strcmp(said, "tx ") == 0 && !ifp->if_snd.ifq_oactive, "and the frame was kept");
	tx_error = EINVAL;
	send();
	ok(ifp->if_oerrors == 1, "one that cannot be sent is counted and freed");
	tx_error = 0;
	pdknet_rx(d, k_mbuf(0), 0);
	ok(1, "a frame without a header is dropped");
	{
		struct mbuf *m = k_mbuf(64), *n = k_mbuf(64);

		m->m_len = n->m_len = m->m_pkthdr.len = n->m_pkthdr.len = 60;
		pdknet_rx(d, m, 0);
		pdknet_rx(d, n, PDKNET_RX_IP4_OK | PDKNET_RX_L4_OK);
	}
	heard("", "what is received waits");
	pdk_worker_drain(d);
	heard("input(2) ", "for the end of the bottom half or task");
	ok(csum == (M_IPV4_CSUM_IN_OK | M_TCP_CSUM_IN_OK | M_UDP_CSUM_IN_OK), "checksums are told");
	tx_error = ENOBUFS;
	send();
	tx_error = 0;
	end();
}

static void
test_link(void)
{
	struct pdknet_link l = { .up = 1, .full_duplex = 1, .mbps = 1000 };

	begin();
	said[0] = '\0';
	pdknet_link(d, &l);
	pdknet_link(d, &l);
	ok(strcmp(said, "link(6) ") == 0 && ifp->if_baudrate == 1000000000, "a change is told once");
	l.up = 0;
	pdknet_link(d, &l);
	heard("link(2) ", "and that it has gone");
	crc = 3;
	k_clock(2000);
	pdk_worker_drain(d);
	ok(ifp->if_ierrors == 3, "the device's counters are added");
	k_clock(2000);
	pdk_worker_drain(d);
	ok(ifp->if_ierrors == 3, "once");
	(void)toy_ca.ca_activate(&unit.sc_dev, DVACT_QUIESCE);
	heard("down ", "the system sleeps");
	(void)toy_ca.ca_activate(&unit.sc_dev, DVACT_WAKEUP);
	heard("up(1500,0,0,0) ", "and wakes");
	end();
}

int
main(void)
{
	test_config();
	test_frames();
	test_link();
	fprintf(stdout, "1..%d\n", ntests);
	return failed != 0;
}
