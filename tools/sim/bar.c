/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bar.c - accesses to BARs: cut into natural pieces, sent to the model, to plain memory, or to the
 * MSI-X table and pending bits.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/sim/dev_int.h"

#define VEC_CTRL	12u		/* Vector Control of an MSI-X table entry */

static uint64_t
get(const uint8_t *p, unsigned size)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < size; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static void
put(uint8_t *p, unsigned size, uint64_t v)
{
	for (unsigned i = 0; i < size; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

void
sim_bars_reset(struct sim_dev *dev)
{
	for (unsigned i = 0; i < SIM_NBARS; i++) {
		struct sim_bar *b = &dev->bars[i];

		for (unsigned a = 0; a < b->nareas; a++)
			memset(b->va + b->areas[a].off, 0, b->areas[a].len);
	}
	for (unsigned i = 0; i < dev->msix.nvec; i++) {
		memset(dev->msix.table + 16 * i, 0, 16);
		dev->msix.table[16 * i + VEC_CTRL] = 1;
	}
}

void
sim_bars_free(struct sim_dev *dev)
{
	for (unsigned i = 0; i < SIM_NBARS; i++) {
		if (dev->bars[i].va != NULL)
			munmap(dev->bars[i].va, dev->bars[i].size);
		if (dev->bars[i].fd >= 0)
			close(dev->bars[i].fd);
	}
}

static bool
in_memory(const struct sim_bar *b, uint64_t off, unsigned size)
{
	for (unsigned i = 0; i < b->nareas; i++)
		if (off >= b->areas[i].off && off + size <= b->areas[i].off + b->areas[i].len)
			return true;
	return false;
}

static bool
in_table(const struct sim_dev *dev, unsigned bar, uint64_t off)
{
	const struct sim_msix *m = &dev->msix;

	return m->cap != 0 && bar == m->table_bar && off >= m->table_off &&
	    off < m->table_off + 16u * m->nvec;
}

static bool
in_pba(const struct sim_dev *dev, unsigned bar, uint64_t off)
{
	const struct sim_msix *m = &dev->msix;

	return m->cap != 0 && bar == m->pba_bar && off >= m->pba_off &&
	    off < m->pba_off + (m->nvec + 63) / 64 * 8;
}

/*
 * The mask bit of an entry counts only once the client has written it: over VFIO the one who owns
 * the interrupts keeps the table to himself, and an unwritten entry says "masked".
 */
static void
table_write(struct sim_dev *dev, uint64_t off, unsigned size, uint64_t v)
{
	unsigned vec = (unsigned)off / 16, in = (unsigned)off % 16;

	put(dev->msix.table + off, size, v);
	if (in + size > VEC_CTRL)
		sim_intr_vec_mask(dev, VFIO_PCI_MSIX_IRQ_INDEX, vec,
		    (dev->msix.table[16 * vec + VEC_CTRL] & 1) != 0);
}

static uint64_t
pba_read(struct sim_dev *dev, uint64_t off, unsigned size)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8 * size; i++)
		if (sim_intr_vec_pending(dev, VFIO_PCI_MSIX_IRQ_INDEX, (unsigned)off * 8 + i))
			v |= UINT64_C(1) << i;
	return v;
}

static uint64_t
piece_read(struct sim_dev *dev, unsigned bar, uint64_t off, unsigned size)
{
	struct sim_bar *b = &dev->bars[bar];

	if (in_memory(b, off, size))
		return get(b->va + off, size);
	if (in_table(dev, bar, off))
		return get(dev->msix.table + (off - dev->msix.table_off), size);
	if (in_pba(dev, bar, off))
		return pba_read(dev, off - dev->msix.pba_off, size);
	return dev->model->bar_read(dev->state, bar, off, size);
}

static void
piece_write(struct sim_dev *dev, unsigned bar, uint64_t off, unsigned size, uint64_t v)
{
	struct sim_bar *b = &dev->bars[bar];

	if (in_memory(b, off, size))
		put(b->va + off, size, v);
	else if (in_table(dev, bar, off))
		table_write(dev, off - dev->msix.table_off, size, v);
	else if (!in_pba(dev, bar, off))
		dev->model->bar_write(dev->state, bar, off, size, v);
}

/* The largest naturally aligned piece at off that is left of len. */
static unsigned
piece_size(unsigned width, uint64_t off, size_t len)
{
	while (width > 1 && (off % width != 0 || len < width))
		width /= 2;
	return width;
}

void
sim_bar_access(struct sim_dev *dev, unsigned bar, uint64_t off, uint8_t *buf, size_t len,
    bool write)
{
	while (len > 0) {
		unsigned size = piece_size(dev->bars[bar].width, off, len);
		uint64_t v = write ? get(buf, size) : UINT64_MAX;

		sim_fault_access(dev);
		/* A write goes into the trace first: a violation that it causes shows it. */
		if (write)
			sim_trace(dev, bar, off, size, v, true);
		if (dev->fault.gone || !sim_decodes(dev, bar))
			;			/* nobody answers: reads are all ones */
		else if (write)
			piece_write(dev, bar, off, size, v);
		else
			v = piece_read(dev, bar, off, size);
		if (!write) {
			put(buf, size, v);
			sim_trace(dev, bar, off, size, get(buf, size), false);
		}
		buf += size;
		off += size;
		len -= size;
	}
}
