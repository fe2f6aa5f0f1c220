/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simnet.c - an Ethernet interface of FreeBSD's: see simnet.h, and kernel.h for what tests ask.
 */
#include "simnet.h"

struct ifnet {
	void		*softc;
	int		 flags, drvflags, capabilities, capenable, mtu;
	uint64_t	 counter[IFCOUNTERS], baudrate;
	void		(*init)(void *);
	int		(*ioctl)(if_t, u_long, caddr_t);
	int		(*transmit)(if_t, struct mbuf *);
	void		(*qflush)(if_t);
	uint64_t	(*get_counter)(if_t, ift_counter);
	bool		 attached;
	int		 link;
	unsigned	 told;
	struct sockaddr_dl groups[4];
	int		 ngroups;
	unsigned	 input;
	bool		 checked;
};

int ifqmaxlen = 8, k_epoch, k_vnet;
static if_t the_if;

/* ---- accessors ---- */

void *
if_getsoftc(if_t ifp)
{
	return ifp->softc;
}

int
if_setsoftc(if_t ifp, void *sc)
{
	ifp->softc = sc;
	return 0;
}

int
if_getflags(if_t ifp)
{
	return ifp->flags;
}

int
if_setflags(if_t ifp, int flags)
{
	ifp->flags = flags;
	return 0;
}

int
if_setdrvflagbits(if_t ifp, int set, int clear)
{
	ifp->drvflags = (ifp->drvflags & ~clear) | set;
	return 0;
}

void
if_setinitfn(if_t ifp, void (*fn)(void *))
{
	ifp->init = fn;
}

void
if_setioctlfn(if_t ifp, int (*fn)(if_t, u_long, caddr_t))
{
	ifp->ioctl = fn;
}

void
if_settransmitfn(if_t ifp, int (*fn)(if_t, struct mbuf *))
{
	ifp->transmit = fn;
}

void
if_setqflushfn(if_t ifp, void (*fn)(if_t))
{
	ifp->qflush = fn;
}

void
if_setgetcounterfn(if_t ifp, uint64_t (*fn)(if_t, ift_counter))
{
	ifp->get_counter = fn;
}

int
if_setcapabilities(if_t ifp, int caps)
{
	ifp->capabilities = caps;
	return 0;
}

int
if_setcapenable(if_t ifp, int caps)
{
	ifp->capenable = caps;
	return 0;
}

int
if_getcapenable(if_t ifp)
{
	return ifp->capenable;
}

int
if_togglecapenable(if_t ifp, int caps)
{
	ifp->capenable ^= caps;
	return 0;
}

int
if_setifheaderlen(if_t ifp __unused, int len)
{
	K_CHECK(len == sizeof(struct ether_vlan_header));
	return 0;
}

int
if_getmtu(if_t ifp)
{
	return ifp->mtu;
}

int
if_setmtu(if_t ifp, int mtu)
{
	ifp->mtu = mtu;
	return 0;
}

void
if_inc_counter(if_t ifp, ift_counter what, int64_t n)
{
	ifp->counter[what] += (uint64_t)n;
}

uint64_t
if_get_counter_default(if_t ifp, ift_counter what)
{
	return ifp->counter[what];
}

int
if_setbaudrate(if_t ifp, uint64_t rate)
{
	ifp->baudrate = rate;
	return 0;
}

/* ---- attach ---- */

if_t
if_alloc(unsigned char type)
{
	K_CHECK(type == IFT_ETHER && k_vnet == vnet0);	/* WORKER is in no vnet(9) by itself */
	K_CHECK(the_if == NULL);
	the_if = k_malloc(sizeof(*the_if), M_WAITOK | M_ZERO);
	the_if->mtu = 1500;
	return the_if;
}

void
if_free(if_t ifp)
{
	K_CHECK(!ifp->attached);
	k_free(ifp);
	the_if = NULL;
}

void
if_initname(if_t ifp, const char *name, int unit)
{
	K_CHECK(ifp == the_if && strcmp(name, "toy") == 0 && unit == 0);
}

void
ether_ifattach(if_t ifp, const uint8_t *mac)
{
	K_CHECK(k_vnet == vnet0 && mac[0] == 2);
	K_CHECK(ifp->ioctl != NULL && ifp->transmit != NULL && ifp->qflush != NULL);
	ifp->attached = true;
}

/* if_detach(): the interface is taken down first. */
void
ether_ifdetach(if_t ifp)
{
	K_CHECK(ifp->attached);
	ifp->flags &= ~IFF_UP;
	(void)ifp->ioctl(ifp, SIOCSIFFLAGS, NULL);
	ifp->qflush(ifp);
	ifp->attached = false;
}

int
ether_ioctl(if_t ifp __unused, u_long cmd __unused, caddr_t data __unused)
{
	return ENOTTY;
}

void
if_qflush(if_t ifp)
{
	K_CHECK(ifp == the_if);
}

