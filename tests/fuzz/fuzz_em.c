/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_em.c - libFuzzer target: a hostile card under the whole of em, from attach to detach:
 * frames and descriptors that it writes, registers that lie, interrupts for nothing. The pdk and
 * the harness are the real ones, and the card is in this process (inproc.h).
 *
 *	voy fuzz em --for 20m
 *
 * Left alone, the card does what an 82574L would: its memory and its PHY are read, the link comes
 * up, frames that are sent are done. An input is a row of steps (steps.h, enum step); those of the
 * card have their turn when all of the driver waits. The place of a failure of the host's holds
 * from the beginning.
 */
#include <stdlib.h>

#include <pdk.h>
#include <pdknet.h>

#include "drivers/em/emreg.h"
#include "shims/linux/ethernet.h"
#include "tests/fuzz/inproc.h"
#include "tests/fuzz/steps.h"

#define BAR_SIZE	0x20000
#define MOST_TURNS	3000		/* then the card is pulled out */
#define MOST_STEPS	200

enum step {
	/* of the card */
	S_CALM,			/* does what is right, a number of times */
	S_FRAME,		/* status, errors, length (2; 0: right), bytes of a frame */
	S_DESC,			/* which (1), bytes of a receive descriptor */
	S_DONE,			/* which (1), bytes of a send descriptor */
	S_CAUSES,		/* an interrupt */
	S_REGISTER,		/* offset (4), value (4), how many reads */
	S_MEMORY,		/* page (2), offset (2), bytes */
	S_SILENT,		/* nothing, a number of times */
	S_GONE,
	S_FAIL,			/* this one of the requests to the host that may fail */
	/* of the host */
	S_UP, S_DOWN, S_TX, S_TIME, S_STATS, S_SLEEP,
	S_COUNT
};

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct steps in;

static struct {
	uint32_t	reg[BAR_SIZE / 4];
	int		gone;
	int		link, told;		/* its interrupt is due; there has been one */
	unsigned	turns, calm, silent;
	struct { uint32_t off, val; uint8_t reads; } lie;
} card;

static struct pdk_softc *sc;

static int
next_kind(void)
{
	return steps_kind(&in, S_COUNT);
}

/* ---- the card ---- */

static uint32_t *
reg(uint32_t off)
{
	return &card.reg[off / 4 % nitems(card.reg)];
}

static void
interrupt(uint32_t causes)
{
	*reg(EM_ICR) |= causes;
	if ((*reg(EM_ICR) & *reg(EM_IMS)) != 0)
		inproc_interrupt();
}

/* Entry `i` of the ring at `base`, if that is one. */
static void *
entry(uint32_t base, uint32_t i)
{
	uint32_t n = *reg(base + EM_RDLEN - EM_RDBAL) / sizeof(struct em_rxdesc);

	if (n == 0)
		return NULL;
	return inproc_dma(((uint64_t)*reg(base + 4) << 32 | *reg(base)) +
	    i % n * sizeof(struct em_rxdesc), sizeof(struct em_rxdesc));
}

static void
advance(uint32_t base)
{
	uint32_t n = *reg(base + EM_RDLEN - EM_RDBAL) / sizeof(struct em_rxdesc);
	uint32_t *head = reg(base + EM_RDH - EM_RDBAL);

	*head = n != 0 ? (*head + 1) % n : 0;
}

static void
frame(const uint8_t *p, size_t len)
{
	struct em_rxdesc *d = entry(EM_RDBAL, *reg(EM_RDH));
	size_t n = len > 4 ? len - 4 : 0;
	void *to;

	if (d == NULL || (*reg(EM_RCTL) & EM_RCTL_EN) == 0)
		return;
	if (n > 0 && (to = inproc_dma(le64toh(d->addr), n)) != NULL)
		memcpy(to, p + 4, n);
	d->length = htole16((word(p, len, 2) & 0xffff) != 0 ? word(p, len, 2) & 0xffff : n);
	d->errors = (uint8_t)byte(p, len, 1);
	d->status = (uint8_t)(byte(p, len, 0) | EM_RXD_DD);
	advance(EM_RDBAL);
	interrupt(EM_INT_RXT0);
}

static void
descriptor(uint32_t base, const uint8_t *p, size_t len, uint32_t cause)
{
	void *d = entry(base, byte(p, len, 0));

	if (d != NULL && len > 1)
		memcpy(d, p + 1, at_most(len - 1, sizeof(struct em_rxdesc)));
	interrupt(cause);
}

static void
write_memory(const uint8_t *p, size_t len)
{
	void *to = NULL;

	if (len > 4)
		to = inproc_dma(inproc_dma_first() + (word(p, len, 0) & 0x3ff) * (uint64_t)4096 +
		    (word(p, len, 2) & 0xfff), len - 4);
	if (to != NULL)
		memcpy(to, p + 4, len - 4);
}

