/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load.c - firmware into the chip: sections through the FH service channel, release of the
 * CPU, ALIVE, and what makes commands work.  WORKER, with the lock.
 */
#include "iwm.h"
#include "prph.h"

#define CHUNK_TIMEOUT	5000	/* ms */
#define ALIVE_TIMEOUT	2000	/* ms */

/* ---- sections ---- */

/* Program the service channel: `len` bytes of sc_fwdma to `addr`. */
static void
start_transfer(struct iwm_softc *sc, uint32_t addr, uint32_t len)
{
	const unsigned c = FH_SRVC_CHNL;
	uint64_t pa = sc->sc_fwdma.pa;

	iwm_write(sc, FH_TCSR_CHNL_TX_CONFIG_REG(c), FH_TCSR_TX_CONFIG_REG_VAL_DMA_CHNL_PAUSE);
	iwm_write(sc, FH_SRVC_CHNL_SRAM_ADDR_REG(c), addr);
	iwm_write(sc, FH_TFDIB_CTRL0_REG(c), (uint32_t)pa);
	iwm_write(sc, FH_TFDIB_CTRL1_REG(c),
	    (uint32_t)(pa >> 32 & 0xf) << FH_MEM_TFDIB_REG1_ADDR_BITSHIFT | len);
	iwm_write(sc, FH_TCSR_CHNL_TX_BUF_STS_REG(c),
	    1 << FH_TCSR_CHNL_TX_BUF_STS_REG_POS_TB_NUM |
	    1 << FH_TCSR_CHNL_TX_BUF_STS_REG_POS_TB_IDX |
	    FH_TCSR_CHNL_TX_BUF_STS_REG_VAL_TFDB_VALID);
	iwm_write(sc, FH_TCSR_CHNL_TX_CONFIG_REG(c), FH_TCSR_TX_CONFIG_REG_VAL_DMA_CHNL_ENABLE |
	    FH_TCSR_TX_CONFIG_REG_VAL_DMA_CREDIT_DISABLE |
	    FH_TCSR_TX_CONFIG_REG_VAL_CIRQ_HOST_ENDTFD);
}

static int
load_chunk(struct iwm_softc *sc, uint32_t addr, const uint8_t *src, uint32_t len)
{
	int extended = addr >= FW_MEM_EXTENDED_START && addr <= FW_MEM_EXTENDED_END;
	int error;

	memcpy(sc->sc_fwdma.va, src, len);
	pdk_dma_sync(&sc->sc_fwdma, 0, len, BUS_DMASYNC_PREWRITE);
	sc->sc_events &= ~IWM_EV_CHUNK;
	if ((error = iwm_nic_lock(sc)) != 0)
		return error;
	if (extended)
		iwm_set_prph(sc, LMPM_CHICK, LMPM_CHICK_EXTENDED_ADDR_SPACE);
	start_transfer(sc, addr, len);
	iwm_nic_unlock(sc);
	error = iwm_wait_events(sc, IWM_EV_CHUNK, CHUNK_TIMEOUT);
	pdk_dma_sync(&sc->sc_fwdma, 0, len, BUS_DMASYNC_POSTWRITE);
	if (extended && iwm_nic_lock(sc) == 0) {
		iwm_clr_prph(sc, LMPM_CHICK, LMPM_CHICK_EXTENDED_ADDR_SPACE);
		iwm_nic_unlock(sc);
	}
	return error;
}

static int
load_section(struct iwm_softc *sc, const struct iwm_fw_sect *s)
{
	uint32_t off, n;
	int error;

	for (off = 0; off < s->len; off += n) {
		n = MIN(s->len - off, FH_MEM_TB_MAX_LENGTH);
		error = load_chunk(sc, s->addr + off, s->data + off, n);
		if (error == 0)
			continue;
		if (error == ETIMEDOUT) {
			IWM_FAIL(sc, error, "firmware: section %u: no interrupt within %u ms "
			    "for %u bytes to 0x%x; %s", s->number, CHUNK_TIMEOUT, n,
			    s->addr + off, iwm_irq_advice(sc));
			iwm_report(sc, "time-out");
		}
		return error;
	}
	return 0;
}

static int
load_image(struct iwm_softc *sc, enum iwm_ucode which)
{
	const struct iwm_fw_image *img = &sc->sc_fw.image[which];
	unsigned i;
	int error;

	for (i = 0; i < img->nsects; i++)
		if ((error = load_section(sc, &img->sect[i])) != 0)
			return error;
	return 0;
}

/* ---- starting ---- */

static void
clear_rfkill_handshake(struct iwm_softc *sc)
{
	iwm_write(sc, CSR_UCODE_DRV_GP1_CLR, CSR_UCODE_SW_BIT_RFKILL);
	iwm_write(sc, CSR_UCODE_DRV_GP1_CLR, CSR_UCODE_DRV_GP1_BIT_CMD_BLOCKED);
}

static int
wait_alive(struct iwm_softc *sc)
{
	int error;

	error = iwm_wait_events(sc, IWM_EV_ALIVE, ALIVE_TIMEOUT);
	if (error == ETIMEDOUT) {
		IWM_FAIL(sc, error, "firmware: %s image: no ALIVE within %u ms; %s",
		    iwm_ucode_name(sc->sc_ucode), ALIVE_TIMEOUT, iwm_irq_advice(sc));
		iwm_report(sc, "time-out");
	}
	if (error == 0 && sc->sc_alive.status != IWM_ALIVE_STATUS_OK) {
		error = EIO;
		IWM_FAIL(sc, error, "firmware: %s image: not valid (ALIVE status 0x%x)",
		    iwm_ucode_name(sc->sc_ucode), sc->sc_alive.status);
	}
	return error;
}

/* ALIVE has come: interrupt table, scheduler, command queue. */
static int
begin_commands(struct iwm_softc *sc)
{
	int error;

	iwm_ict_reset(sc);
	if ((error = iwm_nic_lock(sc)) != 0)
		return error;
	error = iwm_tx_start(sc);
	iwm_clr_prph(sc, APMG_PCIDEV_STT_REG, APMG_PCIDEV_STT_VAL_L1_ACT_DIS);
	iwm_nic_unlock(sc);
	if (error != 0 || (error = iwm_check_card(sc)) != 0)
		return error;
	sc->sc_flags |= IWM_F_ALIVE;
	return 0;
}

/* Start an image on a card that iwm_start_hw() prepared, until it takes commands. */
int
iwm_start_ucode(struct iwm_softc *sc, enum iwm_ucode which)
{
	int error;

	sc->sc_ucode = which;
	sc->sc_events = 0;
	memset(&sc->sc_alive, 0, sizeof(sc->sc_alive));
	if ((error = iwm_prepare_card(sc)) != 0)
		return error;
	iwm_intr_disable(sc);
	clear_rfkill_handshake(sc);
	if ((error = iwm_nic_init(sc)) != 0)
		return error;
	/* While loading only the service channel may interrupt. */
	iwm_write(sc, CSR_INT, 0xffffffff);
	iwm_intr_mask(sc, CSR_INT_BIT_FH_TX);
	clear_rfkill_handshake(sc);
	if ((error = load_image(sc, which)) != 0)
		return error;
	iwm_intr_mask(sc, CSR_INI_SET_MASK);
	iwm_write(sc, CSR_RESET, 0);
	if ((error = wait_alive(sc)) != 0)
		return error;
	return begin_commands(sc);
}
