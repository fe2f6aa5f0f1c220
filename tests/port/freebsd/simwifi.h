/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simwifi.h - as much of FreeBSD's net80211 as shims/vap uses: names and types.  simwifi.c
 * says of every call what it is, by say() of tap.h.
 */
#ifndef SIMWIFI_H
#define SIMWIFI_H

#include "simnet.h"

#define IFNAMSIZ		16
#define IEEE80211_ADDR_LEN	6

/* ---- net80211/ieee80211.h ---- */

struct ieee80211_frame { uint8_t i_fc[2], i_dur[2], i_addr1[6], i_addr2[6], i_addr3[6], i_seq[2]; };
struct ieee80211_frame_min { uint8_t i_fc[2], i_dur[2], i_addr1[6], i_addr2[6]; };
#define IEEE80211_FC0_TYPE_MASK		0x0c
#define IEEE80211_FC0_TYPE_MGT		0x00
#define IEEE80211_FC0_TYPE_DATA		0x08
#define IEEE80211_FC0_SUBTYPE_MASK	0xf0
#define IEEE80211_FC0_SUBTYPE_BEACON	0x80
#define IEEE80211_FC0_SUBTYPE_AUTH	0xb0
#define IEEE80211_FC1_PROTECTED		0x40
#define IEEE80211_WEP_IVLEN		3
#define IEEE80211_WEP_KIDLEN		1
#define IEEE80211_WEP_NKID		4
#define IEEE80211_IS_MULTICAST(a)	((a)[0] & 1)
#define IEEE80211_QOS_HAS_SEQ(wh)	(((wh)->i_fc[0] & 0x8c) == 0x88)
#define ieee80211_gettid(wh)		(((const uint8_t *)(wh))[24] & 0xf)
#define ieee80211_anyhdrsize(p)		((((const uint8_t *)(p))[0] & 0x8c) == 0x88 ? 26 : 24)
#define IEEE80211_AID(b)		((b) & ~0xc000)
#define IEEE80211_HTINFO_OPMODE		0x03
#define IEEE80211_BAPS_TID		0x003c
#define IEEE80211_BAPS_TID_S		2
#define IEEE80211_BASEQ_START		0xfff0
#define IEEE80211_BASEQ_START_S		4
#define IEEE80211_REASON_UNSPECIFIED	1
#define IEEE80211_ACTION_CAT_BA		3
#define IEEE80211_ACTION_BA_DELBA	2
#define IEEE80211_RATE_BASIC		0x80
#define IEEE80211_RATE_VAL		0x7f
#define IEEE80211_RATE_MCS		0x80
#define IEEE80211_SCAN_FAIL_TIMEOUT	1

struct wmeParams { uint8_t wmep_acm, wmep_aifsn, wmep_logcwmin, wmep_logcwmax;
	uint16_t wmep_txopLimit; };
struct chanAccParams { struct wmeParams cap_wmeParams[4]; };

/* ---- the rest ---- */

enum ieee80211_state { IEEE80211_S_INIT, IEEE80211_S_SCAN, IEEE80211_S_AUTH, IEEE80211_S_ASSOC,
	IEEE80211_S_CAC, IEEE80211_S_RUN, IEEE80211_S_CSA, IEEE80211_S_SLEEP };
