/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pure parsers of vfio/: region info, version reply, message headers, DMA requests, what
 * the kernel says about an IOMMU.  Fed by hand, then with damaged and random bytes (the
 * sanitizers judge those).  Prints TAP.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/tap.h"
#include "vfio/kernel.h"
#include "vfio/user.h"

static struct vfio_err err;

struct sparse {
	struct vfio_region_info ri;
	struct vfio_info_cap_header h;
	uint32_t nr_areas, reserved;
	struct vfio_region_sparse_mmap_area areas[2];
	struct vfio_info_cap_header msix;
	struct vfio_info_cap_header type_h;
	uint32_t type, subtype;
};

static struct sparse
good_region(void)
{
	struct sparse s = {
		.ri = { .argsz = sizeof(s), .flags = 0xf, .index = 2, .size = 0x10000,
		    .cap_offset = offsetof(struct sparse, h), .offset = 0x20000000000 },
		.h = { 1, 1, offsetof(struct sparse, msix) },
		.nr_areas = 2, .areas = { { 0, 0x1000 }, { 0x8000, 0x8000 } },
		.msix = { 3, 1, offsetof(struct sparse, type_h) },
		.type_h = { 2, 1, 0 }, .type = 0x80008086, .subtype = 1,
	};

	return s;
}

static void
test_region(void)
{
	struct vfio_region *r = malloc(sizeof(*r));
	struct sparse s = good_region();

	ok(vfio_parse_region(&s, sizeof(s), r, &err) == 0 && r->num_areas == 2 &&
	    r->areas[1].offset == 0x8000 && r->msix_mappable && r->cap_type == 0x80008086 &&
	    r->cap_subtype == 1 && r->size == 0x10000 && r->file_offset == 0x20000000000 &&
	    r->fd == -1, "a region with all three capabilities");
	ok(vfio_parse_region(&s, 31, r, &err) == EPROTO, "a region info cut off");
	s.areas[1].size = 0x8001;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == EPROTO, "a sparse area beyond the region");
	like(err.text, "outside the region", "and its text");
	s = good_region();
	s.areas[0].offset = UINT64_MAX;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == EPROTO, "a sparse area that wraps");
	s = good_region();
	s.nr_areas = 0x10000000;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == EPROTO, "more areas than there are bytes");
	s = good_region();
	s.nr_areas = 0;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == 0 &&
	    (r->flags & VFIO_REGION_INFO_FLAG_MMAP) == 0, "no sparse area: nothing is mappable");
	s = good_region();
	s.type_h.next = s.ri.cap_offset;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == EPROTO, "a chain that loops ends");
	s = good_region();
	s.msix.next = 0xfffffff0;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == EPROTO, "a chain that leaves the buffer");
	s = good_region();
	s.ri.cap_offset = 8;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == EPROTO, "a chain into the structure");
	s = good_region();
	s.h.id = 999;
	ok(vfio_parse_region(&s, sizeof(s), r, &err) == 0 && r->num_areas == 0 &&
	    r->msix_mappable, "an unknown capability is skipped");
	free(r);
}

struct iommu {
	struct vfio_iommu_type1_info ti;
	struct vfio_info_cap_header h;
	uint32_t nr_iovas, reserved;
	struct vfio_iova_range r[2];
	struct vfio_iommu_type1_info_dma_avail avail;
};

static struct iommu
good_iommu(void)
{
	struct iommu i = {
		.ti = { .argsz = sizeof(i), .flags = 3, .iova_pgsizes = 0x40201000,
		    .cap_offset = offsetof(struct iommu, h) },
		.h = { 1, 1, offsetof(struct iommu, avail) },
		.nr_iovas = 2, .r = { { 0, 0xfedfffff }, { 0xfef00000, UINT64_MAX } },
		.avail = { .header = { 3, 1, 0 }, .avail = 1234 },
	};

	return i;
}

static void
test_iommu(void)
{
	struct iommu i = good_iommu();
	struct vfio_dma_info d;

	ok(kernel_parse_iommu(&i, sizeof(i), &d) == 0 && d.num_ranges == 2 &&
	    d.ranges[0].size == 0xfee00000 && d.ranges[1].offset == 0xfef00000 &&
	    d.max_maps == 1234 && d.pgsizes == 0x40201000, "IOVA ranges and map limit");
	free(d.ranges);
	i.ti.flags = 1;
	ok(kernel_parse_iommu(&i, 16, &d) == 0 && d.num_ranges == 0 && d.ranges == NULL,
	    "an old kernel's short answer");
	ok(kernel_parse_iommu(&i, 15, &d) == EPROTO, "an answer cut off");
	i = good_iommu();
	i.nr_iovas = 3000;
	ok(kernel_parse_iommu(&i, sizeof(i), &d) == EPROTO && d.ranges == NULL,
	    "more ranges than there are bytes");
	i = good_iommu();
	i.r[1].end = 5;
	ok(kernel_parse_iommu(&i, sizeof(i), &d) == EPROTO, "a range that ends before it starts");
	i = good_iommu();
	i.avail.header.next = i.ti.cap_offset;
	ok(kernel_parse_iommu(&i, sizeof(i), &d) == EPROTO, "a chain that loops ends");
}

