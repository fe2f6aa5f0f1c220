/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DMA arena on a backend of our own that records what is mapped: alignment, boundary and
 * address limits, reserved ranges, and strict mode's pages.  And the JSON writer, which must
 * produce well-formed text whatever does not fit.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/arena.h"
#include "harness/jsonw.h"
#include "vfio/vfio.h"

#define MAPS	4096
#define PAGE	4096u

static struct {
	struct { uint64_t iova; size_t len; } map[MAPS];
	unsigned n;
	struct vfio_area ranges[4];
	unsigned nranges;
	int fail;			/* errno of the next maps; 0: they work */
} back;

static int failures, checks;

#define CHECK(cond)	check((cond) != 0, #cond, __LINE__)

static void
check(int ok, const char *what, int line)
{
	checks++;
	if (!ok) {
		failures++;
		printf("not ok - line %d: %s\n", line, what);
	}
}

static void
back_close(void *self)
{
	(void)self;
}

static int
back_info(void *self, struct vfio_info *info, struct vfio_err *err)
{
	(void)self;
	(void)err;
	info->flags = VFIO_DEVICE_FLAGS_PCI;
	info->num_regions = VFIO_PCI_NUM_REGIONS;
	info->num_irqs = VFIO_PCI_NUM_IRQS;
	return 0;
}

static int
back_region(void *self, unsigned index, struct vfio_region *r, struct vfio_err *err)
{
	(void)self;
	(void)err;
	memset(r, 0, sizeof(*r));
	r->fd = -1;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		r->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
		r->size = 256;
	}
	return 0;
}

static int
back_read(void *self, const struct vfio_region *r, unsigned index, uint64_t off, void *buf,
    size_t len)
{
	(void)self;
	(void)r;
	(void)index;
	(void)off;
	memset(buf, 0, len);
	return 0;
}

static int
back_write(void *self, const struct vfio_region *r, unsigned index, uint64_t off,
    const void *buf, size_t len)
{
	(void)self;
	(void)r;
	(void)index;
	(void)off;
	(void)buf;
	(void)len;
	return 0;
}

static int
back_irq(void *self, unsigned index, struct vfio_irq *irq)
{
	(void)self;
	(void)index;
	memset(irq, 0, sizeof(*irq));
	return 0;
}

static int
back_set_irqs(void *self, unsigned index, uint32_t flags, unsigned start, unsigned n,
    const int *fds)
{
	(void)self;
	(void)index;
	(void)flags;
	(void)start;
	(void)n;
	(void)fds;
	return 0;
}

static int
back_reset(void *self)
{
	(void)self;
	return 0;
}

static int
back_dma_info(void *self, struct vfio_dma_info *info, struct vfio_err *err)
{
	(void)self;
	(void)err;
	info->pgsizes = PAGE;
	info->max_maps = MAPS;
	info->num_ranges = back.nranges;
	info->ranges = malloc(sizeof(back.ranges));
	if (info->ranges == NULL)
		return ENOMEM;
	memcpy(info->ranges, back.ranges, sizeof(back.ranges));
	return 0;
}

static int
back_dma_map(void *self, void *va, size_t len, uint64_t iova, int prot, int fd,
    uint64_t fd_off, struct vfio_err *err)
{
	(void)self;
	(void)va;
	(void)prot;
	(void)fd;
	(void)fd_off;
	if (back.fail != 0) {
		snprintf(err->text, sizeof(err->text), "refused");
		return back.fail;
	}
	back.map[back.n].iova = iova;
	back.map[back.n++].len = len;
	return 0;
}

static int
back_dma_unmap(void *self, uint64_t iova, size_t len, struct vfio_err *err)
{
	unsigned i;

	(void)self;
	(void)err;
	for (i = 0; i < back.n; i++)
		if (back.map[i].iova == iova && back.map[i].len == len) {
			back.map[i] = back.map[--back.n];
			return 0;
		}
	return ENOENT;
}

static const struct vfio_ops back_ops = {
	.name = "test", .close = back_close, .info = back_info, .region = back_region,
	.region_read = back_read, .region_write = back_write, .irq = back_irq,
	.set_irqs = back_set_irqs, .reset = back_reset, .dma_info = back_dma_info,
	.dma_map = back_dma_map, .dma_unmap = back_dma_unmap,
};

static struct vfio_dev *
open_back(uint64_t start, uint64_t size)
{
	struct vfio_dev *dev = NULL;
	struct vfio_err err = { "" };

	memset(&back, 0, sizeof(back));
	back.ranges[0] = (struct vfio_area){ start, size };
	back.nranges = 1;
	if (vfio_attach("test", &back_ops, &back, NULL, &dev, &err) != 0) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	return dev;
}

/* Is all of it mapped for the device? */
static int
reachable(uint64_t iova, size_t len)
{
	unsigned i;

	for (i = 0; i < back.n; i++)
		if (iova >= back.map[i].iova && iova + len <= back.map[i].iova + back.map[i].len)
			return 1;
	return 0;
}

