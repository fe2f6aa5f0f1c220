/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rate.h - rates as the hub needs them; the public part is in air.h.
 *
 *	end = start + air_duration(&rate, freq, len + 4) + air_sifs(freq) +
 *	    air_duration(&ack, freq, 14);		with ack = air_ack_rate(&rate)
 *
 * All times in microseconds. The rate must be a valid one (air_rate_valid()).
 */
#ifndef TOOLS_SIM_AIR_RATE_H
#define TOOLS_SIM_AIR_RATE_H

#include "tools/sim/air/air.h"

/* PHY preamble and header: what comes before the first bit of the MAC header. */
unsigned air_preamble(const struct air_rate *);
/* The rest, for a PSDU of len bytes, without signal extension. */
unsigned air_payload_time(const struct air_rate *, size_t len);
/* The rate of the ACK to such a frame: 1 or 2 Mb/s for CCK; 6, 12 or 24 Mb/s for the rest. */
struct air_rate air_ack_rate(const struct air_rate *);
unsigned air_sifs(unsigned freq);
/*
 * dB that this rate needs above the 1 Mb/s rate. From the minimum sensitivities of
 * IEEE 802.11-2016, tables 17-18 and 19-23, with the differences as real cards show them.
 */
int	air_rate_margin(const struct air_rate *);

#endif
