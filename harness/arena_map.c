/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA arena's chunks: a memfd each, placed low so that IOVA == VA fits the device's
 * address width, and mapped for the device.  In strict mode, single pages of them.
 *
 * Where a chunk can lie: below 2 GiB a position-independent program has nothing, and both
 * AddressSanitizer and ThreadSanitizer leave that part of the address space to the
 * application, so low addresses are tried one after the other; MAP_FIXED_NOREPLACE makes
 * sure that nothing is overlaid.  If none is free on both sides, or with a checker, IOVA and VA
 * differ, which nothing depends on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/arena_int.h"
#include "harness/dmacheck.h"
#include "harness/poison.h"

#define CHUNK_SIZE	((size_t)4 << 20)
#define HUGE_SIZE	((size_t)2 << 20)
#define LOW_FIRST	((uint64_t)16 << 20)	/* past a fixed-address program's start */
#define LOW_USUAL	((uint64_t)256 << 20)	/* past its heap, too */
#define LOW_LAST	0x7ffeffff		/* ASan's shadow begins above */

/* Are there `size` bytes of free huge pages? */
static bool
huge_pages_free(size_t size)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	unsigned long n = 0;

	if (f == NULL)
		return false;
	if (fscanf(f, "%lu", &n) != 1)
		n = 0;
	fclose(f);
	return n >= size / HUGE_SIZE;
}