extern const char *const ieee80211_state_name[];
enum ieee80211_opmode { IEEE80211_M_IBSS, IEEE80211_M_STA };
enum { IEEE80211_T_OFDM = 2 };
struct ieee80211_channel { uint32_t ic_flags; uint16_t ic_freq; uint8_t ic_ieee, ic_extieee; };
#define IEEE80211_CHAN_MAX	32
#define IEEE80211_CHAN_ANYC	((struct ieee80211_channel *)NULL)
#define IEEE80211_CHAN_B	0x00a0
#define IEEE80211_CHAN_G	0x00c0
#define IEEE80211_CHAN_A	0x0140
#define IEEE80211_CHAN_2GHZ	0x0080
#define IEEE80211_CHAN_5GHZ	0x0100
#define IEEE80211_CHAN_PASSIVE	0x0200
#define IEEE80211_CHAN_HT20	0x10000
#define IEEE80211_CHAN_HT40U	0x20000
#define IEEE80211_CHAN_HT40D	0x40000
#define IEEE80211_CHAN_DFS	0x80000
#define IEEE80211_IS_CHAN_HT40(c)	(((c)->ic_flags & 0x60000) != 0)
#define IEEE80211_IS_CHAN_HT40U(c)	(((c)->ic_flags & IEEE80211_CHAN_HT40U) != 0)
#define IEEE80211_IS_CHAN_HT40D(c)	(((c)->ic_flags & IEEE80211_CHAN_HT40D) != 0)
#define IEEE80211_IS_CHAN_PASSIVE(c)	(((c)->ic_flags & IEEE80211_CHAN_PASSIVE) != 0)
#define IEEE80211_IS_CHAN_DFS(c)	(((c)->ic_flags & IEEE80211_CHAN_DFS) != 0)
#define ieee80211_ieee2mhz(n, flags)	((void)(flags), (uint16_t)(2407 + 5 * (n)))

#define IEEE80211_F_SHSLOT	0x0002
#define IEEE80211_F_SHPREAMBLE	0x0004
#define IEEE80211_F_USEPROT	0x0008
#define IEEE80211_F_PMGTON	0x0010
#define IEEE80211_FEXT_SCAN_OFFLOAD	0x1
#define IEEE80211_FEXT_SEQNO_OFFLOAD	0x2
#define IEEE80211_C_STA		0x001
#define IEEE80211_C_WPA		0x002
#define IEEE80211_C_WME		0x004
#define IEEE80211_C_PMGT	0x008
#define IEEE80211_C_SHSLOT	0x010
#define IEEE80211_C_SHPREAMBLE	0x020
#define IEEE80211_C_BGSCAN	0x040
#define IEEE80211_HTC_HT	0x40000
#define IEEE80211_HTC_AMPDU	0x10000
#define IEEE80211_CRYPTO_AES_CCM	8
enum { IEEE80211_CIPHER_NONE, IEEE80211_CIPHER_AES_CCM = 3 };

struct ieee80211_key;
struct ieee80211_cipher { unsigned ic_cipher; int (*ic_setkey)(struct ieee80211_key *); };
struct ieee80211_key {
	bool		 k_schedule;		/* software can work with it */
	uint8_t		 wk_keylen, wk_key[32];
	uint16_t	 wk_flags, wk_keyix;
	uint64_t	 wk_keyrsc[17], wk_keytsc;
	const struct ieee80211_cipher *wk_cipher;
};
#define IEEE80211_NONQOS_TID	16
#define IEEE80211_KEY_SWENCRYPT	0x10
#define IEEE80211_KEY_SWDECRYPT	0x40
#define IEEE80211_KEY_UNDEFINED(k)	((k)->wk_cipher->ic_cipher == IEEE80211_CIPHER_NONE)

struct ieee80211_rateset { uint8_t rs_nrates, rs_rates[16]; };
struct ieee80211_htrateset { uint8_t rs_nrates, rs_rates[77]; };
struct ieee80211_tx_ampdu { uint8_t txa_tid; uint16_t txa_start, txa_wnd; int state; };
struct ieee80211_rx_ampdu { uint16_t rxa_wnd; int running; };
#define IEEE80211_AMPDU_RUNNING(tap)	((tap)->state == 2)

