/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_intr.c - interrupt vectors, FILTER and BH: pci_intr_map(9), pci_intr_establish(9).
 *
 * A bottom half is still a hard interrupt: it may not sleep, like everywhere, and it cannot be
 * interrupted by the device's filter, which is less than pdk.h promises to tolerate.
 */
#include "pdk_unit.h"

/*
 * FILTER and BH in one call.  The kernel lock lets one handler run at a time, so does IPL_NET
 * on this processor.
 */
static int
pdk_intr(void *arg)
{
	struct pdk_vec *v = arg;
	int r = PDK_INTR_BH;

	if (v->v_cookie == NULL)	/* between the two lines of connecting or releasing */
		return 0;
	if (v->v_filter != NULL)
		r = v->v_filter(v->v_arg);
	if (r == PDK_INTR_BH && v->v_bh != NULL) {
		v->v_bh(v->v_arg);
		pdk_class_flush(v->v_unit->pu_dev);
	}
	return r != PDK_INTR_STRAY;
}

#ifdef __HAVE_PCI_MSIX
/* Size of the vector table: PCI Local Bus 3.0 6.8.2.3, Message Control. */
static unsigned
pdk_msix_size(struct pdk_dev *d)
{
	int off;

	if (pdk_pci_find_cap(d, PCI_CAP_MSIX, &off) != 0)
		return 0;
	return (pdk_pci_read(d, off) >> 16 & 0x7ff) + 1;
}
#endif

/* The handle of one vector; nonzero: the system has none to give. */
static int
pdk_intr_map(struct pdk_dev *d, unsigned kind, unsigned vec, pci_intr_handle_t *ih)
{
	struct pci_attach_args *pa = &d->pd_unit->pu_pa;

	switch (kind) {
#ifdef __HAVE_PCI_MSIX
	case PDK_INTR_MSIX:
		return vec >= pdk_msix_size(d) || pci_intr_map_msix(pa, vec, ih) != 0;
#endif
	case PDK_INTR_MSI:
		return vec != 0 || pci_intr_map_msi(pa, ih) != 0;
	case PDK_INTR_INTX:
		return vec != 0 || pci_intr_map(pa, ih) != 0;
	default:
		return 1;
	}
}

/* The device has none of these kinds: not the same as a system that has no vector left. */
static int
pdk_intr_none(struct pdk_dev *d, unsigned kinds)
{
	int off;

	return (kinds & PDK_INTR_INTX) == 0 &&
	    ((kinds & PDK_INTR_MSI) == 0 || pdk_pci_find_cap(d, PCI_CAP_MSI, &off) != 0) &&
	    ((kinds & PDK_INTR_MSIX) == 0 || pdk_pci_find_cap(d, PCI_CAP_MSIX, &off) != 0);
}

/* MSI means one vector: more than that need a block of them, which few machines give. */
int
pdk_intr_alloc(struct pdk_dev *d, unsigned kinds, unsigned *nvec)
{
	static const unsigned order[] = { PDK_INTR_MSIX, PDK_INTR_MSI, PDK_INTR_INTX };
	struct pdk_unit *u = d->pd_unit;
	pci_intr_handle_t ih;
	unsigned i, n;

	if ((kinds & PDK_INTR_ANY) == 0 || *nvec == 0)
		return EINVAL;
	if (u->pu_kind != 0)
		return EBUSY;
	for (i = 0; i < nitems(order); i++) {
		if ((kinds & order[i]) == 0)
			continue;
		for (n = 0; n < MIN(*nvec, PDK_NVEC); n++)
			if (pdk_intr_map(d, order[i], n, &ih) != 0)
				break;
		if (n == 0)
			continue;
		u->pu_kind = order[i];
		u->pu_nvec = *nvec = n;
		return 0;
	}
	return pdk_intr_none(d, kinds) ? EINVAL : ENOSPC;
}

unsigned
pdk_intr_kind(struct pdk_dev *d)
{
	return d->pd_unit->pu_kind;
}

int
pdk_intr_establish(struct pdk_dev *d, unsigned vec, int (*filter)(void *), void (*bh)(void *),
    void *arg)
{
	struct pdk_unit *u = d->pd_unit;
	struct pdk_vec *v;
	pci_intr_handle_t ih;

	if (vec >= u->pu_nvec || (filter == NULL && bh == NULL))
		return EINVAL;
	v = &u->pu_vec[vec];
	if (v->v_cookie != NULL)
		return EBUSY;
	if (pdk_intr_map(d, u->pu_kind, vec, &ih) != 0)
		return ENOSPC;
	v->v_unit = u;
	v->v_filter = filter;
	v->v_bh = bh;
	v->v_arg = arg;
	if (u->pu_nvec == 1)
		strlcpy(v->v_name, pdk_name(d), sizeof(v->v_name));
	else
		snprintf(v->v_name, sizeof(v->v_name), "%s:%u", pdk_name(d), vec);
	if (u->pu_kind == PDK_INTR_INTX)
		pdk_pci_command(d, 0, PCI_COMMAND_INTERRUPT_DISABLE);
	v->v_cookie = pci_intr_establish(u->pu_pa.pa_pc, ih, IPL_NET, pdk_intr, v, v->v_name);
	return v->v_cookie == NULL ? ENOSPC : 0;
}

/*
 * A handler that waits for the kernel lock on another processor would come after this; its
 * vector has no cookie then.  intr_barrier(9), where there is one, waits for it before the
 * kernel's own entry is freed.
 */
void
pdk_intr_disestablish(struct pdk_dev *d)
{
	struct pdk_unit *u = d->pd_unit;
	struct pdk_vec *v;
	void *cookie;
	unsigned i;

	for (i = 0; i < u->pu_nvec; i++) {
		v = &u->pu_vec[i];
		cookie = v->v_cookie;
		v->v_cookie = NULL;
		if (cookie == NULL)
			continue;
#if OpenBSD >= 201605
		if (!cold)
			intr_barrier(cookie);
#endif
		pci_intr_disestablish(u->pu_pa.pa_pc, cookie);
	}
	u->pu_kind = u->pu_nvec = 0;
}
