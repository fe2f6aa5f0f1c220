/* SPDX-License-Identifier: BSD-2-Clause */
/* rr_int.h - what the files of record and replay share. */
#ifndef HARNESS_RR_INT_H
#define HARNESS_RR_INT_H

#include "harness/rr.h"

struct rr_buf {
	uint8_t	*data;		/* malloced */
	size_t	 len, room;
};

/* Out of memory: the process ends. */
void	rr_buf_put(struct rr_buf *, const void *data, size_t len);
void	rr_buf_number(struct rr_buf *, uint64_t);
/* The number at *at, which goes on; false: there is none. */
bool	rr_number(const uint8_t *data, size_t len, size_t *at, uint64_t *v);

/* An entry in words: "write4 bar0+0x020 EDU_STATUS 0x80".  It may be without its results. */
void	rr_describe(const uint8_t *entry, size_t len, char *buf, size_t size);

/* Replaying: the recording, to begin with. */
int	rr_load(const char *path, char *why, size_t size);
/* The entry that was begun is the next one again, for rr_diverged(). */
void	rr_back(void);

/* Recording: entries between these come before the one that is being made. */
void	rr_aside(void);
void	rr_aside_over(void);

/* The recorded clock goes on by ns. */
void	rr_clock_passes(uint64_t ns);
/* An RR_GONE is next: take it, and let the device go. */
void	rr_device_gone(void);
/* The same with an RR_LOG: log it. */
void	rr_log_again(void);

#endif /* HARNESS_RR_INT_H */
