/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a recording; see rec_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "harness/rec_int.h"

uint32_t
rec_crc(uint32_t crc, const void *data, size_t len)
{
	/* Of four bits; polynomial 0xedb88320, which is ISO 3309's with its bits reversed. */
	static const uint32_t of[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158,
		0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4,
		0xa00ae278, 0xbdbdf21c
	};
	const uint8_t *p = data;

	for (crc = ~crc; len > 0; len--, p++) {
		crc = crc >> 4 ^ of[(crc ^ *p) & 15];
		crc = crc >> 4 ^ of[(crc ^ *p >> 4) & 15];
	}
	return ~crc;
}

struct reader {
	const uint8_t	*file;
	size_t		 len, at;
	struct rec	*rec;
	size_t		 room;		/* of rec->data */
	char		*why;
	size_t		 size;
};

static int __attribute__((format(printf, 3, 4)))
damaged(struct reader *r, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(r->why, r->size, "damaged at byte %zu of %zu: ", at, r->len);
	if (n < 0 || (size_t)n >= r->size)
		return EINVAL;
	va_start(ap, fmt);
	vsnprintf(r->why + n, r->size - (size_t)n, fmt, ap);
	va_end(ap);
	return EINVAL;
}

static int
read_head(struct reader *r)
{
	uint32_t version;

	if (r->len < 8 || memcmp(r->file, REC_FILE_MAGIC, 8) != 0) {
		snprintf(r->why, r->size, "no recording; voy run DRIVER --record FILE writes one");
		return EINVAL;
	}
	if (r->len < REC_FILE_HEAD)
		return damaged(r, r->len, "it ends in its first bytes");
	version = rec_get32(r->file + 8);
	if (version != REC_VERSION) {
		snprintf(r->why, r->size, "a recording of version %u, and this program reads "
		    "version %u; record it anew", version, REC_VERSION);
		return EINVAL;
	}
	if (rec_get32(r->file + 12) != 0)
		return damaged(r, 12, "what is always 0 is not");
	r->at = REC_FILE_HEAD;
	return 0;
}

static int
make_room(struct reader *r, size_t more)
{
	size_t room = r->room;
	uint8_t *data;

	while (room - r->rec->len < more)
		room = room == 0 ? (size_t)1 << 20 : 2 * room;
	if (room == r->room)
		return 0;
	data = realloc(r->rec->data, room);
	if (data == NULL) {
		snprintf(r->why, r->size, "%s", strerror(ENOMEM));
		return ENOMEM;
	}
	r->rec->data = data;
	r->room = room;
	return 0;
}

/* One block; *last when it is that. */
static int
read_block(struct reader *r, uint32_t number, bool *last)
{
	const uint8_t *head = r->file + r->at;
	size_t left = r->len - r->at, raw, packed, n;
	int error;

	if (left == 0)
		return damaged(r, r->at, "it ends without its last block: the run that wrote it "
		    "was killed, or the disk was full");
	if (left < REC_BLOCK_HEAD)
		return damaged(r, r->at, "block %u is cut off", number);
	if (memcmp(head, REC_BLOCK_MAGIC, 4) != 0 || rec_get32(head + 4) != number)
		return damaged(r, r->at, "no block %u begins here", number);
	raw = rec_get32(head + 8);
	packed = rec_get32(head + 12);
	if (packed > left - REC_BLOCK_HEAD)
		return damaged(r, r->at, "block %u is cut off: it should have %zu bytes", number,
		    packed);
	if (rec_crc(rec_crc(0, head + 4, 16), head + REC_BLOCK_HEAD, packed) !=
	    rec_get32(head + 20))
		return damaged(r, r->at, "block %u has a wrong checksum", number);
	if (raw > REC_MAX - r->rec->len)
		return damaged(r, r->at, "block %u: more than %zu bytes in all", number, REC_MAX);
	error = make_room(r, raw);
	if (error != 0)
		return error;
	n = raw == 0 ? 0 : ZSTD_decompress(r->rec->data + r->rec->len, raw,
	    head + REC_BLOCK_HEAD, packed);
	if (n != raw)
		return damaged(r, r->at, "block %u cannot be unpacked", number);
	r->rec->len += raw;
	r->at += REC_BLOCK_HEAD + packed;
	*last = (rec_get32(head + 16) & REC_LAST) != 0;
	return 0;
}

/* What follows the last block: nothing, or a whole note. */
static int
check_note(struct reader *r)
{
	const uint8_t *head = r->file + r->at;
	size_t left = r->len - r->at, len;

	if (left == 0)
		return 0;
	if (memcmp(head, REC_NOTE_MAGIC, left < 4 ? left : 4) != 0)
		return damaged(r, r->at, "something follows its last block");
	if (left < REC_NOTE_HEAD)
		return damaged(r, r->at, "its note is cut off");
	len = rec_get32(head + 4);
	if (len != left - REC_NOTE_HEAD)
		return damaged(r, r->at, "its note should have %zu bytes", len);
	if (rec_crc(rec_crc(0, head + 4, 4), head + REC_NOTE_HEAD, len) != rec_get32(head + 8))
		return damaged(r, r->at, "its note has a wrong checksum");
	return 0;
}

int
rec_parse(const void *file, size_t len, struct rec *rec, char *why, size_t size)
{
	struct reader r = { .file = file, .len = len, .rec = rec, .why = why, .size = size };
	bool last = false;
	uint32_t number;
	int error;

	*rec = (struct rec){ NULL, 0 };
	error = read_head(&r);
	for (number = 0; error == 0 && !last; number++)
		error = read_block(&r, number, &last);
	if (error == 0)
		error = check_note(&r);
	if (error != 0) {
		free(rec->data);
		*rec = (struct rec){ NULL, 0 };
	}
	return error;
}

/* A whole file; *data is malloced. */
static int
slurp(const char *path, uint8_t **data, size_t *len)
{
	struct stat st;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	*len = 0;
	*data = NULL;
	if (fstat(fd, &st) != 0)
		error = errno;
	else if (!S_ISREG(st.st_mode) || (size_t)st.st_size > REC_MAX)
		error = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
	else if ((*data = malloc((size_t)st.st_size + 1)) == NULL)
		error = ENOMEM;
	while (error == 0 && *len < (size_t)st.st_size &&
	    (n = read(fd, *data + *len, (size_t)st.st_size - *len)) > 0)
		*len += (size_t)n;
	if (n < 0)
		error = errno;
	close(fd);
	if (error != 0) {
		free(*data);
		*data = NULL;
	}
	return error;
}

int
rec_load(const char *path, struct rec *rec, char *why, size_t size)
{
	char text[256];
	uint8_t *file = NULL;
	size_t len = 0;
	int error;

	error = slurp(path, &file, &len);
	if (error != 0) {
		snprintf(why, size, "recording: %s: %s", path, error == EINVAL ?
		    "not a file; name the one that voy run DRIVER --record FILE has written" :
		    strerror(error));
		return error;
	}
	error = rec_parse(file, len, rec, text, sizeof(text));
	if (error != 0)
		snprintf(why, size, "recording: %s: %s", path, text);
	free(file);
	return error;
}
