/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * script.c - an input played by card and host on a driver's whole life; see script.h.
 */
#include <pdk.h>

#include "shims/linux/follow.h"
#include "tests/fuzz/script.h"

#define MOST_TURNS	3000		/* then the card is pulled out */
#define MOST_STEPS	200

static struct {
	const struct script_target *target;
	struct steps	 in;		/* from here on */
	struct pdk_softc *driver;
	bool		 gone;
	unsigned	 turns, calm, silent;
	uint32_t	 lie_off, lie_val;
	unsigned	 lie_reads;
} S;

/* ---- which step is next ---- */

static unsigned
host_from(void)
{
	return SCRIPT_CARD + S.target->card_steps;
}

/* -1: none. */
static int
next_kind(void)
{
	return steps_kind(&S.in, host_from() + SCRIPT_HOST + S.target->host_steps);
}

static bool
card_is_next(void)
{
	return next_kind() >= 0 && next_kind() < (int)host_from();
}

/* ---- the card ---- */

static void
write_memory(const uint8_t *p, size_t len)
{
	uint64_t at = inproc_dma_first() + (word(p, len, 0) & 0x3ff) * UINT64_C(4096) +
	    (word(p, len, 2) & 0xfff);
	void *to = len > 4 ? inproc_dma(at, len - 4) : NULL;

	if (to != NULL)
		memcpy(to, p + 4, len - 4);
}

static void
card_step(void)
{
	int kind = next_kind();
	size_t len;
	const uint8_t *p = steps_take(&S.in, &len);

	switch (kind) {
	case SCRIPT_CALM:
		S.calm = byte(p, len, 0);
		break;
	case SCRIPT_SILENT:
		S.silent = byte(p, len, 0);
		break;
	case SCRIPT_GONE:
		S.gone = true;
		break;
	case SCRIPT_FAIL:		/* known already */
		break;
	case SCRIPT_MEMORY:
		write_memory(p, len);
		break;
	case SCRIPT_REGISTER:
		S.lie_off = word(p, len, 0) % S.target->card.size & ~3u;
		S.lie_val = word(p, len, 4);
		S.lie_reads = byte(p, len, 8);
		break;
	default:
		S.target->card_step((unsigned)kind - SCRIPT_CARD, p, len);
		break;
	}
}

bool
script_turn(void)
{
	if (++S.turns > MOST_TURNS)
		S.gone = true;
	if (S.gone)
		return false;
	if (S.silent > 0) {
		S.silent--;
		return false;
	}
	if (S.calm > 0)
		S.calm--;
	else if (card_is_next()) {
		card_step();
		(void)S.target->behave();
		return true;
	}
	return S.target->behave();
}

bool
script_reads(uint32_t off, uint32_t *val)
{
	if (S.lie_reads == 0 || S.lie_off != off)
		return false;
	S.lie_reads--;
	*val = S.lie_val;
	return true;
}

bool
script_gone(void)
{
	return S.gone;
}

/* ---- the host ---- */

struct pdk_softc *
script_driver(void)
{
	return S.driver;
}

/* What is wanted may have been given up before. */
static void
want(bool up)
{
	struct shim_follow *life = S.target->life(S.driver);

	if (life == NULL)
		return;
	shim_lock(S.driver);
	life->failed = false;
	shim_unlock(S.driver);
	shim_follow_want(life, up);
}

static void
nap(void)
{
	const struct hyp_personality *p = hyp_personality();

	if (p->suspend(S.driver) == 0)
		(void)p->resume(S.driver);
}

static void
host_step(void)
{
	unsigned kind = (unsigned)next_kind() - host_from();
	size_t len;
	const uint8_t *p = steps_take(&S.in, &len);

	switch (kind) {
	case SCRIPT_UP:
	case SCRIPT_DOWN:
		want(kind == SCRIPT_UP);
		break;
	case SCRIPT_TIME:
		inproc_time(word(p, len, 0) & 0xffff);
		break;
	case SCRIPT_SLEEP:
		nap();
		break;
	default:
		S.target->host_step(kind - SCRIPT_HOST, p, len);
		break;
	}
}

/* ---- a run ---- */

/* What holds from the beginning. */
static void
foresee(void)
{
	const struct steps was = S.in;
	const uint8_t *p;
	size_t len;
	int kind;

	while ((kind = next_kind()) >= 0) {
		p = steps_take(&S.in, &len);
		if (kind == SCRIPT_FAIL)
			inproc_fail_at = (int)(word(p, len, 0) & 0xffff);
		else if (kind >= SCRIPT_CARD && kind < (int)host_from() &&
		    S.target->foresee != NULL)
			S.target->foresee((unsigned)kind - SCRIPT_CARD, p, len);
	}
	S.in = was;
}

static void
play(void)
{
	unsigned n;

	for (n = 0; next_kind() >= 0 && n < MOST_STEPS; n++) {
		if (card_is_next())
			S.calm = S.silent = 0;
		else
			host_step();
		inproc_time(1);
	}
}

void
script_run(const struct script_target *target, const uint8_t *data, size_t size)
{
	int error;

	memset(&S, 0, sizeof(S));
	S.target = target;
	S.in = (struct steps){ data, size };
	inproc_begin(&target->card);
	foresee();
	S.driver = inproc_attach(&error);
	if (error == 0)
		play();
	inproc_end(S.driver);
}
