/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simcard.h - a simulated card in the process of a fuzzing target: no client, a clock of the
 * target's.  That each of its events is good JSON is checked.  One card per program.
 */
#ifndef TESTS_FUZZ_SIMCARD_H
#define TESTS_FUZZ_SIMCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "tools/sim/device.h"

#define CHECK(cond) do { if (!(cond)) abort(); } while (0)

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern uint64_t simcard_now;		/* ns; sim_now() of the card */

/* A started card of the model with one setting (NULL: none), and its state. */
struct sim_dev *simcard_new(const struct sim_model *, const char *key, const char *value,
	    void **state);

/*
 * The next step of an input, from *at on, which moves behind it: a byte, which is *kind, a length of
 * 16 bits, and *len bytes.  Where they begin; NULL: there is none.
 */
const uint8_t *simcard_step(const uint8_t *data, size_t size, size_t *at, unsigned *kind,
	    size_t *len);

#endif
