/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * errlog.h - what the firmware leaves behind when it gives up: names for its error numbers
 * and for the words of its tables.  Pure.
 *
 *	for (i = 0; (f = iwm_errlog_lmac_field(i)) != NULL; i++)
 *		print f->name, words[f->word]
 */
#ifndef IWM_ERRLOG_H
#define IWM_ERRLOG_H

#include <pdk.h>

struct iwm_errlog_field {
	uint16_t	 word;			/* index into the table */
	const char	*name;
};

/* "SYSASSERT", "NMI_INTERRUPT_WDG", ...; unknown numbers are ADVANCED_SYSASSERT. */
const char *iwm_errlog_name(uint32_t error_id);

/* The i-th word worth printing of the LMAC's, the UMAC's table; NULL after the last. */
const struct iwm_errlog_field *iwm_errlog_lmac_field(unsigned i);
const struct iwm_errlog_field *iwm_errlog_umac_field(unsigned i);

#endif /* IWM_ERRLOG_H */
