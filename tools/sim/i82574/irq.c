/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * irq.c - causes (ICR), masks (IMS), moderation (ITR, EITR); by MSI-X each kind of cause to its
 * vector (IVAR), else by MSI or the pin. Chapter 7.4 there.
 *
 * Reading ICR clears it, but with MSI-X not while only causes are set that are masked.
 */
#include "tools/sim/i82574/card.h"

#define CTRL_EXT_EIAME	0x01000000u
#define CTRL_EXT_IAME	0x08000000u
#define RX_CAUSES	(INT_RXT0 | INT_RXDMT0)
#define TX_CAUSES	(INT_TXDW | INT_TXQE)

static bool
msix(struct card *c)
{
	return sim_intr_mode(c->dev) == SIM_INTR_MSIX;
}

/* No further interrupt on this vector for so long; the registers count in 256 ns. */
static void
hold_off(struct card *c, unsigned vec, uint32_t units)
{
	if (units != 0)
		sim_timer_arm(&c->throttle[vec], ((uint64_t)units * 256 + 999) / 1000);
}

/* With MSI-X: what is owed of cause number `q` of those that a vector can be for. */
static void
fire_msix(struct card *c, unsigned q)
{
	uint32_t bit = INT_RXQ0 << q, entry = *reg(c, R_IVAR) >> 4 * q & 0xf;
	unsigned vec = entry & 7;

	if ((c->owed & c->icr & c->ims & bit) == 0 || (entry & IVAR_VALID) == 0 || vec >= NVEC ||
	    c->throttle[vec].armed)
		return;
	c->owed &= ~bit;
	c->icr &= ~(*reg(c, R_EIAC) & bit);
	if ((*reg(c, R_CTRL_EXT) & CTRL_EXT_EIAME) != 0)
		c->ims &= ~(*reg(c, R_IAM) & bit);
	hold_off(c, vec, *reg(c, R_EITR + 4 * vec));
	(*reg(c, R_IAC))++;
	sim_intr_msi(c->dev, vec);
}

static void
fire_one(struct card *c)
{
	uint32_t active = c->icr & c->ims;

	if (active == 0 && c->level)
		sim_intr_intx(c->dev, c->level = false);
	if (active == 0 || c->throttle[0].armed)
		return;
	if (sim_intr_vectors(c->dev) > 0) {
		if ((c->owed & active) == 0)
			return;
		sim_intr_msi(c->dev, 0);
	} else if (!c->level) {
		sim_intr_intx(c->dev, c->level = true);
	} else
		return;
	c->owed &= ~active;
	(*reg(c, R_IAC))++;
	hold_off(c, 0, *reg(c, R_ITR));
}

static void
fire(void *arg)
{
	struct card *c = arg;

	if (!msix(c)) {
		fire_one(c);
		return;
	}
	for (unsigned q = 0; q < NVEC; q++)
		fire_msix(c, q);
}

void
gbe_irq_cause(struct card *c, uint32_t bits)
{
	if (bits == 0)
		return;
	if (msix(c)) {
		if ((bits & RX_CAUSES) != 0)
			bits |= INT_RXQ0;
		if ((bits & TX_CAUSES) != 0)
			bits |= INT_TXQ0;
		if ((bits & ~(RX_CAUSES | TX_CAUSES | INT_MSIX)) != 0)
			bits |= INT_OTHER;
	}
	c->icr |= bits;
	c->owed |= bits;
	fire(c);
}

uint32_t
gbe_icr_read(struct card *c)
{
	uint32_t v = c->icr, ims = c->ims;

	if ((c->icr & ims) != 0) {
		v |= INT_ASSERTED;
		if ((*reg(c, R_CTRL_EXT) & CTRL_EXT_IAME) != 0)
			c->ims &= ~*reg(c, R_IAM);
	}
	if (!msix(c) || ims == 0 || (v & INT_ASSERTED) != 0)
		c->icr = 0;
	fire(c);
	return v;
}

void
gbe_icr_write(struct card *c, uint32_t v)
{
	c->icr &= ~v;
	fire(c);
}

void
gbe_ims_write(struct card *c, uint32_t v)
{
	c->ims |= v & INT_CAUSES;
	c->owed |= c->icr & v;
	fire(c);
}

void
gbe_imc_write(struct card *c, uint32_t v)
{
	c->ims &= ~v;
	fire(c);
}

void
gbe_irq_init(struct card *c)
{
	for (unsigned i = 0; i < NVEC; i++)
		sim_timer_init(c->dev, &c->throttle[i], fire, c);
}

void
gbe_irq_reset(struct card *c)
{
	c->icr = c->ims = c->owed = 0;
	for (unsigned i = 0; i < NVEC; i++)
		sim_timer_stop(&c->throttle[i]);
	if (c->level)
		sim_intr_intx(c->dev, c->level = false);
}
