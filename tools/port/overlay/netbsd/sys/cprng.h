/* SPDX-License-Identifier: BSD-2-Clause */
/* cprng.h: cprng(9). */
#ifndef OVERLAY_SYS_CPRNG_H
#define OVERLAY_SYS_CPRNG_H

#include <sys/types.h>

uint32_t cprng_fast32(void);
uint64_t cprng_fast64(void);
size_t	cprng_fast(void *, size_t);
uint32_t cprng_strong32(void);
uint64_t cprng_strong64(void);

#endif /* OVERLAY_SYS_CPRNG_H */
