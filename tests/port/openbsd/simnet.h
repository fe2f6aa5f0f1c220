/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simnet.h - as much of ifnet and net80211 of OpenBSD 7 as pdk80211_*.c and pdknet*.c of
 * shims/openbsd use: names and types.  An Ethernet interface's stack is simnet.c, a radio's
 * simwifi.c, which notes every call in `said`.
 */
#ifndef SIMNET_H
#define SIMNET_H

#include "simkern.h"

/* ---- sys/mbuf.h, net/if.h, net/if_media.h, netinet/if_ether.h ---- */

struct mbuf_list { struct mbuf *ml_head, *ml_tail; unsigned ml_len; };
#define ml_init(l)	((void)memset(l, 0, sizeof(*(l))))
#define ml_len(l)	((l)->ml_len)
#define ml_empty(l)	((l)->ml_len == 0)
struct mbuf_queue { struct mbuf_list mq_list; };
void	k_put(struct mbuf_list *, struct mbuf *);
struct mbuf *k_get(struct mbuf_list *);
void	k_purge(struct mbuf_list *);	/* free what is in it */
#define mq_dequeue(q)	k_get(&(q)->mq_list)
#define mq_enqueue(q, m) k_put(&(q)->mq_list, m)
#define ml_enqueue(l, m) k_put(l, m)

struct ifqueue { struct mbuf_list ifq_list; int ifq_oactive; };
#define ifq_dequeue(q)		k_get(&(q)->ifq_list)
#define ifq_set_oactive(q)	((void)((q)->ifq_oactive = 1))
#define ifq_clr_oactive(q)	((void)((q)->ifq_oactive = 0))

#define IFNAMSIZ	16
#define IFF_UP		0x1
#define IFF_BROADCAST	0x2
#define IFF_DEBUG	0x4
#define IFF_RUNNING	0x40
#define IFF_SIMPLEX	0x800
#define IFF_MULTICAST	0x8000
#define SIOCSIFADDR	1
#define SIOCSIFFLAGS	2
#define SIOCS80211POWER	3
#define SIOCSIFMTU	4
#define SIOCADDMULTI	5
#define SIOCGIFMEDIA	6
#define SIOCSIFMEDIA	7
#define IFF_PROMISC	0x100
#define IFF_ALLMULTI	0x200
#define IFCAP_VLAN_MTU	0x10
#define IF_Mbps(n)	((n) * UINT64_C(1000000))
#define LINK_STATE_HALF_DUPLEX	5
#define LINK_STATE_FULL_DUPLEX	6
struct ifreq;
struct ifmediareq { uint64_t ifm_status, ifm_active; };
struct ifnet {
	void		*if_softc;
	char		 if_xname[IFNAMSIZ];
	unsigned short	 if_flags;
	short		 if_timer;
	uint64_t	 if_oerrors, if_ierrors, if_iqdrops, if_collisions, if_baudrate;
	unsigned	 if_mtu, if_hardmtu, if_capabilities;
	int		 if_link_state;
	int		(*if_ioctl)(struct ifnet *, u_long, caddr_t);
	void		(*if_start)(struct ifnet *);
	void		(*if_watchdog)(struct ifnet *);
	struct ifqueue	 if_snd;
};
extern struct ifnet *k_if;		/* simnet.c: the one that there is */
extern unsigned	 k_inputs, k_csum;	/* calls of if_input(); the last frame's checksum flags */
void	if_attach(struct ifnet *);
void	if_detach(struct ifnet *);
void	if_input(struct ifnet *, struct mbuf_list *);
struct ifmedia_entry { uint64_t ifm_media; };
struct ifmedia { struct ifmedia_entry *ifm_cur; uint64_t ifm_media; };
#define IFM_AUTO	0
#define IFM_10_T	3
#define IFM_100_TX	6
#define IFM_1000_T	16
#define IFM_10G_T	22
#define IFM_ETHER	0x100
#define IFM_FDX		0x10000
#define IFM_HDX		0x20000
#define IFM_AVALID	1
#define IFM_ACTIVE	2
#define IFM_INST_ANY	(~0u)
#define ifmedia_init(m, mask, a, b)	((void)(a), (void)(b), (void)(m))
#define ifmedia_add(m, w, d, p)		((void)(m))
#define ifmedia_set(m, w)		((m)->ifm_media = (w))
#define ifmedia_delete_instance(m, i)	((void)(m))
#define ifmedia_ioctl(ifp, r, m, cmd)	((void)(r), (void)(m), 0)
#define IFM_SUBTYPE(m)	((m) & 0xff)
#define LINK_STATE_DOWN	2
#define ETHER_HDR_LEN	14
#define ETHER_ADDR_LEN	6
struct ether_multi { uint8_t enm_addrlo[6]; };
struct ether_multistep { int i; };
struct arpcom {
	struct ifnet	 ac_if;
	uint8_t		 ac_enaddr[6];
	int		 ac_multirangecnt, ac_multicnt;
	struct ether_multi k_multi[4];
};
#define ETHER_FIRST_MULTI(step, ac, enm) \
	((step).i = (ac)->ac_multicnt, (enm) = (step).i > 0 ? (ac)->k_multi : NULL)
