/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_net.h - for run-fake: a network port with a whole other host behind it, 10.9.8.1, which
 * answers ARP, ping and DHCP, and takes each frame only when it is offered a second time.
 */
#ifndef TESTS_UNIT_FAKE_NET_H
#define TESTS_UNIT_FAKE_NET_H

#include "harness/hypercall.h"

/* Open the port and set its link up; an errno, ENOSYS without --net. */
int	fake_net_start(struct hyp_dev *);
void	fake_net_stop(void);
/* The link; and what the port has counted, as malloced JSON. */
void	fake_net_carrier(int up);
char	*fake_net_counts(void);

#endif
