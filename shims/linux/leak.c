/* SPDX-License-Identifier: BSD-2-Clause */
/* What a driver has not given back, in words: each kind and place once, with how many there are. */
#include "softc.h"

#include <stdio.h>
#include <string.h>

#define LINES	32

/* What is told already: of a thousand alike, naming whose place takes a while, one is. */
static struct {
	struct leak {
		char		 what[160];
		const void	*site;
		unsigned	 more;
	}		 line[LINES];
	unsigned	 n, others;
} T;

static struct leak *
told(const char *what, const void *site)
{
	unsigned i;

	for (i = 0; i < T.n; i++)
		if (T.line[i].site == site && strcmp(T.line[i].what, what) == 0)
			return &T.line[i];
	return NULL;
}

void
shim_leak(struct pdk_softc *sc, unsigned *count, const void *site, const char *fmt, ...)
{
	struct leak *l;
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	++*count;
	if ((l = told(what, site)) != NULL) {
		l->more++;
		return;
	}
	if (T.n == LINES) {
		T.others++;
		return;
	}
	l = &T.line[T.n++];
	snprintf(l->what, sizeof(l->what), "%s", what);
	l->site = site;
	l->more = 0;
	hyp_log(sc->hyp, HYP_LOG_ERROR, "not given back: %s, from %s", what, SHIM_WHERE(site));
}

void
shim_leaks_told(struct pdk_softc *sc)
{
	const struct leak *l;
	unsigned i;

	for (i = 0; i < T.n; i++) {
		l = &T.line[i];
		if (l->more > 0)
			hyp_log(sc->hyp, HYP_LOG_ERROR, "not given back: %u more: %s, from %s",
			    l->more, l->what, SHIM_WHERE(l->site));
	}
	if (T.others > 0)
		hyp_log(sc->hyp, HYP_LOG_ERROR, "not given back: %u more, from other places",
		    T.others);
	T.n = T.others = 0;
}