#define ETHER_NEXT_MULTI(step, enm)	((enm) = --(step).i > 0 ? (enm) + 1 : NULL)
int	ether_ioctl(struct ifnet *, struct arpcom *, u_long, caddr_t);
void	ether_ifattach(struct ifnet *);
#define ether_ifdetach(ifp)	((void)(ifp))
void	if_link_state_change(struct ifnet *);
struct ether_header { uint8_t ether_dhost[6], ether_shost[6]; uint16_t ether_type; };
char	*ether_sprintf(const uint8_t *);

/* ---- net80211/ieee80211.h ---- */

struct ieee80211_frame { uint8_t i_fc[2], i_dur[2], i_addr1[6], i_addr2[6], i_addr3[6], i_seq[2]; };
struct ieee80211_frame_min { uint8_t i_fc[2], i_dur[2], i_addr1[6], i_addr2[6]; };
#define IEEE80211_FC0_TYPE_MASK		0x0c
#define IEEE80211_FC0_TYPE_DATA		0x08
#define IEEE80211_FC0_SUBTYPE_PROBE_REQ	0x40
#define IEEE80211_FC0_SUBTYPE_ACTION	0xd0
#define IEEE80211_FC1_PROTECTED		0x40
#define IEEE80211_QOS_TID		0x0f
#define IEEE80211_WEP_EXTIV		0x20
#define IEEE80211_CCMP_HDRLEN		8
#define IEEE80211_CCMP_MICLEN		8
#define IEEE80211_IS_MULTICAST(a)	((a)[0] & 1)
#define IEEE80211_REASON_UNSPECIFIED	1
#define IEEE80211_STATUS_UNSPECIFIED	1
#define IEEE80211_HTCAP_CBW20_40	0x0002
#define IEEE80211_HTOP0_SCO_MASK	3
#define IEEE80211_HTOP0_SCO_SCA		1
#define IEEE80211_HTOP0_SCO_SCB		3
#define IEEE80211_HTOP1_PROT_MASK	3
#define IEEE80211_HTOP1_PROT_SHIFT	0
#define ieee80211_has_qos(wh)	(((wh)->i_fc[0] & 0x8c) == 0x88)
#define ieee80211_has_seq(wh)	(((wh)->i_fc[0] & 0x0c) != 0x04)
#define ieee80211_get_qos(wh)	(((const uint8_t *)(wh))[24])
#define ieee80211_get_hdrlen(wh) (ieee80211_has_qos(wh) ? 26u : 24u)

/* ---- the rest of net80211 ---- */

enum ieee80211_state { IEEE80211_S_INIT, IEEE80211_S_SCAN, IEEE80211_S_AUTH, IEEE80211_S_ASSOC,
	IEEE80211_S_RUN };
