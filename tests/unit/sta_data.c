/* SPDX-License-Identifier: BSD-2-Clause */
/* The data path of the station layer: both ways, every reason to drop, back-pressure. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "shims/linux/sta/sta_int.h"
#include "tests/unit/sta_world.h"
#include "tests/unit/tap.h"

static struct world w;

static const uint8_t peer[6] = { 2, 0, 0, 0, 9, 9 }, all[6] = { 255, 255, 255, 255, 255, 255 };
static const uint8_t own[6] = { 2, 0, 0, 0, 0, 5 };

/* LLC of an IPv4 packet of 20 octets. */
static const uint8_t ip[28] = { 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00, 0x45, 0, 0, 20, 1, 2, 3, 4 };
#define IP	.body = ip, .len = sizeof(ip)

/* What counters were at the last question. */
static struct {
	const char		*name;
	unsigned long long	 n;
} asked[64];
static unsigned nasked;

static bool
counted(const char *name)
{
	unsigned long long now = world_count(&w, name), before;
	unsigned i;

	for (i = 0; i < nasked && strcmp(asked[i].name, name) != 0; i++)
		;
	if (i == nasked)
		asked[nasked++].name = name;
	before = asked[i].n;
	asked[i].n = now;
	return now == before + 1;
}

static void
fresh(void)
{
	memset(asked, 0, sizeof(asked));
	nasked = 0;
	world_new(&w);
}

static struct fakeap *
joined(bool secure, bool hw, bool qos)
{
	struct fakeap *ap;

	fresh();
	w.hw = hw;
	ap = world_ap(&w, 36, secure);
	ap->qos = qos;
	world_join(&w, "home", secure ? "passphrase" : NULL);
	world_up(&w);
	ok(world_show(&w, world_until(&w, "running", 5000)), "joined");
	w.ngot = 0;
	return ap;
}

static void
receive(struct fakeap *ap, struct fakedata d)
{
	if (d.da == NULL)
		d.da = own;
	if (d.sa == NULL)
		d.sa = peer;
	w.nhost = 0;
	world_data(&w, ap, &d);
	world_run(&w, 1);
}

/* ---- to the host ---- */

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

/* ---- from the host ---- */

static int
send(const uint8_t *da, uint16_t type, const void *data, size_t len)
{
	uint8_t eth[1600] = { 0 };

	memcpy(eth, da, 6);
	memcpy(eth + 6, own, 6);
	eth[12] = (uint8_t)(type >> 8);
	eth[13] = (uint8_t)type;
	memcpy(eth + 14, data, len);
	return world_ether(&w, eth, 14 + len);
}

static void
up(bool secure, bool hw, bool qos)
{
	struct fakeap *ap = joined(secure, hw, qos);
	const uint8_t *f = w.got[0].p;
	size_t hdr = qos ? 26 : 24;

	ok(send(peer, 0x0800, "\x45\xb8hello", 7) == 0 && w.ngot == 1, "a frame is sent");
	ok(f[0] == (qos ? 0x88 : 0x08) && (f[1] & 3) == DOT11_TODS &&
	    memcmp(f + 4, ap->bssid, 6) == 0 && memcmp(f + 10, own, 6) == 0 &&
	    memcmp(f + 16, peer, 6) == 0 && w.got[0].hdr == hdr, "to the access point");
	ok(memcmp(f + hdr, "\xaa\xaa\3\0\0\0\x08\x00\x45\xb8hello", 15) == 0 &&
	    w.got[0].len == hdr + 15, "as LLC");
	ok(w.got[0].sealed == secure, secure ? "encrypted" : "in the clear");
	if (qos)
		ok(w.got[0].tid == 5 && w.got[0].ac == PDK_AC_VI && f[24] == 5, "DSCP EF is video");
	w.ngot = 0;
	send(all, 0x8137, "ipx", 3);
	ok(memcmp(f + hdr, "\xaa\xaa\3\0\0\xf8\x81\x37ipx", 11) == 0 && f[4] != 255,
	    "IPX is tunneled; the access point sends it to everybody");
	w.ngot = 0;
	send(all, 4, "\x42\x42\3stp", 6);
	ok(memcmp(f + hdr, "\x42\x42\3s", 4) == 0 && w.got[0].len == hdr + 4,
	    "802.3: as long as it says");
	w.ngot = 0;
	send(peer, 0x88cc, "", 0);
	ok(w.ngot == 1 && w.got[0].len == hdr + 8, "an empty frame");
	w.ngot = 0;
	send(peer, 0x888e, "\1\1\0\0", 4);
	ok(w.ngot == 0 && counted("tx_bad"), "a program's EAPOL is not sent");
	send(peer, 300, "x", 1);
	ok(w.ngot == 0 && counted("tx_bad"), "nor a frame that is shorter than it says");
	world_ether(&w, peer, 6);
	ok(w.ngot == 0 && counted("tx_bad"), "nor half of a header");
	w.no_mbufs = true;
	send(peer, 0x0800, "x", 1);
	ok(w.ngot == 0 && counted("tx_memory"), "without memory it is counted");
	w.no_mbufs = false;
	w.tx_error = EIO;
	send(peer, 0x0800, "x", 1);
	ok(w.ngot == 0 && counted("tx_refused"), "and when the core refuses");
	w.tx_error = 0;
	world_end(&w);
}

