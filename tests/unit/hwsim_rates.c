/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rates and status between mac80211_hwsim's way to write them and the air's.
 */
#include <string.h>

#include "tests/unit/tap.h"
#include "tools/sim/air/frame.h"
#include "tools/sim/hwsim/hwsim.h"

#define NONE	{ .idx = -1 }

static const uint8_t qos_data[26] = { 0x88, 0x01 };

static struct hwsim_tx
sent(uint32_t freq, struct hwsim_rate a, struct hwsim_rate b)
{
	return (struct hwsim_tx){ .cookie = 5, .freq = freq, .frame = qos_data,
	    .len = sizeof(qos_data), .rate = { a, b, NONE, NONE } };
}

static void
ladders(void)
{
	struct air_rate r[HWSIM_RATES];
	struct hwsim_tx tx = sent(2412, (struct hwsim_rate){ 3, 4, HWSIM_RC_SHORTPRE },
	    (struct hwsim_rate){ 11, 0, 0 });

	ok(hwsim_ladder(&tx, r) == 2 && r[0].kind == AIR_RATE_LEGACY && r[0].index == 22 &&
	    r[0].flags == AIR_RATE_SHORTPRE && r[0].tries == 4, "2.4 GHz: index 3 is 11 Mb/s");
	ok(r[1].index == 108 && r[1].tries == 1, "index 11 is 54 Mb/s; no tries are one");
	tx = sent(5180, (struct hwsim_rate){ 0, 2, 0 }, (struct hwsim_rate)NONE);
	ok(hwsim_ladder(&tx, r) == 1 && r[0].index == 12, "5 GHz: index 0 is 6 Mb/s");
	tx = sent(5180, (struct hwsim_rate){ 8, 2, 0 }, (struct hwsim_rate)NONE);
	ok(hwsim_ladder(&tx, r) == 1 && r[0].index == 12 && r[0].tries == 1,
	    "an index that the band has not: the lowest rate");
	tx = sent(2412, (struct hwsim_rate){ 15, 3, HWSIM_RC_MCS | HWSIM_RC_SGI | HWSIM_RC_40MHZ },
	    (struct hwsim_rate){ 0x19, 3, HWSIM_RC_VHT });
	ok(hwsim_ladder(&tx, r) == 2 && r[0].kind == AIR_RATE_HT && r[0].index == 15 &&
	    r[0].flags == AIR_RATE_SGI, "HT, made 20 MHz wide");
	ok(r[1].index == 15 && r[1].kind == AIR_RATE_HT, "VHT MCS 9 of two streams is MCS 15");
	tx = sent(2412, (struct hwsim_rate)NONE, (struct hwsim_rate)NONE);
	ok(hwsim_ladder(&tx, r) == 1 && r[0].index == 2 && r[0].tries == 1,
	    "no rate at all: 1 Mb/s once");
	for (int idx = -128; idx < 128; idx++)
		for (unsigned flags = 0; flags < 0x800; flags++)
			for (unsigned i = 0; i < 2; i++) {
				tx = sent(i == 0 ? 2412 : 5180, (struct hwsim_rate)
				    { (int8_t)idx, 1, (uint16_t)flags }, (struct hwsim_rate)NONE);
				if (hwsim_ladder(&tx, r) != 1 || !air_rate_valid(r, tx.freq))
					ok(0, "every rate is a valid one on the air");
			}
}