static void
test_reserved(void)
{
	static const char text[] = "0x00000000fee00000 0x00000000feefffff msi\n"
	    "0x0000000000000000 0x0000000000000fff direct\n"
	    "0x000000fd00000000 0x000000ffffffffff reserved\n";
	struct vfio_dma_info d;

	ok(kernel_parse_reserved(text, 0x7fffffffff, &d) == 0 && d.num_ranges == 2 &&
	    d.ranges[0].offset == 0x1000 && d.ranges[0].size == 0xfee00000 - 0x1000 &&
	    d.ranges[1].offset == 0xfef00000 &&
	    d.ranges[1].offset + d.ranges[1].size == 0x8000000000,
	    "sysfs' reserved regions are left out, up to the limit");
	free(d.ranges);
	ok(kernel_parse_reserved("", 0xffff, &d) == 0 && d.num_ranges == 1 &&
	    d.ranges[0].size == 0x10000, "without any all is left");
	free(d.ranges);
	ok(kernel_parse_reserved("rubbish\n\n0x1000 0x10\n", 0xffff, &d) == 0 &&
	    d.num_ranges == 1, "lines of another form are passed over");
	free(d.ranges);
}

static void
test_wire(void)
{
	struct vfio_user_hdr h = { .id = 1, .cmd = 9, .size = 36, .flags = 1 };
	struct vfio_user_region_rw a = { 16, 2, 4 }, b = a;
	struct vfio_user_dma_rw rw, dw = { 0x1000, 16 };
	uint8_t buf[64] = { 0 };
	struct user_caps caps;
	char why[256];
	size_t len;
	void *ours;

	ok(user_check_hdr(&h, why) == 0, "a header");
	h.size = USER_MAX_MSG + 1;
	ok(user_check_hdr(&h, why) == EPROTO, "a header of more than a message may be");
	ok(user_check_rw(&a, &b, 20, true) == 0 && user_check_rw(&a, &b, 16, false) == 0,
	    "region replies that fit");
	b.count = 8;
	ok(user_check_rw(&a, &b, 20, true) == EPROTO && user_check_rw(&a, &a, 19, true) == EPROTO,
	    "region replies that do not");
	memcpy(buf, &dw, sizeof(dw));
	ok(user_parse_dma(VFIO_USER_DMA_READ, buf, 16, &rw, why) == 0 && rw.addr == 0x1000 &&
	    user_parse_dma(VFIO_USER_DMA_WRITE, buf, 32, &rw, why) == 0, "DMA requests");
	ok(user_parse_dma(VFIO_USER_DMA_READ, buf, 15, &rw, why) == EPROTO &&
	    user_parse_dma(VFIO_USER_DMA_READ, buf, 17, &rw, why) == EPROTO &&
	    user_parse_dma(VFIO_USER_DMA_WRITE, buf, 31, &rw, why) == EPROTO,
	    "DMA requests of another size than they say");
	ours = user_build_version(true, &len);
	/* As a reply it lacks one thing: which descriptor the twin socket is. */
	ok(ours != NULL && user_parse_version(ours, len, &caps, why) == EPROTO &&
	    strstr(why, "fd_index") != NULL && caps.max_fds == USER_MAX_FDS &&
	    caps.write_multi && caps.max_xfer == USER_MAX_XFER,
	    "our own VERSION message can be parsed");
	free(ours);
}

/* Bytes of a good message, damaged; and bytes at random.  Nothing may go wrong. */
static void
test_noise(void)
{
	struct vfio_region *r = malloc(sizeof(*r));
	struct user_caps caps;
	struct vfio_dma_info d;
	char why[256], text[200];
	size_t vlen;
	uint8_t *version = user_build_version(true, &vlen);

	srand(42);
	for (int n = 0; n < 30000; n++) {
		struct sparse s = good_region();
		struct iommu i = good_iommu();
		size_t cut = (size_t)rand();
		uint8_t *copy;

		for (int k = rand() % 4; k >= 0; k--) {
			((uint8_t *)&s)[(size_t)rand() % sizeof(s)] = (uint8_t)rand();
			((uint8_t *)&i)[(size_t)rand() % sizeof(i)] = (uint8_t)rand();
		}
		/* Exact copies on the heap: the sanitizer sees one byte too far. */
		copy = malloc(cut % (sizeof(s) + 1) + 1);
		memcpy(copy, &s, cut % (sizeof(s) + 1));
		if (vfio_parse_region(copy, cut % (sizeof(s) + 1), r, &err) == 0)
			for (uint32_t k = 0; k < r->num_areas; k++)
				if (r->areas[k].offset + r->areas[k].size > r->size)
					abort();
		free(copy);
		copy = malloc(cut % (sizeof(i) + 1) + 1);
		memcpy(copy, &i, cut % (sizeof(i) + 1));
		if (kernel_parse_iommu(copy, cut % (sizeof(i) + 1), &d) == 0)
			free(d.ranges);
		free(copy);
		if (version != NULL) {
			copy = malloc(vlen);
			memcpy(copy, version, vlen);
			copy[cut % vlen] = (uint8_t)rand();
			(void)user_parse_version(copy, cut % 3 ? vlen : cut % vlen, &caps, why);
			free(copy);
		}
		for (size_t k = 0; k < sizeof(text) - 1; k++)
			text[k] = "0x1f \nm"[rand() % 7];
		text[sizeof(text) - 1] = '\0';
		if (kernel_parse_reserved(text, 0xffffff, &d) == 0)
			free(d.ranges);
	}
	ok(true, "30000 damaged messages do no harm");
	free(version);
	free(r);
}

int
main(void)
{
	test_region();
	test_iommu();
	test_reserved();
	test_wire();
	test_noise();
	return done();
}
