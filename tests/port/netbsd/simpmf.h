/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simpmf.h - what pmf(9) does with a network interface when the system sleeps and wakes: simnet.c.
 */
#ifndef SIMPMF_H
#define SIMPMF_H

extern void (*k_net_sleep)(void), (*k_net_wake)(void);

#endif /* SIMPMF_H */
