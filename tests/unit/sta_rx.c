/* SPDX-License-Identifier: BSD-2-Clause */
/* Data from the station layer to the host, and every reason to drop it. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "tests/unit/sta_traffic.h"
#include "tests/unit/tap.h"

static void
down(bool secure, bool hw)
{
	static const uint8_t want[] = { 2, 0, 0, 0, 0, 5, 2, 0, 0, 0, 9, 9, 8, 0, 0x45, 0, 0, 20 };
	struct fakeap *ap = joined(secure, hw, true);

	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 3, .seq = 1 });
	ok(w.nhost == 1 && w.host[0].len == 34 && memcmp(w.host[0].p, want, sizeof(want)) == 0,
	    "a frame becomes Ethernet");
	receive(ap, (struct fakedata){ IP, .seq = 2 });
	ok(w.nhost == 1, "without QoS");
	receive(ap, (struct fakedata){ IP, .da = all, .seq = 3, .key_id = 1 });
	ok(w.nhost == 1 && memcmp(w.host[0].p, all, 6) == 0, "to everybody, with the group key");
	receive(ap, (struct fakedata){ IP, .da = all, .sa = own, .seq = 4 });
	ok(w.nhost == 0 && counted("rx_echo"), "not our own, sent back by the access point");
	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 3, .seq = 1, .retry = true });
	ok(w.nhost == 0 && counted("rx_duplicate"), "not twice");
	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 4, .seq = 1, .retry = true });
	ok(w.nhost == 1, "another TID has numbers of its own");
	receive(ap, (struct fakedata){ .body = (const uint8_t *)"\xaa\xaa\3\0\0\xf8\x81\x37xy",
	    .len = 10, .seq = 5 });
	ok(w.nhost == 1 && w.host[0].len == 16 && memcmp(w.host[0].p + 12, "\x81\x37xy", 4) == 0,
	    "IPX out of its tunnel");
	receive(ap, (struct fakedata){ .body = (const uint8_t *)"\x42\x42\3stp", .len = 6,
	    .seq = 6 });
	ok(w.nhost == 1 && memcmp(w.host[0].p + 12, "\0\6\x42\x42\3stp", 8) == 0,
	    "LLC without SNAP has a length");
	receive(ap, (struct fakedata){ .body = (const uint8_t *)"\x42", .len = 1, .seq = 7 });
	ok(w.nhost == 0 && counted("rx_llc"), "less than LLC is nothing");
	w.host_error = ENOBUFS;
	receive(ap, (struct fakedata){ IP, .seq = 8 });
	ok(counted("rx_host"), "what the host has no room for is counted");
	world_end(&w);
}

/* The number of a frame without data, which may be any, says nothing of those with data. */
static void
nulls(void)
{
	struct fakeap *ap = joined(false, false, true);
	uint8_t null[26] = { DOT11_QOS_NULL, DOT11_FROMDS };

	memcpy(null + 4, own, 6);
	memcpy(null + 10, ap->bssid, 6);
	memcpy(null + 16, ap->bssid, 6);
	null[22] = 2 << 4;
	null[24] = 3;
	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 3, .seq = 1 });
	ok(w.nhost == 1, "a frame");
	world_air(&w, ap, null, sizeof(null), 0);
	world_run(&w, 1);
	ok(counted("rx_null"), "and one without data");
	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 3, .seq = 1, .retry = true });
	ok(w.nhost == 0 && counted("rx_duplicate"), "the first, again, is known all the same");
	world_air(&w, ap, null, sizeof(null), 0);
	world_run(&w, 1);
	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 3, .seq = 2, .retry = true });
	ok(w.nhost == 1, "the second try of another is the first that is heard");
	world_end(&w);
}