static void
test_alignment_boundary_and_limit_hold_for_every_object(void)
{
	struct vfio_dev *dev = open_back(0, UINT64_C(1) << 39);
	struct hyp_dma mem[300];
	struct vfio_err err;
	struct arena *a;
	size_t size, align, boundary;
	unsigned i, j, live = 0;

	CHECK(arena_new(dev, 28, false, NULL, &a, &err) == 0);
	srand(7);
	for (i = 0; i < 300; i++) {
		size = (size_t)rand() % 9000 + 1;
		align = (size_t)1 << rand() % 14;
		boundary = rand() % 2 ? (size_t)16384 : 0;
		CHECK(arena_alloc(a, size, align, boundary, "x", &mem[i], &err) == 0);
		CHECK(mem[i].iova % align == 0 && mem[i].iova + size <= 1 << 28);
		CHECK(boundary == 0 ||
		    mem[i].iova / boundary == (mem[i].iova + size - 1) / boundary);
		CHECK(reachable(mem[i].iova, size));
		for (j = 0; j < i; j++)
			if (mem[j].va != NULL && mem[j].iova < mem[i].iova + size &&
			    mem[i].iova < mem[j].iova + mem[j].size)
				CHECK(!"objects overlap");
		memset(mem[i].va, 0xa5, size);
		if (i % 3 == 0) {
			CHECK(arena_release(a, mem[i].iova, &size, NULL) == 0);
			mem[i].va = NULL;
		} else
			live++;
	}
	CHECK(arena_each(a, 0, NULL, NULL) == live);
	CHECK(back.n <= 2);
	arena_free(a);
	CHECK(back.n == 0);
	vfio_close(dev);
}

static void
test_memory_is_zero_even_when_it_was_used_before(void)
{
	struct vfio_dev *dev = open_back(0, UINT64_C(1) << 39);
	struct hyp_dma m;
	struct vfio_err err;
	struct arena *a;
	size_t size, i, dirty = 0;

	CHECK(arena_new(dev, 32, false, NULL, &a, &err) == 0);
	CHECK(arena_alloc(a, 8192, 1, 0, "x", &m, &err) == 0);
	memset(m.va, 0xff, 8192);
	CHECK(arena_release(a, m.iova, &size, NULL) == 0 && size == 8192);
	CHECK(arena_alloc(a, 8192, 1, 0, "x", &m, &err) == 0);
	for (i = 0; i < 8192; i++)
		dirty += ((unsigned char *)m.va)[i];
	CHECK(dirty == 0);
	CHECK((uint64_t)(uintptr_t)m.va == m.iova);
	arena_free(a);
	vfio_close(dev);
}

static void
test_reserved_addresses_are_never_given(void)
{
	/* 1 MiB between 3 GiB and the MSI window, and nothing lower. */
	struct vfio_dev *dev = open_back(0xfed00000, 0x100000);
	struct hyp_dma m;
	struct vfio_err err;
	struct arena *a;

	CHECK(arena_new(dev, 31, false, NULL, &a, &err) == ENOSPC);
	CHECK(arena_new(dev, 32, false, NULL, &a, &err) == 0);
	CHECK(arena_alloc(a, 65536, 4096, 0, "x", &m, &err) == 0);
	CHECK(m.iova >= 0xfed00000 && m.iova + 65536 <= 0xfee00000);
	memset(m.va, 1, 65536);
	CHECK(arena_alloc(a, 2 << 20, 4096, 0, "x", &m, &err) != 0);
	arena_free(a);
	vfio_close(dev);
}

static void
test_impossible_requests_say_why(void)
{
	struct vfio_dev *dev = open_back(0, UINT64_C(1) << 39);
	struct hyp_dma m;
	struct vfio_err err;
	struct arena *a;

	CHECK(arena_new(dev, 32, false, NULL, &a, &err) == 0);
	CHECK(arena_alloc(a, 0, 1, 0, "x", &m, &err) == EINVAL);
	CHECK(arena_alloc(a, 10, 3, 0, "x", &m, &err) == EINVAL);
	CHECK(arena_alloc(a, 10, 0, 0, "x", &m, &err) == EINVAL);
	CHECK(arena_alloc(a, 10, 1, 24, "x", &m, &err) == EINVAL);
	CHECK(arena_alloc(a, 4097, 1, 4096, "x", &m, &err) == EINVAL);
	CHECK(strstr(err.text, "boundary") != NULL);
	back.fail = ENOMEM;
	CHECK(arena_alloc(a, 10, 1, 0, "x", &m, &err) == ENOMEM);
	CHECK(strcmp(err.text, "refused") == 0);
	back.fail = 0;
	CHECK(arena_alloc(a, 10, 1, 0, "x", &m, &err) == 0);
	CHECK(arena_release(a, m.iova + 8, &(size_t){ 0 }, NULL) == ENOENT);
	arena_free(a);
	vfio_close(dev);
}

