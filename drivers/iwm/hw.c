/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hw.c - the card as a piece of hardware: taking it over from the management engine, reset,
 * power (APM), radio configuration, radio switch, orderly stop.
 * Source of the sequences: iwlwifi pcie/trans.c, OpenBSD if_iwm.c.
 */
#include "iwm.h"
#include "fwapi_phy.h"
#include "prph.h"
#include "scd.h"

#define HW_READY_TIMEOUT	50	/* us */
#define PREPARE_ROUNDS		10
#define PREPARE_TRIES		75	/* of 2 ms */
#define CLOCK_TIMEOUT		25000	/* us */
#define MASTER_TIMEOUT		100	/* us */
#define RESET_SETTLE		5	/* ms */

/* ---- ownership ---- */

static int
set_hw_ready(struct iwm_softc *sc)
{
	int error;

	iwm_set(sc, CSR_HW_IF_CONFIG_REG, CSR_HW_IF_CONFIG_REG_BIT_NIC_READY);
	error = iwm_poll(sc, CSR_HW_IF_CONFIG_REG, CSR_HW_IF_CONFIG_REG_BIT_NIC_READY,
	    CSR_HW_IF_CONFIG_REG_BIT_NIC_READY, HW_READY_TIMEOUT);
	if (error == 0) {
		iwm_set(sc, CSR_MBOX_SET_REG, CSR_MBOX_SET_REG_OS_ALIVE);
		sc->sc_flags |= IWM_F_OWNED;
	}
	return error;
}

/* The platform's management engine may own the card; ask for it, for up to 2 s. */
int
iwm_prepare_card(struct iwm_softc *sc)
{
	unsigned round, try;
	int error;

	if ((error = set_hw_ready(sc)) != ETIMEDOUT)
		return error;
	iwm_set(sc, CSR_DBG_LINK_PWR_MGMT_REG, CSR_RESET_LINK_PWR_MGMT_DISABLED);
	iwm_sleep(sc, 1);
	for (round = 0; round < PREPARE_ROUNDS; round++) {
		iwm_set(sc, CSR_HW_IF_CONFIG_REG, CSR_HW_IF_CONFIG_REG_PREPARE);
		for (try = 0; try < PREPARE_TRIES; try++) {
			if ((error = set_hw_ready(sc)) != ETIMEDOUT)
				return error;
			iwm_sleep(sc, 2);
		}
		iwm_sleep(sc, 25);
	}
	IWM_FAIL(sc, EBUSY, "the card is not handed over (CSR_HW_IF_CONFIG_REG 0x%08x); "
	    "is the platform's management engine using it?", iwm_read(sc, CSR_HW_IF_CONFIG_REG));
	return EBUSY;
}

/* Everything is forgotten, the ownership too. */
static void
sw_reset(struct iwm_softc *sc)
{
	iwm_set(sc, CSR_RESET, CSR_RESET_REG_FLAG_SW_RESET);
	iwm_sleep(sc, RESET_SETTLE);
	sc->sc_flags &= ~(IWM_F_OWNED | IWM_F_ENABLED);
}

/* ---- power ---- */

static void
apm_errata(struct iwm_softc *sc)
{
	/* A platform raises an NMI when L0s is left late. */
	iwm_set(sc, CSR_GIO_CHICKEN_BITS, CSR_GIO_CHICKEN_BITS_REG_BIT_DIS_L0S_EXIT_TIMER);
	/* No L0s, without hindering L1. */
	iwm_set(sc, CSR_GIO_CHICKEN_BITS, CSR_GIO_CHICKEN_BITS_REG_BIT_L1A_NO_L0S_RX);
	/* FH wait threshold to the maximum: errors under load. */
	iwm_set(sc, CSR_DBG_HPET_MEM_REG, CSR_DBG_HPET_MEM_REG_VAL);
	/* Let the management bus wake the link from L1. */
	iwm_set(sc, CSR_HW_IF_CONFIG_REG, CSR_HW_IF_CONFIG_REG_BIT_HAP_WAKE_L1A);
	iwm_set(sc, CSR_GIO_REG, CSR_GIO_REG_VAL_L0S_DISABLED);
}

