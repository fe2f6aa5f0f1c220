/* SPDX-License-Identifier: BSD-2-Clause */
/* pslist.h: lists that are read without a lock; pslist(9). */
#ifndef OVERLAY_SYS_PSLIST_H
#define OVERLAY_SYS_PSLIST_H

struct pslist_head {
	struct pslist_entry	*plh_first;
};
struct pslist_entry {
	struct pslist_entry	**ple_prevp;
	struct pslist_entry	*ple_next;
};

#endif /* OVERLAY_SYS_PSLIST_H */
