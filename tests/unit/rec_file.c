/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of a recording: what is written comes back, over several blocks; a file that any byte
 * was changed in, or that was cut off anywhere, is refused with the place.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/rec_int.h"
#include "harness/sanitized.h"
#include "tests/unit/tap.h"

#define LONG	700001u		/* bytes: more than two blocks */
#define FILE_	"recording"

static uint8_t *
slurp(size_t *len)
{
	FILE *f = fopen(FILE_, "rb");
	uint8_t *data = malloc(1 << 20);

	*len = f != NULL && data != NULL ? fread(data, 1, 1 << 20, f) : 0;
	if (f != NULL)
		fclose(f);
	return data;
}

/* Some that cannot be packed well, in pieces of different lengths. */
static void
fill(uint8_t *data, size_t len)
{
	uint32_t x = 1;
	size_t i;

	for (i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = i % 5 == 0 ? (uint8_t)(x >> 24) : (uint8_t)(i >> 8);
	}
}

static void
write_it(const uint8_t *data, size_t len)
{
	char why[256];
	size_t at, n;

	ok(rec_create(FILE_, why, sizeof(why)) == 0 && rec_begin() == 0, "it is created");
	for (at = 0; at < len; at += n) {
		n = at % 777 + 1 < len - at ? at % 777 + 1 : len - at;
		rec_write(data + at, n);
	}
	ok(rec_close() == 0, "and closed");
	ok(rec_close() == 0, "which is harmless again");
	rec_write(data, 1);
}

static void
test_there_and_back(void)
{
	uint8_t *data = malloc(LONG);
	struct rec rec;
	struct stat st;
	char why[256];

	fill(data, LONG);
	write_it(data, LONG);
	ok(stat(FILE_, &st) == 0 && (st.st_mode & 0777) == 0600, "nobody else may read it");
	ok((size_t)st.st_size < LONG, "it is packed");
	ok(rec_load(FILE_, &rec, why, sizeof(why)) == 0, "it is read");
	ok(rec.len == LONG && memcmp(rec.data, data, LONG) == 0, "and is the same");
	free(rec.data);
	free(data);
}

/* A short one, and everything that may happen to it. */
static void
test_damage(void)
{
	uint8_t data[300], *file;
	bool flips = true, cuts = true, places = true;
	struct rec rec;
	char why[256];
	size_t len, i;

	fill(data, sizeof(data));
	write_it(data, sizeof(data));
	file = slurp(&len);
	ok(rec_parse(file, len, &rec, why, sizeof(why)) == 0, "whole, it is read");
	free(rec.data);
	for (i = 0; i < len; i++) {
		file[i] ^= 0x10;
		flips &= rec_parse(file, len, &rec, why, sizeof(why)) != 0 && rec.data == NULL;
		if (i >= 16)
			places &= strstr(why, "damaged at byte 16 of") != NULL;
		file[i] ^= 0x10;
	}
	ok(flips, "one changed byte, wherever, and it is not");
	ok(places, "and the block's place is told");
	for (i = 0; i < len; i++)
		cuts &= rec_parse(file, i, &rec, why, sizeof(why)) != 0 && rec.data == NULL;
	ok(cuts, "cut off, wherever, it is not");
	like((rec_parse(file, 16, &rec, why, sizeof(why)), why), "damaged at byte 16 of 16: it "
	    "ends without its last block", "where it ends is told");
	file = realloc(file, len + 1);
	file[len] = 0;
	like((rec_parse(file, len + 1, &rec, why, sizeof(why)), why), "something follows",
	    "and what does not belong to it");
	file[8]++;
	like((rec_parse(file, len, &rec, why, sizeof(why)), why), "a recording of version 5, and "
	    "this program reads version 4", "another version");
	free(file);
}

