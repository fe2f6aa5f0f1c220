/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context.c - which context a thread is in, and what happens when a rule is broken.
 */
#include "softc.h"

#include <stdio.h>
#include <string.h>

const struct shim_rule shim_rules[R_COUNT] = {
#define CALL(name, contexts, lockstate, rule) [R_##name] = { #name, rule, contexts, lockstate },
#include "rules.def"
#undef CALL
};

_Thread_local struct shim_ctx shim_ctx;

/* For a violation in a thread that belongs to no device: the device attached last. */
static _Atomic(struct pdk_softc *) last_sc;

struct shim_ctx
shim_enter(struct pdk_softc *sc, enum shim_context ctx)
{
	struct shim_ctx saved = shim_ctx;

	/* Our caller's: the frame pointer that ours begins with. */
	shim_ctx = (struct shim_ctx){ .sc = sc, .ctx = ctx,
	    .frame = *(void **)__builtin_frame_address(0) };
	if (ctx == C_CONFIG)
		atomic_store(&last_sc, sc);
	return saved;
}

void
shim_leave(struct shim_ctx saved)
{
	shim_ctx = saved;
}

void
shim_forget(struct pdk_softc *sc)
{
	(void)atomic_compare_exchange_strong(&last_sc, &sc, NULL);
}

static const char *
context_name(unsigned ctx)
{
	switch (ctx) {
	case C_FILTER:
		return "FILTER";
	case C_BH:
		return "BH";
	case C_TIMER:
		return "TIMER";
	case C_WORKER:
		return "WORKER";
	case C_TX:
		return "TX";
	case C_CONFIG:
		return "CONFIG";
	}
	return "a thread that is none of the driver's contexts";
}

static const char *
context_list(unsigned set, char *buf, size_t size)
{
	size_t len = 0;
	unsigned bit;

	buf[0] = '\0';
	for (bit = C_FILTER; bit <= C_CONFIG; bit <<= 1) {
		if ((set & bit) == 0 || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len == 0 ? "" : ", ",
		    context_name(bit));
	}
	return buf;
}

void
shim_left_unlocked(struct pdk_softc *sc, void (*fn)(void))
{
	if (SHIM_OWNED(sc))
		shim_violation(sc, R_rule_leave_unlocked,
		    "%s returned from %s with the lock held, which was taken at %s",
		    SHIM_WHERE_FN(fn), context_name(shim_ctx.ctx), SHIM_WHERE(sc->lock_site));
}

void
shim_check_errno(struct pdk_softc *sc, int error, void (*fn)(void), const char *call)
{
	if (error < 0 && fn != NULL)
		shim_violation(sc, R_rule_errno, "%s returned %d", SHIM_WHERE_FN(fn), error);
	if (error < 0)
		shim_violation(sc, R_rule_errno, "%s with error %d", call, error);
}

void
shim_violation(struct pdk_softc *sc, enum shim_rule_id id, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (sc == NULL)
		sc = atomic_load(&last_sc);
	hyp_violation(sc == NULL ? NULL : sc->hyp, shim_rules[id].text, "%s", text);
}

void
shim_bad_call(struct pdk_softc *sc, enum shim_rule_id id, const char *call)
{
	const struct shim_rule *r = &shim_rules[id];
	const char *ctx = context_name(shim_ctx.ctx);
	char name[64], list[64];

	snprintf(name, sizeof(name), "%s%s", call, strchr(call, '(') == NULL ? "()" : "");
	if ((r->contexts & shim_ctx.ctx) == 0)
		shim_violation(sc, id, "%s called in %s; it may be called in %s", name, ctx,
		    context_list(r->contexts, list, sizeof(list)));
	if (r->lock == HELD)
		shim_violation(sc, id, "%s called in %s without the lock", name, ctx);
	if (strncmp(call, "pdk80211_", strlen("pdk80211_")) == 0 ||
	    strncmp(call, "pdknet_", strlen("pdknet_")) == 0)
		id = R_rule_upcall;
	shim_violation(sc, id, "%s called in %s with the lock held, which was taken at %s", name,
	    ctx, SHIM_WHERE(sc->lock_site));
}

struct pdk_softc *
shim_cur(enum shim_rule_id id)
{
	if (__predict_false(shim_ctx.sc == NULL))
		shim_bad_call(NULL, id, shim_rules[id].call);
	return shim_ctx.sc;
}
