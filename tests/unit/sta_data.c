/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of the data of both ways: the counters, the capture. */
#define _GNU_SOURCE
#include <string.h>

#include "tests/unit/sta_traffic.h"
#include "tests/unit/tap.h"

static void
statistics(void)
{
	struct fakeap *ap = joined(true, false, true);

	receive(ap, (struct fakedata){ IP, .qos = true, .seq = 1 });
	transmit(peer, 0x0800, "x", 1);
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
	transmit(peer, 0x0800, "xy", 2);
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
	statistics();
	captures();
	return done();
}
