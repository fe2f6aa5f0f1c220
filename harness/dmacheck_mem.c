/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA checker's bytes.  The device reads and writes its memory at the same time, and other
 * threads of the driver may write theirs next to the range, as on a machine without shadow; so
 * words are moved whole, and ThreadSanitizer does not look at it.
 */
#include "harness/dmacheck_int.h"

#define NO_TSAN		__attribute__((no_sanitize("thread"), noinline))

/* May all of it be done in words of four bytes?  The views of a range are aligned alike. */
static bool
words(const volatile void *p, size_t left)
{
	return ((uintptr_t)p & 3) == 0 && left >= 4;
}

static uint32_t
load4(const volatile uint8_t *p)
{
	return *(const volatile uint32_t *)(const volatile void *)p;
}

static void
store4(volatile uint8_t *p, uint32_t v)
{
	*(volatile uint32_t *)(volatile void *)p = v;
}

NO_TSAN bool
dma_differ(const volatile uint8_t *a, const volatile uint8_t *b, size_t len,
    struct dma_span *span)
{
	size_t i = 0, last = 0;
	bool any = false;

	while (i < len) {
		if (words(a + i, len - i) && words(b + i, len - i) &&
		    load4(a + i) == load4(b + i)) {
			i += 4;
			continue;
		}
		if (a[i] != b[i]) {
			if (!any)
				span->off = i;
			any = true;
			last = i;
		}
		i++;
	}
	if (any)
		span->len = last - span->off + 1;
	return any;
}

NO_TSAN void
dma_copy(volatile uint8_t *to, const volatile uint8_t *from, size_t len)
{
	size_t i = 0;

	while (i < len)
		if (words(to + i, len - i) && words(from + i, len - i)) {
			store4(to + i, load4(from + i));
			i += 4;
		} else {
			to[i] = from[i];
			i++;
		}
}

NO_TSAN void
dma_fill(volatile uint8_t *p, int value, size_t len)
{
	uint32_t word = (uint32_t)value * 0x01010101u;
	size_t i = 0;

	while (i < len)
		if (words(p + i, len - i)) {
			store4(p + i, word);
			i += 4;
		} else {
			p[i++] = (uint8_t)value;
		}
}

void
dma_poison(const struct dma_bytes *b)
{
	dma_fill(b->dev, DMA_POISON, b->len);
	dma_fill(b->was_dev, DMA_POISON, b->len);
}

/* The bytes of a word as a mask where a and b differ. */
static uint32_t
changed(uint32_t a, uint32_t b)
{
	uint32_t mask = 0;
	unsigned i;

	for (i = 0; i < 32; i += 8)
		if (((a ^ b) >> i & 0xff) != 0)
			mask |= 0xffu << i;
	return mask;
}

static uint32_t
load(const volatile uint8_t *p, size_t n)
{
	return n == 4 ? load4(p) : *p;
}

static void
store(volatile uint8_t *p, size_t n, uint32_t v)
{
	if (n == 4)
		store4(p, v);
	else
		*p = (uint8_t)v;
}

/* How much of the range from i on goes in one piece. */
static size_t
piece(const struct dma_bytes *b, size_t i)
{
	return words(b->cpu + i, b->len - i) ? 4 : 1;
}

/* What the driver wrote, as a mask over a piece. */
static uint32_t
by_driver(const struct dma_bytes *b, size_t i, size_t n)
{
	return changed(load(b->cpu + i, n), load(b->was_cpu + i, n)) |
	    changed(load(b->lost + i, n), 0);
}

NO_TSAN bool
dma_unsent(const struct dma_bytes *b, struct dma_span *span)
{
	bool any = false;
	size_t i, n;

	for (i = 0; i < b->len; i += n) {
		n = piece(b, i);
		if (by_driver(b, i, n) == 0)
			continue;
		if (!any)
			span->off = i;
		any = true;
		span->len = i + n - span->off;
	}
	return any;
}

NO_TSAN void
dma_to_device(const struct dma_bytes *b)
{
	uint32_t mask, cpu;
	size_t i, n;

	for (i = 0; i < b->len; i += n) {
		n = piece(b, i);
		mask = by_driver(b, i, n);
		if (mask == 0)
			continue;
		cpu = load(b->cpu + i, n);
		store(b->was_cpu + i, n, cpu);
		store(b->lost + i, n, 0);
		/* What the device wrote next to it stays, and is still to be seen. */
		store(b->was_dev + i, n, (cpu & mask) | (load(b->was_dev + i, n) & ~mask));
		store(b->dev + i, n, (cpu & mask) | (load(b->dev + i, n) & ~mask));
	}
}

NO_TSAN void
dma_lose(const struct dma_bytes *b)
{
	uint32_t mask;
	size_t i, n;

	for (i = 0; i < b->len; i += n) {
		n = piece(b, i);
		mask = by_driver(b, i, n);
		if (mask == 0)
			continue;
		store(b->was_cpu + i, n, load(b->cpu + i, n));
		store(b->lost + i, n, mask);
		store(b->was_dev + i, n, (~load(b->dev + i, n) & mask) |
		    (load(b->was_dev + i, n) & ~mask));
	}
}

NO_TSAN bool
dma_to_driver(const struct dma_bytes *b, struct dma_span *both)
{
	uint32_t mask, dev, cpu;
	bool any = false;
	size_t i, n;

	for (i = 0; i < b->len; i += n) {
		n = piece(b, i);
		dev = load(b->dev + i, n);
		mask = changed(dev, load(b->was_dev + i, n));
		if (mask == 0)
			continue;
		cpu = load(b->cpu + i, n);
		if ((mask & changed(cpu, load(b->was_cpu + i, n))) != 0) {
			if (!any)
				both->off = i;
			any = true;
			both->len = i + n - both->off;
		}
		store(b->cpu + i, n, (dev & mask) | (cpu & ~mask));
		store(b->was_cpu + i, n, (dev & mask) | (load(b->was_cpu + i, n) & ~mask));
		store(b->was_dev + i, n, dev);
		store(b->lost + i, n, load(b->lost + i, n) & ~mask);
	}
	return any;
}

NO_TSAN void
dma_written(const struct dma_bytes *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		b->was_dev[i] = (uint8_t)~b->dev[i];
}
