/* SPDX-License-Identifier: BSD-2-Clause */
/* edit.c - a recording's stream of entries, and the edits that an input makes to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/rec_file.h"
#include "tests/fuzz/replay/replay.h"
#include "tests/fuzz/steps.h"

/* Places and numbers of bytes are of 16 bits, little-endian; places are taken modulo its length. */
enum edit {
	EDIT_PUT,		/* place, bytes instead of those there */
	EDIT_CHANGE,		/* place, bits that are others */
	EDIT_INSERT,		/* place, bytes */
	EDIT_REMOVE,		/* place, number */
	EDIT_REPEAT,		/* from, number, to */
	EDIT_CUT,		/* where it ends */
	EDITS
};

/* The file as it is in the source tree. */
__asm__(".pushsection .rodata\n"
    "recorded_begin: .incbin \"tests/fuzz/replay/em.rec\"\n"
    "recorded_end: .byte 0\n"
    ".popsection");
extern const uint8_t recorded_begin[], recorded_end[];

static struct {
	uint8_t	p[EDIT_MOST];
	size_t	len;
} E;

/* What all begin with. */
static const struct rec *
recorded(void)
{
	static struct rec rec;
	char why[256];

	if (rec.data == NULL && rec_parse(recorded_begin,
	    (size_t)(recorded_end - recorded_begin), &rec, why, sizeof(why)) != 0) {
		fprintf(stderr, "ERROR: tests/fuzz/replay/em.rec: %s\n", why);
		abort();
	}
	return &rec;
}

/* Room for n bytes at `at`, as far as there is any; how many. */
static size_t
open_gap(size_t at, size_t n)
{
	n = at_most(n, EDIT_MOST - E.len);
	memmove(E.p + at + n, E.p + at, E.len - at);
	E.len += n;
	return n;
}

static void
insert(size_t at, const uint8_t *p, size_t n)
{
	n = open_gap(at, n);
	if (n != 0)
		memcpy(E.p + at, p, n);
}

static void
take_out(size_t at, size_t n)
{
	n = at_most(n, E.len - at);
	memmove(E.p + at, E.p + at + n, E.len - at - n);
	E.len -= n;
}

static void
repeat(size_t from, size_t n, size_t to)
{
	static uint8_t copy[EDIT_MOST];

	n = at_most(n, E.len - from);
	memcpy(copy, E.p + from, n);
	insert(to, copy, n);
}

static void
change(size_t at, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < at_most(n, E.len - at); i++)
		E.p[at + i] ^= p[i];
}

static void
edit(int kind, const uint8_t *p, size_t len)
{
	size_t at = (word(p, len, 0) & 0xffff) % E.len, n = word(p, len, 2) & 0xffff;
	const uint8_t *bytes = p + at_most(len, 2);
	size_t nbytes = len - at_most(len, 2);

	switch (kind) {
	case EDIT_PUT:
		memmove(E.p + at, bytes, at_most(nbytes, E.len - at));
		break;
	case EDIT_CHANGE:
		change(at, bytes, nbytes);
		break;
	case EDIT_INSERT:
		insert(at, bytes, nbytes);
		break;
	case EDIT_REMOVE:
		take_out(at, n);
		break;
	case EDIT_REPEAT:
		repeat(at, n, (word(p, len, 4) & 0xffff) % E.len);
		break;
	default:
		E.len = at;
		break;
	}
}

const uint8_t *
edit_recording(const uint8_t *input, size_t size, size_t *len)
{
	const struct rec *rec = recorded();
	struct steps in = { input, size };
	const uint8_t *p;
	size_t n;
	int kind;

	E.len = at_most(rec->len, EDIT_MOST);
	memcpy(E.p, rec->data, E.len);
	while (E.len > 0 && (kind = steps_kind(&in, EDITS)) >= 0) {
		p = steps_take(&in, &n);
		edit(kind, p, n);
	}
	*len = E.len;
	return E.p;
}
