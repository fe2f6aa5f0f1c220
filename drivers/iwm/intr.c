/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intr.c - interrupts.  The filter masks the card; the bottom half collects the causes,
 * from the table in host memory (ICT) once that is on, else from CSR_INT, serves them and
 * unmasks.
 */
#include "iwm.h"

#define ICT_COUNT		1024
#define ICT_SHIFT		12
/* Bit 15 of the table's causes gets lost with coalescing; these two stay. */
#define ICT_RX_HINT		0x000c0000
#define ICT_RX			0x00008000
/*
 * An interrupt finds no cause when the one before it took its, too; so many in a row do not
 * happen with a card that works.
 */
#define MAX_STRAYS		100

/* Allow these causes, and only these. */
void
iwm_intr_mask(struct iwm_softc *sc, uint32_t causes)
{
	sc->sc_intmask = causes;
	iwm_write(sc, CSR_INT_MASK, causes);
}

void
iwm_intr_disable(struct iwm_softc *sc)
{
	sc->sc_intmask = 0;
	iwm_write(sc, CSR_INT_MASK, 0);
	iwm_write(sc, CSR_INT, 0xffffffff);
	iwm_write(sc, CSR_FH_INT_STATUS, 0xffffffff);
}

/* Empty the table, tell the card where it is, and allow everything. */
void
iwm_ict_reset(struct iwm_softc *sc)
{
	iwm_intr_disable(sc);
	memset(sc->sc_ict.va, 0, sc->sc_ict.size);
	pdk_dma_sync(&sc->sc_ict, 0, sc->sc_ict.size, BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
	sc->sc_ict_cur = 0;
	iwm_write(sc, CSR_DRAM_INT_TBL_REG, CSR_DRAM_INT_TBL_ENABLE |
	    CSR_DRAM_INIT_TBL_WRAP_CHECK | CSR_DRAM_INIT_TBL_WRITE_POINTER |
	    (uint32_t)(sc->sc_ict.pa >> ICT_SHIFT));
	sc->sc_flags |= IWM_F_ICT;
	iwm_write(sc, CSR_INT, CSR_INI_SET_MASK);
	iwm_intr_mask(sc, CSR_INI_SET_MASK);
}

/*
 * FILTER.  With the table on, only host memory says whether the card has a cause, and that is
 * the bottom half's; for another's interrupt on a shared line it finds nothing.
 */
int
iwm_intr_filter(void *arg)
{
	struct iwm_softc *sc = arg;

	bus_space_write_4(sc->sc_st, sc->sc_sh, CSR_INT_MASK, 0);
	return PDK_INTR_BH;
}

/* The table's causes since last time, in the layout of CSR_INT. */
static uint32_t
ict_causes(struct iwm_softc *sc)
{
	uint32_t *ict = sc->sc_ict.va, val = 0, v;
	unsigned i;
	bus_size_t off;

	for (i = 0; i < ICT_COUNT; i++) {	/* at most once around, whatever the card writes */
		off = sc->sc_ict_cur * sizeof(*ict);
		pdk_dma_sync(&sc->sc_ict, off, sizeof(*ict), BUS_DMASYNC_POSTREAD);
		v = le32toh(ict[sc->sc_ict_cur]);
		if (v == 0)
			break;
		val |= v;
		ict[sc->sc_ict_cur] = 0;
		pdk_dma_sync(&sc->sc_ict, off, sizeof(*ict),
		    BUS_DMASYNC_PREREAD | BUS_DMASYNC_PREWRITE);
		sc->sc_ict_cur = (sc->sc_ict_cur + 1) % ICT_COUNT;
	}
	if (val == IWM_ALL_ONES)
		return 0;
	if ((val & ICT_RX_HINT) != 0)
		val |= ICT_RX;
	return (val & 0xff) | (val & 0xff00) << 16;
}

/* Also what is masked: the chip can raise SCD all the same. */
static uint32_t
collect(struct iwm_softc *sc)
{
	uint32_t v;

	if ((sc->sc_flags & IWM_F_ICT) != 0)
		v = ict_causes(sc);
	else
		v = iwm_read(sc, CSR_INT);
	if ((sc->sc_flags & IWM_F_GONE) != 0 || IWM_NO_CLOCK(v))
		return 0;
	return v;
}

static void
serve_rx(struct iwm_softc *sc, uint32_t causes)
{
	int real = (causes & (CSR_INT_BIT_FH_RX | CSR_INT_BIT_SW_RX)) != 0;

	if (real)
		iwm_write(sc, CSR_FH_INT_STATUS, CSR_FH_INT_RX_MASK);
	if ((causes & CSR_INT_BIT_RX_PERIODIC) != 0)
		iwm_write(sc, CSR_INT, CSR_INT_BIT_RX_PERIODIC);
	/*
	 * The interrupt can overtake the status word in host memory; look once more in
	 * 8 ms if this one was not itself the second look.
	 */
	iwm_write_1(sc, CSR_INT_PERIODIC_REG, CSR_INT_PERIODIC_DIS);
	if (real)
		iwm_write_1(sc, CSR_INT_PERIODIC_REG, CSR_INT_PERIODIC_ENA);
	iwm_rx_intr(sc);
}

static void
serve(struct iwm_softc *sc, uint32_t causes)
{
	if ((causes & CSR_INT_BIT_HW_ERR) != 0) {
		iwm_fw_died(sc, "hardware error (DMA)");
		return;
	}
	if ((causes & CSR_INT_BIT_RF_KILL) != 0)
		iwm_rfkill_changed(sc);
	if ((causes & (CSR_INT_BIT_FH_RX | CSR_INT_BIT_SW_RX | CSR_INT_BIT_RX_PERIODIC)) != 0)
		serve_rx(sc, causes);
	if ((causes & CSR_INT_BIT_FH_TX) != 0) {
		iwm_write(sc, CSR_FH_INT_STATUS, CSR_FH_INT_TX_MASK);
		iwm_event(sc, IWM_EV_CHUNK);
	}
	/* Last, so that what the firmware still said was heard. */
	if ((causes & CSR_INT_BIT_SW_ERR) != 0)
		iwm_fw_died(sc, "firmware error");
}

/*
 * A card that goes on raising an interrupt and does not say why would have it served for ever.
 * An INTx line may be another's, and nothing follows from that.
 */
static void
stray(struct iwm_softc *sc)
{
	if (sc->sc_intmask == 0 || pdk_intr_kind(&sc->sc_dev) == PDK_INTR_INTX)
		return;
	if (++sc->sc_strays == MAX_STRAYS) {
		sc->sc_strays = 0;
		iwm_fw_died(sc, "interrupts without a cause");
	}
}

/* BH. */
void
iwm_intr_bh(void *arg)
{
	struct iwm_softc *sc = arg;
	uint32_t causes;

	pdk_lock(&sc->sc_dev);
	causes = collect(sc);
	if (causes != 0)
		iwm_write(sc, CSR_INT, causes | ~sc->sc_intmask);
	causes &= sc->sc_intmask;
	if (causes != 0) {
		sc->sc_strays = 0;
		serve(sc, causes);
	} else
		stray(sc);
	iwm_write(sc, CSR_INT_MASK, sc->sc_intmask);
	iwm_upcall_tell(sc);
	pdk_unlock(&sc->sc_dev);
}