static void
protection(bool hw)
{
	struct fakeap *ap = joined(true, hw, true);
	uint64_t pn;

	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 1 });
	pn = ap->pn;
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 2, .pn = pn });
	ok(w.nhost == 0 && counted("rx_replay"), "an old packet number");
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 3, .pn = pn + 5 });
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 4, .pn = pn + 4 });
	ok(w.nhost == 0 && counted("rx_replay"), "also one that was left out");
	receive(ap, (struct fakedata){ IP, .qos = true, .tid = 5, .seq = 5, .pn = pn + 4 });
	ok(w.nhost == 1, "each TID has its own");
	receive(ap, (struct fakedata){ IP, .da = all, .seq = 6, .pn = 5 });
	ok(w.nhost == 0 && counted("rx_replay"), "group frames from before the key was given");
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 7, .bad_mic = true,
	    .pn = pn + 10 });
	ok(w.nhost == 0 && counted("rx_mic"), "a wrong MIC");
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 8, .clear = true });
	ok(w.nhost == 0 && counted("rx_clear"), "nothing in the clear");
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 9, .clear = true, .da = all });
	ok(w.nhost == 0 && counted("rx_clear"), "nor to everybody");
	receive(ap, (struct fakedata){ .body = (const uint8_t *)
	    "\xaa\xaa\3\0\0\0\x88\x8e\1\3\0\0", .len = 12, .qos = true, .seq = 10, .pn = pn + 11 });
	ok(w.nhost == 0, "EAPOL does not reach programs");
	world_end(&w);

	ap = joined(true, hw, true);
	ccmp_free(ap->gtk);
	ap->gtk = ccmp_new(ap->auth.gtk, 3, 0);
	receive(ap, (struct fakedata){ IP, .da = all, .seq = 6 });
	ok(w.nhost == 0 && counted("rx_no_key"), "a key that was never given");
	world_end(&w);
}

static void
amsdus(bool hw)
{
	struct fakeap *ap = joined(true, hw, true);
	uint8_t body[200] = { 0 };
	size_t n = 0;
	unsigned i;

	for (i = 0; i < 3; i++) {
		memcpy(body + n, i == 1 ? all : own, 6);
		memcpy(body + n + 6, peer, 6);
		body[n + 13] = sizeof(ip);
		memcpy(body + n + 14, ip, sizeof(ip));
		n += (14 + sizeof(ip) + 3) & ~3u;
	}
	n -= 2;					/* the last is not padded */
	receive(ap, (struct fakedata){ .body = body, .len = n, .qos = true, .amsdu = true,
	    .seq = 1 });
	ok(w.nhost == 3 && counted("rx_amsdu") && w.host[2].len == 34 &&
	    memcmp(w.host[1].p, all, 6) == 0, "three frames in one");
	receive(ap, (struct fakedata){ .body = body, .len = n - 1, .qos = true, .amsdu = true,
	    .seq = 2 });
	ok(w.nhost == 2 && counted("rx_amsdu_bad"), "the last is cut off");
	receive(ap, (struct fakedata){ IP, .qos = true, .amsdu = true, .seq = 3 });
	ok(w.nhost == 0 && counted("rx_amsdu_bad"), "a frame that somebody declared one");
	world_end(&w);
}

