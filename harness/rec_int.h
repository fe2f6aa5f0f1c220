/* SPDX-License-Identifier: BSD-2-Clause */
/* rec_int.h - what writing and reading a recording share. */
#ifndef HARNESS_REC_INT_H
#define HARNESS_REC_INT_H

#include "harness/rec_file.h"

#define REC_FILE_MAGIC	"VOYREC\r\n"
#define REC_FILE_HEAD	16
#define REC_BLOCK_MAGIC	"VBLK"
#define REC_BLOCK_HEAD	24
#define REC_LAST	0x1u
#define REC_NOTE_MAGIC	"VNTE"
#define REC_NOTE_HEAD	12

static inline void
rec_put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline uint32_t
rec_get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* CRC-32 of more bytes; begins with 0. */
uint32_t rec_crc(uint32_t crc, const void *data, size_t len);

#endif /* HARNESS_REC_INT_H */
