/* SPDX-License-Identifier: BSD-2-Clause */
/* ck_queue.h: the kernel's lists that may be read without a lock are laid out as queue(3)'s. */
#ifndef OVERLAY_CK_QUEUE_H
#define OVERLAY_CK_QUEUE_H

#include <sys/queue.h>

#define CK_LIST_HEAD(name, type)	LIST_HEAD(name, type)
#define CK_LIST_ENTRY(type)		LIST_ENTRY(type)
#define CK_LIST_EMPTY(head)		LIST_EMPTY(head)
#define CK_SLIST_HEAD(name, type)	SLIST_HEAD(name, type)
#define CK_SLIST_ENTRY(type)		SLIST_ENTRY(type)
#define CK_STAILQ_HEAD(name, type)	STAILQ_HEAD(name, type)
#define CK_STAILQ_ENTRY(type)		STAILQ_ENTRY(type)
#define CK_STAILQ_FOREACH(v, head, f)	STAILQ_FOREACH(v, head, f)

#endif /* OVERLAY_CK_QUEUE_H */
