/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor.h - is this host ready to run a driver on a real card, and what is to be done?
 *
 *	struct doctor d = { .host = &host, .report = print, .arg = stdout };
 *
 *	doctor_host(&d);
 *	doctor_device(&d, "0000:03:00.0");
 *	return d.failed == 0 ? 0 : 1;
 */
#ifndef PCI_DOCTOR_H
#define PCI_DOCTOR_H

#include "pci/pci.h"

enum doctor_status { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

struct doctor {
	const struct pci_host	*host;
	/*
	 * Called for each check: its name ("iommu"), how it went, a sentence naming thing
	 * and cause, and the mend ("" when none is needed).
	 */
	void	(*report)(void *arg, const char *check, enum doctor_status, const char *text,
		    const char *mend);
	void	*arg;
	unsigned failed;		/* checks that ended DOCTOR_FAIL */
};

/* The host: IOMMU, modules, the container device, the memlock limit. */
void	doctor_host(struct doctor *);
/* One device: driver, users, group, permission. */
void	doctor_device(struct doctor *, const char *bdf);

#endif /* PCI_DOCTOR_H */
