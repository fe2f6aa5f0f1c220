/* SPDX-License-Identifier: BSD-2-Clause */
/* A device: opened for a driver, checked, and left as it was found. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/arena.h"
#include "harness/clock.h"
#include "harness/contain.h"
#include "harness/dev.h"
#include "harness/dmacheck.h"
#include "harness/memcheck.h"
#include "harness/life.h"
#include "harness/options.h"
#include "harness/rr.h"
#include "harness/text.h"
#include "harness/trace.h"

#define PCI_ID		0x00		/* PCI Local Bus 3.0, 6.1 */
#define PCI_COMMAND	0x04
#define PCI_COMMAND_MASTER 0x4

void
dev_gone(struct hyp_dev *dev, const char *why)
{
	if (dev != NULL)	/* else it went before it was open */
		bar_gone(dev);
	life_fail(dev, 0, "%s", why);
}

const char *
dev_why_gone(const struct hyp_dev *dev)
{
	return dev->vfio != NULL ? vfio_gone(dev->vfio) : NULL;
}

void
dev_tell_gone(struct hyp_dev *dev)
{
	const char *why = dev_why_gone(dev);

	if (why == NULL || atomic_load(&dev->gone_told))
		return;
	hyp_clock_enter();	/* recorded in the turn of who comes first */
	if (!atomic_exchange(&dev->gone_told, true)) {
		rr_gone(why);
		dev_gone(dev, why);
	}
	hyp_clock_leave();
}

static void
on_gone(void *arg, const char *why)
{
	(void)why;
	dev_tell_gone(arg);
}

/* Is it there, and is it one that the driver takes? */
static int
identify(struct hyp_dev *dev, const char *target, struct vfio_err *err)
{
	uint32_t id = UINT32_MAX;
	int error;

	error = vfio_config_read(dev->vfio, PCI_ID, 4, &id);
	if (error != 0 || id == UINT32_MAX) {
		snprintf(err->text, sizeof(err->text), "%s: the device reads all ones: it was "
		    "pulled out, or has no power", target);
		return error != 0 ? error : ENODEV;
	}
	if (dev->pers->match != NULL && !dev->pers->match(id & 0xffff, (uint16_t)(id >> 16))) {
		snprintf(err->text, sizeof(err->text), "%s: is %04x:%04x, which the driver %s does "
		    "not take", target, id & 0xffff, id >> 16, dev->pers->driver);
		return ENODEV;
	}
	return 0;
}

/* What the IOMMU refuses the device is told, where there is one and it can be known. */
static void
enforce(struct hyp_dev *dev, const char *target)
{
	int error;

	if (rr_replays() || strncmp(target, OPTIONS_UNIX, strlen(OPTIONS_UNIX)) == 0)
		return;
	error = dmacheck_enforce(dev->check, target);
	if (error != 0)
		hyp_log(dev, HYP_LOG_WARN, "DMA: what the IOMMU refuses the device is not told here: "
		    "the kernel's log cannot be read: %s; run it as root, or set "
		    "kernel.dmesg_restrict to 0", strerror(error));
}

/* Reach it: the backend, its clock, and is it one that the driver takes? */
static int
reach(struct hyp_dev *dev, const char *target, struct vfio_err *err)
{
	struct vfio_open_opts opts = { .gone = on_gone, .gone_arg = dev, .air_clock = true };
	int error, clock;

	if (dev->check != NULL && !dev->strict) {
		opts.no_dma_fds = true;
		opts.dma_access = dmacheck_access;
		opts.dma_access_arg = dev->check;
	}
	error = vfio_open(target, &opts, &dev->vfio, err);
	if (error == 0 && dev->check != NULL && !dev->strict &&
	    vfio_dma_watch(dev->vfio, NULL) == 0)
		dmacheck_see(dev->check);
	else if (error == 0 && dev->check != NULL)
		enforce(dev, target);
	if (error == 0 && (clock = vfio_take_clock(dev->vfio)) >= 0)
		clock_follow(clock);
	return error == 0 ? identify(dev, target, err) : error;
}

int
dev_open(const struct hyp_personality *pers, const struct options *opt, struct hyp_dev **devp,
    struct vfio_err *err)
{
	struct hyp_dev *dev = calloc(1, sizeof(*dev));
	int error;

