/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * models.c - the cards that voy-sim can be.
 */
#include "tools/sim/models.h"

const struct sim_model *const sim_models[] = {
	&sim_edu,
	&sim_i3160,
	&sim_i7260,
	&sim_i7265,
	&sim_i82574,
	&sim_scratch,
	NULL
};