void
ifmedia_init(struct ifmedia *m, int mask __unused, int (*change)(if_t),
    void (*status)(if_t, struct ifmediareq *))
{
	K_CHECK(change != NULL && status != NULL);
	m->there = true;
	k_live++;
}

void
ifmedia_add(struct ifmedia *m, int word, int data __unused, void *aux __unused)
{
	m->ifm_media = word;
}

void
ifmedia_set(struct ifmedia *m, int word)
{
	K_CHECK(m->ifm_media == word);
}

void
ifmedia_removeall(struct ifmedia *m)
{
	K_CHECK(m->there);
	m->there = false;
	k_live--;
}

int
ifmedia_ioctl(if_t ifp __unused, struct ifreq *ifr __unused, struct ifmedia *m __unused,
    u_long cmd __unused)
{
	return 0;
}

/* ---- frames ---- */

void
if_input(if_t ifp, struct mbuf *m)
{
	K_CHECK(ifp->attached && k_epoch > 0 && m->m_pkthdr.rcvif == ifp);
	ifp->input++;
	ifp->checked = m->m_pkthdr.csum_flags == (CSUM_IP_CHECKED | CSUM_IP_VALID |
	    CSUM_DATA_VALID | CSUM_PSEUDO_HDR) && m->m_pkthdr.csum_data == 0xffff;
	m_freem(m);
}

void
k_tap(if_t ifp, struct mbuf *m)
{
	K_CHECK(ifp == the_if && (m->m_flags & 0x10000) == 0);
	m->m_flags |= 0x10000;			/* seen: only once */
}

void
if_link_state_change(if_t ifp, int state)
{
	ifp->link = state;
	ifp->told++;
}

u_int
if_foreach_llmaddr(if_t ifp, iflladdr_cb_t *fn, void *arg)
{
	u_int n = 0;
	int i;

	for (i = 0; i < ifp->ngroups; i++)
		n += fn(arg, &ifp->groups[i], n);
	return n;
}

void
mbufq_init(struct mbufq *q, int max)
{
	*q = (struct mbufq){ .tail = &q->head, .max = max };
}

int
mbufq_enqueue(struct mbufq *q, struct mbuf *m)
{
	if (q->len >= q->max)
		return ENOBUFS;
	m->m_nextpkt = NULL;
	*q->tail = m;
	q->tail = &m->m_nextpkt;
	q->len++;
	return 0;
}

struct mbuf *
mbufq_dequeue(struct mbufq *q)
{
	struct mbuf *m = q->head;

	if (m == NULL)
		return NULL;
	q->head = m->m_nextpkt;
	if (q->head == NULL)
		q->tail = &q->head;
	q->len--;
	m->m_nextpkt = NULL;
	return m;
}

void
mbufq_drain(struct mbufq *q)
{
	struct mbuf *m;

	while ((m = mbufq_dequeue(q)) != NULL)
		m_freem(m);
}

/* ---- what tests ask: kernel.h ---- */

static int
flag(int bit, bool on)
{
	the_if->flags = on ? the_if->flags | bit : the_if->flags & ~bit;
	return the_if->ioctl(the_if, SIOCSIFFLAGS, NULL);
}

static int
groups(int n)
{
	int i;

	for (i = 0; i < n; i++)
		the_if->groups[i].addr[0] = 1;
	the_if->ngroups = n;
	return the_if->ioctl(the_if, SIOCADDMULTI, NULL);
}

int
k_net(enum k_netop op, int value)
{
	struct ifreq ifr = { .ifr_mtu = value };

	switch (op) {
	case K_UP:
		return flag(IFF_UP, true);
	case K_DOWN:
		return flag(IFF_UP, false);
	case K_PROMISC:
		return flag(IFF_PROMISC, value != 0);
	case K_GROUPS:
		return groups(value);
	default:
		return the_if->ioctl(the_if, SIOCSIFMTU, (caddr_t)&ifr);
	}
}

bool
k_net_running(void)
{
	return (the_if->drvflags & IFF_DRV_RUNNING) != 0;
}

int
k_net_mtu(void)
{
	return the_if->mtu;
}

void
k_net_send(size_t len)
{
	struct mbuf *m = k_mbuf(2048);

	m->m_len = m->m_pkthdr.len = (int)len;
	(void)the_if->transmit(the_if, m);
}

unsigned
k_net_input(void)
{
	unsigned n = the_if->input;

	the_if->input = 0;
	return n;
}

bool
k_net_checked(void)
{
	return the_if->checked;
}

uint64_t
k_net_oerrors(void)
{
	return the_if->get_counter(the_if, IFCOUNTER_OERRORS);
}

uint64_t
k_net_ierrors(void)
{
	return the_if->get_counter(the_if, IFCOUNTER_IERRORS);
}

unsigned
k_net_link(unsigned *told)
{
	*told = the_if->told;
	return the_if->link == LINK_STATE_UP ? (unsigned)(the_if->baudrate / 1000000) : 0;
}
