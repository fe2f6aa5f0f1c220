/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The non-volatile memory's parser, the PHY database and the names of the error log.
 */
#include <stdlib.h>

#include <pdk.h>

#include "drivers/iwm/errlog.h"
#include "drivers/iwm/fwapi_alive.h"
#include "drivers/iwm/fwapi_phy.h"
#include "drivers/iwm/nvm.h"
#include "drivers/iwm/phydb.h"
#include "tests/unit/tap.h"

/* ---- the pdk that they call ---- */

static int live, no_memory;

void *
pdk_zalloc(size_t n, int how)
{
	(void)how;
	if (no_memory)
		return NULL;
	live++;
	return calloc(1, n);
}

void
pdk_free(void *p, size_t n)
{
	(void)n;
	live -= p != NULL;
	free(p);
}

/* ---- non-volatile memory ---- */

static uint8_t hw[0x100], sw[0x100], calib[16];
static struct iwm_nvm_sect sect[NVM_MAX_NUM_SECTIONS];

static void
set(uint8_t *s, unsigned word, unsigned val)
{
	s[2 * word] = val & 0xff;
	s[2 * word + 1] = val >> 8 & 0xff;
}

static void
make_nvm(void)
{
	unsigned i;

	memset(sect, 0, sizeof(sect));
	memset(hw, 0, sizeof(hw));
	memset(sw, 0, sizeof(sw));
	/* 02:11:22:33:44:55, a byte pair swapped a word. */
	set(hw, 0x15, 0x0211);
	set(hw, 0x16, 0x2233);
	set(hw, 0x17, 0x4455);
	set(sw, 0, 0x0a1d);
	set(sw, 1, 0x3318);
	set(sw, 2, 0x000f);
	set(sw, 3, 1);
	for (i = 0; i < 39; i++)
		set(sw, 0x20 + i, i < 13 ? 0x030b : i < 14 ? 0 : i < 22 ? 0x0711 : 0x0709);
	sect[NVM_SECTION_TYPE_HW].data = hw;
	sect[NVM_SECTION_TYPE_HW].len = sizeof(hw);
	sect[NVM_SECTION_TYPE_SW].data = sw;
	sect[NVM_SECTION_TYPE_SW].len = sizeof(sw);
	sect[NVM_SECTION_TYPE_CALIBRATION].data = calib;
	sect[NVM_SECTION_TYPE_CALIBRATION].len = sizeof(calib);
}

static const struct pdk80211_chan *
chan(const struct iwm_nvm *n, unsigned num)
{
	unsigned i;

	for (i = 0; i < n->nchans; i++)
		if (n->chans[i].num == num)
			return &n->chans[i];
	return NULL;
}

static void
test_nvm(void)
{
	static const uint8_t mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };
	struct iwm_nvm n;
	const char *why;

	make_nvm();
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == 0, "a good memory is accepted");
	ok(memcmp(n.mac, mac, 6) == 0, "the address, swapped in pairs");
	ok(n.radio_type == 1 && n.radio_step == 2 && n.radio_dash == 0, "radio configuration");
	ok(n.nchans24 == 13 && n.nchans == 13 + 25, "a channel that is not valid is left out");
	ok(chan(&n, 1)->freq == 2412 && chan(&n, 13)->freq == 2472 && chan(&n, 36)->freq == 5180 &&
	    chan(&n, 165)->freq == 5825, "frequencies");
	ok(chan(&n, 36)->flags == (PDK_CH_PASSIVE | PDK_CH_DFS | PDK_CH_HT40U | PDK_CH_VHT80),
	    "flags of a passive radar channel");
	ok(chan(&n, 1)->flags == PDK_CH_HT40U && chan(&n, 13)->flags == PDK_CH_HT40D &&
	    chan(&n, 153)->flags == (PDK_CH_HT40D | PDK_CH_VHT80) &&
	    chan(&n, 165)->flags == PDK_CH_VHT80, "which way a channel may be widened");
	set(sw, 2, 0x0001);
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == 0 && n.nchans == 13 && !n.ht &&
	    chan(&n, 1)->flags == 0, "a card of one band without 802.11n");
}

static void
test_bad_nvm(void)
{
	struct iwm_nvm n;
	const char *why;

	make_nvm();
	sect[NVM_SECTION_TYPE_HW].len = 2 * 0x17;
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "a short HW section");
	make_nvm();
	sect[NVM_SECTION_TYPE_SW].len = 2 * (0x20 + 39) - 1;
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "a short SW section");
	make_nvm();
	sect[NVM_SECTION_TYPE_SW].data = NULL;
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "no SW section");
	make_nvm();
	sect[NVM_SECTION_TYPE_CALIBRATION].data = NULL;
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "no calibration");
	make_nvm();
	memset(hw, 0xff, sizeof(hw));
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "an erased address");
	make_nvm();
	set(hw, 0x15, 0x0311);
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "a multicast address");
	make_nvm();
	set(sw, 2, 0);
	ok(iwm_nvm_parse(sect, 3, 3, &n, &why) == EINVAL && why != NULL, "no channel");
}

