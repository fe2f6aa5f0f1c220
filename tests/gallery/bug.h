/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bug.h - a bug to be seeded, asked for by its name; see exhibit.py.
 *
 *	if (!bug("leak_when_dma_fails"))
 *		pdk_free(sc->sc_ring, RING_BYTES);
 */
#ifndef BUG_H
#define BUG_H

/* Is `name` the bug of this run (VOY_BUG in the environment)?  1 or 0; any thread. */
int	bug(const char *name);

/* Memory that is not the pdk's, as a library may hand it out; never NULL, never freed. */
void	*bug_memory(unsigned long size);

#endif /* BUG_H */
