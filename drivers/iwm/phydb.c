/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phydb.c - the PHY database.  See phydb.h.
 */
#include <pdk.h>

#include "fw.h"
#include "fwapi_phy.h"
#include "phydb.h"

/* Where an entry of a kind and group belongs, or NULL. */
static struct iwm_phydb_entry *
slot(struct iwm_phydb *db, uint16_t type, unsigned group)
{
	if (group >= IWM_PHYDB_GROUPS)
		return NULL;
	switch (type) {
	case IWM_PHY_DB_CFG:
		return &db->entry[0];
	case IWM_PHY_DB_CALIB_NCH:
		return &db->entry[1];
	case IWM_PHY_DB_CALIB_CHG_PAPD:
		return &db->entry[2 + group];
	case IWM_PHY_DB_CALIB_CHG_TXP:
		return &db->entry[2 + IWM_PHYDB_GROUPS + group];
	default:
		return NULL;
	}
}

static void
clear_entry(struct iwm_phydb_entry *e)
{
	pdk_free(e->data, e->len);
	memset(e, 0, sizeof(*e));
}

int
iwm_phydb_set(struct iwm_phydb *db, const void *payload, size_t len)
{
	const struct iwm_phy_db_hdr *hdr = payload;
	struct iwm_phydb_entry *e;
	uint16_t type, size;
	unsigned group = 0;
	uint8_t *copy;

	if (len < sizeof(*hdr))
		return EINVAL;
	type = le16toh(hdr->type);
	size = le16toh(hdr->length);
	if (size == 0 || size > len - sizeof(*hdr))
		return EINVAL;
	if (type == IWM_PHY_DB_CALIB_CHG_PAPD || type == IWM_PHY_DB_CALIB_CHG_TXP) {
		if (size < 2)
			return EINVAL;
		group = iwm_le16(hdr->data);
	}
	if ((e = slot(db, type, group)) == NULL)
		return EINVAL;
	if ((copy = pdk_zalloc(size, PDK_NOWAIT)) == NULL)
		return ENOMEM;
	memcpy(copy, hdr->data, size);
	clear_entry(e);
	e->type = type;
	e->len = size;
	e->data = copy;
	return 0;
}

const struct iwm_phydb_entry *
iwm_phydb_get(const struct iwm_phydb *db, unsigned i)
{
	const struct iwm_phydb_entry *e;

	for (e = db->entry; e < db->entry + IWM_PHYDB_ENTRIES; e++)
		if (e->data != NULL && i-- == 0)
			return e;
	return NULL;
}

void
iwm_phydb_clear(struct iwm_phydb *db)
{
	unsigned i;

	for (i = 0; i < IWM_PHYDB_ENTRIES; i++)
		clear_entry(&db->entry[i]);
}
