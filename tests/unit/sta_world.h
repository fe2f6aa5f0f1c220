/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_world.h - the surroundings of a station layer under test: a radio that is not there, access
 * points that do as they are told, a host that keeps what it hears, and a clock that moves when
 * nothing is left to do.  One thread; everything happens in world_run().
 *
 *	struct fakeap *ap = world_ap(&w, 36, true);	WPA2, SSID "home", passphrase "passphrase"
 *	world_join(&w, "home", "passphrase");		as the command line would
 *	world_up(&w);
 *	world_run(&w, 3000);				milliseconds
 *	ok(world_is(&w, "running"), "it is joined");
 *	world_end(&w);					nothing is left behind
 */
#ifndef TESTS_UNIT_STA_WORLD_H
#define TESTS_UNIT_STA_WORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <pdk80211.h>

#include "shims/linux/sta/ccmp.h"
#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/mgmt.h"
#include "shims/linux/sta/sta.h"
#include "tests/unit/sta_auth.h"

#define WORLD_APS	4u
#define WORLD_AIR	256u
#define WORLD_HOST	128u
#define WORLD_TEXT	65536u

struct fakeap {
	/* set by the test */
	uint8_t		bssid[6], chan, ssid[32], ssid_len;
	bool		secure, hidden, ht, wide, qos, b_only, silent, mute;	/* mute: no beacons */
	bool		no_auth, no_assoc, no_msg1, no_msg3, refuse_ba, mute_ba;
	uint16_t	auth_status, assoc_status, aid;
	int8_t		rssi;
	uint8_t		erp, htprot, dtim;
	uint16_t	capinfo;
	struct bss_csa	csa;			/* announced in its beacons */
	uint8_t		vo_aifsn;		/* of its WMM element */
	bool		acm_vo;

	/* what became of it */
	struct bench	auth;			/* the authenticator */
	unsigned	auths, assocs, reassocs, byes, nulls, probes, handshakes;
	uint8_t		from[6];		/* of the reassociation */
	uint16_t	bye_reason;
	uint64_t	next_beacon;
	struct ccmp_key	*tk, *gtk;		/* this side's */
	uint8_t		last_assoc[MGMT_MAX];	/* body of the last request */
	size_t		last_assoc_len;
	struct mgmt_ba	last_ba;		/* block ack frame received last */
	unsigned	nba;
	uint64_t	pn;			/* sent last to the station; of frames by hand */
};

struct world {
	uint64_t	 now;
	struct sta	*st;
	struct pdk80211_caps caps;
	const char	*states[8];

	struct fakeap	 ap[WORLD_APS];
	unsigned	 naps;

	/* the core */
	bool		 up, hw, full, data_full, woken, scan_on, scan_hangs, no_ba, counted;
	bool		 joined, associated;
	uint64_t	 scan_end, alarm;
	int		 join_error, assoc_error, update_error, stats_error, key_error, tx_error;
	struct pdk80211_bss bss;
	struct pdk80211_scan scan;		/* the last one asked for */
	struct pdk80211_key ptk, gtk;		/* put in place last */
	void		(*in_set_key)(void);	/* what happens meanwhile */
	unsigned	 restarts, waits;
	uint16_t	 ssn;
	char		 ops[WORLD_TEXT];	/* "up scan join:36 assoc:1 key:p0 ..." */

	/* the air, towards the station */
	struct {
		struct mbuf		*m;
		struct pdk80211_rxinfo	 rxi;
	}		 air[WORLD_AIR];
	unsigned	 nair;

	/* the host */
	struct {
		uint8_t	p[1600];
		size_t	len;
	}		 host[WORLD_HOST];
	unsigned	 nhost, ready, carrier_ups, carrier_downs;
	int		 host_error;
	bool		 carrier, no_net;
	const struct hyp_net_ops *net_ops;
	void		*net_arg;
	struct hyp_wifi	 wifi;

	/* data frames that access points have received, decrypted */
	struct {
		uint8_t	p[1700];
		size_t	len, hdr;
		bool	sealed;
		uint64_t pn;			/* of one that the hardware encrypts */
		uint8_t	tid, ac, flags;
	}		 got[WORLD_HOST];
	unsigned	 ngot, unreadable;	/* and such as could not be decrypted */

	char		 log[WORLD_TEXT], events[WORLD_TEXT], reached[256], failed[512];
	unsigned	 mbufs;			/* that live */
	bool		 no_mbufs;
	unsigned	 captured;
	bool		 capture;
	uint8_t		 cap[2048];
	size_t		 caplen;
};

/* The world of the calls that have no argument; set by world_new(). */
extern struct world *world;

void	world_new(struct world *);
/* An access point on a channel: SSID "home", -50 dBm, HT, QoS. */
struct fakeap *world_ap(struct world *, uint8_t chan, bool secure);
/* What the command line names; before world_up(). */
void	world_join(struct world *, const char *ssid, const char *psk);
/* Make the station, radio on. */
void	world_up(struct world *);
/* All of that, and it is on the network of one access point: an ok() line; texts are empty. */
struct fakeap *world_joined(struct world *, uint8_t chan, bool secure);
void	world_run(struct world *, unsigned ms);
/* At most so long, until the layer's state is that. */
bool	world_until(struct world *, const char *state, unsigned ms);
/* The firmware dies, and is started anew. */
void	world_restart(struct world *);
/* Down, gone, and a check that nothing is left: an ok() line. */
void	world_end(struct world *);

/* A request on the control socket: its answer, borrowed until the next. */
json_t	*world_ask(struct world *, const char *request);
bool	world_is(struct world *, const char *state);
/* A counter of counts.h. */
unsigned long long world_count(struct world *, const char *name);
/* Is that all that the core was told since `ops` was emptied last? */
bool	world_told(const struct world *, const char *ops);
/* A failed condition shows what happened. */
bool	world_show(struct world *, bool good);

/* ---- frames by hand ---- */

/* To the station, as the core passes it up. */
void	world_air(struct world *, const struct fakeap *, const void *frame, size_t len,
	    unsigned flags);
/* A data frame of an access point: from `sa`, to `da` or everybody. */
struct fakedata {
	const uint8_t	*da, *sa, *body;
	size_t		 len;
	bool		 clear, qos, amsdu, retry, more, bad_mic;
	uint8_t		 tid, frag, key_id;
	uint16_t	 seq;
	uint64_t	 pn;			/* 0: the next */
};
void	world_data(struct world *, struct fakeap *, const struct fakedata *);
/* A deauthentication or disassociation. */
void	world_bye(struct world *, struct fakeap *, uint8_t kind, uint16_t reason);
/* A beacon now. */
void	world_beacon(struct world *, struct fakeap *);
/* An action frame. */
void	world_ba(struct world *, struct fakeap *, const struct mgmt_ba *);
/* A frame from the host: 0 or ENOBUFS. */
int	world_ether(struct world *, const void *eth, size_t len);

/* sta_fakeap.c: a frame has reached an access point. */
void	fakeap_input(struct world *, struct fakeap *, const uint8_t *frame, size_t len,
	    const struct pdk80211_txinfo *);
void	fakeap_probe_resp(struct world *, struct fakeap *, bool named);
void	fakeap_free(struct fakeap *);

#endif
