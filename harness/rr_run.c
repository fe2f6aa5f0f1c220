/* SPDX-License-Identifier: BSD-2-Clause */
/* A recorded or replayed run from its begin to its end; see rr.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "harness/clock.h"
#include "harness/dev.h"
#include "harness/fatal.h"
#include "harness/life.h"
#include "harness/options.h"
#include "harness/rec_file.h"
#include "harness/rr_int.h"

#define FAULT	"VOY_FAULT"

static _Atomic bool open_;	/* a file is being written */
static _Atomic bool over;	/* the life-cycle thread has ended */
static bool checked;		/* replaying: DMA was */

/* ---- what the run was told ---- */

static void
put_text(const char *text)
{
	size_t len = strlen(text);

	(void)rr_result_bytes(text, &len);
}

static void
tell(const char *key, const char *value)
{
	if (value == NULL)
		return;
	put_text(key);
	put_text(value);
}

static void
tell_number(const char *key, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	tell(key, text);
}

static void
put_head(const struct hyp_personality *pers, const struct options *o)
{
	const struct hyp_wifi *w = hyp_wifi(NULL);

	rr_call(RR_HEAD, 0);
	tell("driver", pers->driver);
	tell("until", life_state_name(pers, o->until));
	tell_number("cycles", o->cycles);
	tell_number("suspend", o->suspend);
	tell_number("stay", o->stay);
	tell_number("checked", o->check || o->strict);
	tell_number("hang limit, ns", o->hang_ns);
	tell_number("memory", o->memory);
	tell("ssid", o->ssid);
	tell("psk", w->psk);
	tell("bssid", o->bssid);
	tell(FAULT, getenv(FAULT));
	put_text("");
	rr_done();
}

static char *
get_text(void)
{
	const char *text;
	char *copy;
	size_t len;

	text = rr_result_bytes(NULL, &len);
	copy = strndup(text, len);
	if (copy == NULL)
		abort();
	return copy;
}

/* One of them; false: it is of another driver. */
static bool
take_option(const struct hyp_personality *pers, struct options *o, const char *key,
    const char *value)
{
	const struct {
		const char	*key;
		const char	**to;
	} words[] = { { "ssid", &o->ssid }, { "psk", &o->psk }, { "bssid", &o->bssid } };
	static char *kept[sizeof(words) / sizeof(words[0])];	/* as long as the process */
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(key, words[i].key) == 0) {
			free(kept[i]);
			*words[i].to = kept[i] = strdup(value);
		}
	if (strcmp(key, "until") == 0) {
		o->until = life_state_index(pers, value);
		return o->until >= 0;
	}
	if (strcmp(key, "cycles") == 0)
		o->cycles = atoi(value) > 1 ? (unsigned)atoi(value) : 1;
	if (strcmp(key, "suspend") == 0)
		o->suspend = (unsigned)atoi(value);
	if (strcmp(key, "stay") == 0)
		o->stay = atoi(value) != 0;
	if (strcmp(key, "hang limit, ns") == 0 && !o->hang_given)
		o->hang_ns = strtoull(value, NULL, 10);
	if (strcmp(key, "memory") == 0 && !o->memory_given)
		o->memory = strtoull(value, NULL, 10);
	if (strcmp(key, "checked") == 0)
		checked = atoi(value) != 0;
	if (strcmp(key, FAULT) == 0)
		setenv(FAULT, value, 1);
	return strcmp(key, "driver") != 0 || strcmp(value, pers->driver) == 0;
}

static int
get_head(const struct hyp_personality *pers, struct options *o, const char *path, char *why,
    size_t size)
{
	char *key, *value;
	int error = 0;

	unsetenv(FAULT);
	o->ssid = o->psk = o->psk_file = o->bssid = NULL;
	rr_take(RR_HEAD);
	for (key = get_text(); key[0] != '\0'; key = get_text()) {
		value = get_text();
		if (error == 0 && !take_option(pers, o, key, value)) {
			snprintf(why, size, "recording: %s: its %s is \"%s\", which the driver %s "
			    "%s", path, key, value, pers->driver,
			    strcmp(key, "driver") == 0 ? "is not" : "does not have");
			error = EINVAL;
		}
		free(value);
		free(key);
	}
	free(key);
	rr_done();
	return error;
}

