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
 *
 * Frames, both ways: one 802.11 MPDU from Frame Control on, in one contiguous mbuf, without
 * FCS and without padding behind the header.
 *
 * Who does what with a frame
 *	sequence	The core numbers all frames (per TID for QoS data) and fills in Duration.
 *	CCMP, TX	A frame with PDK_TX_HWENC has Protected Frame set, and behind the
 *			header (hdrlen octets) the 8 octets of the CCMP header with key id and
 *			packet number, all by the glue.  The core lets the hardware encrypt what
 *			is behind them and append the MIC, for which no room is in the mbuf.
 *			A frame that is Protected but without the flag has been encrypted by the
 *			glue and has its MIC.
 *	CCMP, RX	A frame with PDK_RX_DECRYPTED still has its CCMP header, but no MIC: the
 *			hardware has checked it, and the core has cut it off where the hardware
 *			leaves it in place.  The glue checks packet numbers against replay.
 *			PDK_RX_MICFAIL: the hardware found the MIC wrong.  A Protected frame
 *			without either flag is as it was on the air.
 *	A-MPDU, RX	The core brings frames into order (PDK_BA_RX_START) before it passes
 *			them up.  A-MSDUs are the glue's, as is the search for duplicates outside
 *			an agreement.
 */
#ifndef PDK80211_H
#define PDK80211_H

#include <pdk.h>

#define PDK80211_MAXSSID	32
#define PDK80211_NSSID		4
#define PDK80211_NRATES		16
#define PDK80211_NAC		4
#define PDK80211_NTID		8

/* Access categories as 802.11 numbers them (ACI): index of wme[], value of txinfo.ac. */
#define PDK_AC_BE		0
#define PDK_AC_BK		1
#define PDK_AC_VI		2
#define PDK_AC_VO		3

/* Ciphers: type of the suite selector 00-0f-ac. */
#define PDK_CIPHER_CCMP		4

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
	uint8_t		htprot;				/* HT Protection field, 0..3 */
	uint64_t	tsf;				/* us, of the last beacon */
};
#define PDK_BSS_SHPREAMBLE	0x01
#define PDK_BSS_SHSLOT		0x02
#define PDK_BSS_USEPROT		0x04
#define PDK_BSS_QOS		0x08
#define PDK_BSS_HT		0x10
#define PDK_BSS_PS		0x40		/* doze while there is no traffic */

/*
 * The core makes the probe requests: SSID, the band's rates, then `ies`.  It sends none on
 * channels with PDK_CH_PASSIVE or PDK_CH_DFS on which it has heard nothing.
 */
struct pdk80211_scan {
	uint8_t		n_ssid;		/* these and the wildcard SSID */
	uint8_t		ssid_len[PDK80211_NSSID], ssid[PDK80211_NSSID][PDK80211_MAXSSID];
	uint8_t		nchans;
	const struct pdk80211_chan *chans;		/* borrowed for the call */
	uint8_t		passive;			/* send nothing at all */
	uint8_t		background;			/* while associated, which goes on */
	const uint8_t	*ies;				/* for probe requests; borrowed */
	uint16_t	ies_len;
};

struct pdk80211_key {
	uint8_t		id;				/* 0..3 */
	uint8_t		cipher;				/* PDK_CIPHER_* */
	uint8_t		len;				/* of key, octets */
	uint8_t		group;				/* for group addressed frames heard */
	uint8_t		key[32];
	uint64_t	tsc;				/* packet number heard last (group) */
};

struct pdk80211_rxinfo {
	int8_t		rssi, noise;			/* dBm */
	uint8_t		chan;				/* IEEE number */
	uint8_t		flags;				/* PDK_RX_* */
	uint8_t		rate, mcs, nss, width;
	uint64_t	tsf;				/* us */
};
/* rate in 500 kb/s, or with PDK_RX_HT mcs; width in MHz. */
#define PDK_RX_DECRYPTED	0x01
#define PDK_RX_MICFAIL		0x02
#define PDK_RX_SHPREAMBLE	0x04
#define PDK_RX_HT		0x08
#define PDK_RX_AMPDU		0x10

struct pdk80211_txinfo {
	void		*cookie;			/* given back by pdk80211_tx_done() */
	uint8_t		tid;				/* of QoS data, else 0 */
	uint8_t		ac;				/* PDK_AC_* */
	uint8_t		rate, mcs;			/* 0: the core chooses */
	uint8_t		flags;				/* PDK_TX_* */
	uint8_t		hdrlen;				/* 802.11 header; CCMP's comes behind it */
	uint8_t		key_id;				/* with PDK_TX_HWENC */
};
#define PDK_TX_MGMT	0x01		/* management, and data that must arrive: robust rate */
#define PDK_TX_MCAST	0x02		/* addr1 is a group: no acknowledgement */
#define PDK_TX_HWENC	0x04		/* the hardware encrypts, with the pairwise key */
#define PDK_TX_EAPOL	0x08		/* key handshake: robust rate, never in an A-MPDU */