/* What may stand behind the last block, and be damaged there. */
static void
test_note(void)
{
	static const char text[] = "{\"error\":\"...\"}";
	const size_t whole = REC_NOTE_HEAD + sizeof(text);
	bool flips = true, cuts = true;
	uint8_t *file, *note;
	struct rec rec;
	char why[256], place[64];
	size_t len, i;

	write_it((const uint8_t *)"x", 1);
	file = slurp(&len);
	note = file + len;
	memcpy(note, REC_NOTE_MAGIC, 4);
	rec_put32(note + 4, sizeof(text));
	memcpy(note + REC_NOTE_HEAD, text, sizeof(text));
	rec_put32(note + 8, rec_crc(rec_crc(0, note + 4, 4), text, sizeof(text)));
	ok(rec_parse(file, len + whole, &rec, why, sizeof(why)) == 0 && rec.len == 1,
	    "a note behind it does no harm");
	free(rec.data);
	snprintf(place, sizeof(place), "damaged at byte %zu of ", len);
	for (i = 0; i < whole; i++) {
		note[i] ^= 0x10;
		flips &= rec_parse(file, len + whole, &rec, why, sizeof(why)) == EINVAL &&
		    strstr(why, place) != NULL;
		note[i] ^= 0x10;
	}
	ok(flips, "one changed byte of it is told, with the place");
	for (i = 1; i < whole; i++)
		cuts &= rec_parse(file, len + i, &rec, why, sizeof(why)) == EINVAL &&
		    strstr(why, place) != NULL;
	ok(cuts, "and where it is cut off, wherever");
	note[whole] = 0;
	like((rec_parse(file, len + whole + 1, &rec, why, sizeof(why)), why), "its note should have",
	    "nothing follows it");
	free(file);
}

static void
test_what_cannot_be_had(void)
{
	struct rec rec;
	char why[256];

	like((rec_load("none", &rec, why, sizeof(why)), why), "none: No such file", "no file");
	like((rec_load(".", &rec, why, sizeof(why)), why), "recording: .: not a file; name the one "
	    "that voy run DRIVER --record FILE has written", "a folder");
	like((rec_parse("PNG", 3, &rec, why, sizeof(why)), why), "no recording; voy run",
	    "something else");
	like((rec_create("none/none", why, sizeof(why)), why), "none/none: cannot be written: "
	    "No such file", "where nothing can be written");
}

static void
test_full_disk(void)
{
	uint8_t *data = calloc(1, LONG);
	char why[256];

	if (access("/dev/full", W_OK) != 0) {
		free(data);
		return;
	}
	ok(rec_create("/dev/full", why, sizeof(why)) == 0 && rec_begin() == ENOSPC,
	    "a full disk is told at once");
	rec_write(data, LONG);
	ok(rec_close() == ENOSPC, "and at the end");
	free(data);
}

/* All the memory that is left; a sanitizer's malloc() ends the process instead. */
static void
use_up_memory(void)
{
	void *volatile p;
	size_t size;

	if (SANITIZED_ADDRESS || SANITIZED_THREAD)
		return;
	for (size = 1 << 20; size >= 64; size /= 2)
		do
			p = malloc(size);
		while (p != NULL);
}

/* In a child: without memory, as where a driver has destroyed the heap. */
static void
test_dying_process(void)
{
	struct rlimit none = { 0, 0 };
	struct rec rec = { NULL, 0 };
	char why[256] = "";
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (rec_create(FILE_, why, sizeof(why)) != 0 || rec_begin() != 0)
			_exit(1);
		rec_write("the end", 7);
		if (setrlimit(RLIMIT_AS, &none) != 0 || setrlimit(RLIMIT_DATA, &none) != 0)
			_exit(2);
		use_up_memory();
		rec_close_fatal();
		_exit(0);
	}
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, "it can be ended");
	ok(rec_load(FILE_, &rec, why, sizeof(why)) == 0 && rec.len == 7 &&
	    memcmp(rec.data, "the end", 7) == 0, "and is whole");
	free(rec.data);
}

int
main(void)
{
	ok(rec_crc(rec_crc(0, "1234", 4), "56789", 5) == 0xcbf43926, "CRC-32 of 123456789, as "
	    "every text on it has it");
	test_there_and_back();
	test_damage();
	test_note();
	test_what_cannot_be_had();
	test_full_disk();
	test_dying_process();
	return done();
}