enum { IEEE80211_MODE_AUTO, IEEE80211_MODE_11A, IEEE80211_MODE_11B, IEEE80211_MODE_11G,
	IEEE80211_MODE_11N, IEEE80211_MODE_MAX };
enum { EDCA_AC_BE, EDCA_AC_BK, EDCA_AC_VI, EDCA_AC_VO, EDCA_NUM_AC };
enum { IEEE80211_T_OFDM, IEEE80211_M_STA };
enum ieee80211_cipher { IEEE80211_CIPHER_NONE = 0, IEEE80211_CIPHER_CCMP = 8 };
struct ieee80211_channel { uint16_t ic_freq, ic_flags; };
#define IEEE80211_CHAN_ANYC		((struct ieee80211_channel *)NULL)
#define IEEE80211_CHAN_CCK		0x0020
#define IEEE80211_CHAN_OFDM		0x0040
#define IEEE80211_CHAN_2GHZ		0x0080
#define IEEE80211_CHAN_A		0x0140
#define IEEE80211_CHAN_PASSIVE		0x0200
#define IEEE80211_CHAN_DYN		0x0400
#define IEEE80211_CHAN_HT		0x2000
#define IEEE80211_CHAN_40MHZ		0x8000
#define IEEE80211_CHAN_40MHZ_ALLOWED(c)	(((c)->ic_flags & IEEE80211_CHAN_40MHZ) != 0)
#define IEEE80211_RATE_BASIC		0x80
#define IEEE80211_RATE_VAL		0x7f
struct ieee80211_rateset { uint8_t rs_nrates, rs_rates[15]; };
extern const struct ieee80211_rateset ieee80211_std_rateset_11a, ieee80211_std_rateset_11b,
	    ieee80211_std_rateset_11g;
struct ieee80211_edca_ac_params { uint8_t ac_ecwmin, ac_ecwmax, ac_aifsn; uint16_t ac_txoplimit;
	uint8_t ac_acm; };
struct ieee80211_key {
	uint8_t		k_id;
	enum ieee80211_cipher k_cipher;
	unsigned	k_flags, k_len;
	uint64_t	k_rsc[16], k_tsc;
	uint8_t		k_key[32];
};
#define IEEE80211_KEY_GROUP	1
#define IEEE80211_KEY_IGTK	4
struct ieee80211_rxinfo { uint32_t rxi_flags, rxi_tstamp; int rxi_rssi; uint8_t rxi_chan; };
#define IEEE80211_RXI_HWDEC		1
#define IEEE80211_RXI_AMPDU_DONE	2
#define IEEE80211_BA_INIT		0
#define IEEE80211_BA_REQUESTED		1
#define IEEE80211_BA_AGREED		2
#define IEEE80211_BA_MAX_WINSZ		64
struct ieee80211_ba { int ba_state, ba_timeout_val; uint16_t ba_winstart, ba_winsize; };
#define ieee80211_rx_ba	ieee80211_ba
#define ieee80211_tx_ba	ieee80211_ba

struct ieee80211com;
struct ieee80211_node {
	int		 ni_refcnt, ni_txrate, ni_txmcs, ni_port_valid;
	uint8_t		 ni_bssid[6], ni_esslen, ni_essid[32], ni_tstamp[8], ni_dtimperiod;
	uint16_t	 ni_intval, ni_associd, ni_capinfo, ni_htcaps, ni_htop1;
	uint8_t		 ni_htop0, ni_ampdu_param, ni_rxmcs[10];
	uint32_t	 ni_flags;
	struct ieee80211_rateset ni_rates;
	struct ieee80211_channel *ni_chan;
	struct ieee80211_key ni_pairwise_key;
	struct ieee80211_ba ni_rx_ba[16], ni_tx_ba[16];
	void		(*ni_unref_cb)(struct ieee80211com *, struct ieee80211_node *);
};
#define IEEE80211_NODE_QOS	0x0002
#define IEEE80211_NODE_HT	0x0400
struct ieee80211_ess { int esslen; uint8_t essid[32]; TAILQ_ENTRY(ieee80211_ess) ess_next; };

