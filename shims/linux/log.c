/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.c - what the driver tells the user: lines, milestones, facts, failure; and time.
 */
#include "softc.h"

#include <stdio.h>
#include <string.h>

uint64_t
pdk_uptime_ms(void)
{
	return hyp_clock_ns() / 1000000;
}

void
pdk_printf(struct pdk_dev *dev, const char *fmt, ...)
{
	struct pdk_softc *sc = shim_sc(dev);
	char line[512];
	va_list ap;
	size_t len;

	SHIM_CHECK(sc, pdk_printf);
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	len = strlen(line);
	if (len != 0 && line[len - 1] == '\n')	/* a kernel's line ends in one, a log's not */
		line[len - 1] = '\0';
	hyp_log(sc->hyp, HYP_LOG_INFO, "%s", line);
}

void
pdk_state(struct pdk_dev *dev, const char *state)
{
	struct pdk_softc *sc = shim_sc(dev);
	const char *const *s;

	SHIM_CHECK(sc, pdk_state);
	for (s = sc->drv->states; s != NULL && *s != NULL; s++)
		if (strcmp(*s, state) == 0)
			break;
	if (s == NULL || *s == NULL)
		shim_violation(sc, R_pdk_state, "\"%s\" is not in the states of driver %s", state,
		    sc->drv->name);
	hyp_state(sc->hyp, *s);
}

void
pdk_note(struct pdk_dev *dev, const char *where, const char *what, unsigned index)
{
	hyp_note(shim_sc(dev)->hyp, where, what, index, 0);
}

void
pdk_info(struct pdk_dev *dev, const char *key, const char *fmt, ...)
{
	struct pdk_softc *sc = shim_sc(dev);
	char value[512];
	va_list ap;

	SHIM_CHECK(sc, pdk_info);
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	hyp_info(sc->hyp, key, value);
}

void
pdk_fail(struct pdk_dev *dev, int error, const char *fmt, ...)
{
	struct pdk_softc *sc = shim_sc(dev);
	char text[512];
	va_list ap;

	SHIM_CHECK(sc, pdk_fail);
	shim_check_errno(sc, error, NULL, "pdk_fail()");
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hyp_fail(sc->hyp, error, text);
}
