/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errlog.c - reading the firmware's error tables from SRAM and printing them.
 */
#include "errlog.h"
#include "iwm.h"

/* The tables are in data memory; anything else is a pointer that was never set. */
#define TABLE_LOWEST	0x800000

static int
read_table(struct iwm_softc *sc, uint32_t addr, uint32_t *words, unsigned n)
{
	if (iwm_nic_lock(sc) != 0)
		return ENXIO;
	iwm_read_mem(sc, addr, words, n);
	iwm_nic_unlock(sc);
	return iwm_check_card(sc);
}

static void
print_fields(struct iwm_softc *sc, const uint32_t *words,
    const struct iwm_errlog_field *(*field)(unsigned))
{
	const struct iwm_errlog_field *a, *b;
	unsigned i;

	for (i = 0; (a = field(i)) != NULL; i += 2) {
		if ((b = field(i + 1)) != NULL)
			pdk_printf(&sc->sc_dev, "  %-16s 0x%08x  %-16s 0x%08x", a->name,
			    words[a->word], b->name, words[b->word]);
		else
			pdk_printf(&sc->sc_dev, "  %-16s 0x%08x", a->name, words[a->word]);
	}
}

static void
print_umac(struct iwm_softc *sc)
{
	union {
		struct iwm_umac_error_table t;
		uint32_t words[sizeof(struct iwm_umac_error_table) / 4];
	} u;
	uint32_t addr = sc->sc_alive.error_info_addr & ~(uint32_t)FW_ADDR_CACHE_CONTROL;

	if (addr < TABLE_LOWEST || read_table(sc, addr, u.words, nitems(u.words)) != 0)
		return;
	pdk_printf(&sc->sc_dev, "firmware: UMAC: 0x%08x %s", u.t.error_id,
	    iwm_errlog_name(u.t.error_id));
	print_fields(sc, u.words, iwm_errlog_umac_field);
}

/* Print the tables; nonzero when there was something to print. */
int
iwm_errlog(struct iwm_softc *sc)
{
	union {
		struct iwm_error_event_table t;
		uint32_t words[sizeof(struct iwm_error_event_table) / 4];
	} u;
	uint32_t addr = sc->sc_alive.error_event_table_ptr;

	if (addr < TABLE_LOWEST) {
		pdk_printf(&sc->sc_dev, "firmware: died before it told where its error table is");
		return 0;
	}
	if (read_table(sc, addr, u.words, nitems(u.words)) != 0)
		return 0;
	if (u.t.valid == 0 || IWM_NO_CLOCK(u.t.valid)) {
		pdk_printf(&sc->sc_dev, "firmware: its error table at 0x%x is empty", addr);
		return 0;
	}
	IWM_FAIL(sc, EIO, "firmware: %s image %u.%u.%u: 0x%08x %s (data 0x%x 0x%x 0x%x, "
	    "last command 0x%x)", iwm_ucode_name(sc->sc_ucode), sc->sc_fw.version[0],
	    sc->sc_fw.version[1], sc->sc_fw.version[2], u.t.error_id,
	    iwm_errlog_name(u.t.error_id), u.t.data1, u.t.data2, u.t.data3, u.t.last_cmd_id);
	print_fields(sc, u.words, iwm_errlog_lmac_field);
	if (sc->sc_alive.error_info_addr != 0)
		print_umac(sc);
	return 1;
}