/* From D0 uninitialised to active: INIT_DONE, then the clock must come. */
static int
finish_nic_init(struct iwm_softc *sc)
{
	int error;

	iwm_set(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_INIT_DONE);
	error = iwm_poll(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY,
	    CSR_GP_CNTRL_REG_FLAG_MAC_CLOCK_READY, CLOCK_TIMEOUT);
	if (error == ETIMEDOUT)
		IWM_FAIL(sc, error, "the card does not power up: clock not ready within %u ms "
		    "(CSR_GP_CNTRL 0x%08x)", CLOCK_TIMEOUT / 1000, iwm_read(sc, CSR_GP_CNTRL));
	return error;
}

/* Make the oscillator count the way out of L1; it wants the reads around the change. */
static void
force_oscillator(struct iwm_softc *sc)
{
	(void)iwm_read_prph(sc, OSC_CLK);
	(void)iwm_read_prph(sc, OSC_CLK);
	iwm_set_prph(sc, OSC_CLK, OSC_CLK_FORCE_CONTROL);
	(void)iwm_read_prph(sc, OSC_CLK);
	(void)iwm_read_prph(sc, OSC_CLK);
}

static int
apm_init(struct iwm_softc *sc)
{
	int error;

	apm_errata(sc);
	if ((error = finish_nic_init(sc)) != 0 || (error = iwm_nic_lock(sc)) != 0)
		return error;
	if (sc->sc_chip->host_interrupt_operation_mode)
		force_oscillator(sc);
	iwm_write_prph(sc, APMG_CLK_EN_REG, APMG_CLK_VAL_DMA_CLK_RQT);
	DELAY(20);
	iwm_set_prph(sc, APMG_PCIDEV_STT_REG, APMG_PCIDEV_STT_VAL_L1_ACT_DIS);
	iwm_write_prph(sc, APMG_RTC_INT_STT_REG, APMG_RTC_INT_STT_RFKILL);
	iwm_nic_unlock(sc);
	sc->sc_flags |= IWM_F_ENABLED;
	return iwm_check_card(sc);
}

/* Tell the management engine that the card is its own again; that needs power. */
static void
wake_me(struct iwm_softc *sc)
{
	if ((sc->sc_flags & IWM_F_ENABLED) == 0 && apm_init(sc) != 0)
		return;
	if (iwm_nic_lock(sc) != 0)
		return;
	iwm_set_prph(sc, APMG_PCIDEV_STT_REG, APMG_PCIDEV_STT_VAL_WAKE_ME);
	iwm_nic_unlock(sc);
	iwm_sleep(sc, 5);
}

static void
apm_stop(struct iwm_softc *sc)
{
	iwm_set(sc, CSR_RESET, CSR_RESET_REG_FLAG_STOP_MASTER);
	if (iwm_poll(sc, CSR_RESET, CSR_RESET_REG_FLAG_MASTER_DISABLED,
	    CSR_RESET_REG_FLAG_MASTER_DISABLED, MASTER_TIMEOUT) == ETIMEDOUT)
		pdk_printf(&sc->sc_dev, "bus master does not stop (CSR_RESET 0x%08x)",
		    iwm_read(sc, CSR_RESET));
	sw_reset(sc);
	iwm_clr(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_INIT_DONE);
}

/* ---- radio ---- */

int
iwm_check_rfkill(struct iwm_softc *sc)
{
	uint32_t v = iwm_read(sc, CSR_GP_CNTRL);

	if ((v & CSR_GP_CNTRL_REG_FLAG_HW_RF_KILL_SW) != 0)
		sc->sc_flags &= ~IWM_F_RFKILL;
	else
		sc->sc_flags |= IWM_F_RFKILL;
	return (sc->sc_flags & IWM_F_RFKILL) != 0;
}

/* What the firmware finds about board and radio. */
static void
radio_config(struct iwm_softc *sc)
{
	uint32_t cfg = sc->sc_fw.phy_config, v;

	v = iwm_read(sc, CSR_HW_IF_CONFIG_REG);
	v &= ~(CSR_HW_IF_CONFIG_REG_MSK_MAC_STEP_DASH | CSR_HW_IF_CONFIG_REG_MSK_PHY_TYPE |
	    CSR_HW_IF_CONFIG_REG_MSK_PHY_STEP | CSR_HW_IF_CONFIG_REG_MSK_PHY_DASH |
	    CSR_HW_IF_CONFIG_REG_BIT_RADIO_SI | CSR_HW_IF_CONFIG_REG_BIT_MAC_SI);
	v |= CSR_HW_REV_STEP_DASH(sc->sc_hw_rev) | CSR_HW_IF_CONFIG_REG_BIT_RADIO_SI;
	v |= FW_PHY_CFG_RADIO_TYPE(cfg) << CSR_HW_IF_CONFIG_REG_POS_PHY_TYPE;
	v |= FW_PHY_CFG_RADIO_STEP(cfg) << CSR_HW_IF_CONFIG_REG_POS_PHY_STEP;
	v |= FW_PHY_CFG_RADIO_DASH(cfg) << CSR_HW_IF_CONFIG_REG_POS_PHY_DASH;
	iwm_write(sc, CSR_HW_IF_CONFIG_REG, v);
}

