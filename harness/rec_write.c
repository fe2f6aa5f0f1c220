/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a recording; see rec_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "harness/busy.h"
#include "harness/rec_int.h"

#define BLOCK		((size_t)256 << 10)
#define LEVEL		1		/* of compression: the driver waits for it */

static struct {
	pthread_mutex_t	 lock;
	int		 fd;		/* -1: none */
	int		 error;
	uint32_t	 number;
	size_t		 len;
	uint8_t		*data, *packed;
	size_t		 room;		/* of packed */
	ZSTD_CCtx	*zstd;		/* has all its memory: a dying process may have none */
} W = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

static void
put_all(const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0 && W.error == 0) {
		n = write(W.fd, p, len);
		if (n < 0 && errno != EINTR)
			W.error = errno;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

static void
put_block(uint32_t flags)
{
	uint8_t head[REC_BLOCK_HEAD];
	size_t n = ZSTD_compressCCtx(W.zstd, W.packed, W.room, W.data, W.len, LEVEL);
	uint32_t crc;

	if (ZSTD_isError(n)) {
		W.error = W.error != 0 ? W.error : EIO;
		return;
	}
	memcpy(head, REC_BLOCK_MAGIC, 4);
	rec_put32(head + 4, W.number++);
	rec_put32(head + 8, (uint32_t)W.len);
	rec_put32(head + 12, (uint32_t)n);
	rec_put32(head + 16, flags);
	crc = rec_crc(0, head + 4, 16);
	rec_put32(head + 20, rec_crc(crc, W.packed, n));
	put_all(head, sizeof(head));
	put_all(W.packed, n);
	W.len = 0;
}

/* The file and what belongs to it, for good. */
static void
let_go(void)
{
	if (W.fd >= 0 && close(W.fd) != 0 && W.error == 0)
		W.error = errno;
	W.fd = -1;
	free(W.data);
	free(W.packed);
	ZSTD_freeCCtx(W.zstd);
	W.data = W.packed = NULL;
	W.zstd = NULL;
}

/* All the memory that writing takes; a whole block takes the most. */
static int
take_memory(void)
{
	W.room = ZSTD_compressBound(BLOCK);
	W.data = calloc(1, BLOCK);
	W.packed = malloc(W.room);
	W.zstd = ZSTD_createCCtx();
	if (W.data == NULL || W.packed == NULL || W.zstd == NULL ||
	    ZSTD_isError(ZSTD_compressCCtx(W.zstd, W.packed, W.room, W.data, BLOCK, LEVEL)))
		return ENOMEM;
	return 0;
}

int
rec_create(const char *path, char *why, size_t size)
{
	int error = take_memory();

	W.len = W.number = 0;
	W.error = 0;
	if (error == 0 && (W.fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) < 0)
		error = errno;
	if (error != 0) {
		snprintf(why, size, "recording: %s: cannot be written: %s; name another file", path,
		    strerror(error));
		let_go();
	}
	return error;
}

int
rec_begin(void)
{
	uint8_t head[REC_FILE_HEAD] = REC_FILE_MAGIC;

	if (W.fd < 0)
		return 0;
	if (ftruncate(W.fd, 0) != 0 && errno != EINVAL)	/* of a pipe it cannot be asked */
		W.error = errno;
	rec_put32(head + 8, REC_VERSION);
	put_all(head, sizeof(head));
	return W.error;
}

void
rec_write(const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n;

	busy_outside();
	pthread_mutex_lock(&W.lock);
	while (len > 0 && W.fd >= 0) {
		n = BLOCK - W.len < len ? BLOCK - W.len : len;
		memcpy(W.data + W.len, p, n);
		W.len += n;
		p += n;
		len -= n;
		if (W.len == BLOCK)
			put_block(0);
	}
	pthread_mutex_unlock(&W.lock);
	busy_inside();
}

static int
close_locked(void)
{
	if (W.fd < 0)
		return 0;
	put_block(REC_LAST);
	let_go();
	return W.error;
}

int
rec_close(void)
{
	int error;

	pthread_mutex_lock(&W.lock);
	error = close_locked();
	pthread_mutex_unlock(&W.lock);
	return error;
}

void
rec_close_fatal(void)
{
	struct timespec ts = { 0, 1000000 };
	int i;

	for (i = 0; i < 1000; i++) {
		if (pthread_mutex_trylock(&W.lock) == 0) {
			if (W.fd >= 0)
				put_block(REC_LAST);
			W.fd = -1;	/* no free(3): the process may have died in it */
			pthread_mutex_unlock(&W.lock);
			return;
		}
		nanosleep(&ts, NULL);
	}
}