struct pdk80211_txstat {
	uint8_t		ok, tries, rate, mcs, ampdu;
};

enum pdk80211_update {
	PDK_UPD_SLOT = 1,
	PDK_UPD_PROT = 2,
	PDK_UPD_EDCA = 4,
	PDK_UPD_HT = 8,
	PDK_UPD_DTIM = 16,
	PDK_UPD_CHAN = 32,		/* the access point has moved to bss->chan */
	PDK_UPD_PS = 64,
};

/* What the radio measures and counts, since it was brought up unless said. */
struct pdk80211_stats {
	int8_t		signal, noise;		/* dBm, of the network's beacons; 0: not known */
	int16_t		temperature;		/* degrees Celsius; 0: not known */
	uint8_t		counted;		/* the next two lines are; 0: they are not known */
	uint32_t	beacons;		/* of the network */
	uint64_t	rx_time, tx_time, scan_time;	/* us of air */
	uint32_t	missed;			/* beacons of the network: in a row, now */
	uint32_t	rx_nomem;		/* frames lost for want of an mbuf, since attach */
	uint8_t		tx_rate, tx_mcs, tx_nss, tx_width;	/* now; as in rxinfo */
	uint8_t		tx_ht;			/* tx_mcs is meant, not tx_rate */
};

/*
 * Block ack.  The glue exchanges the action frames; ops->ba() is told what was agreed.
 */
enum pdk80211_baop {
	PDK_BA_RX_START,	/* bring what comes into order from *ssn on, window winsize */
	PDK_BA_RX_STOP,		/* pass up what is held and stop */
	PDK_BA_TX_START,	/* get ready; *ssn becomes the number of the TID's next frame */
	PDK_BA_TX_STOP,		/* no A-MPDUs any more; what is queued is still sent */
	PDK_BA_TX_RUN,		/* the peer has agreed: A-MPDUs of at most winsize frames */
};

/*
 * Glue to core.  All in WORKER, unlocked, may sleep, one at a time; except tx.
 * An operation that the core does not offer is NULL; scan, join, assoc, leave and tx are
 * offered together, or the device is not a station.
 *
 * Order: up, then any of scan; join, assoc, set_key..., leave; and down at any time, which
 * ends all.  An error of a call leaves things as they were before it, except that after a
 * failed join, assoc or update the glue calls leave, if no restart is asked for meanwhile.
 */
struct pdk80211_ops {
	/* Radio on, firmware running.  The glue calls down before a suspend, up after it. */
	int	(*up)(struct pdk_dev *);
	void	(*down)(struct pdk_dev *);
	/* Begin; what is heard comes by pdk80211_rx(), the end by pdk80211_scan_done().  EBUSY. */
	int	(*scan)(struct pdk_dev *, const struct pdk80211_scan *);
	void	(*scan_abort)(struct pdk_dev *);	/* pdk80211_scan_done() still comes */
	/* Tune and stay there, ready for authentication and association.  chan is the widest
	 * that both ends can use.  The channel is kept (session protection) until assoc. */
	int	(*join)(struct pdk_dev *, const struct pdk80211_bss *);
	/* The access point said yes: aid, rates, HT, QoS are final. */
	int	(*assoc)(struct pdk_dev *, const struct pdk80211_bss *);
	/* Forget network, keys and agreements; frames in the queues come back by tx_done. */
	void	(*leave)(struct pdk_dev *);
	/* `what` of bss has changed: a set of PDK_UPD_*. */
	int	(*update)(struct pdk_dev *, int what, const struct pdk80211_bss *);
	/*
	 * With PDK_CAP_HW_CCMP.  An error: the glue does this key's work itself.  Frames that were
	 * decrypted with an earlier key in its place have been passed up when it returns.
	 */
	int	(*set_key)(struct pdk_dev *, const struct pdk80211_key *);
	void	(*del_key)(struct pdk_dev *, const struct pdk80211_key *);
	int	(*ba)(struct pdk_dev *, enum pdk80211_baop, int tid, uint16_t *ssn, int winsize);
	/* While up. */
	int	(*stats)(struct pdk_dev *, struct pdk80211_stats *);
	/*
	 * Any context but FILTER and TIMER, unlocked, no sleep; one at a time.  0: the mbuf is
	 * the core's, until pdk80211_tx_done().  ENOBUFS: full, the caller keeps it, and
	 * pdk80211_tx_ready() will come.  Another error: it cannot be sent (not joined, down);
	 * the caller keeps it.
	 */
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
/* Several beacons in a row were not heard; again and again while that lasts. */
void	pdk80211_beacon_miss(struct pdk_dev *);
/* The core has ended an agreement by itself: op is PDK_BA_RX_STOP or PDK_BA_TX_STOP. */
void	pdk80211_ba_done(struct pdk_dev *, enum pdk80211_baop, int tid, int error);
void	pdk80211_rfkill(struct pdk_dev *, int blocked);
void	pdk80211_restart(struct pdk_dev *);		/* firmware died: down, up, rejoin */

#endif /* PDK80211_H */