/* ---- start and stop ---- */

int
iwm_start_hw(struct iwm_softc *sc)
{
	int error;

	if ((error = iwm_prepare_card(sc)) != 0)
		return error;
	sw_reset(sc);
	if ((error = iwm_prepare_card(sc)) != 0 || (error = apm_init(sc)) != 0)
		return error;
	iwm_intr_mask(sc, CSR_INT_BIT_RF_KILL);
	iwm_rfkill_changed(sc);			/* it may have, while interrupts were off */
	return iwm_check_card(sc);
}

int
iwm_nic_init(struct iwm_softc *sc)
{
	uint32_t ps;
	int error;

	if ((error = apm_init(sc)) != 0 || (error = iwm_nic_lock(sc)) != 0)
		return error;
	ps = iwm_read_prph(sc, APMG_PS_CTRL_REG) & ~APMG_PS_CTRL_MSK_PWR_SRC;
	iwm_write_prph(sc, APMG_PS_CTRL_REG, ps | APMG_PS_CTRL_VAL_PWR_SRC_VMAIN);
	radio_config(sc);
	/* Else power lost before PERST# leaves the card in reset. */
	iwm_set_prph(sc, APMG_PS_CTRL_REG, APMG_PS_CTRL_EARLY_PWR_OFF_RESET_DIS);
	iwm_rx_start(sc);
	iwm_tx_init(sc);
	iwm_nic_unlock(sc);
	iwm_set(sc, CSR_MAC_SHADOW_REG_CTRL, CSR_MAC_SHADOW_REG_CTRL_ALL);
	return iwm_check_card(sc);
}

static void
stop_dma(struct iwm_softc *sc)
{
	if (iwm_nic_lock(sc) != 0)
		return;
	iwm_tx_stop(sc);
	iwm_rx_stop(sc);
	iwm_write_prph(sc, APMG_CLK_DIS_REG, APMG_CLK_VAL_DMA_CLK_RQT);
	DELAY(5);
	iwm_nic_unlock(sc);
}

static void
power_down(struct iwm_softc *sc, int leave)
{
	if ((sc->sc_flags & IWM_F_ENABLED) != 0)
		stop_dma(sc);
	sc->sc_nic_locks = 0;
	iwm_clr(sc, CSR_GP_CNTRL, CSR_GP_CNTRL_REG_FLAG_MAC_ACCESS_REQ);
	if (leave)
		wake_me(sc);
	apm_stop(sc);
	if (!leave)
		(void)set_hw_ready(sc);
}

/*
 * Stop firmware and DMA and power down; `leave`: for good.  Always succeeds; what a card
 * that is gone cannot do is left out, and one that was never taken over is left alone.
 * Afterwards only the radio switch may interrupt.
 */
void
iwm_stop_device(struct iwm_softc *sc, int leave)
{
	iwm_intr_disable(sc);
	sc->sc_flags &= ~(IWM_F_ICT | IWM_F_ALIVE | IWM_F_UP);
	sc->sc_rx.running = 0;
	sc->sc_net.state &= ~(IWM_N_JOINED | IWM_N_ASSOC);	/* no frame is taken any more */
	iwm_cmd_reset(sc);
	if ((sc->sc_flags & (IWM_F_OWNED | IWM_F_GONE)) == IWM_F_OWNED)
		power_down(sc, leave);
	sc->sc_nic_locks = 0;
	iwm_scan_reset(sc);
	iwm_net_reset(sc);
	iwm_intr_disable(sc);
	sc->sc_flags &= ~(IWM_F_FATAL | IWM_F_ENABLED);
	if (!leave) {
		iwm_intr_mask(sc, CSR_INT_BIT_RF_KILL);
		iwm_rfkill_changed(sc);		/* its interrupt was acknowledged unseen */
	}
	iwm_wake(sc);
}
