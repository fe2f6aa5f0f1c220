/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conf_tap.h - a run's result as TAP version 14 (testanything.org), one line per check, by
 * pdk_printf(): into dmesg, or into the harness's log.
 *
 *	conform0: TAP version 14
 *	conform0: 1..3
 *	conform0: ok 1 - timer_once
 *	conform0: not ok 2 - timer_stop # the handler ran after pdk_timer_stop()
 *	conform0: ok 3 - firmware # SKIP there is no voyageur-conform.fw
 *	conform0: # FAIL: attach: 1 of 3 checks failed, 1 skipped
 *
 * All is in this header: two drivers use it, and both may be in one kernel.
 */
#ifndef CONF_TAP_H
#define CONF_TAP_H

#include <pdk.h>

struct conf_tap {
	struct pdk_dev	*t_dev;
	const char	*t_title;	/* of the document; NULL: none is begun */
	int		 t_plan, t_done, t_failed, t_skipped;
	/* of the check that runs */
	const char	*t_name, *t_fault, *t_why;
};

/* Begin a document of `plan` checks.  As all below: any context but FILTER. */
static inline void
conf_tap_begin(struct conf_tap *t, struct pdk_dev *dev, const char *title, int plan)
{
	*t = (struct conf_tap){ .t_dev = dev, .t_title = title, .t_plan = plan };
	pdk_printf(dev, "TAP version 14\n");
	pdk_printf(dev, "1..%d\n", plan);
	pdk_printf(dev, "# conformance: %s\n", title);
}

/* The check `name` begins. */
static inline void
conf_tap_check(struct conf_tap *t, const char *name)
{
	t->t_name = name;
	t->t_fault = t->t_why = NULL;
}

/* Something that has to hold, and what is wrong when it does not; returns `ok`. */
static inline int
conf_tap_ok(struct conf_tap *t, int ok, const char *fault)
{
	if (ok)
		return 1;
	if (t->t_fault == NULL)
		t->t_fault = fault;
	else
		pdk_printf(t->t_dev, "# %s: and %s\n", t->t_name, fault);
	return 0;
}

/* The check cannot be made here.  It is still failed if it has failed. */
static inline void
conf_tap_skip(struct conf_tap *t, const char *why)
{
	t->t_why = why;
}

/* The check has ended: its line. */
static inline void
conf_tap_result(struct conf_tap *t)
{
	t->t_done++;
	if (t->t_fault != NULL) {
		t->t_failed++;
		pdk_printf(t->t_dev, "not ok %d - %s # %s\n", t->t_done, t->t_name, t->t_fault);
	} else if (t->t_why != NULL) {
		t->t_skipped++;
		pdk_printf(t->t_dev, "ok %d - %s # SKIP %s\n", t->t_done, t->t_name, t->t_why);
	} else {
		pdk_printf(t->t_dev, "ok %d - %s\n", t->t_done, t->t_name);
	}
}

/* The document's end; the number of checks that failed or were never made. */
static inline int
conf_tap_end(struct conf_tap *t)
{
	int failed = t->t_failed + t->t_plan - t->t_done;

	if (failed == 0)
		pdk_printf(t->t_dev, "# pass: %s: %d checks, %d skipped\n", t->t_title, t->t_plan,
		    t->t_skipped);
	else
		pdk_printf(t->t_dev, "# FAIL: %s: %d of %d checks failed, %d skipped\n",
		    t->t_title, failed, t->t_plan, t->t_skipped);
	t->t_title = NULL;
	return failed;
}

/* What detach returns: 0, or an error that has been told if documents have failed. */
static inline int
conf_tap_verdict(struct pdk_dev *dev, int failures)
{
	if (failures == 0)
		return 0;
	pdk_fail(dev, EIO, "conformance: checks have failed, see \"not ok\" and \"FAIL\" above");
	return EIO;
}

#endif /* CONF_TAP_H */
