/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rates and air time against figures worked out by hand from IEEE 802.11-2016.
 */
#include "tests/unit/tap.h"
#include "tools/sim/air/rate.h"

#define LEGACY(i, f)	(&(struct air_rate){ AIR_RATE_LEGACY, (i), (f), 0 })
#define HT(i, f)	(&(struct air_rate){ AIR_RATE_HT, (i), (f), 0 })

static void
test_duration(void)
{
	ok(air_duration(LEGACY(2, 0), 2412, 14) == 192 + 112, "an ACK at 1 Mb/s");
	ok(air_duration(LEGACY(2, AIR_RATE_SHORTPRE), 2412, 14) == 192 + 112,
	    "1 Mb/s has no short preamble");
	ok(air_duration(LEGACY(22, AIR_RATE_SHORTPRE), 2412, 1024) == 96 + 745,
	    "11 Mb/s, short preamble: 8192 bits in 744.7 us");
	ok(air_duration(LEGACY(11, 0), 2412, 100) == 192 + 146, "5.5 Mb/s: 800 bits in 145.5 us");
	ok(air_duration(LEGACY(108, 0), 5180, 1536) == 20 + 57 * 4, "54 Mb/s: 57 symbols");
	ok(air_duration(LEGACY(108, 0), 2412, 1536) == 20 + 57 * 4 + 6,
	    "and in 2.4 GHz the signal extension");
	ok(air_duration(LEGACY(12, 0), 5180, 14) == 20 + 6 * 4, "an ACK at 6 Mb/s: 6 symbols");
	ok(air_duration(HT(7, 0), 5180, 1500) == 36 + 47 * 4, "HT20 MCS 7: 47 symbols");
	ok(air_duration(HT(7, AIR_RATE_GF), 5180, 1500) == 24 + 47 * 4, "greenfield");
	ok(air_duration(HT(15, AIR_RATE_40MHZ | AIR_RATE_SGI), 5180, 4000) == 40 + 108,
	    "HT40 MCS 15 short guard: 30 symbols of 3.6 us");
	ok(air_duration(HT(8, 0), 2412, 100) == 40 + 16 * 4 + 6, "HT20 MCS 8: two streams");
}

static void
test_speed(void)
{
	ok(air_rate_100kbps(LEGACY(11, 0)) == 55 && air_rate_100kbps(LEGACY(108, 0)) == 540,
	    "5.5 and 54 Mb/s");
	ok(air_rate_100kbps(HT(0, 0)) == 65 && air_rate_100kbps(HT(7, AIR_RATE_SGI)) == 722 &&
	    air_rate_100kbps(HT(15, AIR_RATE_40MHZ | AIR_RATE_SGI)) == 3000,
	    "6.5, 72.2 and 300 Mb/s");
	ok(air_rate_100kbps(LEGACY(3, 0)) == 0 && air_rate_100kbps(HT(32, 0)) == 0,
	    "no rate has no speed");
}

static void
test_valid(void)
{
	ok(air_rate_valid(LEGACY(22, 0), 2412) && !air_rate_valid(LEGACY(22, 0), 5180),
	    "11b is of 2.4 GHz only");
	ok(air_rate_valid(LEGACY(12, 0), 5180) && !air_rate_valid(LEGACY(13, 0), 5180),
	    "11a has eight rates");
	ok(air_rate_valid(HT(31, AIR_RATE_SGI), 2412) && !air_rate_valid(HT(32, 0), 2412) &&
	    !air_rate_valid(HT(0, AIR_RATE_SHORTPRE), 2412), "MCS 0 to 31");
	ok(!air_rate_valid(&(struct air_rate){ 0 }, 2412), "nothing is no rate");
}

static void
test_ack(void)
{
	struct air_rate a = air_ack_rate(LEGACY(22, AIR_RATE_SHORTPRE));

	ok(a.index == 4 && a.flags == AIR_RATE_SHORTPRE, "2 Mb/s answers 11 Mb/s");
	ok(air_ack_rate(LEGACY(2, 0)).index == 2, "1 Mb/s answers 1 Mb/s");
	ok(air_ack_rate(LEGACY(18, 0)).index == 12 && air_ack_rate(LEGACY(36, 0)).index == 24 &&
	    air_ack_rate(LEGACY(108, 0)).index == 48, "6, 12 and 24 Mb/s answer the others");
	ok(air_ack_rate(HT(0, 0)).index == 12 && air_ack_rate(HT(7, 0)).index == 48,
	    "and HT likewise");
}

static void
test_channels(void)
{
	int bad = 0;

	for (unsigned f = 0; f < 7000; f++) {
		unsigned c = air_freq_chan(f);

		bad += c != 0 && air_chan_freq(c) != f;
	}
	ok(bad == 0, "a channel's frequency is that channel's");
	ok(air_chan_freq(1) == 2412 && air_chan_freq(14) == 2484 && air_chan_freq(36) == 5180 &&
	    air_chan_freq(165) == 5825, "known channels");
	ok(air_chan_freq(0) == 0 && air_chan_freq(15) == 0 && air_chan_freq(200) == 0,
	    "others are none");
}

int
main(void)
{
	test_duration();
	test_speed();
	test_valid();
	test_ack();
	test_channels();
	return done();
}