struct ieee80211com {
	struct ifnet	 ic_if;			/* first */
	int		(*ic_newstate)(struct ieee80211com *, enum ieee80211_state, int);
	void		(*ic_recv_mgmt)(struct ieee80211com *, struct mbuf *,
			    struct ieee80211_node *, struct ieee80211_rxinfo *, int);
	void		(*ic_updateslot)(struct ieee80211com *);
	void		(*ic_updateedca)(struct ieee80211com *);
	void		(*ic_updateprot)(struct ieee80211com *);
	void		(*ic_updatechan)(struct ieee80211com *);
	void		(*ic_updatedtim)(struct ieee80211com *);
	int		(*ic_bgscan_start)(struct ieee80211com *);
	int		(*ic_set_key)(struct ieee80211com *, struct ieee80211_node *,
			    struct ieee80211_key *);
	void		(*ic_delete_key)(struct ieee80211com *, struct ieee80211_node *,
			    struct ieee80211_key *);
	int		(*ic_ampdu_rx_start)(struct ieee80211com *, struct ieee80211_node *, u_int8_t);
	void		(*ic_ampdu_rx_stop)(struct ieee80211com *, struct ieee80211_node *, u_int8_t);
	int		(*ic_ampdu_tx_start)(struct ieee80211com *, struct ieee80211_node *, u_int8_t);
	void		(*ic_ampdu_tx_stop)(struct ieee80211com *, struct ieee80211_node *, u_int8_t);
	enum ieee80211_state ic_state;
	struct ieee80211_node *ic_bss;
	struct mbuf_queue ic_mgtq;
	struct ifmedia	 ic_media;
	uint32_t	 ic_flags, ic_xflags, ic_caps, ic_modecaps;
	int		 ic_curmode, ic_phytype, ic_opmode, ic_fixed_rate, ic_fixed_mcs, ic_mgt_timer;
	int		 ic_des_esslen;
	uint8_t		 ic_des_essid[32], ic_myaddr[6], ic_max_rssi, ic_ampdu_params, ic_sup_mcs[10];
	uint16_t	 ic_htcaps;
	TAILQ_HEAD(, ieee80211_ess) ic_ess;
	struct ieee80211_channel ic_channels[256], *ic_ibss_chan;
	struct ieee80211_rateset ic_sup_rates[IEEE80211_MODE_MAX];
	struct ieee80211_edca_ac_params ic_edca_ac[EDCA_NUM_AC];
	struct ieee80211_key ic_nw_keys[6];
	struct { unsigned is_ccmp_dec_errs, is_ccmp_replays; } ic_stats;
};
#define ic_softc	ic_if.if_softc
#define IEEE80211_F_SHSLOT	0x00020000
#define IEEE80211_F_SHPREAMBLE	0x00040000
#define IEEE80211_F_QOS		0x00080000
#define IEEE80211_F_USEPROT	0x00100000
#define IEEE80211_F_RSNON	0x00200000
#define IEEE80211_F_HTON	0x02000000
#define IEEE80211_F_PMGTON	0x00000400
#define IEEE80211_F_BGSCAN	0x08000000
#define IEEE80211_F_TX_MGMT_ONLY	1
#define IEEE80211_C_WEP		0x01
#define IEEE80211_C_PMGT	0x04
#define IEEE80211_C_SHSLOT	0x80
#define IEEE80211_C_SHPREAMBLE	0x100
#define IEEE80211_C_SCANALL	0x400
#define IEEE80211_C_QOS		0x800
#define IEEE80211_C_RSN		0x1000
#define IEEE80211_C_SCANALLBAND	0x8000
#define IEEE80211_C_TX_AMPDU	0x10000

struct ieee80211_radiotap_header { uint8_t it_version, it_pad; uint16_t it_len;
	uint32_t it_present; } __attribute__((__packed__));