struct ieee80211vap;
struct ieee80211com;
struct ieee80211_node {
	struct ieee80211vap *ni_vap;
	struct ieee80211com *ni_ic;
	int		 refs;
	uint8_t		 ni_bssid[6], ni_esslen, ni_essid[32];
	uint8_t		 ni_dtim_period, ni_htparam, ni_htopmode;
	uint16_t	 ni_intval, ni_associd, ni_capinfo, ni_htcap;
	uint32_t	 ni_flags;
	struct ieee80211_channel *ni_chan;
	struct ieee80211_rateset ni_rates;
	struct ieee80211_htrateset ni_htrates;
	union { uint8_t data[8]; } ni_tstamp;
	struct ieee80211_key ni_ucastkey;
	struct ieee80211_tx_ampdu ni_tx_ampdu[8];
	struct ieee80211_rx_ampdu ni_rx_ampdu[8];
	uint8_t		 ni_txrate;
};
#define IEEE80211_NODE_QOS	0x2
#define IEEE80211_NODE_HT	0x80
#define le64dec(p)		((uint64_t)((const uint8_t *)(p))[0])

struct ieee80211_appie { uint16_t ie_len; uint8_t ie_data[]; };
#define IEEE80211_MAX_APPIE	512
struct ieee80211vap {
	TAILQ_ENTRY(ieee80211vap) iv_next;
	struct ieee80211com *iv_ic;
	struct ifnet	*iv_ifp;
	struct ieee80211_node *iv_bss;
	enum ieee80211_state iv_state;
	uint32_t	 iv_flags;
	uint8_t		 iv_ampdu_rxmax, iv_ampdu_density;
	struct ieee80211_key iv_nw_keys[4];
	struct ieee80211_appie *iv_appie_probereq;
	int		(*iv_newstate)(struct ieee80211vap *, enum ieee80211_state, int);
	int		(*iv_key_set)(struct ieee80211vap *, const struct ieee80211_key *);
	int		(*iv_key_delete)(struct ieee80211vap *, const struct ieee80211_key *);
};

struct ieee80211_ssid { int len; uint8_t ssid[32]; };
struct ieee80211_scan_state {
	struct ieee80211vap *ss_vap;
	int		 ss_nssid;
	unsigned	 ss_last, ss_flags;
	struct ieee80211_ssid ss_ssid[4];
	struct ieee80211_channel *ss_chans[4];
};
#define IEEE80211_SCAN_ACTIVE	2
struct ieee80211_bpf_params;

