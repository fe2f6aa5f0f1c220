/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk80211.h - the boundary between a wifi driver (the core) and an 802.11 stack (the glue).
 *
 * The core is a soft-MAC radio with firmware commands.  It knows no nodes, VAPs, ifnets,
 * bpf or state machines; values cross, never the stack's pointers, except the opaque
 * cookie of a frame in transmission.
 *
 *	attach_late:	pdk80211_attach(&sc->sc_dev, &foo_80211_ops, &caps);
 *	detach:		pdk80211_detach(&sc->sc_dev);
 *
 * Rates are in units of 500 kb/s, powers in dBm, times in TU (1024 us) unless said.
 */
#ifndef PDK80211_H
#define PDK80211_H

#include <pdk.h>

#define PDK80211_MAXSSID	32
#define PDK80211_NSSID		4
#define PDK80211_NRATES		16
#define PDK80211_NAC		4

struct pdk80211_chan {
	uint16_t	freq;		/* MHz, of the primary channel */
	uint8_t		num;		/* IEEE number */
	uint8_t		width;		/* 20, 40 or 80 MHz */
	int8_t		sco;		/* secondary channel: -1 below, 0 none, +1 above */
	uint8_t		flags;		/* PDK_CH_* */
};
#define PDK_CH_PASSIVE	0x01		/* do not transmit before a beacon was heard */
#define PDK_CH_DFS	0x02
#define PDK_CH_HT40U	0x04		/* may be widened upwards */
#define PDK_CH_HT40D	0x08		/* may be widened downwards */
#define PDK_CH_VHT80	0x10

/* What the radio can do.  Core to glue, once; copied. */
struct pdk80211_caps {
	uint8_t		 mac[6];
	uint8_t		 nchans;
	uint8_t		 rx_chains, tx_chains;		/* numbers of chains */
	const struct pdk80211_chan *chans;		/* borrowed for the call */
	uint16_t	 htcaps;			/* HT capability info; 0: no HT */
	uint8_t		 ampdu;				/* A-MPDU parameters field */
	uint8_t		 rx_mcs[10];			/* HT RX MCS bitmask */
	uint32_t	 flags;				/* PDK_CAP_* */
};
#define PDK_CAP_SCAN_OFFLOAD	0x01	/* the core scans by itself, the glue only asks */
#define PDK_CAP_HW_CCMP		0x02
#define PDK_CAP_RATECTL		0x04	/* core or firmware picks rates */

struct pdk80211_wme {
	uint8_t		aifsn;
	uint8_t		ecwmin, ecwmax;	/* exponents */
	uint8_t		acm;
	uint16_t	txop;		/* units of 32 us */
};

/* The network to join or joined: a snapshot made by the glue. */
struct pdk80211_bss {
	uint8_t		bssid[6];
	uint8_t		essid[PDK80211_MAXSSID], essid_len;
	uint8_t		dtim_period;
	uint16_t	bintval;			/* TU */
	uint16_t	aid, capinfo;
	struct pdk80211_chan chan;
	uint8_t		nrates, rates[PDK80211_NRATES];
	uint32_t	basic_rates;			/* bit i: rates[i] is basic */
	uint32_t	flags;				/* PDK_BSS_* */
	struct pdk80211_wme wme[PDK80211_NAC];
	uint8_t		mcs[10];
	uint16_t	htcaps;
	uint8_t		ampdu;
	uint64_t	tsf;				/* us, of the last beacon */
};
#define PDK_BSS_SHPREAMBLE	0x01
#define PDK_BSS_SHSLOT		0x02
#define PDK_BSS_USEPROT		0x04
#define PDK_BSS_QOS		0x08
#define PDK_BSS_HT		0x10
#define PDK_BSS_MFP		0x20

struct pdk80211_scan {
	uint8_t		n_ssid;
	uint8_t		ssid_len[PDK80211_NSSID], ssid[PDK80211_NSSID][PDK80211_MAXSSID];
	uint8_t		nchans;
	const struct pdk80211_chan *chans;		/* borrowed for the call */
	uint8_t		passive, background;
	const uint8_t	*ies;				/* for probe requests; borrowed */
	uint16_t	ies_len;
};

