/* SPDX-License-Identifier: BSD-2-Clause */
/* workqueue.h: workqueue(9). */
#ifndef OVERLAY_SYS_WORKQUEUE_H
#define OVERLAY_SYS_WORKQUEUE_H

#include <sys/types.h>

struct workqueue;
struct cpu_info;
struct work {
	void	*wk_overlay[2];
};

#define WQ_MPSAFE	0x01
#define WQ_PERCPU	0x02

int	workqueue_create(struct workqueue **, const char *, void (*)(struct work *, void *),
	    void *, pri_t, int, int);
void	workqueue_destroy(struct workqueue *);
void	workqueue_enqueue(struct workqueue *, struct work *, struct cpu_info *);
void	workqueue_wait(struct workqueue *, struct work *);

#endif /* OVERLAY_SYS_WORKQUEUE_H */
