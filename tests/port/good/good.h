/* SPDX-License-Identifier: BSD-2-Clause */
/* good.h - what the device of the example reads and writes. */
#ifndef GOOD_H
#define GOOD_H

struct good_desc {
	uint64_t	addr;
	uint16_t	len;
	uint8_t		flags[2];
	uint32_t	key[4];
	union {
		uint32_t	word;
		uint16_t	half[2];
	} __packed u;
} __packed;

#endif /* GOOD_H */