struct pdk80211_key {
	uint8_t		id, cipher, len, group;
	uint8_t		key[32];
	uint64_t	tsc;
};

struct pdk80211_rxinfo {
	int8_t		rssi, noise;			/* dBm */
	uint8_t		chan;				/* IEEE number */
	uint8_t		flags;				/* PDK_RX_* */
	uint8_t		rate, mcs, nss, width;
	uint64_t	tsf;				/* us */
};
#define PDK_RX_DECRYPTED	0x01
#define PDK_RX_MICFAIL		0x02
#define PDK_RX_SHPREAMBLE	0x04
#define PDK_RX_HT		0x08
#define PDK_RX_AMPDU		0x10

struct pdk80211_txinfo {
	void		*cookie;			/* given back by pdk80211_tx_done() */
	uint8_t		tid, ac, rate, mcs;
	uint8_t		flags;				/* PDK_TX_* */
	uint8_t		hdrlen, key_id;
};
#define PDK_TX_MGMT	0x01
#define PDK_TX_MCAST	0x02
#define PDK_TX_HWENC	0x04
#define PDK_TX_EAPOL	0x08

struct pdk80211_txstat {
	uint8_t		ok, tries, rate, mcs, ampdu;
};

enum pdk80211_update {
	PDK_UPD_SLOT = 1,
	PDK_UPD_PROT = 2,
	PDK_UPD_EDCA = 4,
	PDK_UPD_HT = 8,
	PDK_UPD_DTIM = 16,
};

enum pdk80211_baop {
	PDK_BA_RX_START,
	PDK_BA_RX_STOP,
	PDK_BA_TX_START,
	PDK_BA_TX_STOP,
};

/*
 * Glue to core.  All in WORKER, unlocked, may sleep, one at a time; except tx.
 * An operation that the core does not offer is NULL.
 */
struct pdk80211_ops {
	int	(*up)(struct pdk_dev *);		/* radio on, firmware running */
	void	(*down)(struct pdk_dev *);
	int	(*scan)(struct pdk_dev *, const struct pdk80211_scan *);
	void	(*scan_abort)(struct pdk_dev *);	/* pdk80211_scan_done() still comes */
	int	(*join)(struct pdk_dev *, const struct pdk80211_bss *);	/* ready for auth */
	int	(*assoc)(struct pdk_dev *, const struct pdk80211_bss *); /* aid, rates final */
	void	(*leave)(struct pdk_dev *);
	int	(*update)(struct pdk_dev *, int what, const struct pdk80211_bss *);
	int	(*set_key)(struct pdk_dev *, const struct pdk80211_key *);
	void	(*del_key)(struct pdk_dev *, const struct pdk80211_key *);
	int	(*ba)(struct pdk_dev *, enum pdk80211_baop, int tid, int ssn, int winsize);
	/* Any context, unlocked, no sleep.  ENOBUFS: full, the caller keeps the mbuf. */
	int	(*tx)(struct pdk_dev *, struct mbuf *, const struct pdk80211_txinfo *);
};

/* Core to glue, all unlocked.  attach: WORKER (in attach_late).  detach: CONFIG. */
int	pdk80211_attach(struct pdk_dev *, const struct pdk80211_ops *,
	    const struct pdk80211_caps *);
/* Takes the interface away; `down` has been called when it returns.  Harmless if not attached. */
void	pdk80211_detach(struct pdk_dev *);
/* The rest in BH or WORKER.  rx and tx_done take the mbuf. */
void	pdk80211_rx(struct pdk_dev *, struct mbuf *, const struct pdk80211_rxinfo *);
void	pdk80211_tx_done(struct pdk_dev *, struct mbuf *, void *cookie,
	    const struct pdk80211_txstat *);
void	pdk80211_tx_ready(struct pdk_dev *);		/* tx may be called again */
void	pdk80211_scan_done(struct pdk_dev *, int aborted);
void	pdk80211_beacon_miss(struct pdk_dev *);
void	pdk80211_ba_done(struct pdk_dev *, enum pdk80211_baop, int tid, int error);
void	pdk80211_rfkill(struct pdk_dev *, int blocked);
void	pdk80211_restart(struct pdk_dev *);		/* firmware died: down, up, rejoin */

#endif /* PDK80211_H */