static void
flags_and_priority(void)
{
	uint8_t beacon[40] = { 0x80 }, bar[20] = { 0x84, 0, [17] = 0x50 };
	struct hwsim_tx tx = sent(2412, (struct hwsim_rate){ 3, 4, HWSIM_RC_RTS },
	    (struct hwsim_rate)NONE);

	tx.flags = HWSIM_TX_NO_ACK;
	ok(hwsim_air_flags(&tx) == (AIR_TX_RTS | AIR_TX_NOACK), "RTS and no ACK");
	tx = sent(2412, (struct hwsim_rate){ 3, 4, HWSIM_RC_CTSSELF }, (struct hwsim_rate)NONE);
	tx.frame = beacon;
	tx.len = sizeof(beacon);
	ok(hwsim_air_flags(&tx) == (AIR_TX_CTSSELF | AIR_TX_TSF), "a beacon gets the air's time");
	tx.len = 30;
	ok((hwsim_air_flags(&tx) & AIR_TX_TSF) == 0, "one that is cut off does not");
	ok(hwsim_prio(beacon, sizeof(beacon)) > hwsim_prio(qos_data, sizeof(qos_data)),
	    "beacons go first");
	ok(hwsim_prio(bar, sizeof(bar)) == 4, "a BAR goes with the data of its TID");
	ok(hwsim_prio(bar, 3) == 0, "a frame that is none");
}

static void
statuses(void)
{
	struct hwsim_tx tx = sent(2412, (struct hwsim_rate){ 3, 4, 0 },
	    (struct hwsim_rate){ 0, 9, 0 });
	struct air_txstatus st = { .result = AIR_TX_ACKED, .tries = 6, .rung = 1,
	    .rate = { .tries = 2 }, .ack_signal = -61 };
	struct hwsim_txinfo info;

	tx.flags = HWSIM_TX_REQ_STATUS;
	hwsim_status(&tx, &st, &info);
	ok(info.cookie == 5 && info.flags == (HWSIM_TX_REQ_STATUS | HWSIM_TX_ACKED) &&
	    info.signal == -61, "acknowledged, and how loud");
	ok(info.rate[0].idx == 3 && info.rate[0].count == 4 && info.rate[1].idx == 0 &&
	    info.rate[1].count == 2 && info.rate[2].idx == -1, "the tries made at each rate");
	st = (struct air_txstatus){ .result = AIR_TX_NOANSWER, .tries = 4,
	    .rate = { .tries = 4 } };
	hwsim_status(&tx, &st, &info);
	ok(info.flags == HWSIM_TX_REQ_STATUS && info.rate[0].count == 4 &&
	    info.rate[1].idx == -1, "no answer");
	st = (struct air_txstatus){ .result = AIR_TX_OFF, .rung = 9 };
	hwsim_status(&tx, &st, &info);
	ok((info.flags & HWSIM_TX_ACKED) == 0 && info.rate[0].idx == 3 && info.rate[1].idx == -1,
	    "not sent");
	st = (struct air_txstatus){ .result = AIR_TX_ACKED, .tries = 1, .rung = 60000 };
	hwsim_status(&tx, &st, &info);
	ok(info.flags == (HWSIM_TX_REQ_STATUS | HWSIM_TX_ACKED), "a rung that is none");
}

static void
received(void)
{
	struct air_rate r = { .kind = AIR_RATE_LEGACY, .index = 11 };

	ok(hwsim_rx_rate(&r, 2412) == 2, "5.5 Mb/s is index 2 in 2.4 GHz");
	r.index = 108;
	ok(hwsim_rx_rate(&r, 5180) == 7 && hwsim_rx_rate(&r, 2412) == 11, "54 Mb/s is the last");
	r = (struct air_rate){ .kind = AIR_RATE_HT, .index = 7 };
	ok(hwsim_rx_rate(&r, 5180) == 7, "MCS 7 is shown as 54 Mb/s");
	r.index = 0;
	ok(hwsim_rx_rate(&r, 2412) == 4 && hwsim_rx_rate(&r, 5180) == 0,
	    "MCS 0 is shown as 6 Mb/s");
	for (unsigned i = 0; i < 256; i++)
		for (unsigned k = 0; k < 4; k++) {
			r = (struct air_rate){ .kind = (uint8_t)k, .index = (uint8_t)i };
			if (hwsim_rx_rate(&r, 5180) > 7 || hwsim_rx_rate(&r, 2412) > 11)
				ok(0, "never an index that the band has not");
		}
}

int
main(void)
{
	ladders();
	flags_and_priority();
	statuses();
	received();
	return done();
}