static void
test_strict_mode_maps_pages_just_while_the_device_owns_them(void)
{
	struct vfio_dev *dev = open_back(0, UINT64_C(1) << 39);
	struct hyp_dma m, other;
	struct vfio_err err;
	struct arena *a;

	CHECK(arena_new(dev, 32, true, NULL, &a, &err) == 0);
	CHECK(arena_alloc(a, 3 * PAGE, 1, 0, "x", &m, &err) == 0);
	CHECK(arena_alloc(a, 16, 1, 0, "y", &other, &err) == 0);
	CHECK(m.iova / PAGE != other.iova / PAGE);
	CHECK(back.n == 0);
	CHECK(arena_own(a, m.iova + 100, 10, true, &err) == 0);
	CHECK(reachable(m.iova, PAGE) && !reachable(m.iova + PAGE, 1));
	CHECK(arena_own(a, m.iova, 3 * PAGE, true, &err) == 0);
	CHECK(back.n == 3);
	CHECK(arena_own(a, m.iova, 3 * PAGE, false, &err) == 0);
	CHECK(back.n == 1 && reachable(m.iova, PAGE));
	CHECK(arena_own(a, m.iova + 100, 10, false, &err) == 0);
	CHECK(back.n == 0);
	CHECK(arena_own(a, m.iova, 4 * PAGE, true, &err) == EINVAL);
	CHECK(arena_own(a, m.iova + 2 * PAGE, PAGE, true, &err) == 0 && back.n == 1);
	CHECK(arena_release(a, m.iova, &(size_t){ 0 }, NULL) == 0 && back.n == 0);
	CHECK(arena_own(a, m.iova, 1, true, &err) == EINVAL);
	arena_free(a);
	vfio_close(dev);
}

static void
test_a_map_that_fails_half_way_leaves_nothing_mapped(void)
{
	struct vfio_dev *dev = open_back(0, UINT64_C(1) << 39);
	struct hyp_dma m;
	struct vfio_err err;
	struct arena *a;

	CHECK(arena_new(dev, 32, true, NULL, &a, &err) == 0);
	CHECK(arena_alloc(a, 3 * PAGE, 1, 0, "x", &m, &err) == 0);
	back.fail = ENOSPC;
	CHECK(arena_own(a, m.iova, 3 * PAGE, true, &err) == ENOSPC && back.n == 0);
	back.fail = 0;
	CHECK(arena_own(a, m.iova, 3 * PAGE, true, &err) == 0 && back.n == 3);
	arena_free(a);
	CHECK(back.n == 0);
	vfio_close(dev);
}

static void
test_json_is_well_formed_at_every_size_of_the_buffer(void)
{
	char buf[600];
	struct jsonw j;
	json_t *parsed;
	size_t size, len;

	for (size = 64; size <= sizeof(buf); size++) {
		jsonw_open(&j, buf, size);
		jsonw_str(&j, "text", "a\"b\\c\n\x01\xff\xc3\xa4\xed\xa0\x80\x7f");
		jsonw_int(&j, "n", -42);
		jsonw_array(&j, "list");
		jsonw_str(&j, NULL, "element");
		jsonw_object(&j, NULL);
		jsonw_sec(&j, "t", UINT64_C(1500000000));
		jsonw_bool(&j, "yes", true);
		jsonw_end(&j);
		jsonw_str(&j, NULL, NULL);
		jsonw_end(&j);
		jsonw_raw(&j, "raw", "[1,2]");
		len = jsonw_close(&j);
		CHECK(len < size && strlen(buf) == len);
		parsed = json_loads(buf, 0, NULL);
		CHECK(parsed != NULL);
		if (size == sizeof(buf)) {
			CHECK(json_array_size(json_object_get(parsed, "list")) == 3);
			CHECK(strcmp(json_string_value(json_object_get(parsed, "text")),
			    "a\"b\\c\n\x01\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd"
			    "\xef\xbf\xbd\x7f") == 0);
		}
		json_decref(parsed);
	}
}

int
main(void)
{
	static const struct { const char *name; void (*fn)(void); } tests[] = {
		{ "alignment, boundary and limit hold for every object",
		    test_alignment_boundary_and_limit_hold_for_every_object },
		{ "memory is zero even when it was used before",
		    test_memory_is_zero_even_when_it_was_used_before },
		{ "reserved addresses are never given",
		    test_reserved_addresses_are_never_given },
		{ "impossible requests say why", test_impossible_requests_say_why },
		{ "strict mode maps pages just while the device owns them",
		    test_strict_mode_maps_pages_just_while_the_device_owns_them },
		{ "a map that fails half-way leaves nothing mapped",
		    test_a_map_that_fails_half_way_leaves_nothing_mapped },
		{ "JSON is well-formed at every size of the buffer",
		    test_json_is_well_formed_at_every_size_of_the_buffer },
	};
	unsigned n = sizeof(tests) / sizeof(tests[0]), i;
	int before;

	printf("1..%u\n", n);
	for (i = 0; i < n; i++) {
		before = failures;
		tests[i].fn();
		printf("%sok %u - %s\n", failures == before ? "" : "not ", i + 1, tests[i].name);
	}
	return failures != 0 || checks == 0;
}
