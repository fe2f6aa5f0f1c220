/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fault.c - the Nth call of a function fails, on demand: VOY_FAULT=pdk_dma_alloc:3.
 *
 * Only calls that may fail by contract, and only in ways it allows: pdk_zalloc(PDK_WAITOK)
 * tries again.  A fault that never came is said at detach, with the number of calls there
 * were, so that a test knows its end.
 */
#include "softc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum shim_rule_id can_fail[] = {
	R_pdk_pci_map_bar, R_pdk_intr_alloc, R_pdk_wait, R_pdk_zalloc, R_pdk_firmware_get,
	R_pdk_dma_alloc, R_pdk_map_create, R_pdk_map_load_mbuf, R_pdk_mbuf_rxalloc,
	R_pdk80211_attach, R_pdknet_attach,
};

bool shim_fault_on;
static enum shim_rule_id fault_call;
static unsigned fault_nth;
static atomic_uint calls;

int
shim_fault_begin(struct hyp_dev *hyp)
{
	const char *text = getenv("VOY_FAULT"), *colon;
	size_t i, len;

	if (text == NULL || text[0] == '\0')
		return 0;
	colon = strchr(text, ':');
	len = colon != NULL ? (size_t)(colon - text) : strlen(text);
	for (i = 0; i < nitems(can_fail); i++) {
		const char *call = shim_rules[can_fail[i]].call;

		if (strlen(call) == len && memcmp(call, text, len) == 0)
			break;
	}
	fault_nth = colon != NULL ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
	if (i == nitems(can_fail) || fault_nth == 0) {
		hyp_log(hyp, HYP_LOG_ERROR, "VOY_FAULT=%s: no call that can fail; it is CALL:N, "
		    "for example pdk_dma_alloc:1", text);
		return EINVAL;
	}
	fault_call = can_fail[i];
	atomic_store(&calls, 0);
	shim_fault_on = true;
	return 0;
}

bool
shim_fault_hits(struct pdk_softc *sc, enum shim_rule_id id)
{
	if (id != fault_call || atomic_fetch_add(&calls, 1) + 1 != fault_nth)
		return false;
	hyp_log(sc->hyp, HYP_LOG_WARN, "fault: call %u of %s fails", fault_nth,
	    shim_rules[id].call);
	return true;
}

void
shim_fault_end(struct hyp_dev *hyp)
{
	unsigned n = atomic_load(&calls);

	if (shim_fault_on && n < fault_nth)
		hyp_log(hyp, HYP_LOG_WARN, "fault: %s was called %u times, so call %u never came",
		    shim_rules[fault_call].call, n, fault_nth);
}