/* A category that needs admission is not used. */
static void
admission(void)
{
	struct fakeap *ap = joined(false, false, true);

	ap->acm_vo = true;
	world_run(&w, 200);
	send(peer, 0x0800, "\x45\xe0x", 3);
	ok(w.got[0].tid == 5 && w.got[0].ac == PDK_AC_VI && w.got[0].p[24] == 5,
	    "voice goes as video");
	send(peer, 0x86dd, "\x6e\x00x", 3);
	ok(w.got[1].tid == 5, "of IPv6, too");
	send(peer, 0x8100, "\x20\x01\x08\x00", 4);
	ok(w.got[2].tid == 1 && w.got[2].ac == PDK_AC_BK, "a VLAN tag has a priority");
	world_end(&w);
}

static void
back_pressure(bool hw)
{
	struct fakeap *ap = joined(true, hw, true);
	unsigned ready = w.ready, i;

	w.full = true;
	ok(send(peer, 0x0800, "1", 1) == 0, "one frame waits in the layer");
	ok(send(peer, 0x0800, "2", 1) == ENOBUFS && w.ngot == 0, "the next in the host");
	sta_tx_ready(w.st);
	ok(w.ready == ready && send(peer, 0x0800, "2", 1) == ENOBUFS, "still full");
	w.full = false;
	sta_tx_ready(w.st);
	ok(w.ready == ready + 1 && w.ngot == 1 && w.got[0].p[34] == '1', "the first goes first");
	ok(send(peer, 0x0800, "2", 1) == 0 && w.got[1].p[34] == '2', "then the next");
	ok(world_count(&w, "tx_stalls") == 2, "it is counted");
	w.full = true;
	send(peer, 0x0800, "3", 1);
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_ADDBA_REQ, .tid = 1,
	    .immediate = true });
	world_run(&w, 1);
	ok(ap->nba == 0, "management waits, too");
	w.full = false;
	sta_tx_ready(w.st);
	ok(ap->nba == 1 && w.ngot == 3, "and goes before data");
	for (i = 0, w.full = true; i < 100; i++)
		world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_ADDBA_REQ, .tid = 1,
		    .immediate = true });
	world_run(&w, 1);
	ok(world_count(&w, "tx_flushed") > 0, "not without bounds");
	send(peer, 0x0800, "4", 1);
	world_bye(&w, ap, DOT11_DEAUTH, 2);
	world_run(&w, 1);
	w.full = false;
	w.ngot = 0;
	world_until(&w, "running", 5000);
	ok(w.ngot == 0, "what waited is not sent to the next network");
	world_end(&w);
}

/* Between two networks the host keeps its frames; without one they are dropped. */
static void
in_between(void)
{
	struct fakeap *ap = joined(true, false, true);
	unsigned ready;

	ap->silent = true;
	sta_beacon_miss(w.st);
	world_run(&w, 2500);
	ok(send(peer, 0x0800, "x", 1) == ENOBUFS, "for a while the host waits");
	ready = w.ready;
	world_run(&w, 8000);
	ok(!w.carrier && w.ready > ready, "then it is told to go on");
	ok(send(peer, 0x0800, "x", 1) == 0 && counted("tx_closed"), "and frames are dropped");
	world_end(&w);
}

