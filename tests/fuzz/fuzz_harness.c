/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_harness.c - libFuzzer target: what the harness takes from others: requests at the control
 * socket, and recordings.
 *
 *	voy fuzz harness --for 20m
 *
 * The first byte says which it is: requests, a line each; a recording's file as it is; blocks of
 * one, each flags, a length of 16 bits and that many packed bytes, to which the rest is made so
 * that it fits; entries of a recording, to be described. Beside what the sanitizers see, it is
 * checked that answers are one line of JSON with "ok", and that what is refused is told why.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness/control_req.h"
#include "harness/life.h"
#include "harness/rec_int.h"
#include "harness/rr_int.h"

#define CHECK(cond)	do { if (!(cond)) abort(); } while (0)
#define MOST		8192u		/* bytes of an input that are looked at */

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const states[] = { "alive", "associated", NULL };
static const struct hyp_personality pers = { .driver = "fuzz", .states = states };
static const struct options opt = { .target = "unix:/fuzz", .until = 1, .cycles = 1 };

const struct hyp_personality *
hyp_personality(void)
{
	return &pers;
}

/* ---- requests ---- */

static void
request(struct control_ctx *ctx, const char *line)
{
	struct control_wait w = { .state = 0 };
	enum control_effect effect;
	json_t *j;

	ctx->len = 0;
	effect = control_request(ctx, line, &w);
	if (effect == CONTROL_WAITS) {
		CHECK(w.active);
		return;
	}
	CHECK(ctx->len > 0 && ctx->len <= CONTROL_ANSWER && ctx->answer[ctx->len - 1] == '\n' &&
	    memchr(ctx->answer, '\n', ctx->len) == ctx->answer + ctx->len - 1);
	j = json_loadb(ctx->answer, ctx->len, 0, NULL);
	CHECK(j != NULL && json_is_boolean(json_object_get(j, "ok")));
	if (json_is_false(json_object_get(j, "ok")))
		CHECK(json_string_length(json_object_get(j, "error")) > 0);
	json_decref(j);
}

static void
requests(const uint8_t *p, size_t len)
{
	static struct control_ctx ctx = { .pers = &pers, .opt = &opt };
	char line[MOST + 1], *rest = line, *one;

	if (ctx.answer == NULL) {
		CHECK((ctx.answer = malloc(CONTROL_ANSWER)) != NULL);
		CHECK(life_init(&pers, &opt) == 0);
	}
	if (len != 0)
		memcpy(line, p, len);
	line[len] = '\0';
	while ((one = strsep(&rest, "\n")) != NULL)
		request(&ctx, one);
}

/* ---- recordings ---- */

static void
entries(const uint8_t *p, size_t len)
{
	size_t at = 0;
	uint64_t v;
	char text[300];

	rr_describe(p, len, text, sizeof(text));
	CHECK(memchr(text, 0, sizeof(text)) != NULL);
	while (rr_number(p, len, &at, &v))
		CHECK(at <= len);
}

static void
file(const uint8_t *p, size_t len)
{
	char why[256] = "";
	struct rec rec;
	int error = rec_parse(p, len, &rec, why, sizeof(why));

	if (error != 0) {
		CHECK(why[0] != '\0' && rec.data == NULL && rec.len == 0);
		return;
	}
	entries(rec.data, rec.len < MOST ? rec.len : MOST);
	free(rec.data);
}

/* Checksums and numbers are right; what is packed claims 256 times its length, or less. */
static void
blocks(const uint8_t *p, size_t left)
{
	static uint8_t f[2 * MOST + REC_FILE_HEAD];
	size_t at = REC_FILE_HEAD, len;
	uint8_t *h;
	uint32_t n;

	memset(f, 0, REC_FILE_HEAD);
	memcpy(f, REC_FILE_MAGIC, 8);
	rec_put32(f + 8, REC_VERSION);
	for (n = 0; left >= 4; n++) {
		len = p[2] | (size_t)p[3] << 8;
		len = len < left - 4 ? len : left - 4;
		if (at + REC_BLOCK_HEAD + len > sizeof(f))
			break;
		h = f + at;
		memcpy(h, REC_BLOCK_MAGIC, 4);
		rec_put32(h + 4, n);
		rec_put32(h + 8, (uint32_t)len * p[1]);
		rec_put32(h + 12, (uint32_t)len);
		rec_put32(h + 16, p[0]);
		memcpy(h + REC_BLOCK_HEAD, p + 4, len);
		rec_put32(h + 20, rec_crc(rec_crc(0, h + 4, 16), h + REC_BLOCK_HEAD, len));
		at += REC_BLOCK_HEAD + len;
		p += 4 + len;
		left -= 4 + len;
	}
	file(f, at);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;
	size_t len;

	if (size == 0)
		return 0;
	len = size - 1 < MOST ? size - 1 : MOST;
	CHECK((copy = malloc(len)) != NULL || len == 0);
	if (len != 0)
		memcpy(copy, data + 1, len);
	if (data[0] % 4 == 0)
		requests(copy, len);
	else if (data[0] % 4 == 1)
		file(copy, len);
	else if (data[0] % 4 == 2)
		blocks(copy, len);
	else
		entries(copy, len);
	free(copy);
	return 0;
}
