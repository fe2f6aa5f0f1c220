/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phydb.h - the PHY database: what the INIT firmware found out by calibrating, kept for the
 * runtime firmware.
 *
 *	iwm_phydb_set(&db, payload, len);		// each CALIB_RES_NOTIF_PHY_DB
 *	for (i = 0; (e = iwm_phydb_get(&db, i)) != NULL; i++)
 *		send PHY_DB_CMD with e->type, e->data
 *	iwm_phydb_clear(&db);
 *
 * Zeroed memory is an empty database.  Source: iwlwifi iwl-phy-db.c.
 */
#ifndef IWM_PHYDB_H
#define IWM_PHYDB_H

#include <pdk.h>

#define IWM_PHYDB_GROUPS	16	/* channel groups of a kind; 7260 has 9 */
#define IWM_PHYDB_ENTRIES	(2 + 2 * IWM_PHYDB_GROUPS)

struct iwm_phydb_entry {
	uint16_t	 type;			/* IWM_PHY_DB_* */
	uint16_t	 len;
	uint8_t		*data;			/* NULL: none */
};

struct iwm_phydb {
	/* In the order in which the runtime firmware wants them. */
	struct iwm_phydb_entry entry[IWM_PHYDB_ENTRIES];
};

/*
 * Keep one result; a newer one of the same kind and group takes its place.  Does not sleep.
 * EINVAL: too short, or an unknown kind or group; ENOMEM.
 */
int	iwm_phydb_set(struct iwm_phydb *, const void *payload, size_t len);
/* The i-th of those there are, or NULL. */
const struct iwm_phydb_entry *iwm_phydb_get(const struct iwm_phydb *, unsigned i);
void	iwm_phydb_clear(struct iwm_phydb *);

#endif /* IWM_PHYDB_H */
