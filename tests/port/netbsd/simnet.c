/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simnet.c - an Ethernet interface in the small kernel: see simnet.h.
 */
#include "simnet.h"
#include "simpmf.h"

#ifndef ENETRESET
#error errno.h has no ENETRESET
#endif

static struct ifnet *the_if;
static struct ethercom *the_ec;
static unsigned ninput, nlink;
static bool checked, registered;
static int link_state;

/* ---- queues, counters ---- */

struct mbuf *
k_dequeue(struct ifqueue *q)
{
	struct mbuf *m = q->head;

	if (m != NULL) {
		q->head = m->m_nextpkt;
		m->m_nextpkt = NULL;
	}
	return m;
}

void
if_statadd(struct ifnet *ifp, enum k_stat what, uint64_t n)
{
	ifp->k_stat[what] += n;
}

struct if_percpuq { int unused; };

struct if_percpuq *
if_percpuq_create(struct ifnet *ifp __unused)
{
	static struct if_percpuq q;

	return &q;
}

/* From any context, without the device's lock. */
void
if_percpuq_enqueue(struct if_percpuq *q, struct mbuf *m)
{
	KASSERT(q == the_if->if_percpuq && m->m_pkthdr.rcvif == the_if && k_self->nlocks == 0);
	ninput++;
	checked = (m->m_pkthdr.csum_flags & M_CSUM_TCPv4) != 0;
	m_freem(m);
}

void
bpf_mtap(struct ifnet *ifp, struct mbuf *m, unsigned direction)
{
	KASSERT(ifp == the_if && m != NULL && direction == BPF_D_OUT);
}

/* ---- life ---- */

int
if_initialize(struct ifnet *ifp)
{
	KASSERT(the_if == NULL && strcmp(ifp->if_xname, "toy0") == 0);
	the_if = ifp;
	the_ec = (struct ethercom *)ifp;
	k_live++;
	return 0;
}

void
ether_ifattach(struct ifnet *ifp, const uint8_t *addr)
{
	KASSERT(ifp == the_if && addr != NULL && ifp->if_percpuq != NULL);
	ifp->if_mtu = ETHERMTU;
	ifp->if_capenable = ifp->if_capabilities;
}

void
ether_set_ifflags_cb(struct ethercom *ec, int (*fn)(struct ethercom *))
{
	ec->ec_ifflags_cb = fn;
}

static void
net_sleep(void)
{
	int s = splnet();

	if ((the_if->if_flags & IFF_RUNNING) != 0)
		the_if->if_stop(the_if, 0);
	splx(s);
}

static void
net_wake(void)
{
	int s = splnet();

	if ((the_if->if_flags & IFF_UP) != 0)
		(void)the_if->if_init(the_if);
	splx(s);
}

bool
pmf_class_network_register(device_t dev, struct ifnet *ifp)
{
	KASSERT(dev != NULL && ifp == the_if && registered);
	k_net_sleep = net_sleep;
	k_net_wake = net_wake;
	return true;
}

void
if_register(struct ifnet *ifp)
{
	KASSERT(ifp == the_if && !registered);
	registered = true;
}

void
ether_ifdetach(struct ifnet *ifp)
{
	KASSERT(ifp == the_if && registered);
	k_net_sleep = k_net_wake = NULL;
}

void
if_detach(struct ifnet *ifp)
{
	struct mbuf *m;

	KASSERT(ifp == the_if && registered && k_net_sleep == NULL);
	while ((m = k_dequeue(&ifp->if_snd)) != NULL)
		m_freem(m);
	registered = false;
	the_if = NULL;
	nlink = 0;
	k_live--;
}

char *
ether_sprintf(const uint8_t *addr __unused)
{
	static char text[] = "02:...";

	return text;
}

/* ---- media, link ---- */

void
ifmedia_init(struct ifmedia *ifm, int mask, int (*change)(struct ifnet *),
    void (*status)(struct ifnet *, struct ifmediareq *))
{
	KASSERT(mask == 0 && change != NULL && status != NULL);
	memset(ifm, 0, sizeof(*ifm));
	k_live++;
}

void
ifmedia_add(struct ifmedia *ifm, int media, int data __unused, void *p __unused)
{
	KASSERT(media == (IFM_ETHER | IFM_AUTO));
	ifm->k_n++;
}

void
ifmedia_set(struct ifmedia *ifm, int media)
{
	KASSERT(ifm->k_n == 1);
	ifm->ifm_media = media;
}

