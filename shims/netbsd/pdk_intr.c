/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_intr.c - interrupt vectors: pci_intr(9), pci_msi(9), softint(9).
 *
 * FILTER is the hard interrupt, at IPL_NET; BH is a soft interrupt that it schedules.  What is
 * scheduled twice before it has run runs once, as pdk.h has it.
 */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "$NetBSD$");

#include "pdk_netbsd.h"

#include <sys/kmem.h>

static const struct {
	unsigned	kind;
	pci_intr_type_t	type;
} intr_kinds[] = {
	{ PDK_INTR_MSIX, PCI_INTR_TYPE_MSIX },
	{ PDK_INTR_MSI, PCI_INTR_TYPE_MSI },
	{ PDK_INTR_INTX, PCI_INTR_TYPE_INTX },
};

/* How many of the kind the device has. */
static unsigned
count_intr(struct pdk_dev *dev, pci_intr_type_t type)
{
	pci_chipset_tag_t pc = dev->pd_pa.pa_pc;
	pcitag_t tag = dev->pd_pa.pa_tag;

	switch (type) {
	case PCI_INTR_TYPE_MSIX:
		return MAX(pci_msix_count(pc, tag), 0);
	case PCI_INTR_TYPE_MSI:
		return MAX(pci_msi_count(pc, tag), 0);
	default:
		return dev->pd_pa.pa_intrpin != PCI_INTERRUPT_PIN_NONE;
	}
}

/* As many as there are, at most n.  0: none. */
static unsigned
alloc_kind(struct pdk_dev *dev, pci_intr_type_t type, unsigned n)
{
	int counts[PCI_INTR_TYPE_SIZE];

	for (; n > 0; n--) {			/* MSI is to be had by powers of two only */
		memset(counts, 0, sizeof(counts));
		counts[type] = n;
		if (pci_intr_alloc(&dev->pd_pa, &dev->pd_ihp, counts, type) == 0)
			break;
	}
	return n;
}

int
pdk_intr_alloc(struct pdk_dev *dev, unsigned kinds, unsigned *nvec)
{
	unsigned i, n, have, error = EINVAL;

	if (dev->pd_nvec != 0)
		return EBUSY;
	if (*nvec == 0)
		return EINVAL;
	for (i = 0; i < nitems(intr_kinds); i++) {
		if ((kinds & intr_kinds[i].kind) == 0 ||
		    (have = count_intr(dev, intr_kinds[i].type)) == 0)
			continue;
		n = alloc_kind(dev, intr_kinds[i].type, MIN(*nvec, have));
		if (n != 0)
			break;
		error = ENOSPC;
	}
	if (i == nitems(intr_kinds))
		return error;
	dev->pd_vec = kmem_zalloc(n * sizeof(*dev->pd_vec), KM_SLEEP);
	dev->pd_intr_kind = intr_kinds[i].kind;
	dev->pd_nvec = *nvec = n;
	if (dev->pd_intr_kind == PDK_INTR_INTX)
		pdk_pci_command(dev, PCI_COMMAND_INTERRUPT_DISABLE, 0);
	else
		pdk_pci_command(dev, 0, PCI_COMMAND_INTERRUPT_DISABLE);
	return 0;
}

/* Vectors may be served by several processors, filters of a device run one at a time. */
static int
run_filter(void *arg)
{
	struct pdk_vec *v = arg;
	int result;

	mutex_enter(&v->v_dev->pd_filter_mtx);
	result = v->v_filter(v->v_arg);
	mutex_exit(&v->v_dev->pd_filter_mtx);
	if (result == PDK_INTR_BH)
		softint_schedule(v->v_sih);
	return result != PDK_INTR_STRAY;
}

/* A soft interrupt runs on the processor where it was scheduled: on two at a time, too. */
static void
run_bh(void *arg)
{
	struct pdk_vec *v = arg;

	mutex_enter(&v->v_dev->pd_bh_mtx);
	v->v_bh(v->v_arg);
	pdk_assert_unlocked(v->v_dev);
	mutex_exit(&v->v_dev->pd_bh_mtx);
}

int
pdk_vec_connect(struct pdk_vec *v)
{
	struct pdk_dev *dev = v->v_dev;
	pci_chipset_tag_t pc = dev->pd_pa.pa_pc;
	pci_intr_handle_t *ihp = &dev->pd_ihp[v - dev->pd_vec];

	(void)pci_intr_setattr(pc, ihp, PCI_INTR_MPSAFE, true);
	v->v_ih = pci_intr_establish_xname(pc, *ihp, IPL_NET, run_filter, v, v->v_name);
	return v->v_ih != NULL ? 0 : ENXIO;
}

void
pdk_vec_disconnect(struct pdk_vec *v)
{
	if (v->v_ih != NULL)
		pci_intr_disestablish(v->v_dev->pd_pa.pa_pc, v->v_ih);
	v->v_ih = NULL;
}

int
pdk_intr_establish(struct pdk_dev *dev, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	struct pdk_vec *v;
	int error;

	if (vec >= dev->pd_nvec || filter == NULL || bh == NULL)
		return EINVAL;
	v = &dev->pd_vec[vec];
	if (v->v_sih != NULL)
		return EBUSY;
	v->v_dev = dev;
	v->v_filter = filter;
	v->v_bh = bh;
	v->v_arg = arg;
	snprintf(v->v_name, sizeof(v->v_name), dev->pd_nvec > 1 ? "%s vec %u" : "%s",
	    device_xname(dev->pd_self), vec);
	v->v_sih = softint_establish(SOFTINT_NET | SOFTINT_MPSAFE, run_bh, v);
	if (v->v_sih == NULL)
		return ENOMEM;
	if ((error = pdk_vec_connect(v)) != 0) {
		softint_disestablish(v->v_sih);
		v->v_sih = NULL;
	}
	return error;
}

/* softint_disestablish(9) waits for the handler, on every processor. */
void
pdk_intr_disestablish(struct pdk_dev *dev)
{
	unsigned i;

	pdk_assert_unlocked(dev);
	if (dev->pd_nvec == 0)
		return;
	for (i = 0; i < dev->pd_nvec; i++) {
		pdk_vec_disconnect(&dev->pd_vec[i]);
		if (dev->pd_vec[i].v_sih != NULL)
			softint_disestablish(dev->pd_vec[i].v_sih);
	}
	pci_intr_release(dev->pd_pa.pa_pc, dev->pd_ihp, dev->pd_nvec);
	kmem_free(dev->pd_vec, dev->pd_nvec * sizeof(*dev->pd_vec));
	dev->pd_vec = NULL;
	dev->pd_ihp = NULL;
	dev->pd_nvec = dev->pd_intr_kind = 0;
}
