/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rec_file.h - a recording as a file: a stream of bytes in compressed, checksummed blocks.
 *
 *	file	"VOYREC\r\n", version, 0			8 + 4 + 4 bytes
 *	block	"VBLK", number, length, packed length, flags, CRC-32	6 x 4 bytes, little-endian
 *		packed bytes (zstd)
 *	note	"VNTE", length, CRC-32, bytes			4 + 4 + 4 bytes, and those; optional
 *
 * Blocks are numbered from 0; REC_LAST in the flags of the last one says that nothing is
 * missing.  The CRC-32 (ISO 3309) is of the block's header from the number to the flags, and
 * of its packed bytes.  What the stream says is in rr.h.  The note is of who started the run
 * (tools/voyageur/recording.py) and nothing to the harness; its CRC-32 is of length and bytes.
 */
#ifndef HARNESS_REC_FILE_H
#define HARNESS_REC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REC_VERSION	4
#define REC_MAX		((size_t)1 << 30)	/* bytes of a stream */

/* ---- writing: one file at a time ---- */

/* An errno; why gets the text.  What is in the file stays, so far. */
int	rec_create(const char *path, char *why, size_t size);
/* Now it does not: the run begins.  Before the first block is full.  An errno. */
int	rec_begin(void);
/* Append to the stream; what goes to the disk goes there in whole blocks.  Any thread. */
void	rec_write(const void *data, size_t len);
/*
 * The last block, and the end of the file; nothing is written any more.  0, or the errno of
 * the first failure since rec_create().  Harmless when there is no file, or none any more.
 */
int	rec_close(void);
/* The same from a dying process, which may hold what rec_write() holds: with a short limit. */
void	rec_close_fatal(void);

/* ---- reading ---- */

struct rec {
	uint8_t	*data;		/* the stream; malloced */
	size_t	 len;
};

/*
 * Check and unpack a whole file.  EINVAL: it is none, or damaged, with the offset in why;
 * ENOMEM; others as open(2) and read(2).
 */
int	rec_load(const char *path, struct rec *, char *why, size_t size);
/* The same of bytes in memory; pure. */
int	rec_parse(const void *file, size_t len, struct rec *, char *why, size_t size);

#endif /* HARNESS_REC_FILE_H */