static void
fragments(void)
{
	struct fakeap *ap = joined(true, false, false);
	const uint8_t *p = ip;

	receive(ap, (struct fakedata){ .body = p, .len = 10, .seq = 7, .more = true });
	receive(ap, (struct fakedata){ .body = p + 10, .len = 10, .seq = 7, .frag = 1,
	    .more = true });
	ok(w.nhost == 0, "fragments wait");
	receive(ap, (struct fakedata){ .body = p + 20, .len = 8, .seq = 7, .frag = 2 });
	ok(w.nhost == 1 && w.host[0].len == 34 && counted("rx_reassembled"), "and are one");
	receive(ap, (struct fakedata){ .body = p, .len = 10, .seq = 8, .more = true });
	receive(ap, (struct fakedata){ .body = p + 10, .len = 18, .seq = 8, .frag = 2 });
	ok(w.nhost == 0 && counted("rx_fragment"), "one is missing");
	receive(ap, (struct fakedata){ .body = p, .len = 10, .seq = 9, .more = true });
	ap->pn++;
	receive(ap, (struct fakedata){ .body = p + 10, .len = 18, .seq = 9, .frag = 1 });
	ok(w.nhost == 0 && counted("rx_fragment"), "packet numbers do not follow each other");
	receive(ap, (struct fakedata){ .da = all, .body = p, .len = 10, .seq = 9, .more = true,
	    .key_id = 1 });
	ok(counted("rx_fragment"), "what is for a group never comes in pieces");
	receive(ap, (struct fakedata){ .da = all, .body = p + 10, .len = 18, .seq = 9, .frag = 1,
	    .key_id = 1 });
	ok(w.nhost == 0 && counted("rx_fragment"), "neither a first nor another");
	receive(ap, (struct fakedata){ .body = p, .len = 10, .seq = 10, .more = true });
	world_run(&w, 3000);
	receive(ap, (struct fakedata){ .body = p + 10, .len = 18, .seq = 10, .frag = 1 });
	ok(w.nhost == 0 && counted("rx_fragment"), "too late");
	receive(ap, (struct fakedata){ .body = p, .len = 10, .seq = 11, .more = true });
	world_bye(&w, ap, DOT11_DEAUTH, 2);
	world_run(&w, 1);
	ok(world_until(&w, "running", 5000), "another association");
	receive(ap, (struct fakedata){ .body = p + 10, .len = 18, .seq = 11, .frag = 1 });
	ok(w.nhost == 0 && counted("rx_fragment"), "takes no fragments of the one before");
	world_end(&w);
}

/* What comes before there are keys, from others, or broken. */
static void
unwanted(void)
{
	struct fakeap *ap, other;
	uint8_t frame[24] = { 0x08, DOT11_FROMDS };

	fresh();
	ap = world_ap(&w, 36, true);
	ap->no_msg1 = true;
	world_join(&w, "home", "passphrase");
	world_up(&w);
	world_data(&w, ap, &(struct fakedata){ .da = own, .sa = peer, IP, .clear = true });
	world_run(&w, 1);
	ok(w.nhost == 0 && counted("rx_early"), "data before an association");
	world_until(&w, "handshake", 3000);
	receive(ap, (struct fakedata){ IP, .clear = true, .seq = 1 });
	ok(w.nhost == 0 && counted("rx_port"), "data before the keys");
	other = *ap;
	other.bssid[5] ^= 0x80;
	receive(&other, (struct fakedata){ IP, .clear = true, .seq = 2 });
	ok(w.nhost == 0 && counted("rx_other"), "data of another access point");
	receive(ap, (struct fakedata){ IP, .clear = true, .seq = 3, .da = peer });
	ok(w.nhost == 0 && counted("rx_other"), "data for others");
	world_air(&w, ap, frame, 10, 0);
	world_run(&w, 1);
	ok(counted("rx_bad"), "less than a header");
	frame[0] = 0xb4;
	world_air(&w, ap, frame, 24, 0);
	world_run(&w, 1);
	ok(counted("rx_bad"), "a control frame");
	frame[0] = 0x48;
	memcpy(frame + 4, own, 6);
	memcpy(frame + 10, ap->bssid, 6);
	world_air(&w, ap, frame, 24, 0);
	world_run(&w, 1);
	ok(counted("rx_null"), "data without data");
	world_end(&w);
}

static void
beacon_flood(void)
{
	struct fakeap *ap = joined(false, false, true);
	unsigned i;

	for (i = 0; i < 200; i++)
		world_beacon(&w, ap);
	while (w.nair > 60) {			/* BH is faster than WORKER */
		struct pdk80211_rxinfo rxi = w.air[--w.nair].rxi;

		sta_rx(w.st, w.air[w.nair].m, &rxi);
	}
	ok(world_count(&w, "rx_queue") > 0, "too many beacons are dropped, and counted");
	world_bye(&w, ap, DOT11_DEAUTH, 2);
	world_run(&w, 1);
	ok(world_count(&w, "disconnects") == 1, "but not what is seldom");
	world_end(&w);
}

int
main(void)
{
	down(false, false);
	down(true, false);
	down(true, true);
	nulls();
	protection(false);
	protection(true);
	amsdus(false);
	amsdus(true);
	fragments();
	unwanted();
	beacon_flood();
	return done();
}