/* Packet numbers on the air only ever grow, by one. */
static void
numbers(void)
{
	struct fakeap *ap = joined(true, false, true);
	unsigned i;

	for (i = 0; i < 30; i++) {
		w.full = i % 5 == 0;
		if (send(peer, 0x0800, "xyz", 3) == ENOBUFS) {
			w.full = false;
			sta_tx_ready(w.st);
			send(peer, 0x0800, "xyz", 3);
		}
		w.full = false;
	}
	sta_tx_ready(w.st);
	ok(w.ngot == 30 && ap->handshakes == 1, "every frame could be decrypted");
	world_end(&w);
}

static void
held_meanwhile(void)
{
	ok(send(peer, 0x0800, "m", 1) == ENOBUFS, "while a key is changed the host waits");
}

/* A packet number is used once with a key, by whoever encrypts. */
static void
new_key(bool hw)
{
	static const struct wpa_key key = { .tk = "another key" };
	unsigned ready;

	joined(true, hw, true);
	send(peer, 0x0800, "1", 1);
	send(peer, 0x0800, "2", 1);
	w.full = true;
	send(peer, 0x0800, "3", 1);
	w.in_set_key = held_meanwhile;
	ready = w.ready;
	ok(keys_set(w.st, &key) == 0 && w.ready == ready + 1, "then it goes on");
	w.full = false;
	w.ngot = 0;
	sta_tx_ready(w.st);
	if (hw)
		ok(w.ngot == 1 && w.got[0].p[34] == '3' && w.got[0].pn == 1,
		    "what was waiting has a number of the new key");
	else
		ok(w.ngot == 0 && w.unreadable == 0 && world_count(&w, "tx_flushed") == 1,
		    "what was encrypted with the old key is not sent");
	if (hw)
		ok(send(peer, 0x0800, "4", 1) == 0 && w.got[1].pn == 2, "as has the next");
	world_end(&w);
}

/* The core has room for the handshake's frames when it has none for data. */
static void
urgent(void)
{
	struct fakeap *ap = joined(true, true, true);

	w.data_full = true;
	ok(send(peer, 0x0800, "1", 1) == 0 && send(peer, 0x0800, "2", 1) == ENOBUFS, "data waits");
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_ADDBA_REQ, .tid = 1,
	    .immediate = true });
	world_run(&w, 1);
	ok(ap->nba == 1 && w.ngot == 0, "management does not");
	w.data_full = false;
	sta_tx_ready(w.st);
	ok(w.ngot == 1, "in the end it goes, too");
	world_end(&w);
}

static void
statistics(void)
{
	struct fakeap *ap = joined(true, false, true);

	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 1 });
	send(peer, 0x0800, "x", 1);
	ok(world_count(&w, "rx_to_host") == 1 && world_count(&w, "rx_to_host_bytes") == 34 &&
	    world_count(&w, "tx_from_host") == 1 && world_count(&w, "tx_eapol") == 2 &&
	    world_count(&w, "tx_mgmt") == 2, "frames of each kind are counted");
	ok(world_count(&w, "rx_frames") == world_count(&w, "rx_mgmt") +
	    world_count(&w, "rx_data"), "all of them");
	world_end(&w);
}

static void
captures(void)
{
	struct fakeap *ap = joined(true, false, true);

	w.capture = true;
	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 1 });
	ok(w.captured == 1 && w.cap[2] == w.caplen - 26 - sizeof(ip) &&
	    (w.cap[w.cap[2] + 1] & DOT11_PROTECTED) == 0 &&
	    memcmp(w.cap + w.cap[2] + 26, ip, sizeof(ip)) == 0, "received, in plain text");
	send(peer, 0x0800, "xy", 2);
	ok(w.captured == 2 && memcmp(w.cap + w.caplen - 2, "xy", 2) == 0 &&
	    (w.cap[w.cap[2] + 1] & DOT11_PROTECTED) == 0 && w.cap[w.cap[2]] == 0x88,
	    "sent, in plain text");
	world_beacon(&w, ap);
	world_run(&w, 1);
	ok(w.captured >= 3 && w.cap[w.cap[2]] == 0x80, "management as it is");
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
	up(false, false, false);
	up(false, false, true);
	up(true, false, true);
	up(true, true, true);
	up(true, true, false);
	admission();
	back_pressure(false);
	back_pressure(true);
	in_between();
	numbers();
	new_key(false);
	new_key(true);
	urgent();
	statistics();
	captures();
	return done();
}
