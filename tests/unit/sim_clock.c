/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock and the timers of a simulated card in-process: a clock of the model's own that stands
 * still and jumps, timers of one time, and what the model is told before the transport waits.
 * Prints TAP.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/sim/device.h"
#include "tests/unit/tap.h"

#define MS	UINT64_C(1000000)	/* ns */
#define NTIMERS	6

struct probe {
	struct sim_dev	*dev;
	struct sim_timer timer[NTIMERS];
	unsigned	rearm;		/* how often timer 0 arms itself for now */
	char		fired[64];
	uint64_t	at[64], rest, stir;
	unsigned	nfired, nrest, nstir;
};

static struct probe probe;
static uint64_t wall, shared;
static bool stands;

static void
fire(void *arg)
{
	unsigned i = (unsigned)((struct sim_timer *)arg - probe.timer);

	probe.at[probe.nfired] = sim_now(probe.dev);
	probe.fired[probe.nfired++] = (char)('0' + i);
	if (i == 0 && probe.rearm > 0) {
		probe.rearm--;
		sim_timer_arm(&probe.timer[0], 0);
	}
}

static int
create(struct sim_dev *dev, void **statep)
{
	memset(&probe, 0, sizeof(probe));
	probe.dev = dev;
	for (unsigned i = 0; i < NTIMERS; i++)
		sim_timer_init(dev, &probe.timer[i], fire, &probe.timer[i]);
	*statep = &probe;
	return 0;
}

static void
destroy(void *state)
{
	(void)state;
}

static int
start(void *state)
{
	(void)state;
	sim_cfg_ids(probe.dev, &(struct sim_ids){ .vendor = 1, .device = 1 });
	return 0;
}

static void
reset(void *state, enum sim_reset why)
{
	(void)state;
	(void)why;
}

static void
rest(void *state, uint64_t next)
{
	(void)state;
	probe.rest = next;
	probe.nrest++;
}

static void
stir(void *state, uint64_t next)
{
	(void)state;
	probe.stir = next;
	probe.nstir++;
}

static const struct sim_model sim_probe = { .name = "probe", .summary = "", .create = create,
	.destroy = destroy, .start = start, .reset = reset, .rest = rest, .stir = stir };
const struct sim_model *const sim_models[] = { &sim_probe, NULL };

static uint64_t
wall_now(void *arg)
{
	(void)arg;
	return wall;
}

static uint64_t
shared_now(void *arg)
{
	(void)arg;
	return shared;
}

static bool
shared_stands(void *arg)
{
	(void)arg;
	return stands;
}

static const struct sim_host_ops ops = { .now = wall_now };
static const struct sim_clock clock_of_air = { .now = shared_now, .stands = shared_stands };

static void
card(void)
{
	struct sim_dev *dev;

	wall = 5000 * MS;
	if (sim_dev_new(&sim_probe, &ops, NULL, &dev) != 0 || sim_dev_start(dev) != 0)
		abort();
	sim_dev_attach(dev);
}

static void
test_order(void)
{
	card();
	sim_timer_arm(&probe.timer[3], 7000);
	sim_timer_arm(&probe.timer[1], 1000);
	sim_timer_arm(&probe.timer[4], 7000);
	sim_timer_arm(&probe.timer[2], 1000);
	wall += 1 * MS;
	sim_dev_run_timers(probe.dev);
	ok(strcmp(probe.fired, "12") == 0, "timers of one time in the order of arming");
	sim_timer_arm(&probe.timer[3], 6000);
	wall += 6 * MS;
	sim_dev_run_timers(probe.dev);
	ok(strcmp(probe.fired, "1243") == 0, "armed again, a timer goes behind the others");
	probe.nfired = 0;
	probe.rearm = 5;
	sim_timer_arm(&probe.timer[0], 0);
	sim_timer_arm(&probe.timer[5], 0);
	sim_dev_run_timers(probe.dev);
	ok(probe.nfired == 2 && memcmp(probe.fired, "05", 2) == 0,
	    "a timer that arms itself for now waits for the next round");
	ok(sim_dev_next_timer(probe.dev) == 0, "which is at once, with the clock where it was");
	for (unsigned i = 0; i < 10; i++)
		sim_dev_run_timers(probe.dev);
	ok(probe.nfired == 7 && sim_dev_next_timer(probe.dev) == -1, "until it does not");
	sim_dev_free(probe.dev);
}

static void
test_shared_clock(void)
{
	uint64_t now;

	card();
	sim_timer_arm(&probe.timer[1], 3600 * 1000000u);
	now = sim_now(probe.dev);
	shared = 123;
	stands = true;
	sim_use_clock(probe.dev, &clock_of_air, NULL);
	ok(sim_now(probe.dev) == now && sim_wall(probe.dev) == wall,
	    "another clock begins where the wall's was");
	ok(sim_clock_time(probe.dev, now + 77) == 200, "and can be read in its own time");
	wall += 7200 * 1000 * MS;
	sim_dev_run_timers(probe.dev);
	ok(sim_now(probe.dev) == now && probe.nfired == 0, "the wall's time moves it not");
	shared += 3600 * 1000 * MS;
	ok(sim_dev_next_timer(probe.dev) == 0, "its own does");
	sim_dev_run_timers(probe.dev);
	ok(probe.nfired == 1 && probe.at[0] == now + 3600 * 1000 * MS, "to the nanosecond");
	shared -= 1000 * MS;
	ok(sim_now(probe.dev) == now + 3600 * 1000 * MS, "a clock that goes back is not followed");
	shared += 1000 * MS;
	sim_timer_arm(&probe.timer[1], 30);
	ok(sim_dev_next_timer(probe.dev) > 1000000, "a timer is not looked after all the time "
	    "while the clock stands");
	stands = false;
	ok(sim_dev_next_timer(probe.dev) == 30000, "but is when it goes");
	sim_use_clock(probe.dev, NULL, NULL);
	wall += 30000;
	ok(sim_now(probe.dev) == now + 3600 * 1000 * MS + 30000 &&
	    sim_dev_next_timer(probe.dev) == 0, "and the wall's takes over where it was");
	sim_dev_free(probe.dev);
}

static void
test_hooks(void)
{
	card();
	sim_dev_rest(probe.dev);
	ok(probe.nrest == 1 && probe.rest == UINT64_MAX, "at rest without a timer: for ever");
	sim_timer_arm(&probe.timer[1], 1000);
	sim_dev_rest(probe.dev);
	ok(probe.nrest == 2 && probe.rest == wall + MS, "with one: until it is due");
	sim_timer_arm(&probe.timer[2], 0);
	sim_dev_rest(probe.dev);
	ok(probe.nrest == 2, "with one that is due: not at rest");
	sim_dev_stir(probe.dev);
	ok(probe.nstir == 1 && probe.stir == wall, "an answer to the client tells what is due");
	ok(sim_dev_clock(probe.dev) == -1, "a model without a clock to share");
	sim_dev_free(probe.dev);
}

int
main(void)
{
	test_order();
	test_shared_clock();
	test_hooks();
	return done();
}
