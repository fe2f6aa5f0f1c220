/* SPDX-License-Identifier: BSD-2-Clause */
/* module_hook.h: calls into modules that may be away; module_hook(9). */
#ifndef OVERLAY_SYS_MODULE_HOOK_H
#define OVERLAY_SYS_MODULE_HOOK_H

#include <sys/types.h>

struct module_hook_t;
#define MODULE_HOOK(hook, type, args)					\
extern struct hook ## _t {						\
	type (*f)args;							\
} hook

#endif /* OVERLAY_SYS_MODULE_HOOK_H */