struct ieee80211com {
	void		*ic_softc;
	const char	*ic_name;
	struct mtx	 ic_comlock;
	TAILQ_HEAD(, ieee80211vap) ic_vaps;
	struct taskqueue *ic_tq;
	int		 ic_nrunning, ic_nchans, ic_phytype, ic_opmode;
	uint32_t	 ic_caps, ic_flags_ext, ic_htcaps, ic_cryptocaps;
	uint8_t		 ic_rxstream, ic_txstream, ic_macaddr[6];
	struct ieee80211_channel ic_channels[IEEE80211_CHAN_MAX], *ic_curchan;
	struct ieee80211_scan_state *ic_scan;
	struct { int (*wme_update)(struct ieee80211com *); } ic_wme;
	struct ieee80211vap *(*ic_vap_create)(struct ieee80211com *, const char [IFNAMSIZ], int,
			    enum ieee80211_opmode, int, const uint8_t [IEEE80211_ADDR_LEN],
			    const uint8_t [IEEE80211_ADDR_LEN]);
	void		(*ic_vap_delete)(struct ieee80211vap *);
	void		(*ic_parent)(struct ieee80211com *);
	int		(*ic_transmit)(struct ieee80211com *, struct mbuf *);
	int		(*ic_raw_xmit)(struct ieee80211_node *, struct mbuf *,
			    const struct ieee80211_bpf_params *);
	void		(*ic_getradiocaps)(struct ieee80211com *, int, int *,
			    struct ieee80211_channel []);
	void		(*ic_scan_start)(struct ieee80211com *);
	void		(*ic_scan_end)(struct ieee80211com *);
	void		(*ic_scan_curchan)(struct ieee80211_scan_state *, unsigned long);
	void		(*ic_scan_mindwell)(struct ieee80211_scan_state *);
	void		(*ic_set_channel)(struct ieee80211com *);
	void		(*ic_update_mcast)(struct ieee80211com *);
	void		(*ic_update_promisc)(struct ieee80211com *);
	void		(*ic_updateslot)(struct ieee80211com *);
	void		(*ic_update_chw)(struct ieee80211com *);
	int		(*ic_send_action)(struct ieee80211_node *, int, int, void *);
	int		(*ic_ampdu_rx_start)(struct ieee80211_node *,
			    struct ieee80211_rx_ampdu *, int, int, int);
	void		(*ic_ampdu_rx_stop)(struct ieee80211_node *, struct ieee80211_rx_ampdu *);
	int		(*ic_ampdu_enable)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
	int		(*ic_addba_request)(struct ieee80211_node *,
			    struct ieee80211_tx_ampdu *, int, int, int);
	int		(*ic_addba_response)(struct ieee80211_node *,
			    struct ieee80211_tx_ampdu *, int, int, int);
	void		(*ic_addba_stop)(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
	void		(*ic_addba_response_timeout)(struct ieee80211_node *,
			    struct ieee80211_tx_ampdu *);
};
#define IEEE80211_LOCK(ic)	mtx_lock(&(ic)->ic_comlock)
#define IEEE80211_UNLOCK(ic)	mtx_unlock(&(ic)->ic_comlock)
#define ieee80211_runtask(ic, t)	taskqueue_enqueue((ic)->ic_tq, t)
#define ieee80211_draintask(ic, t)	taskqueue_drain((ic)->ic_tq, t)

#define M_EAPOL			0x100
#define M_WME_GETAC(m)		((void)(m), 0)

void	ieee80211_ifattach(struct ieee80211com *);
void	ieee80211_ifdetach(struct ieee80211com *);
#define ieee80211_announce(ic)	((void)(ic))
int	ieee80211_vap_setup(struct ieee80211com *, struct ieee80211vap *, const char *, int,
	    enum ieee80211_opmode, int, const uint8_t *);
int	ieee80211_vap_attach(struct ieee80211vap *, int (*)(if_t),
	    void (*)(if_t, struct ifmediareq *), const uint8_t *);
void	ieee80211_vap_detach(struct ieee80211vap *);
int	ieee80211_media_change(if_t);
void	ieee80211_media_status(if_t, struct ifmediareq *);
int	ieee80211_new_state(struct ieee80211vap *, enum ieee80211_state, int);
void	ieee80211_start_all(struct ieee80211com *);
void	ieee80211_stop_all(struct ieee80211com *);
void	ieee80211_suspend_all(struct ieee80211com *);
void	ieee80211_resume_all(struct ieee80211com *);
void	ieee80211_notify_radio(struct ieee80211com *, int);
void	ieee80211_scan_done(struct ieee80211vap *);
void	ieee80211_beacon_miss(struct ieee80211com *);
struct ieee80211_node *ieee80211_ref_node(struct ieee80211_node *);
void	ieee80211_free_node(struct ieee80211_node *);
struct ieee80211_node *ieee80211_find_rxnode(struct ieee80211com *,
	    const struct ieee80211_frame_min *);
void	ieee80211_tx_complete(struct ieee80211_node *, struct mbuf *, int);
struct ieee80211_key *ieee80211_crypto_get_txkey(struct ieee80211_node *, struct mbuf *);
struct ieee80211_key *ieee80211_crypto_encap(struct ieee80211_node *, struct mbuf *);
int	ieee80211_crypto_setkey(struct ieee80211vap *, struct ieee80211_key *);
extern const struct ieee80211_cipher k_ccmp;
int	ieee80211_ampdu_request(struct ieee80211_node *, struct ieee80211_tx_ampdu *);
void	ieee80211_ampdu_stop(struct ieee80211_node *, struct ieee80211_tx_ampdu *, int);
uint8_t	*ieee80211_add_htcap_ch(uint8_t *, struct ieee80211vap *, struct ieee80211_channel *);
void	ieee80211_wme_ic_getparams(struct ieee80211com *, struct chanAccParams *);

/* ---- radiotap, rate control, reception ---- */

struct ieee80211_radiotap_header { uint8_t it_version, it_pad; uint16_t it_len;
	uint32_t it_present; } __packed;
enum { IEEE80211_RADIOTAP_TSFT, IEEE80211_RADIOTAP_FLAGS, IEEE80211_RADIOTAP_RATE,
	IEEE80211_RADIOTAP_CHANNEL, IEEE80211_RADIOTAP_DBM_ANTSIGNAL = 5,
	IEEE80211_RADIOTAP_DBM_ANTNOISE };
#define IEEE80211_RADIOTAP_F_SHORTPRE	2
#define ieee80211_radiotap_attach(ic, tx, n, tp, rx, m, rp)	((void)(ic), (void)(tx), (void)(rx))
#define ieee80211_radiotap_active_vap(vap)	((vap)->iv_ic != NULL)
void	ieee80211_radiotap_tx(struct ieee80211vap *, struct mbuf *);

struct ieee80211_ratectl_tx_status { int flags, status, pktlen, long_retries; };
#define IEEE80211_RATECTL_STATUS_PKTLEN		1
#define IEEE80211_RATECTL_STATUS_LONG_RETRY	2
#define IEEE80211_RATECTL_TX_SUCCESS		0
#define IEEE80211_RATECTL_TX_FAIL_LONG		2
void	ieee80211_ratectl_init(struct ieee80211vap *);
void	ieee80211_ratectl_deinit(struct ieee80211vap *);
void	ieee80211_ratectl_tx_complete(const struct ieee80211_node *,
	    const struct ieee80211_ratectl_tx_status *);
#if __FreeBSD_version >= 1500000
#define IEEE80211_NODE_TXRATE_INIT_LEGACY(r)	(r)
void	ieee80211_ratectl_rate(struct ieee80211_node *, void *, uint32_t);
uint8_t	ieee80211_node_get_txrate_dot11rate(struct ieee80211_node *);
void	ieee80211_node_set_txrate_dot11rate(struct ieee80211_node *, uint8_t);
#else
int	ieee80211_ratectl_rate(struct ieee80211_node *, void *, uint32_t);
#endif

struct ieee80211_rx_stats {
	uint32_t	 r_flags, c_pktflags;
	uint64_t	 c_rx_tsf;
	uint16_t	 c_freq;
	uint8_t		 c_ieee, c_rssi, c_nf, c_rate;
	int		 c_width;
};
#define IEEE80211_R_NF		0x01
#define IEEE80211_R_RSSI	0x02
#define IEEE80211_R_FREQ	0x08
#define IEEE80211_R_IEEE	0x10
#define IEEE80211_R_TSF64	0x20
#define IEEE80211_RX_FW_20MHZ	20
#define IEEE80211_RX_FW_40MHZ	40
#define IEEE80211_RX_F_HT	0x01
#define IEEE80211_RX_F_DECRYPTED	0x02
int	ieee80211_add_rx_params(struct mbuf *, const struct ieee80211_rx_stats *);
int	ieee80211_input_mimo(struct ieee80211_node *, struct mbuf *);
int	ieee80211_input_mimo_all(struct ieee80211com *, struct mbuf *);

/* ---- what a test sets and looks at ---- */

extern struct ieee80211com *ic;
extern struct ieee80211vap *vap;		/* or NULL */
extern struct ieee80211_node bss;		/* the access point */
extern struct ieee80211_rx_stats rx_stats;	/* of the frame that came up last */
extern bool	 join_next;			/* a scan finds the access point */
struct mbuf *k_frame(uint8_t fc0, uint8_t fc1, int len);
void	k_set_up(int up);			/* the radio, as its interfaces are */

#endif /* SIMWIFI_H */
