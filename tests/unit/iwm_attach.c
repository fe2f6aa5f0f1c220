/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iwm's attach against a pdk that only counts: whatever step fails, everything taken before
 * it is given back, and detach gives back everything.
 */
#include <stdlib.h>

#include <pdk.h>

#include "iwm_fakepdk.h"
#include "tests/unit/tap.h"

static struct pdk_dev *
attach(int at, int *error)
{
	struct pdk_dev *dev = calloc(1, pdk_linux_driver->softc_size);

	if (dev == NULL)
		abort();
	steps = failures = 0;
	fail_at = at;
	*error = pdk_linux_driver->attach(dev);
	fail_at = -1;
	return dev;
}

static int
nothing_left(void)
{
	return live == 0 && bar_mapped == 0 && !established && !locked;
}

/* A 7265D has the PCI device of a 7265, but wants another firmware; so may others come. */
static void
test_another_chip(void)
{
	static const uint32_t others[] = { 0x210, 0x230 };
	struct pdk_dev *dev;
	unsigned i;
	int error;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		hw_rev = others[i];
		dev = attach(-1, &error);
		ok(error == ENODEV && failures == 1 && nothing_left(),
		    "a chip of another kind behind a known PCI device is refused, with the cause");
		free(dev);
	}
	hw_rev = 0x148;
	dev = attach(-1, &error);
	ok(error == 0 && pdk_linux_driver->detach(dev) == 0, "another step of the chip is taken");
	hw_rev = 0x144;
	free(dev);
}

/* The card says how large its BAR is, and may say anything. */
static void
test_a_small_bar(void)
{
	struct pdk_dev *dev;
	int error;

	bar_size = 4096;
	dev = attach(-1, &error);
	ok(error == ENXIO && failures == 1 && nothing_left(),
	    "a card whose registers are not all in its BAR is refused, with the cause");
	bar_size = 8192;
	free(dev);
}

int
main(void)
{
	struct pdk_dev *dev;
	int error, n, bad = 0, silent = 0;

	for (n = 0;; n++) {
		dev = attach(n, &error);
		if (error == 0)
			break;
		bad += !nothing_left();
		silent += failures != 1;
		free(dev);
	}
	ok(n > 3 * 256 + 31, "attach has many steps that can fail");
	ok(bad == 0, "whichever fails, everything before it is undone");
	ok(silent == 0, "and it is reported, once");
	ok(live > 0 && bar_mapped == 1 && established, "the last one succeeds");
	ok(pdk_linux_driver->attach_late(dev) == ENOENT && failures == 1,
	    "attach_late without a firmware file is reported");
	ok(pdk_linux_driver->detach(dev) == 0 && nothing_left(), "detach gives everything back");
	free(dev);
	test_another_chip();
	test_a_small_bar();
	return done();
}
