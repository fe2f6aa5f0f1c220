/* SPDX-License-Identifier: BSD-2-Clause */
/* vfio/iova: picking IO virtual addresses.  Prints TAP. */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/tap.h"
#include "vfio/iova.h"

static const struct vfio_area x86[] = {
	{ 0xfef00000, (UINT64_C(1) << 39) - 0xfef00000 },
	{ 0, 0xfee00000 },
};

static void
test_init(void)
{
	const struct vfio_area odd[] = {
		{ 0x1800, 0x1000 },		/* no whole page */
		{ 0x10001, 0x3000 }, { 0x13000, 0x1000 }, { 0x12000, 0x800 },
		{ 0, 0 }, { UINT64_MAX, 5 },
	};
	const struct vfio_area all = { 0, UINT64_MAX };
	struct vfio_iova sp;

	ok(vfio_iova_init(&sp, odd, 6, 4096) == 0 && sp.nranges == 1 &&
	    sp.ranges[0].offset == 0x11000 && sp.ranges[0].size == 0x3000,
	    "ranges are cut to whole pages, sorted and joined");
	vfio_iova_fini(&sp);
	ok(vfio_iova_init(&sp, &all, 1, 4096) == 0 && sp.nranges == 1 &&
	    sp.ranges[0].size == UINT64_MAX - 4095, "the whole 64-bit space does not wrap");
	ok(vfio_iova_exists(&sp, 0, 4096) == 0 && vfio_iova_exists(&sp, UINT64_MAX, 2) == EINVAL &&
	    vfio_iova_exists(&sp, 0, 0) == EINVAL, "wrapping and empty ranges are refused");
	vfio_iova_fini(&sp);
}

static void
test_pick(void)
{
	struct vfio_iova sp;
	uint64_t a, b, c;

	vfio_iova_init(&sp, x86, 2, 4096);
	ok(vfio_iova_pick(&sp, 100, 0, 0, UINT64_MAX, &a) == 0 && a == 4096,
	    "address 0 is not given");
	ok(vfio_iova_pick(&sp, 4096, 0x10000, 0, UINT64_MAX, &b) == 0 && b == 0x10000,
	    "alignment is honoured");
	ok(vfio_iova_pick(&sp, 4096, 4096, 0, UINT64_MAX, &c) == 0 && c == 0x2000,
	    "a gap is used");
	ok(vfio_iova_pick(&sp, 4096, 3000, 0, UINT64_MAX, &c) == EINVAL,
	    "an alignment that is no power of two is refused");
	ok(vfio_iova_pick(&sp, 0x200000, 4096, 0xfed00000, UINT64_MAX, &c) == 0 &&
	    c == 0xfef00000, "a reserved range is stepped over");
	ok(vfio_iova_pick(&sp, UINT64_C(1) << 32, 4096, 0, UINT32_MAX, &c) == ENOSPC,
	    "more than fits below the limit is refused");
	ok(vfio_iova_pick(&sp, 0x1000000, 4096, 0, UINT32_MAX, &c) == 0 &&
	    c + 0x1000000 <= UINT32_MAX, "the upper limit holds for the last byte");
	ok(vfio_iova_release(&sp, a, 100) == 0 && vfio_iova_release(&sp, a, 100) == ENOENT,
	    "a range can be given back once");
	ok(vfio_iova_release(&sp, b, 8192) == ENOENT, "part of a range cannot be given back");
	ok(vfio_iova_pick(&sp, 4096, 0, 0, UINT64_MAX, &c) == 0 && c == 4096,
	    "what was given back is given again");
	vfio_iova_fini(&sp);
}

static void
test_claim(void)
{
	struct vfio_iova sp;
	uint64_t a;

	vfio_iova_init(&sp, x86, 2, 4096);
	ok(vfio_iova_claim(&sp, 0x100000, 0x2000) == 0, "a free place can be taken");
	ok(vfio_iova_claim(&sp, 0x101000, 0x2000) == EEXIST, "a taken one cannot");
	ok(vfio_iova_claim(&sp, 0xfee00000, 0x1000) == ERANGE, "a reserved one cannot");
	ok(vfio_iova_claim(&sp, 0x100800, 0x1000) == EINVAL, "one off the page cannot");
	ok(vfio_iova_pick(&sp, 0x1000, 0, 0x100000, UINT64_MAX, &a) == 0 && a == 0x102000,
	    "what was taken is not picked");
	vfio_iova_fini(&sp);
}

/* Against a bitmap of 256 pages. */
static void
test_model(void)
{
	const struct vfio_area ranges[] = { { 0x1000, 100 * 0x1000 }, { 0x80000, 64 * 0x1000 } };
	struct { uint64_t at, pages; } live[64];
	unsigned char map[256] = { 0 };
	bool agree = true;
	unsigned n = 0;
	struct vfio_iova sp;

	srand(7);
	vfio_iova_init(&sp, ranges, 2, 4096);
	for (int round = 0; round < 20000 && agree; round++) {
		uint64_t pages = (uint64_t)(rand() % 9 + 1), align = UINT64_C(0x1000) << rand() % 4;
		uint64_t at, want = 0;
		int error;

		if (n == 64 || (n > 0 && rand() % 2)) {
			unsigned i = (unsigned)rand() % n;

			agree = vfio_iova_release(&sp, live[i].at, live[i].pages * 4096) == 0;
			memset(map + live[i].at / 4096, 0, live[i].pages);
			live[i] = live[--n];
			continue;
		}
		for (uint64_t p = 1; p + pages <= 256 && want == 0; p++) {
			bool fits = p * 4096 % align == 0 && ((p >= 1 && p + pages <= 101) ||
			    (p >= 128 && p + pages <= 192));

			for (uint64_t i = 0; i < pages && fits; i++)
				fits = map[p + i] == 0;
			want = fits ? p * 4096 : 0;
		}
		error = vfio_iova_pick(&sp, pages * 4096, align, 0, UINT64_MAX, &at);
		agree = want == 0 ? error == ENOSPC : error == 0 && at == want;
		if (error == 0) {
			memset(map + at / 4096, 1, pages);
			live[n].at = at;
			live[n++].pages = pages;
		}
	}
	ok(agree, "20000 random steps agree with a bitmap");
	vfio_iova_fini(&sp);
}

int
main(void)
{
	test_init();
	test_pick();
	test_claim();
	test_model();
	return done();
}
