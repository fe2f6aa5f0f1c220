/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to know of the interrupts, for a report. */
#include "harness/clock.h"
#include "harness/intr_int.h"
#include "harness/report.h"
#include "harness/rr.h"

#define PCI_COMMAND_STATUS	0x04	/* PCI Local Bus 3.0, 6.2.2 and 6.2.3 */
#define COMMAND_MASTER		0x0004
#define COMMAND_INTX_OFF	0x0400
#define STATUS_INTX		0x00080000

/* What the device's configuration says; it is not asked when it does not answer. */
static void
tell_config(struct hyp_dev *dev, unsigned kind, struct jsonw *j)
{
	uint32_t v = UINT32_MAX;

	if (rr_replays())
		return;
	if (dev->gone || vfio_config_read(dev->vfio, PCI_COMMAND_STATUS, 4, &v) != 0 ||
	    v == UINT32_MAX)
		report_fatal_say(j, "the device's configuration space cannot be read");
	else if (kind == HYP_INTX)
		report_fatal_say(j, "INTx: %s by COMMAND, %s by STATUS",
		    (v & COMMAND_INTX_OFF) != 0 ? "disabled" : "enabled",
		    (v & STATUS_INTX) != 0 ? "raised" : "not raised");
	else
		report_fatal_say(j, "bus master: %s", (v & COMMAND_MASTER) != 0 ? "yes" :
		    "no; such a device cannot send an MSI");
}

const char *
intr_kind_name(unsigned kind)
{
	return kind == HYP_MSIX ? "MSI-X" : kind == HYP_MSI ? "MSI" : "INTx";
}

/*
 * A vector that has been raised is handled as soon as the thread is idle; who is not idle has what
 * was raised since before it.
 */
static void
tell_vector(struct intr *in, unsigned vec, uint64_t now, struct jsonw *j)
{
	unsigned long runs = atomic_load(&in->runs[vec]);
	uint64_t last = clock_ticks_to_run_ns(atomic_load(&in->last[vec]));
	double ago = now > last ? (double)(now - last) / 1e9 : 0;

	if (runs == 0)
		report_fatal_say(j, "vector %u: never raised", vec);
	else
		report_fatal_say(j, "vector %u: raised %lu times, the last %.3f s ago; %s", vec,
		    runs, ago, in->running ? "a handler runs, and what is raised now waits for its "
		    "end" : "not since");
}

/* Without the lock: this is for who cannot wait. */
void
intr_tell(struct hyp_dev *dev, uint64_t now, struct jsonw *j)
{
	struct intr *in = dev->intr;
	unsigned n = in->had, kind = in->kind, vec;

	if (n == 0 || n > INTR_VECTORS) {
		report_fatal_say(j, "none have been connected");
		return;
	}
	report_fatal_say(j, "%s%s, %u vector%s%s", in->nvec == 0 ? "not connected now; before: " : "",
	    intr_kind_name(kind), n, n > 1 ? "s" : "", in->held ? "; the device is suspended" : "");
	for (vec = 0; vec < n; vec++)
		if (vec < 8 || atomic_load(&in->runs[vec]) != 0)
			tell_vector(in, vec, now, j);
	tell_config(dev, kind, j);
}

unsigned long
intr_since(struct hyp_dev *dev, uint64_t ticks, bool *runs)
{
	struct intr *in = dev->intr;
	unsigned n = in->had, vec;
	unsigned long came = 0;

	*runs = in->running;
	for (vec = 0; vec < n && vec < INTR_VECTORS; vec++)
		came += atomic_load(&in->last[vec]) >= ticks && ticks != 0;
	return came;
}