/* ---- requests of others ---- */

bool
rr_outside(enum rr_outside kind, const char *text)
{
	size_t len = strlen(text);

	bool ours = turn_mine();

	if (rr_mode == RR_REPLAY && !ours && !over)
		return false;
	hyp_clock_enter();
	if (rr_mode == RR_OFF || ours || !turn_mine())
		return true;
	rr_call(RR_OUTSIDE, 0);
	rr_result(kind);
	(void)rr_result_bytes(text, &len);
	rr_done();
	return true;
}

/* The same again, in their stead. */
static void
serve(enum rr_outside kind, const char *text)
{
	unsigned ticket;

	switch (kind) {
	case RR_STOP:
		life_stop(text);
		break;
	case RR_FAIL:
		life_fail(NULL, 0, "%s", text);
		break;
	case RR_CONTROL:
		free(life_control(text));
		break;
	case RR_NAP:
	case RR_WAKE:
		(void)life_nap(kind == RR_NAP, &ticket);
		break;
	case RR_WAITS:
		life_waits((char [256]){ "" }, 256);
		break;
	}
}

static void *
outside_main(void *arg)
{
	enum rr_outside kind;
	char *text;

	turn_begin((uint32_t)(uintptr_t)arg);
	for (;;) {
		hyp_clock_enter();
		while (rr_next_is(RR_OUTSIDE)) {
			rr_take(RR_OUTSIDE);
			kind = (enum rr_outside)rr_result(0);
			text = get_text();
			rr_done();
			serve(kind, text);
			free(text);
		}
		rr_idle("a request has been answered");
		hyp_clock_leave();
	}
	return NULL;
}

static void
outside_start(uint32_t thread)
{
	pthread_t t;

	if (pthread_create(&t, NULL, outside_main, (void *)(uintptr_t)thread) != 0)
		abort();
	pthread_detach(t);
}

/* ---- the device's end, random numbers, time ---- */

static uint64_t looked;		/* what hyp_clock_ns() was last; with the turn, or replaying */

uint64_t
rr_look(uint64_t now)
{
	if (rr_mode == RR_RECORD) {
		rr_call(RR_CLOCK, 0);
		rr_result(now - looked);
		rr_done();
		looked = now;
	} else if (turn_mine() && rr_next_is(RR_CLOCK)) {
		rr_take(RR_CLOCK);
		looked += rr_result(0);
		rr_done();
	}
	return looked;
}

void
rr_clock_passes(uint64_t ns)
{
	looked += ns;
}

void
rr_outside_done(void)
{
	hyp_clock_leave();
}

void
rr_gone(const char *why)
{
	size_t len = strlen(why);

	if (rr_mode != RR_RECORD || !turn_mine())
		return;
	rr_aside();
	rr_call(RR_GONE, 0);
	(void)rr_result_bytes(why, &len);
	rr_done();
	rr_aside_over();
}

void
rr_device_gone(void)
{
	char *why;

	rr_take(RR_GONE);
	why = get_text();
	rr_done();
	dev_gone(life_dev(), why);
	free(why);
}

void
rr_log(struct hyp_dev *dev, int level, const char *fmt, ...)
{
	char text[1024];
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	hyp_log(dev, (enum hyp_level)level, "%s", text);
	if (!turn_mine())
		return;
	len = strlen(text);
	rr_aside();
	rr_call(RR_LOG, 0);
	rr_result((uint64_t)level);
	(void)rr_result_bytes(text, &len);
	rr_done();
	rr_aside_over();
}

void
rr_log_again(void)
{
	enum hyp_level level;
	char *text;

	rr_take(RR_LOG);
	level = (enum hyp_level)rr_result(0);
	text = get_text();
	rr_done();
	hyp_log(life_dev(), level <= HYP_LOG_ERROR ? level : HYP_LOG_ERROR, "%s", text);
	free(text);
}