static void
card_step(void)
{
	int kind = next_kind();
	size_t len;
	const uint8_t *p = steps_take(&in, &len);

	switch (kind) {
	case S_CALM:
		card.calm = byte(p, len, 0);
		break;
	case S_FRAME:
		frame(p, len);
		break;
	case S_DESC:
		descriptor(EM_RDBAL, p, len, EM_INT_RXT0);
		break;
	case S_DONE:
		descriptor(EM_TDBAL, p, len, EM_INT_TXDW);
		break;
	case S_CAUSES:
		interrupt(word(p, len, 0));
		break;
	case S_REGISTER:
		card.lie.off = word(p, len, 0) % BAR_SIZE & ~3u;
		card.lie.val = word(p, len, 4);
		card.lie.reads = (uint8_t)byte(p, len, 8);
		break;
	case S_MEMORY:
		write_memory(p, len);
		break;
	case S_SILENT:
		card.silent = byte(p, len, 0);
		break;
	case S_GONE:
		card.gone = 1;
		break;
	default:			/* known already */
		break;
	}
}

/* One thing that is due. */
static bool
behave(void)
{
	struct em_txdesc *d;

	if (card.link) {
		card.link = 0;
		card.told = 1;
		interrupt(EM_INT_LSC);
		return true;
	}
	if ((*reg(EM_TCTL) & EM_TCTL_EN) == 0 || *reg(EM_TDH) == *reg(EM_TDT))
		return false;
	if ((d = entry(EM_TDBAL, *reg(EM_TDH))) != NULL)
		d->status |= EM_TXD_DD;
	advance(EM_TDBAL);
	interrupt(EM_INT_TXDW);
	return true;
}

static bool
card_turn(void)
{
	if (++card.turns > MOST_TURNS)
		card.gone = 1;
	if (card.gone)
		return false;
	if (card.silent > 0) {
		card.silent--;
		return false;
	}
	if (card.calm > 0)
		card.calm--;
	else if (next_kind() >= 0 && next_kind() < S_UP) {
		card_step();
		return true;
	}
	return behave();
}

/* The NVM is nothing but a sum that is right. */
static uint32_t
nvm_word(uint32_t eerd)
{
	return (eerd >> 2 == 0 ? (uint32_t)EM_NVM_SUM << 16 : 0) | EM_EERD_DONE;
}

static uint32_t
card_read(uint32_t off)
{
	uint32_t v = *reg(off);

	if (card.gone)
		return EM_GONE;
	if (card.lie.reads > 0 && card.lie.off == off) {
		card.lie.reads--;
		return card.lie.val;
	}
	switch (off) {
	case EM_STATUS:
		return EM_STATUS_FD | EM_STATUS_LU | 2 << 6;
	case EM_EEC:
		return v | EM_EEC_AUTO_RD;
	case EM_EERD:
		return nvm_word(v & ~(uint32_t)EM_EERD_START);
	case EM_MDIC:
		return v | EM_MDIC_READY;
	case EM_ICR:
		*reg(off) = 0;
		return v;
	case EM_RAL(0):
		return 0x00000002;
	case EM_RAH(0):
		return EM_RAH_AV | 1;
	default:
		return v;
	}
}

static void
card_write(uint32_t off, uint32_t v)
{
	switch (off) {
	case EM_CTRL:
		v &= ~(uint32_t)EM_CTRL_RST;
		break;
	case EM_ICR:
		*reg(off) &= ~v;
		return;
	case EM_ICS:
		*reg(EM_ICR) |= v;
		card.link |= (v & EM_INT_LSC) != 0;
		return;
	case EM_IMS:
		v |= *reg(off);
		card.link |= !card.told && (v & EM_INT_LSC) != 0;
		break;
	case EM_IMC:
		*reg(EM_IMS) &= ~v;
		return;
	default:
		break;
	}
	*reg(off) = v;
}

static void
card_reset(void)
{
	memset(card.reg, 0, sizeof(card.reg));
	card.link = card.told = 0;
}

static const struct inproc_card ops = { 0x8086, 0x10d3, BAR_SIZE, card_read, card_write, card_turn,
    card_reset };

/* ---- the host ---- */

static void
want(bool yes)
{
	struct shim_net *n = atomic_load(&sc->net);

	if (n == NULL)
		return;
	shim_lock(sc);
	n->life.failed = false;
	shim_unlock(sc);
	shim_follow_want(&n->life, yes);
}

static void
host_step(void)
{
	const struct hyp_personality *p = hyp_personality();
	int kind = next_kind();
	size_t len;
	const uint8_t *data = steps_take(&in, &len);

	if (kind == S_UP || kind == S_DOWN)
		want(kind == S_UP);
	else if (kind == S_TX)
		inproc_net_tx(data, len);
	else if (kind == S_TIME)
		inproc_time(word(data, len, 0) & 0xffff);
	else if (kind == S_STATS)
		free(p->control(sc, "{\"cmd\":\"net\"}"));
	else if (p->suspend(sc) == 0)
		(void)p->resume(sc);
}

/* What holds from the beginning. */
static void
find_failure(void)
{
	const struct steps was = in;
	const uint8_t *p;
	size_t len;
	int kind;

	while ((kind = next_kind()) >= 0) {
		p = steps_take(&in, &len);
		if (kind == S_FAIL)
			inproc_fail_at = (int)(word(p, len, 0) & 0xffff);
	}
	in = was;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned n;
	int error;

	memset(&card, 0, sizeof(card));
	in = (struct steps){ data, size };
	inproc_begin(&ops);
	find_failure();
	sc = inproc_attach(&error);
	for (n = 0; error == 0 && next_kind() >= 0 && n < MOST_STEPS; n++) {
		if (next_kind() >= S_UP)
			host_step();
		else
			card.calm = card.silent = 0;	/* it is the card's turn */
		inproc_time(1);
	}
	inproc_end(sc);
	return 0;
}
