/* SPDX-License-Identifier: BSD-2-Clause */
/* Data from the host to the air: every reason to drop it, back-pressure, packet numbers. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "shims/linux/sta/sta_int.h"
#include "tests/unit/sta_traffic.h"
#include "tests/unit/tap.h"

static void
up(bool secure, bool hw, bool qos)
{
	struct fakeap *ap = joined(secure, hw, qos);
	const uint8_t *f = w.got[0].p;
	size_t hdr = qos ? 26 : 24;

	ok(transmit(peer, 0x0800, "\x45\xb8hello", 7) == 0 && w.ngot == 1, "a frame is sent");
	ok(f[0] == (qos ? 0x88 : 0x08) && (f[1] & 3) == DOT11_TODS &&
	    memcmp(f + 4, ap->bssid, 6) == 0 && memcmp(f + 10, own, 6) == 0 &&
	    memcmp(f + 16, peer, 6) == 0 && w.got[0].hdr == hdr, "to the access point");
	ok(memcmp(f + hdr, "\xaa\xaa\3\0\0\0\x08\x00\x45\xb8hello", 15) == 0 &&
	    w.got[0].len == hdr + 15, "as LLC");
	ok(w.got[0].sealed == secure, secure ? "encrypted" : "in the clear");
	if (qos)
		ok(w.got[0].tid == 5 && w.got[0].ac == PDK_AC_VI && f[24] == 5, "DSCP EF is video");
	w.ngot = 0;
	transmit(all, 0x8137, "ipx", 3);
	ok(memcmp(f + hdr, "\xaa\xaa\3\0\0\xf8\x81\x37ipx", 11) == 0 && f[4] != 255,
	    "IPX is tunneled; the access point sends it to everybody");
	w.ngot = 0;
	transmit(all, 4, "\x42\x42\3stp", 6);
	ok(memcmp(f + hdr, "\x42\x42\3s", 4) == 0 && w.got[0].len == hdr + 4,
	    "802.3: as long as it says");
	w.ngot = 0;
	transmit(peer, 0x88cc, "", 0);
	ok(w.ngot == 1 && w.got[0].len == hdr + 8, "an empty frame");
	w.ngot = 0;
	transmit(peer, 0x888e, "\1\1\0\0", 4);
	ok(w.ngot == 0 && counted("tx_bad"), "a program's EAPOL is not sent");
	transmit(peer, 300, "x", 1);
	ok(w.ngot == 0 && counted("tx_bad"), "nor a frame that is shorter than it says");
	world_ether(&w, peer, 6);
	ok(w.ngot == 0 && counted("tx_bad"), "nor half of a header");
	w.no_mbufs = true;
	transmit(peer, 0x0800, "x", 1);
	ok(w.ngot == 0 && counted("tx_memory"), "without memory it is counted");
	w.no_mbufs = false;
	w.tx_error = EIO;
	transmit(peer, 0x0800, "x", 1);
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
	transmit(peer, 0x0800, "\x45\xe0x", 3);
	ok(w.got[0].tid == 5 && w.got[0].ac == PDK_AC_VI && w.got[0].p[24] == 5,
	    "voice goes as video");
	transmit(peer, 0x86dd, "\x6e\x00x", 3);
	ok(w.got[1].tid == 5, "of IPv6, too");
	transmit(peer, 0x8100, "\x20\x01\x08\x00", 4);
	ok(w.got[2].tid == 1 && w.got[2].ac == PDK_AC_BK, "a VLAN tag has a priority");
	world_end(&w);
}

static void
back_pressure(bool hw)
{
	struct fakeap *ap = joined(true, hw, true);
	unsigned ready = w.ready, i;

	w.full = true;
	ok(transmit(peer, 0x0800, "1", 1) == 0, "one frame waits in the layer");
	ok(transmit(peer, 0x0800, "2", 1) == ENOBUFS && w.ngot == 0, "the next in the host");
	sta_tx_ready(w.st);
	ok(w.ready == ready && transmit(peer, 0x0800, "2", 1) == ENOBUFS, "still full");
	w.full = false;
	sta_tx_ready(w.st);
	ok(w.ready == ready + 1 && w.ngot == 1 && w.got[0].p[34] == '1', "the first goes first");
	ok(transmit(peer, 0x0800, "2", 1) == 0 && w.got[1].p[34] == '2', "then the next");
	ok(world_count(&w, "tx_stalls") == 2, "it is counted");
	w.full = true;
	transmit(peer, 0x0800, "3", 1);
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
	transmit(peer, 0x0800, "4", 1);
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
	ok(transmit(peer, 0x0800, "x", 1) == ENOBUFS, "for a while the host waits");
	ready = w.ready;
	world_run(&w, 8000);
	ok(!w.carrier && w.ready > ready, "then it is told to go on");
	ok(transmit(peer, 0x0800, "x", 1) == 0 && counted("tx_closed"), "and frames are dropped");
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
		if (transmit(peer, 0x0800, "xyz", 3) == ENOBUFS) {
			w.full = false;
			sta_tx_ready(w.st);
			transmit(peer, 0x0800, "xyz", 3);
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
	ok(transmit(peer, 0x0800, "m", 1) == ENOBUFS, "while a key is changed the host waits");
}

/* A packet number is used once with a key, by whoever encrypts. */
static void
new_key(bool hw)
{
	static const struct wpa_key key = { .tk = "another key" };
	unsigned ready;

	joined(true, hw, true);
	transmit(peer, 0x0800, "1", 1);
	transmit(peer, 0x0800, "2", 1);
	w.full = true;
	transmit(peer, 0x0800, "3", 1);
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
		ok(transmit(peer, 0x0800, "4", 1) == 0 && w.got[1].pn == 2, "as has the next");
	world_end(&w);
}

/* The core has room for the handshake's frames when it has none for data. */
static void
urgent(void)
{
	struct fakeap *ap = joined(true, true, true);

	w.data_full = true;
	ok(transmit(peer, 0x0800, "1", 1) == 0 && transmit(peer, 0x0800, "2", 1) == ENOBUFS,
	    "data waits");
	world_ba(&w, ap, &(struct mgmt_ba){ .action = DOT11_ACT_ADDBA_REQ, .tid = 1,
	    .immediate = true });
	world_run(&w, 1);
	ok(ap->nba == 1 && w.ngot == 0, "management does not");
	w.data_full = false;
	sta_tx_ready(w.st);
	ok(w.ngot == 1, "in the end it goes, too");
	world_end(&w);
}

int
main(void)
{
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
	return done();
}