	*devp = NULL;
	if (dev == NULL) {
		snprintf(err->text, sizeof(err->text), "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	dev->pers = pers;
	dev->strict = opt->strict;
	dev->dma_bits = pers->dma_bits != 0 ? pers->dma_bits : 32;
	snprintf(dev->unit, sizeof(dev->unit), "%s0", pers->driver);
	pthread_mutex_init(&dev->lock, NULL);
	err->text[0] = '\0';
	error = opt->check || opt->strict ?
	    dmacheck_new(opt->check, !opt->debugger && !memcheck_is(), &dev->check) : 0;
	if (error == 0 && !rr_replays())
		error = reach(dev, opt->target, err);
	else if (error == 0 && rr_ended(err->text, sizeof(err->text)))
		error = ENODEV;		/* so it was not reached then */
	contain_thread();
	if (error == 0)
		error = intr_start(dev, err);
	if (error != 0) {
		dev_close(dev);
		return error;
	}
	*devp = dev;
	return 0;
}

void
dev_close(struct hyp_dev *dev)
{
	if (dev == NULL)
		return;
	intr_stop(dev);
	arena_free(dev->arena);
	if (!rr_replays())
		vfio_close(dev->vfio);
	dmacheck_free(dev->check);
	clock_unfollow();
	pthread_mutex_destroy(&dev->lock);
	free(dev);
}

int
dev_reset_untold(struct hyp_dev *dev, struct vfio_err *err)
{
	if (dev->pers->reset_fails == NULL || dev->pers->reset_fails(dev) == 0)
		return vfio_reset(dev->vfio, err);
	snprintf(err->text, sizeof(err->text), "%s: reset: %s", dev->unit, strerror(EIO));
	return EIO;
}

int
dev_reset(struct hyp_dev *dev, struct vfio_err *err)
{
	int error;

	error = rr_replays() ? 0 : dev_reset_untold(dev, err);
	if (rr_replays() && dev->pers->reset_fails != NULL)
		(void)dev->pers->reset_fails(dev);	/* as then, it says so */
	if (turn_mine()) {
		rr_call(RR_RESET, 0);
		error = (int)rr_result((uint64_t)error);
		rr_done();
		if (error != 0)
			rr_why(err->text, sizeof(err->text));
	}
	trace_put(TRACE_RESET, 0, (uint32_t)error, 0, 0);
	return error;
}

static void
add_object(void *arg, const char *what, uint64_t iova, const void *va, size_t size)
{
	(void)va;
	text_add(arg, " [%s, %zu bytes at 0x%llx]", what, size, (unsigned long long)iova);
}

/* No bus mastering while no driver is there. */
static void
quiesce(struct hyp_dev *dev)
{
	uint32_t cmd;

	if (!rr_replays() && vfio_config_read(dev->vfio, PCI_COMMAND, 2, &cmd) == 0 && cmd != 0xffff &&
	    (cmd & PCI_COMMAND_MASTER) != 0)
		vfio_config_write(dev->vfio, PCI_COMMAND, 2, cmd & ~(uint32_t)PCI_COMMAND_MASTER);
}

bool
dev_leaks(struct hyp_dev *dev, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	struct text objects = { (char [512]){ "" }, 512, 0 };
	unsigned n, i;

	buf[0] = '\0';
	quiesce(dev);
	if (intr_established(dev)) {
		text_add(&t, ", interrupts");
		hyp_intr_disestablish(dev);
	}
	for (i = 0; i < DEV_BARS; i++)
		if (dev->bar[i].mapped) {
			text_add(&t, ", BAR %u", i);
			hyp_bar_unmap(&dev->bar[i]);
		}
	n = rr_mode != RR_OFF ? rr_mem_each(4, add_object, &objects) :
	    dev->arena != NULL ? arena_each(dev->arena, 4, add_object, &objects) : 0;
	if (n > 0)
		text_add(&t, ", %u DMA object%s%s%s", n, n > 1 ? "s" : "", objects.buf,
		    n > 4 ? " ..." : "");
	if (dev->check != NULL)
		dmacheck_end(dev->check);
	n = atomic_exchange(&dev->firmware, 0);
	if (n > 0)
		text_add(&t, ", %u firmware image%s", n, n > 1 ? "s" : "");
	rr_mem_drop();
	arena_free(dev->arena);
	dev->arena = NULL;
	if (t.len > 0)
		memmove(buf, buf + 2, strlen(buf + 2) + 1);
	return t.len > 0;
}