bool
rr_checked(void)
{
	return checked;
}

/* A text that may be there: recording, `text` if it is not empty; replaying, the recorded one. */
static void
optional(enum rr_op op, char *text, size_t size)
{
	size_t len = strlen(text);
	char *then;

	if (rr_mode == RR_OFF || !turn_mine())
		return;
	if (rr_mode == RR_RECORD && len > 0) {
		rr_call(op, 0);
		(void)rr_result_bytes(text, &len);
		rr_done();
	} else if (rr_mode == RR_REPLAY && rr_next_is(op)) {
		rr_take(op);
		then = get_text();
		rr_done();
		snprintf(text, size, "%s", then);
		free(then);
	}
}

void
rr_found(char *text, size_t size)
{
	optional(RR_FOUND, text, size);
}

void
rr_why(char *text, size_t size)
{
	optional(RR_WHY, text, size);
}

bool
rr_ended(char *text, size_t size)
{
	char *then;

	if (rr_mode != RR_REPLAY || !turn_mine() || !rr_next_is(RR_END))
		return false;
	rr_take(RR_END);
	then = get_text();
	rr_back();
	snprintf(text, size, "%s", then);
	free(then);
	return text[0] != '\0';
}

int
hyp_random(void *buf, size_t len)
{
	const void *recorded;
	size_t n = len;

	if (!rr_replays() && getrandom(buf, len, 0) != (ssize_t)len)
		return EIO;
	if (!turn_mine())
		return 0;
	rr_call(RR_RANDOM, 1, (uint64_t)len);
	recorded = rr_result_bytes(buf, &n);
	memmove(buf, recorded, n < len ? n : len);
	rr_done();
	return 0;
}

/* ---- begin and end ---- */

int
rr_replay(const struct hyp_personality *pers, struct options *o, char *why, size_t size)
{
	const char *path = o->target + strlen(OPTIONS_REPLAY);
	int error;

	if (strncmp(o->target, OPTIONS_REPLAY, strlen(OPTIONS_REPLAY)) != 0)
		return 0;
	rr_mode = RR_REPLAY;
	error = rr_load(path, why, size);
	return error == 0 ? get_head(pers, o, path, why, size) : error;
}

int
rr_record(const struct hyp_personality *pers, const struct options *o, char *why, size_t size)
{
	int error;

	if (o->record == NULL)
		return 0;
	error = rec_create(o->record, why, size);
	if (error != 0)
		return error;
	rr_mode = RR_RECORD;
	open_ = true;
	put_head(pers, o);
	return 0;
}

int
rr_begin(const struct options *o, char *why, size_t size)
{
	int error = o->record != NULL ? rec_begin() : 0;

	if (error != 0)
		snprintf(why, size, "recording: %s: cannot be written: %s; name another file",
		    o->record, strerror(error));
	return error;
}

void
rr_start(void)
{
	if (rr_mode == RR_REPLAY)
		turn_outside(outside_start);
}

/* No malloc(3): where the heap is destroyed, or a dead thread holds it, the recording ends well. */
static void
put_end(const char *error)
{
	static uint8_t room[2048];
	struct rr_buf e = { room, 0, sizeof(room) };
	size_t len = strnlen(error, sizeof(room) / 2);
	uint8_t op = RR_END;

	rr_buf_put(&e, &op, 1);
	rr_buf_number(&e, len);
	rr_buf_put(&e, error, len);
	rec_write(e.data, e.len);
}

void
rr_end(void)
{
	struct life_view v;
	int e;

	over = true;
	if (!atomic_exchange(&open_, false))
		return;
	life_view(&v);
	put_end(v.failed ? v.error : "");
	e = rec_close();
	if (e != 0)
		life_fail(NULL, e, "recording: it could not be written");
}

void
rr_fatal(const char *text)
{
	if (!atomic_exchange(&open_, false))
		return;
	put_end(text);
	rec_close_fatal();
}
