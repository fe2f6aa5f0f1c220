/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io.c - register access: CSR and FH directly, PRPH and SRAM through the HBUS windows, and
 * the handshake that keeps the chip awake meanwhile.
 */
#include "iwm.h"

#define NIC_LOCK_TIMEOUT	20000	/* us, for the clock to be ready */
#define POLL_STEP		10	/* us */

/* An all-ones answer: is it the register's, or is nobody there? */
static void
suspect(struct iwm_softc *sc, uint32_t reg)
{
	if (bus_space_read_4(sc->sc_st, sc->sc_sh, CSR_HW_REV) != IWM_ALL_ONES)
		return;
	sc->sc_flags |= IWM_F_GONE;
	sc->sc_flags &= ~IWM_F_ALIVE;
	IWM_FAIL(sc, ENXIO, "card is gone: %s (0x%03x) and CSR_HW_REV read all ones; "
	    "it was pulled out, lost power or its link is down", iwm_reg_name(reg), reg);
	iwm_wake(sc);
}

uint32_t
iwm_read(struct iwm_softc *sc, uint32_t reg)
{
	uint32_t v;

	if ((sc->sc_flags & IWM_F_GONE) != 0)
		return IWM_ALL_ONES;
	v = bus_space_read_4(sc->sc_st, sc->sc_sh, reg);
	if (__predict_false(v == IWM_ALL_ONES))
		suspect(sc, reg);
	return v;
}

void
iwm_write(struct iwm_softc *sc, uint32_t reg, uint32_t val)
{
	if ((sc->sc_flags & IWM_F_GONE) == 0)
		bus_space_write_4(sc->sc_st, sc->sc_sh, reg, val);
}

void
iwm_write_1(struct iwm_softc *sc, uint32_t reg, uint8_t val)
{
	if ((sc->sc_flags & IWM_F_GONE) == 0)
		bus_space_write_1(sc->sc_st, sc->sc_sh, reg, val);
}

void
iwm_set(struct iwm_softc *sc, uint32_t reg, uint32_t bits)
{
	iwm_write(sc, reg, iwm_read(sc, reg) | bits);
}

void
iwm_clr(struct iwm_softc *sc, uint32_t reg, uint32_t bits)
{
	iwm_write(sc, reg, iwm_read(sc, reg) & ~bits);
}

int
iwm_poll(struct iwm_softc *sc, uint32_t reg, uint32_t val, uint32_t mask, unsigned us)
{
	unsigned t;
	uint32_t v;

	for (t = 0;; t += POLL_STEP) {
		v = iwm_read(sc, reg);
		if ((sc->sc_flags & IWM_F_GONE) != 0)
			return ENXIO;
		if ((v & mask) == val)
			return 0;
		if (t >= us)
			return ETIMEDOUT;
		DELAY(POLL_STEP);
	}
}

int
iwm_check_card(struct iwm_softc *sc)
{
	(void)iwm_read(sc, CSR_GP_CNTRL);
	return (sc->sc_flags & IWM_F_GONE) != 0 ? ENXIO : 0;
}

/* In service a restart may help. */
static void
does_not_wake(struct iwm_softc *sc)
{
	if ((sc->sc_flags & IWM_F_UP) != 0)
		sc->sc_flags |= IWM_F_FAILED;
	IWM_FAIL(sc, ETIMEDOUT, "the card does not wake: clock not ready within %u ms "
	    "(CSR_GP_CNTRL 0x%08x)", NIC_LOCK_TIMEOUT / 1000, iwm_read(sc, CSR_GP_CNTRL));
	if ((sc->sc_flags & IWM_F_UP) != 0)
		iwm_fw_died(sc, "the card sleeps");
}

int
iwm_nic_lock(struct iwm_softc *sc)
{
	int error;

	pdk_assert_locked(&sc->sc_dev);
	if ((sc->sc_flags & IWM_F_GONE) != 0)
		return ENXIO;
	if (sc->sc_nic_locks > 0) {
		sc->sc_nic_locks++;
		return 0;
	}
	iwm_set(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_MAC_ACCESS_REQ);
	error = iwm_poll(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY,
	    CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY | CSR_GP_CNTRL_REG_FLAG_GOING_TO_SLEEP,
	    NIC_LOCK_TIMEOUT);
	if (error != 0) {
		iwm_clr(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_MAC_ACCESS_REQ);
		if (error == ETIMEDOUT)
			does_not_wake(sc);
		return error;
	}
	sc->sc_nic_locks = 1;
	return 0;
}

void
iwm_nic_unlock(struct iwm_softc *sc)
{
	pdk_assert_locked(&sc->sc_dev);
	PDK_ASSERT(sc->sc_nic_locks > 0);
	if (--sc->sc_nic_locks == 0)
		iwm_clr(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_MAC_ACCESS_REQ);
}

uint32_t
iwm_read_prph(struct iwm_softc *sc, uint32_t addr)
{
	PDK_ASSERT(sc->sc_nic_locks > 0);
	iwm_write(sc, HBUS_TARG_PRPH_RADDR, HBUS_TARG_PRPH_ADDR(addr));
	bus_space_barrier(sc->sc_st, sc->sc_sh, 0, sc->sc_sz,
	    BUS_SPACE_BARRIER_READ | BUS_SPACE_BARRIER_WRITE);
	return iwm_read(sc, HBUS_TARG_PRPH_RDAT);
}

void
iwm_write_prph(struct iwm_softc *sc, uint32_t addr, uint32_t val)
{
	PDK_ASSERT(sc->sc_nic_locks > 0);
	iwm_write(sc, HBUS_TARG_PRPH_WADDR, HBUS_TARG_PRPH_ADDR(addr));
	bus_space_barrier(sc->sc_st, sc->sc_sh, 0, sc->sc_sz, BUS_SPACE_BARRIER_WRITE);
	iwm_write(sc, HBUS_TARG_PRPH_WDAT, val);
}

void
iwm_set_prph(struct iwm_softc *sc, uint32_t addr, uint32_t bits)
{
	iwm_write_prph(sc, addr, iwm_read_prph(sc, addr) | bits);
}

void
iwm_clr_prph(struct iwm_softc *sc, uint32_t addr, uint32_t bits)
{
	iwm_write_prph(sc, addr, iwm_read_prph(sc, addr) & ~bits);
}

/* `n` words of SRAM. */
void
iwm_read_mem(struct iwm_softc *sc, uint32_t addr, uint32_t *words, unsigned n)
{
	PDK_ASSERT(sc->sc_nic_locks > 0);
	iwm_write(sc, HBUS_TARG_MEM_RADDR, addr);
	while (n-- > 0)
		*words++ = iwm_read(sc, HBUS_TARG_MEM_RDAT);
}

/* The same word `n` times. */
void
iwm_write_mem(struct iwm_softc *sc, uint32_t addr, uint32_t word, unsigned n)
{
	PDK_ASSERT(sc->sc_nic_locks > 0);
	iwm_write(sc, HBUS_TARG_MEM_WADDR, addr);
	while (n-- > 0)
		iwm_write(sc, HBUS_TARG_MEM_WDAT, word);
}
