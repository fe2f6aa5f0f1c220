/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_em.c - libFuzzer target: a hostile card under the whole of em, from attach to detach:
 * frames and descriptors that it writes, registers that lie, interrupts for nothing. The pdk and
 * the harness are the real ones, and the card is in this process (inproc.h).
 *
 *	voy fuzz em --for 20m
 *
 * Left alone, the card does what an 82574L would: its memory and its PHY are read, the link comes
 * up, frames that are sent are done. An input is a script for it and for the host (script.h).
 */
#include <stdlib.h>

#include <pdk.h>
#include <pdknet.h>

#include "drivers/em/emreg.h"
#include "shims/linux/ethernet.h"
#include "tests/fuzz/script.h"

#define BAR_SIZE	0x20000

/* Steps of the card's own. */
enum {
	CARD_FRAME,		/* status, errors, length (2; 0: right), bytes of a frame */
	CARD_DESC,		/* which (1), bytes of a receive descriptor */
	CARD_DONE,		/* which (1), bytes of a send descriptor */
	CARD_CAUSES,		/* an interrupt (4) */
	CARD_STEPS
};

/* And of the host's: a frame to send; the counters are asked for. */
enum { HOST_TX, HOST_STATS, HOST_STEPS };

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	uint32_t	reg[BAR_SIZE / 4];
	int		link, told;		/* its interrupt is due; there has been one */
} card;

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
card_step(unsigned kind, const uint8_t *p, size_t len)
{
	switch (kind) {
	case CARD_FRAME:
		frame(p, len);
		break;
	case CARD_DESC:
		descriptor(EM_RDBAL, p, len, EM_INT_RXT0);
		break;
	case CARD_DONE:
		descriptor(EM_TDBAL, p, len, EM_INT_TXDW);
		break;
	default:
		interrupt(word(p, len, 0));
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

	if (script_gone())
		return EM_GONE;
	if (script_reads(off, &v))
		return v;
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

/* ---- the host ---- */

static struct shim_follow *
life(struct pdk_softc *sc)
{
	struct shim_net *n = atomic_load(&sc->net);

	return n != NULL ? &n->life : NULL;
}

static void
host_step(unsigned kind, const uint8_t *p, size_t len)
{
	if (kind == HOST_TX)
		inproc_net_tx(p, len);
	else
		free(hyp_personality()->control(script_driver(), "{\"cmd\":\"net\"}"));
}

static const struct script_target target = {
	.card = { 0x8086, 0x10d3, BAR_SIZE, card_read, card_write, script_turn, card_reset },
	.card_steps = CARD_STEPS, .host_steps = HOST_STEPS,
	.card_step = card_step, .host_step = host_step, .behave = behave, .life = life,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&card, 0, sizeof(card));
	script_run(&target, data, size);
	return 0;
}
