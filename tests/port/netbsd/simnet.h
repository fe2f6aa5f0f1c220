/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simnet.h - as much of ifnet(9) as shims/netbsd's pdknet*.c call, in a small kernel: simnet.c.
 */
#ifndef SIMNET_H
#define SIMNET_H

#include "simkern.h"

#define IFNAMSIZ	16
#define ETHER_ADDR_LEN	6
#define ETHERMTU	1500
#define ETHERMTU_JUMBO	9000
#define AF_LINK		18

#define IFF_UP		0x0001
#define IFF_BROADCAST	0x0002
#define IFF_RUNNING	0x0040
#define IFF_PROMISC	0x0100
#define IFF_ALLMULTI	0x0200
#define IFF_OACTIVE	0x0400
#define IFF_SIMPLEX	0x0800
#define IFF_MULTICAST	0x8000

#define IFCAP_CSUM_IPv4_Rx	0x00100
#define IFCAP_CSUM_TCPv4_Rx	0x00400
#define IFCAP_CSUM_UDPv4_Rx	0x01000
#define IFCAP_CSUM_TCPv6_Rx	0x04000
#define IFCAP_CSUM_UDPv6_Rx	0x10000
#define M_CSUM_TCPv4	0x01
#define M_CSUM_UDPv4	0x02
#define M_CSUM_TCPv6	0x04
#define M_CSUM_UDPv6	0x08
#define M_CSUM_IPv4	0x40

#define LINK_STATE_DOWN	1
#define LINK_STATE_UP	2
#define IF_Mbps(n)	((uint64_t)(n) * 1000000)

#define SIOCSIFFLAGS	1
#define SIOCSIFMTU	2
#define SIOCADDMULTI	3
#define SIOCSIFMEDIA	4
#define SIOCGIFMEDIA	5

struct ifreq { int ifr_mtu; };
struct if_percpuq;
struct ifqueue { struct mbuf *head, *tail; };
enum k_stat { if_oerrors, if_opackets, if_ierrors, if_iqdrops, if_collisions, K_NSTAT };
struct ifnet {
	void		*if_softc;
	char		 if_xname[IFNAMSIZ];
	unsigned	 if_flags;
	int		 if_mtu;
	uint64_t	 if_baudrate;
	uint64_t	 if_capabilities, if_capenable;
	struct if_percpuq *if_percpuq;
	struct ifqueue	 if_snd;
	uint64_t	 k_stat[K_NSTAT];
	int		(*if_init)(struct ifnet *);
	void		(*if_stop)(struct ifnet *, int);
	int		(*if_ioctl)(struct ifnet *, u_long, void *);
	void		(*if_start)(struct ifnet *);
};
void	if_statadd(struct ifnet *, enum k_stat, uint64_t);
#define if_statinc(ifp, what)	if_statadd(ifp, what, 1)
#define IFQ_SET_READY(q)	((void)(q))
#define IFQ_DEQUEUE(q, m)	((m) = k_dequeue(q))
struct mbuf *k_dequeue(struct ifqueue *);
int	if_initialize(struct ifnet *);
void	if_register(struct ifnet *);
void	if_detach(struct ifnet *);
struct if_percpuq *if_percpuq_create(struct ifnet *);
void	if_percpuq_enqueue(struct if_percpuq *, struct mbuf *);
void	if_link_state_change(struct ifnet *, int);
#define m_set_rcvif(m, ifp)	((void)((m)->m_pkthdr.rcvif = (ifp)))

#define BPF_D_IN	1
#define BPF_D_OUT	2
void	bpf_mtap(struct ifnet *, struct mbuf *, unsigned);

struct ifmediareq { int ifm_status, ifm_active; };
struct ifmedia { int ifm_media; unsigned k_n; };
#define IFM_INST_ANY	(-1)
#define IFM_ETHER	0x20
#define IFM_AUTO	0
#define IFM_NONE	2
#define IFM_10_T	3
#define IFM_100_TX	6
#define IFM_1000_T	16
#define IFM_10G_T	22
#define IFM_FDX		0x100000
#define IFM_AVALID	1
#define IFM_ACTIVE	2
void	ifmedia_init(struct ifmedia *, int, int (*)(struct ifnet *),
	    void (*)(struct ifnet *, struct ifmediareq *));
void	ifmedia_add(struct ifmedia *, int, int, void *);
void	ifmedia_set(struct ifmedia *, int);
void	ifmedia_fini(struct ifmedia *);
int	ifmedia_ioctl(struct ifnet *, struct ifreq *, struct ifmedia *, u_long);

struct ether_multi { uint8_t enm_addrlo[ETHER_ADDR_LEN], enm_addrhi[ETHER_ADDR_LEN]; };
struct ether_multistep { unsigned i; };
struct ethercom {
	struct ifnet	 ec_if;			/* first */
	int		 ec_capabilities;
	struct ifmedia	*ec_ifmedia;
	int		(*ec_ifflags_cb)(struct ethercom *);
	struct ether_multi k_multi[8];
	unsigned	 k_nmulti;
	bool		 k_locked;
};
#define ETHERCAP_VLAN_MTU	1
#define ETHERCAP_JUMBO_MTU	4
#define ETHER_LOCK(ec)		((void)((ec)->k_locked = true))
#define ETHER_UNLOCK(ec)	((void)((ec)->k_locked = false))
#define ETHER_FIRST_MULTI(step, ec, enm)	\
	((step).i = 0, (enm) = k_multi(ec, &(step)))
#define ETHER_NEXT_MULTI(step, enm)	((enm) = k_multi(NULL, &(step)))
struct ether_multi *k_multi(struct ethercom *, struct ether_multistep *);
void	ether_ifattach(struct ifnet *, const uint8_t *);
void	ether_ifdetach(struct ifnet *);
void	ether_set_ifflags_cb(struct ethercom *, int (*)(struct ethercom *));
int	ether_ioctl(struct ifnet *, u_long, void *);
char	*ether_sprintf(const uint8_t *);

#endif /* SIMNET_H */