/* ---- PHY database ---- */

static int
add(struct iwm_phydb *db, unsigned type, unsigned group, unsigned len, size_t payload)
{
	uint8_t b[64] = { type & 0xff, type >> 8 & 0xff, len & 0xff, len >> 8 & 0xff, group & 0xff,
	    group >> 8 & 0xff };

	return iwm_phydb_set(db, b, payload);
}

static void
test_phydb(void)
{
	struct iwm_phydb db;

	memset(&db, 0, sizeof(db));
	ok(iwm_phydb_get(&db, 0) == NULL, "zeroed memory is an empty database");
	ok(add(&db, IWM_PHY_DB_CALIB_CHG_TXP, 8, 12, 16) == 0 &&
	    add(&db, IWM_PHY_DB_CALIB_CHG_TXP, 0, 10, 14) == 0 &&
	    add(&db, IWM_PHY_DB_CALIB_NCH, 0, 8, 12) == 0 &&
	    add(&db, IWM_PHY_DB_CFG, 0, 6, 10) == 0, "results in any order");
	ok(iwm_phydb_get(&db, 0)->type == IWM_PHY_DB_CFG &&
	    iwm_phydb_get(&db, 1)->type == IWM_PHY_DB_CALIB_NCH &&
	    iwm_phydb_get(&db, 2)->len == 10 && iwm_phydb_get(&db, 3)->len == 12 &&
	    iwm_phydb_get(&db, 4) == NULL, "come out in the firmware's order");
	ok(add(&db, IWM_PHY_DB_CFG, 0, 20, 24) == 0 && iwm_phydb_get(&db, 0)->len == 20 &&
	    live == 4, "a newer one replaces the older");
	ok(add(&db, IWM_PHY_DB_CFG, 0, 20, 23) == EINVAL, "shorter than it claims");
	ok(add(&db, IWM_PHY_DB_CFG, 0, 0, 24) == EINVAL && add(&db, 1, 0, 4, 3) == EINVAL,
	    "empty, or without a head");
	ok(add(&db, 3, 0, 8, 12) == EINVAL && add(&db, 0xffff, 0, 8, 12) == EINVAL,
	    "an unknown kind");
	ok(add(&db, IWM_PHY_DB_CALIB_CHG_PAPD, IWM_PHYDB_GROUPS, 8, 12) == EINVAL,
	    "a group out of range");
	ok(add(&db, IWM_PHY_DB_CALIB_CHG_PAPD, 0, 1, 12) == EINVAL, "no room for the group");
	no_memory = 1;
	ok(add(&db, IWM_PHY_DB_CFG, 0, 8, 12) == ENOMEM && iwm_phydb_get(&db, 0)->len == 20,
	    "without memory the older stays");
	no_memory = 0;
	iwm_phydb_clear(&db);
	iwm_phydb_clear(&db);
	ok(live == 0 && iwm_phydb_get(&db, 0) == NULL, "clearing gives everything back, twice too");
}

/* ---- error log ---- */

static void
test_errlog(void)
{
	unsigned i;

	ok(strcmp(iwm_errlog_name(0x35), "SYSASSERT") == 0, "a plain error");
	ok(strcmp(iwm_errlog_name(0x20000071), "NMI_INTERRUPT_UMAC_FATAL") == 0,
	    "whatever CPU had it");
	ok(strcmp(iwm_errlog_name(0x0000105b), "ADVANCED_SYSASSERT") == 0, "an assertion's number");
	for (i = 0; iwm_errlog_lmac_field(i) != NULL; i++)
		if (iwm_errlog_lmac_field(i)->word >= sizeof(struct iwm_error_event_table) / 4)
			break;
	ok(iwm_errlog_lmac_field(i) == NULL && i > 30, "LMAC words are inside the table");
	for (i = 0; iwm_errlog_umac_field(i) != NULL; i++)
		if (iwm_errlog_umac_field(i)->word >= sizeof(struct iwm_umac_error_table) / 4)
			break;
	ok(iwm_errlog_umac_field(i) == NULL && i > 10, "UMAC words are inside the table");
}

int
main(void)
{
	test_nvm();
	test_bad_nvm();
	test_phydb();
	test_errlog();
	return done();
}
