/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sta_auth_int.h - what sta_auth.c and sta_bench.c have in common beyond sta_auth.h.
 */
#ifndef TESTS_UNIT_STA_AUTH_INT_H
#define TESTS_UNIT_STA_AUTH_INT_H

#include <stdlib.h>

#include "tests/unit/sta_auth.h"

#define PASSPHRASE	"passphrase"
#define SSID		"home"

static inline void
must(bool good)
{
	if (!good)
		abort();
}

/* Octets as if by chance. */
void	auth_random(struct bench *, uint8_t *out, size_t len);
/* The key of PASSPHRASE and SSID, 32 octets. */
const uint8_t *auth_pmk(void);

#endif