/* Checked: the device's memory is another one than the driver's, which has a second view. */
static int
place_shadow(struct chunk *c)
{
	int fd = memfd_create("voyageur-shadow", MFD_CLOEXEC), error;

	if (fd < 0)
		return errno;
	if (ftruncate(fd, (off_t)c->size) != 0 || (c->dev = mmap(NULL, c->size,
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED || (c->cpu = mmap(NULL,
	    c->size, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0)) == MAP_FAILED) {
		error = errno;
		if (c->dev != MAP_FAILED && c->dev != NULL)
			munmap(c->dev, c->size);
		c->dev = c->cpu = NULL;
		close(fd);
		return error;
	}
	close(c->fd);
	c->fd = fd;		/* the one that the device gets */
	return 0;
}

static int
make_memfd(struct chunk *c, bool huge)
{
	int fd = -1, error;

	if (huge)
		fd = memfd_create("voyageur-dma", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB);
	if (fd < 0)
		fd = memfd_create("voyageur-dma", MFD_CLOEXEC);
	if (fd < 0)
		return errno;
	if (ftruncate(fd, (off_t)c->size) != 0) {
		error = errno;
		close(fd);
		return error;
	}
	c->fd = fd;
	return 0;
}

static bool
map_at(struct chunk *c, void *va, int flags)
{
	void *p = mmap(va, c->size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, c->fd, 0);

	if (p == MAP_FAILED)
		return false;
	if (va != NULL && p != va) {	/* a kernel before 4.17 takes it as a hint */
		munmap(p, c->size);
		return false;
	}
	c->va = p;
	return true;
}

/* One address for both sides, the lowest that is free on both. */
static bool
place_equal(struct arena *a, struct chunk *c, size_t align)
{
	uint64_t last = a->max < LOW_LAST ? a->max : LOW_LAST;
	uint64_t at = last > LOW_USUAL + c->size ? LOW_USUAL : LOW_FIRST;

	for (at = (at + align - 1) & ~((uint64_t)align - 1); at + c->size - 1 <= last;
	    at += align) {
		if (vfio_iova_take(a->vfio, at, c->size) != 0)
			continue;
		if (map_at(c, (void *)(uintptr_t)at, MAP_FIXED_NOREPLACE)) {
			c->iova = at;
			return true;
		}
		vfio_iova_free(a->vfio, at, c->size);
	}
	return false;
}

static int
place_apart(struct arena *a, struct chunk *c, size_t align, struct vfio_err *err)
{
	int error;

	error = vfio_iova_alloc(a->vfio, c->size, align, a->page, a->max, &c->iova);
	if (error != 0) {
		snprintf(err->text, sizeof(err->text), "DMA: no %zu bytes of addresses up to "
		    "0x%llx are left for the device", c->size, (unsigned long long)a->max);
		return error;
	}
	if (map_at(c, NULL, 0))
		return 0;
	error = errno;
	snprintf(err->text, sizeof(err->text), "DMA: cannot map %zu bytes: %s", c->size,
	    strerror(error));
	vfio_iova_free(a->vfio, c->iova, c->size);
	return error;
}

static int
place_chunk(struct arena *a, struct chunk *c, size_t align, bool huge, struct vfio_err *err)
{
	int error;

	error = make_memfd(c, huge);
	if (error != 0) {
		snprintf(err->text, sizeof(err->text), "DMA: memfd of %zu bytes: %s", c->size,
		    strerror(error));
		return error;
	}
	/* Checked they are never equal: a driver may have given the device the wrong one. */
	if (a->check == NULL && place_equal(a, c, align))
		return 0;
	error = place_apart(a, c, align, err);
	if (error != 0)
		close(c->fd);
	return error;
}

static void
unplace(struct arena *a, struct chunk *c)
{
	unpoison(c->va, c->size);
	if (a->check != NULL)
		dmacheck_chunk_gone(a->check, c->iova);
	munmap(c->va, c->size);
	if (c->dev != NULL) {
		munmap(c->cpu, c->size);
		munmap(c->dev, c->size);
	}
	vfio_iova_free(a->vfio, c->iova, c->size);
	close(c->fd);
}

static int
check_chunk(struct arena *a, struct chunk *c)
{
	int error = place_shadow(c);

	if (error == 0)
		error = dmacheck_chunk(a->check, c->iova, c->va, c->cpu, c->dev, c->size);
	return error;
}

bool
arena_counts(const struct arena *a)
{
	return a->strict || (a->check != NULL && dmacheck_enforces(a->check));
}

static int
open_to_device(struct arena *a, struct chunk *c, struct vfio_err *err)
{
	int error;

	if (a->check != NULL && (error = check_chunk(a, c)) != 0)
		return error;
	if (arena_counts(a)) {
		c->given = calloc(c->size / a->page, sizeof(*c->given));
		return c->given != NULL ? 0 : ENOMEM;
	}
	if (a->check != NULL && dmacheck_sees(a->check))
		return 0;
	error = vfio_dma_map(a->vfio, a->check != NULL ? c->dev : c->va, c->size, c->iova,
	    VFIO_DMA_READ | VFIO_DMA_WRITE, c->fd, 0, err);
	c->mapped = error == 0;
	return error;
}

/* A chunk of just this size. */
static int
chunk_try(struct arena *a, size_t size, size_t align, struct chunk **cp, struct vfio_err *err)
{
	/* A page-grain map of a part of a huge page cannot be mmapped by a server. */
	bool huge = !a->strict && a->check == NULL && size % HUGE_SIZE == 0 && huge_pages_free(size);
	struct chunk *c = calloc(1, sizeof(*c));
	int error;

	if (c == NULL)
		return ENOMEM;
	c->size = size;
	c->guard = a->check != NULL ? a->page : 0;
	error = place_chunk(a, c, align, huge, err);
	if (error == ENOMEM && huge)
		error = place_chunk(a, c, align, false, err);
	if (error == 0) {
		error = open_to_device(a, c, err);
		if (error != 0) {
			unplace(a, c);
			free(c->given);
		}
	}
	if (error != 0) {
		free(c);
		return error;
	}
	poison(c->va, c->size);
	*cp = c;
	return 0;
}

int
arena_chunk_new(struct arena *a, size_t size, size_t align, struct chunk **cp,
    struct vfio_err *err)
{
	size_t room = (size + a->page - 1) / a->page * a->page;
	size_t want = CHUNK_SIZE;
	int error;

	err->text[0] = '\0';
	if (align < a->page)
		align = a->page;
	if (a->check != NULL)
		room += align;		/* the guard */
	while (want < room)
		want += HUGE_SIZE;
	error = chunk_try(a, want, align > HUGE_SIZE ? align : HUGE_SIZE, cp, err);
	/* Little room or a small limit on locked memory: just what is needed. */
	if (error != 0 && error != ENODEV && room < want)
		error = chunk_try(a, room, align, cp, err);
	return error;
}

void
arena_chunk_free(struct arena *a, struct chunk *c)
{
	if (c->mapped)
		vfio_dma_unmap(a->vfio, c->iova, c->size, NULL);
	arena_pages_drop(a, c, c->iova, c->size);
	unplace(a, c);
	free(c->given);
	free(c);
}

static size_t
page_of(const struct arena *a, const struct chunk *c, uint64_t iova)
{
	return (size_t)(iova - c->iova) / a->page;
}

static void
unmap_page(struct arena *a, struct chunk *c, size_t page)
{
	c->given[page] = 0;
	vfio_dma_unmap(a->vfio, c->iova + page * a->page, a->page, NULL);
}

static int
map_page(struct arena *a, struct chunk *c, size_t page, struct vfio_err *err)
{
	size_t at = page * a->page;

	return vfio_dma_map(a->vfio, (char *)(c->dev != NULL ? c->dev : c->va) + at, a->page,
	    c->iova + at, VFIO_DMA_READ | VFIO_DMA_WRITE, c->fd, at, err);
}

int
arena_pages_map(struct arena *a, struct chunk *c, uint64_t iova, size_t len,
    struct vfio_err *err)
{
	size_t first = page_of(a, c, iova), last = page_of(a, c, iova + len - 1), p;
	int error = 0;

	for (p = first; p <= last; p++) {
		if (c->given[p] == 0)
			error = map_page(a, c, p, err);
		if (error != 0)
			break;
		if (c->given[p] < UINT16_MAX)
			c->given[p]++;
	}
	if (error != 0 && p > first)
		arena_pages_unmap(a, c, iova, (p - first) * a->page -
		    (size_t)(iova - c->iova) % a->page);
	return error;
}

void
arena_pages_unmap(struct arena *a, struct chunk *c, uint64_t iova, size_t len)
{
	size_t last = page_of(a, c, iova + len - 1), p;

	for (p = page_of(a, c, iova); p <= last; p++)
		if (c->given[p] > 0 && --c->given[p] == 0)
			unmap_page(a, c, p);
}

void
arena_pages_drop(struct arena *a, struct chunk *c, uint64_t iova, size_t len)
{
	size_t last = page_of(a, c, iova + len - 1), p;

	if (c->given == NULL)
		return;
	for (p = page_of(a, c, iova); p <= last; p++)
		if (c->given[p] > 0)
			unmap_page(a, c, p);
}
