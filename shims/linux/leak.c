/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a driver has not given back, in words: of a thousand alike, naming whose place takes a
 * while, one is told, and at the end how many more there are.
 */
#include "softc.h"

#include <stdio.h>
#include <string.h>

static struct shim_leak *
find(struct shim_told *told, const char *what, const void *site)
{
	unsigned i;

	for (i = 0; i < told->n; i++)
		if (told->line[i].site == site && strcmp(told->line[i].what, what) == 0)
			return &told->line[i];
	return NULL;
}

void
shim_leak(struct pdk_softc *sc, unsigned *count, const void *site, const char *fmt, ...)
{
	struct shim_told *told = &sc->told;
	struct shim_leak *l;
	char what[sizeof(l->what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	++*count;
	if ((l = find(told, what, site)) != NULL) {
		l->more++;
		return;
	}
	if (told->n == nitems(told->line)) {
		told->others++;
		return;
	}
	l = &told->line[told->n++];
	memcpy(l->what, what, sizeof(what));
	l->site = site;
	hyp_log(sc->hyp, HYP_LOG_ERROR, "not given back: %s, from %s", what, SHIM_WHERE(site));
}

void
shim_leaks_told(struct pdk_softc *sc)
{
	const struct shim_leak *l;

	for (l = sc->told.line; l < &sc->told.line[sc->told.n]; l++)
		if (l->more > 0)
			hyp_log(sc->hyp, HYP_LOG_ERROR, "not given back: %u more: %s, from %s",
			    l->more, l->what, SHIM_WHERE(l->site));
	if (sc->told.others > 0)
		hyp_log(sc->hyp, HYP_LOG_ERROR, "not given back: %u more, from other places",
		    sc->told.others);
}
