/* SPDX-License-Identifier: BSD-2-Clause */
/* ck_epoch.h: what epoch(9)'s tracker is made of. */
#ifndef OVERLAY_CK_EPOCH_H
#define OVERLAY_CK_EPOCH_H

typedef struct ck_epoch_section {
	unsigned	bucket;
} ck_epoch_section_t;

#endif /* OVERLAY_CK_EPOCH_H */
