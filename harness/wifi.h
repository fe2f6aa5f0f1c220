/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.h - the network that the command line names: what hyp_wifi() gives a personality.
 */
#ifndef HARNESS_WIFI_H
#define HARNESS_WIFI_H

#include <stddef.h>

#include "harness/options.h"

/*
 * Take the options' wifi part and read the file with the passphrase.  Before the device is
 * opened.  An errno; why names what is wrong and what would mend it.
 */
int	wifi_init(const struct options *, char *why, size_t size);

#endif /* HARNESS_WIFI_H */
