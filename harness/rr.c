/* SPDX-License-Identifier: BSD-2-Clause */
/* The entries of a recording, written and read; see rr.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/dev.h"
#include "harness/fatal.h"
#include "harness/hang.h"
#include "harness/life.h"
#include "harness/rec_file.h"
#include "harness/rr_int.h"

enum rr_mode rr_mode;

static struct {
	struct rr_buf	 entry;		/* recording: the one that is being made */
	struct rr_buf	 half;		/* that one, while another is put before it */
	struct rec	 rec;		/* replaying: all of them */
	size_t		 at;		/* the next byte of it */
	size_t		 begin;		/* of the entry that is being read */
	unsigned	 count;		/* entries so far */
	uint64_t	 chances;	/* of others, since the last one */
} R;

/* ---- bytes ---- */

void
rr_buf_put(struct rr_buf *b, const void *data, size_t len)
{
	size_t room = b->room;
	uint8_t *more;

	if (len == 0)
		return;
	while (room - b->len < len)
		room = room == 0 ? 4096 : 2 * room;
	if (room != b->room) {
		more = realloc(b->data, room);
		if (more == NULL)
			abort();
		b->data = more;
		b->room = room;
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void
rr_buf_number(struct rr_buf *b, uint64_t v)
{
	uint8_t byte[10];
	size_t n = 0;

	do {
		byte[n] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
		n++;
	} while (v != 0);
	rr_buf_put(b, byte, n);
}

bool
rr_number(const uint8_t *data, size_t len, size_t *at, uint64_t *v)
{
	unsigned shift;

	*v = 0;
	for (shift = 0; shift < 64 && *at < len; shift += 7) {
		uint64_t seven = data[*at] & 0x7f;

		if (seven << shift >> shift != seven)
			return false;		/* more than 64 bits */
		*v |= seven << shift;
		if ((data[(*at)++] & 0x80) == 0)
			return true;
	}
	return false;
}

/* ---- the end of a replay ---- */

static _Noreturn void
give_up(const char *event, const char *text)
{
	struct fatal *f = fatal_begin();

	f->event = event;
	f->drivers = strcmp(event, "divergence") == 0;
	f->status = FATAL_STATUS_DIVERGED;
	bt_here(&f->bt);
	snprintf(f->text, sizeof(f->text), "%s", text);
	fatal_end();
}

static _Noreturn void
malformed(void)
{
	char text[128];

	snprintf(text, sizeof(text), "recording: its entry %u, at byte %zu of what it unpacks to, "
	    "makes no sense", R.count, R.at);
	give_up("error", text);
}

static uint64_t
get_number(void)
{
	uint64_t v;

	if (!rr_number(R.rec.data, R.rec.len, &R.at, &v))
		malformed();
	return v;
}

static enum rr_op
next_op(void)
{
	return R.at < R.rec.len ? R.rec.data[R.at] : RR_END;
}

void
rr_interrupted(const char *why)
{
	char text[900];

	snprintf(text, sizeof(text), "the replay was ended: %s", why);
	give_up("error", text);
}

/*
 * The recorded run hung and was ended here; the driver, which does what it did, would go on for
 * ever, too.
 */
static void
hung_here(const char *what)
{
	static const char end[] = "the end: ", hang[] = "the end: hang: ";
	char recorded[800];
	struct fatal *f;

	rr_describe(R.rec.data + R.at, R.rec.len - R.at, recorded, sizeof(recorded));
	if (next_op() != RR_END || strncmp(recorded, hang, sizeof(hang) - 1) != 0)
		return;
	f = fatal_begin();
	f->event = "hang";
	f->kind = "recorded";
	f->status = FATAL_STATUS_HANG;
	f->drivers = f->all_threads = true;
	f->more = hang_tell;
	bt_here(&f->bt);
	snprintf(f->text, sizeof(f->text), "%s; so the recorded run was ended, and the driver goes "
	    "on as it did: %.100s", recorded + sizeof(end) - 1, what);
	fatal_end();
}

void
rr_diverged(const char *what)
{
	char text[900], recorded[300];

	hung_here(what);
	rr_describe(R.rec.data + R.at, R.rec.len - R.at, recorded, sizeof(recorded));
	snprintf(text, sizeof(text), "the driver does otherwise than in the recording, at its "
	    "entry %u: recorded: %s; now: %s", R.count, recorded, what);
	give_up("divergence", text);
}

void
rr_stuck(uint32_t thread)
{
	char text[900], recorded[300];

	rr_describe(R.rec.data + R.at, R.rec.len - R.at, recorded, sizeof(recorded));
	snprintf(text, sizeof(text), "the driver does otherwise than in the recording, at its "
	    "entry %u: recorded: thread %u goes on with %s; now: all threads wait, and it is "
	    "none of them", R.count, thread, recorded);
	give_up("divergence", text);
}

/* ---- replaying: where we are ---- */

/* What the driver need not do just so often. */
static void
skip_looks(void)
{
	enum rr_op op;

	while ((op = next_op()) == RR_CLOCK || op == RR_DELAY || op == RR_OFFER) {
		rr_take(op);
		if (op == RR_CLOCK)
			rr_clock_passes(rr_result(0));
		else if (op == RR_OFFER)
			(void)rr_result(0);
		rr_done();
	}
}

/* To the next entry of ours that counts: turns of others come before it. */
static void
come_to_next(void)
{
	for (;;) {
		skip_looks();
		if (next_op() == RR_GONE)
			rr_device_gone();
		else if (next_op() == RR_LOG)
			rr_log_again();
		else if (next_op() == RR_TURN) {
			turn_give();
			turn_take();
		} else
			return;
	}
}

bool
rr_next_is(enum rr_op op)
{
	while (op != RR_CLOCK && (next_op() == RR_CLOCK || next_op() == RR_DELAY ||
	    next_op() == RR_OFFER || next_op() == RR_GONE || next_op() == RR_LOG))
		if (next_op() == RR_GONE)
			rr_device_gone();
		else if (next_op() == RR_LOG)
			rr_log_again();
		else
			skip_looks();
	return next_op() == op;
}

bool
rr_delayed(void)
{
	if (rr_mode == RR_RECORD)
		rr_call(RR_DELAY, 0);
	else if (next_op() == RR_DELAY)
		rr_take(RR_DELAY);
	else
		return false;
	rr_done();
	return true;
}

/* Replaying: is it at this chance that others came? */
static bool
is_taken(void)
{
	size_t at = R.at + 1;
	uint64_t n;

	return next_op() == RR_OFFER && rr_number(R.rec.data, R.rec.len, &at, &n) &&
	    n == R.chances;
}

/*
 * What the driver does between two entries is not recorded; only a number tells where in it the
 * turn went to another.  If the driver has fewer chances now, the turn goes at its next entry.
 */
void
rr_chance(void)
{
	R.chances++;
	if (rr_mode == RR_RECORD ? !turn_wanted() : !is_taken())
		return;
	if (rr_mode == RR_RECORD) {
		rr_call(RR_OFFER, 0);
		rr_result(R.chances);
	} else {
		rr_take(RR_OFFER);
		(void)rr_result(0);
	}
	rr_done();
	turn_give();
	turn_take();
}

void
rr_take(enum rr_op op)
{
	if (next_op() != op)
		malformed();
	R.begin = R.at++;
}

/* Looks at the clock are not passed over: they may be yet to come, after a delay. */
bool
rr_get_turn(uint32_t *thread)
{
	if (next_op() != RR_TURN)
		return false;
	rr_take(RR_TURN);
	*thread = (uint32_t)get_number();
	if (*thread >= RR_OUTSIDER + RR_OUTSIDERS)
		malformed();
	rr_done();
	return true;
}

void
rr_pass_looks(void)
{
	skip_looks();
}

void
rr_put_turn(uint32_t thread)
{
	rr_call(RR_TURN, 0);
	rr_result(thread);
	rr_done();
}

/* ---- entries ---- */

/* The entry as far as the driver makes it is in R.entry: is it the recorded one? */
static void
compare(void)
{
	size_t left = R.rec.len - R.at;
	char now[300];

	if (left < R.entry.len || memcmp(R.rec.data + R.at, R.entry.data, R.entry.len) != 0) {
		rr_describe(R.entry.data, R.entry.len, now, sizeof(now));
		rr_diverged(now);
	}
	R.begin = R.at;
	R.at += R.entry.len;
}

void
rr_aside(void)
{
	R.half = R.entry;
	R.entry = (struct rr_buf){ NULL, 0, 0 };
}

void
rr_aside_over(void)
{
	free(R.entry.data);
	R.entry = R.half;
}

static bool
reaches_device(enum rr_op op)
{
	return (op >= RR_READ && op <= RR_RESET && op != RR_INTR) ||
	    (op >= RR_DMA_LIMIT && op <= RR_DMA_SYNC);
}

/* That the device has gone is told before the call that may have found it, whoever saw it first. */
void
rr_call(enum rr_op op, unsigned n, ...)
{
	uint8_t byte = (uint8_t)op;
	va_list ap;

	if (rr_mode == RR_REPLAY)
		come_to_next();
	else if (reaches_device(op) && life_dev() != NULL)
		dev_tell_gone(life_dev());
	R.entry.len = 0;
	rr_buf_put(&R.entry, &byte, 1);
	va_start(ap, n);
	while (n-- > 0)
		rr_buf_number(&R.entry, va_arg(ap, uint64_t));
	va_end(ap);
	if (rr_mode == RR_REPLAY)
		compare();
}

void
rr_call_text(enum rr_op op, const char *text)
{
	uint8_t byte = (uint8_t)op;

	if (rr_mode == RR_REPLAY)
		come_to_next();
	R.entry.len = 0;
	rr_buf_put(&R.entry, &byte, 1);
	rr_buf_number(&R.entry, strlen(text));
	rr_buf_put(&R.entry, text, strlen(text));
	if (rr_mode == RR_REPLAY)
		compare();
}

uint64_t
rr_result(uint64_t val)
{
	if (rr_mode == RR_REPLAY)
		return get_number();
	rr_buf_number(&R.entry, val);
	return val;
}

const void *
rr_result_bytes(const void *data, size_t *len)
{
	const uint8_t *p;

	if (rr_mode == RR_RECORD) {
		rr_buf_number(&R.entry, *len);
		rr_buf_put(&R.entry, data, *len);
		return data;
	}
	*len = get_number();
	if (*len > R.rec.len - R.at)
		malformed();
	p = R.rec.data + R.at;
	R.at += *len;
	return p;
}

void
rr_put(const void *data, size_t len)
{
	if (turn_mine())
		rr_buf_put(&R.entry, data, len);
}

void
rr_idle(const char *what)
{
	if (next_op() != RR_TURN)
		rr_diverged(what);
}

void
rr_done(void)
{
	R.count++;
	R.chances = 0;
	if (rr_mode == RR_RECORD)
		rec_write(R.entry.data, R.entry.len);
}

void
rr_back(void)
{
	R.at = R.begin;
}

/* ---- the whole ---- */

int
rr_load(const char *path, char *why, size_t size)
{
	int error = rec_load(path, &R.rec, why, size);

	R.at = R.count = 0;
	if (error == 0 && next_op() != RR_HEAD) {
		snprintf(why, size, "recording: %s: makes no sense at its begin", path);
		error = EINVAL;
	}
	return error;
}
