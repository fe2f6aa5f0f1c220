/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simnet.c - an Ethernet interface in the small kernel: see simnet.h.
 */
#include "simnet.h"

struct ifnet *k_if;
unsigned k_inputs, k_csum;

static unsigned ninput, nlink;

void
if_attach(struct ifnet *ifp)
{
	k_if = ifp;
	nlink = 0;
	k_live++;
}

void
ether_ifattach(struct ifnet *ifp)
{
	ifp->if_mtu = 1500;
}

void
if_detach(struct ifnet *ifp)
{
	k_purge(&ifp->if_snd.ifq_list);
	k_live--;
}

void
if_input(struct ifnet *ifp, struct mbuf_list *ml)
{
	struct mbuf *m;

	KASSERT(ifp == k_if && k_ipl >= IPL_NET);
	k_inputs++;
	ninput += ml->ml_len;
	while ((m = k_get(ml)) != NULL) {
		k_csum = m->m_pkthdr.csum_flags;
		m_freem(m);
	}
}

void
if_link_state_change(struct ifnet *ifp)
{
	KASSERT(ifp == k_if);
	nlink++;
}

int
ether_ioctl(struct ifnet *ifp, struct arpcom *ac, u_long cmd, caddr_t data)
{
	int mtu;

	KASSERT((struct ifnet *)ac == ifp);
	if (cmd != SIOCSIFMTU)
		return cmd == SIOCADDMULTI ? ENETRESET : ENOTTY;
	memcpy(&mtu, data, sizeof(mtu));
	if (mtu > (int)ifp->if_hardmtu)
		return EINVAL;
	ifp->if_mtu = (unsigned)mtu;
	return 0;
}

/* ---- what a test does with it ---- */

static void
flag(int bit, bool on)
{
	k_if->if_flags = (unsigned short)(on ? k_if->if_flags | bit : k_if->if_flags & ~bit);
}

static void
set_groups(int n)
{
	struct arpcom *ac = (struct arpcom *)k_if;
	int i;

	KASSERT(n <= (int)nitems(ac->k_multi));
	ac->ac_multicnt = n;
	for (i = 0; i < n; i++)
		ac->k_multi[i].enm_addrlo[0] = 1;
}

int
k_net(enum k_netop op, int value)
{
	u_long cmd = SIOCSIFFLAGS;

	if (op == K_UP || op == K_DOWN)
		flag(IFF_UP, op == K_UP);
	else if (op == K_PROMISC)
		flag(IFF_PROMISC, value != 0);
	else
		cmd = op == K_MTU ? SIOCSIFMTU : SIOCADDMULTI;
	if (op == K_GROUPS)
		set_groups(value);
	return k_if->if_ioctl(k_if, cmd, (caddr_t)&value);
}

bool
k_net_running(void)
{
	return (k_if->if_flags & IFF_RUNNING) != 0;
}

int
k_net_mtu(void)
{
	return (int)k_if->if_mtu;
}

/* The stack calls no if_start while the queue is stopped. */
void
k_net_send(size_t len)
{
	struct mbuf *m = k_mbuf(len);
	int s = splnet();

	m->m_len = m->m_pkthdr.len = (int)len;
	k_put(&k_if->if_snd.ifq_list, m);
	if (!k_if->if_snd.ifq_oactive)
		k_if->if_start(k_if);
	splx(s);
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
	return k_csum == (M_IPV4_CSUM_IN_OK | M_TCP_CSUM_IN_OK | M_UDP_CSUM_IN_OK);
}

uint64_t
k_net_oerrors(void)
{
	return k_if->if_oerrors;
}

uint64_t
k_net_ierrors(void)
{
	return k_if->if_ierrors;
}

unsigned
k_net_link(unsigned *told)
{
	*told = nlink;
	return k_if->if_link_state == LINK_STATE_DOWN ? 0 :
	    (unsigned)(k_if->if_baudrate / 1000000);
}
