/* SPDX-License-Identifier: BSD-2-Clause */
/* rndvar.h: arc4random(9). */
#ifndef OVERLAY_DEV_RNDVAR_H
#define OVERLAY_DEV_RNDVAR_H

#include <sys/types.h>

uint32_t arc4random(void);
uint32_t arc4random_uniform(uint32_t);
void	arc4random_buf(void *, size_t);

#endif /* OVERLAY_DEV_RNDVAR_H */
