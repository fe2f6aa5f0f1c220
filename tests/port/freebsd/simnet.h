/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simnet.h - as much of FreeBSD's ifnet as shims/freebsd/pdknet_if.c and shims/newbus/pdknet.c use:
 * see simkern.h.
 */
#ifndef SIMNET_H
#define SIMNET_H

#include "simkern.h"

typedef struct ifnet *if_t;
struct sockaddr_dl { uint8_t addr[6]; };
#define LLADDR(sdl)	((sdl)->addr)
struct ifreq { int ifr_mtu, ifr_reqcap; };
struct ifmediareq { int ifm_status, ifm_active; };
struct ifmedia { int ifm_media; bool there; };

#define ETHER_ADDR_LEN	6
#define ETHERMIN	46
#define IFT_ETHER	6
struct ether_vlan_header { uint8_t octets[18]; };

#define IFF_UP		0x1
#define IFF_BROADCAST	0x2
#define IFF_DRV_RUNNING	0x40
#define IFF_PROMISC	0x100
#define IFF_ALLMULTI	0x200
#define IFF_SIMPLEX	0x800
#define IFF_MULTICAST	0x8000
#define IFCAP_RXCSUM	0x1
#define IFCAP_VLAN_MTU	0x8
#define IFCAP_JUMBO_MTU	0x20
#define SIOCSIFFLAGS	1
#define SIOCADDMULTI	2
#define SIOCDELMULTI	3
#define SIOCSIFMTU	4
#define SIOCSIFCAP	5
#define SIOCSIFMEDIA	6
#define SIOCGIFMEDIA	7
#define IFM_ETHER	0x20
#define IFM_AUTO	0
#define IFM_UNKNOWN	25
#define IFM_NONE	2
#define IFM_10_T	3
#define IFM_100_TX	6
#define IFM_1000_T	16
#define IFM_2500_T	33
#define IFM_10G_T	34
#define IFM_FDX		0x00100000
#define IFM_HDX		0x00200000
#define IFM_AVALID	1
#define IFM_ACTIVE	2
#define CSUM_IP_CHECKED	0x100
#define CSUM_IP_VALID	0x200
#define CSUM_DATA_VALID	0x400
#define CSUM_PSEUDO_HDR	0x800
#define LINK_STATE_DOWN	1
#define LINK_STATE_UP	2
#define IF_Mbps(n)	((n) * 1000000ull)

typedef enum { IFCOUNTER_IPACKETS, IFCOUNTER_IERRORS, IFCOUNTER_OPACKETS, IFCOUNTER_OERRORS,
	IFCOUNTER_COLLISIONS, IFCOUNTER_OBYTES, IFCOUNTER_IQDROPS, IFCOUNTER_OQDROPS,
	IFCOUNTERS } ift_counter;

extern int ifqmaxlen;
if_t	if_alloc(unsigned char);
void	if_free(if_t);
void	if_initname(if_t, const char *, int);
int	if_setsoftc(if_t, void *);
void	*if_getsoftc(if_t);
int	if_setflags(if_t, int);
int	if_getflags(if_t);
int	if_setdrvflagbits(if_t, int, int);
void	if_setinitfn(if_t, void (*)(void *));
void	if_setioctlfn(if_t, int (*)(if_t, u_long, caddr_t));
void	if_settransmitfn(if_t, int (*)(if_t, struct mbuf *));
void	if_setqflushfn(if_t, void (*)(if_t));
void	if_setgetcounterfn(if_t, uint64_t (*)(if_t, ift_counter));
int	if_setcapabilities(if_t, int);
int	if_setcapenable(if_t, int);
int	if_getcapenable(if_t);
int	if_togglecapenable(if_t, int);
int	if_setifheaderlen(if_t, int);
int	if_getmtu(if_t);
int	if_setmtu(if_t, int);
void	if_inc_counter(if_t, ift_counter, int64_t);
uint64_t if_get_counter_default(if_t, ift_counter);
void	if_input(if_t, struct mbuf *);
void	if_qflush(if_t);
int	if_setbaudrate(if_t, uint64_t);
void	if_link_state_change(if_t, int);
typedef u_int iflladdr_cb_t(void *, struct sockaddr_dl *, u_int);
u_int	if_foreach_llmaddr(if_t, iflladdr_cb_t, void *);
void	ether_ifattach(if_t, const uint8_t *);
void	ether_ifdetach(if_t);
int	ether_ioctl(if_t, u_long, caddr_t);
#define ETHER_BPF_MTAP(ifp, m)	k_tap(ifp, m)
void	k_tap(if_t, struct mbuf *);
void	ifmedia_init(struct ifmedia *, int, int (*)(if_t), void (*)(if_t, struct ifmediareq *));
void	ifmedia_add(struct ifmedia *, int, int, void *);
void	ifmedia_set(struct ifmedia *, int);
void	ifmedia_removeall(struct ifmedia *);
int	ifmedia_ioctl(if_t, struct ifreq *, struct ifmedia *, u_long);

struct epoch_tracker { int entered; };
extern int k_epoch;
#define NET_EPOCH_ENTER(et)	((et).entered = k_epoch++)
#define NET_EPOCH_EXIT(et)	K_CHECK(--k_epoch == (et).entered)
extern int k_vnet;
#define vnet0			1
#define CURVNET_SET(v)		int saved_vnet = k_vnet; k_vnet = (v)
#define CURVNET_RESTORE()	(k_vnet = saved_vnet)

struct mbufq { struct mbuf *head, **tail; int len, max; };
void	mbufq_init(struct mbufq *, int);
int	mbufq_enqueue(struct mbufq *, struct mbuf *);
struct mbuf *mbufq_dequeue(struct mbufq *);
void	mbufq_drain(struct mbufq *);

#endif /* SIMNET_H */