#define __packed		__attribute__((__packed__))
struct ieee80211_amrr { unsigned amrr_min_success_threshold, amrr_max_success_threshold; };
struct ieee80211_amrr_node { int amn_txcnt, amn_retrycnt; };
#define ieee80211_amrr_node_init(a, n)		((void)memset(n, 0, sizeof(*(n))))
#define ieee80211_amrr_choose(a, ni, n)		((void)((ni)->ni_txrate = 0))
#define ieee80211_chan2ieee(ic, c)		((unsigned)((c) - (ic)->ic_channels))
#define ieee80211_node_supports_ht_chan40(ni)	(((ni)->ni_htcaps & 2) != 0)
#define ieee80211_up_to_ac(ic, tid)		((tid) & 3)
#define ieee80211_new_state(ic, s, arg)		((ic)->ic_newstate(ic, s, arg))
#define ieee80211_setmode(ic, m)		((ic)->ic_curmode = (m))
#define ieee80211_set_link_state(ic, s)		((void)(s))
#define ieee80211_node_cleanup(ic, ni)		((void)(ni))
#define ieee80211_watchdog(ifp)			((void)(ifp))
#define ieee80211_media_change(ifp)		((void)(ifp), 0)
#define ieee80211_media_init(ifp, a, b)		((void)(a), (void)(ifp))
#define ieee80211_add_htcaps(p, ic)		(memset(p, 45, 28), (p) + 28)
#define ieee80211_find_rxnode(ic, wh)		((void)(wh), ieee80211_ref_node((ic)->ic_bss))
#define ieee80211_ref_node(ni)			((ni)->ni_refcnt++, (ni))
#define ieee80211_get_txkey(ic, wh, ni)		((void)(wh), &(ni)->ni_pairwise_key)
#define IEEE80211_SEND_MGMT(ic, ni, type, arg)	k_send_mgmt(ic, ni, type)
void	ieee80211_release_node(struct ieee80211com *, struct ieee80211_node *);
void	ieee80211_ifattach(struct ifnet *);
void	ieee80211_ifdetach(struct ifnet *);
void	ieee80211_begin_scan(struct ifnet *);
void	ieee80211_end_scan(struct ifnet *);
int	ieee80211_ioctl(struct ifnet *, u_long, caddr_t);
struct mbuf *ieee80211_encap(struct ifnet *, struct mbuf *, struct ieee80211_node **);
struct mbuf *ieee80211_encrypt(struct ieee80211com *, struct mbuf *, struct ieee80211_key *);
void	ieee80211_inputm(struct ifnet *, struct mbuf *, struct ieee80211_node *,
	    struct ieee80211_rxinfo *, struct mbuf_list *);
int	ieee80211_set_key(struct ieee80211com *, struct ieee80211_node *, struct ieee80211_key *);
void	ieee80211_delete_key(struct ieee80211com *, struct ieee80211_node *,
	    struct ieee80211_key *);
int	ieee80211_addba_request(struct ieee80211com *, struct ieee80211_node *, u_int16_t, u_int8_t);
void	ieee80211_delba_request(struct ieee80211com *, struct ieee80211_node *, u_int16_t, u_int8_t,
	    u_int8_t);
void	ieee80211_addba_req_accept(struct ieee80211com *, struct ieee80211_node *, uint8_t);
void	ieee80211_addba_req_refuse(struct ieee80211com *, struct ieee80211_node *, uint8_t);
void	ieee80211_addba_resp_accept(struct ieee80211com *, struct ieee80211_node *, uint8_t);
void	ieee80211_addba_resp_refuse(struct ieee80211com *, struct ieee80211_node *, uint8_t,
	    uint16_t);
void	k_send_mgmt(struct ieee80211com *, struct ieee80211_node *, int type);

/* ---- simwifi.c: what a test sees and sets ---- */

extern struct ieee80211com *ic;
extern struct ieee80211_node bss;	/* the network that there is */
extern int protect, join_next;		/* it wants encryption; the next scan finds it */
struct mbuf *k_frame(uint8_t fc0, uint8_t fc1, int len);

#endif /* SIMNET_H */
