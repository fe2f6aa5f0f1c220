/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers in a recording: what is written is read again; what is none, or too large, is refused. */
#include <stdint.h>
#include <stdlib.h>

#include "harness/rr_int.h"
#include "tests/unit/tap.h"

/* Whether it comes back, from each of its beginnings not, and with something behind it. */
static bool
comes_back(uint64_t v)
{
	struct rr_buf b = { 0 };
	uint64_t got = ~v;
	size_t at = 0, n, i;
	bool good = true;

	rr_buf_number(&b, v);
	n = b.len;
	rr_buf_put(&b, "\xff", 1);
	good = rr_number(b.data, b.len, &at, &got) && got == v && at == n;
	for (i = 0; i < n; i++) {
		at = 0;
		good = good && !rr_number(b.data, i, &at, &got);
	}
	free(b.data);
	return good;
}

static bool
read_of(const char *hex, size_t len, uint64_t *v)
{
	size_t at = 0;

	return rr_number((const uint8_t *)hex, len, &at, v);
}

int
main(void)
{
	uint64_t v;
	unsigned i, bad = !comes_back(0) + !comes_back(UINT64_MAX);

	for (i = 0; i < 64; i++)
		bad += !comes_back(UINT64_C(1) << i) + !comes_back((UINT64_C(1) << i) - 1);
	ok(bad == 0, "numbers of every length come back, and are missed when they are cut off");
	ok(read_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &v) && v == UINT64_MAX,
	    "the largest is read");
	ok(!read_of("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &v) &&
	    !read_of("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 10, &v),
	    "one with more than 64 bits is refused, and not another number");
	ok(!read_of("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, &v),
	    "as is one that has no end");
	return done();
}
