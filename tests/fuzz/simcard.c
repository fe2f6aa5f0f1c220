/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simcard.c - see simcard.h.
 */
#include <jansson.h>

#include "tests/fuzz/simcard.h"

const struct sim_model *const sim_models[] = { NULL };
uint64_t simcard_now = 1000000000;

static struct sim_model model;
static int (*model_create)(struct sim_dev *, void **);
static void *model_state;

static void
emit(void *arg, const char *name, const char *text, const char *human)
{
	json_t *j = json_loads(text, 0, NULL);

	(void)arg;
	(void)name;
	(void)human;
	CHECK(j != NULL);
	json_decref(j);
}

static uint64_t
clock_now(void *arg)
{
	(void)arg;
	return simcard_now;
}

static int
create(struct sim_dev *dev, void **state)
{
	int error = model_create(dev, state);

	model_state = *state;
	return error;
}

struct sim_dev *
simcard_new(const struct sim_model *m, const char *key, const char *value, void **state)
{
	static const struct sim_host_ops ops = { .emit = emit, .now = clock_now };
	struct sim_dev *dev;

	model = *m;
	model_create = m->create;
	model.create = create;
	CHECK(sim_dev_new(&model, &ops, NULL, &dev) == 0);
	CHECK(key == NULL || sim_dev_set(dev, key, value) == 0);
	CHECK(sim_dev_start(dev) == 0);
	sim_dev_attach(dev);
	*state = model_state;
	return dev;
}

const uint8_t *
simcard_step(const uint8_t *data, size_t size, size_t *at, unsigned *kind, size_t *len)
{
	const uint8_t *p = data + *at;

	if (*at + 4 > size)
		return NULL;
	*kind = p[0];
	*len = (size_t)(p[1] | p[2] << 8);
	*at += 3;
	if (*len > size - *at)
		*len = size - *at;
	*at += *len;
	return p + 3;
}
