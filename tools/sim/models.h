/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * models.h - one line per card model; models.c has the table.
 */
#ifndef TOOLS_SIM_MODELS_H
#define TOOLS_SIM_MODELS_H

#include "tools/sim/sim.h"

extern const struct sim_model sim_edu, sim_i3160, sim_i7260, sim_i7265, sim_i82574, sim_scratch;

#endif