void
ifmedia_fini(struct ifmedia *ifm)
{
	KASSERT(ifm->k_n == 1);
	k_live--;
}

int
ifmedia_ioctl(struct ifnet *ifp, struct ifreq *ifr __unused, struct ifmedia *ifm __unused,
    u_long cmd __unused)
{
	KASSERT(ifp == the_if);
	return 0;
}

void
if_link_state_change(struct ifnet *ifp, int state)
{
	KASSERT(ifp == the_if);
	link_state = state;
	nlink++;
}

unsigned
k_net_link(unsigned *told)
{
	*told = nlink;
	return link_state == LINK_STATE_UP ? (unsigned)(the_if->if_baudrate / 1000000) : 0;
}

/* ---- groups, ioctl(2) ---- */

struct ether_multi *
k_multi(struct ethercom *ec, struct ether_multistep *step)
{
	KASSERT(the_ec->k_locked && (ec == NULL || ec == the_ec));
	return step->i < the_ec->k_nmulti ? &the_ec->k_multi[step->i++] : NULL;
}

int
ether_ioctl(struct ifnet *ifp, u_long cmd, void *data)
{
	struct ifreq *ifr = data;
	bool up = (ifp->if_flags & IFF_UP) != 0, running = (ifp->if_flags & IFF_RUNNING) != 0;

	switch (cmd) {
	case SIOCSIFFLAGS:
		if (up && !running)
			return ifp->if_init(ifp);
		if (!up && running)
			ifp->if_stop(ifp, 1);
		return up && running ? the_ec->ec_ifflags_cb(the_ec) : 0;
	case SIOCSIFMTU:
		if (ifr->ifr_mtu > ((the_ec->ec_capabilities & ETHERCAP_JUMBO_MTU) != 0 ?
		    ETHERMTU_JUMBO : ETHERMTU))
			return EINVAL;
		ifp->if_mtu = ifr->ifr_mtu;
		return up ? ifp->if_init(ifp) : 0;
	default:
		return ENETRESET;		/* the list of groups has changed */
	}
}

static void
set_groups(unsigned n)
{
	unsigned i;

	the_ec->k_nmulti = n;
	for (i = 0; i < n; i++) {
		the_ec->k_multi[i] = (struct ether_multi){ .enm_addrlo = { 1, 0, 0, 0, 0, i } };
		memcpy(the_ec->k_multi[i].enm_addrhi, the_ec->k_multi[i].enm_addrlo,
		    ETHER_ADDR_LEN);
	}
}

static void
flag(unsigned bit, bool on)
{
	the_if->if_flags = on ? the_if->if_flags | bit : the_if->if_flags & ~bit;
}

int
k_net(enum k_netop op, int value)
{
	struct ifreq ifr = { .ifr_mtu = value };
	u_long cmd = SIOCSIFFLAGS;
	int error;

	if (op == K_UP || op == K_DOWN)
		flag(IFF_UP, op == K_UP);
	else if (op == K_PROMISC)
		flag(IFF_PROMISC, value != 0);
	else
		cmd = op == K_MTU ? SIOCSIFMTU : SIOCADDMULTI;
	if (op == K_GROUPS)
		set_groups((unsigned)value);
	KERNEL_LOCK(1, NULL);
	error = the_if->if_ioctl(the_if, cmd, &ifr);
	KERNEL_UNLOCK_ONE(NULL);
	return error;
}

bool
k_net_running(void)
{
	return (the_if->if_flags & IFF_RUNNING) != 0;
}

int
k_net_mtu(void)
{
	return the_if->if_mtu;
}

/* ---- frames ---- */

void
k_net_send(size_t len)
{
	struct ifqueue *q = &the_if->if_snd;
	struct mbuf *m = k_mbuf(len);
	int s;

	m->m_len = m->m_pkthdr.len = (int)len;
	if (q->head == NULL)
		q->head = m;
	else
		q->tail->m_nextpkt = m;
	q->tail = m;
	KERNEL_LOCK(1, NULL);
	s = splnet();
	if ((the_if->if_flags & IFF_OACTIVE) == 0)
		the_if->if_start(the_if);
	splx(s);
	KERNEL_UNLOCK_ONE(NULL);
}

unsigned
k_net_input(void)
{
	unsigned n = ninput;

	ninput = 0;
	return n;
}

bool
k_net_checked(void)
{
	return checked;
}

uint64_t
k_net_oerrors(void)
{
	return the_if->k_stat[if_oerrors];
}

uint64_t
k_net_ierrors(void)
{
	return the_if->k_stat[if_ierrors];
}
