/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intr.c - interrupts: eventfds wired by SET_IRQS, masks, pending, INTx level with the
 * automatic mask and the unmask that looks again, ERR and REQ.
 *
 * How the client has wired the eventfds decides what is delivered, not the enable bits in config
 * space: over VFIO the client (kernel or QEMU) owns those.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/sim/dev_int.h"

#define INTX	VFIO_PCI_INTX_IRQ_INDEX
#define MSI	VFIO_PCI_MSI_IRQ_INDEX
#define MSIX	VFIO_PCI_MSIX_IRQ_INDEX

#define ACTIONS	(VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK | \
		 VFIO_IRQ_SET_ACTION_TRIGGER)
#define DATA	(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_DATA_EVENTFD)

int
sim_intr_init(struct sim_dev *dev)
{
	dev->nvec[INTX] = dev->int_pin != 0;
	dev->nvec[MSI] = dev->msi_nvec;
	dev->nvec[MSIX] = dev->msix.nvec;
	dev->nvec[VFIO_PCI_ERR_IRQ_INDEX] = 1;
	dev->nvec[VFIO_PCI_REQ_IRQ_INDEX] = 1;
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		if (dev->nvec[i] == 0)
			continue;
		dev->vec[i] = calloc(dev->nvec[i], sizeof(struct sim_vec));
		if (dev->vec[i] == NULL)
			return ENOMEM;
		for (unsigned v = 0; v < dev->nvec[i]; v++)
			dev->vec[i][v].fd = -1;
	}
	return 0;
}

/* The eventfd is the client's: it may be anything, even full. It must not block us. */
static void
ring(struct sim_dev *dev, struct sim_vec *v)
{
	struct pollfd p = { .fd = v->fd, .events = POLLOUT };
	uint64_t one = 1;
	ssize_t n;

	if (v->fd < 0 || dev->fault.no_irq || dev->fault.gone)
		return;
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return;
	n = write(v->fd, &one, sizeof(one));
	(void)n;
	dev->nintr++;
}

static bool
cfg_masked(struct sim_dev *dev, uint32_t index, unsigned vec)
{
	if (index == MSI && dev->msi_mask != 0)
		return (sim_cfg_read(dev, dev->msi_mask, 4) >> vec & 1) != 0;
	if (index == MSIX)
		return (sim_cfg_read(dev, dev->msix.cap + PCI_MSIX_FLAGS, 2) &
		    PCI_MSIX_FLAGS_MASKALL) != 0;
	return false;
}

static void
show_pending(struct sim_dev *dev, uint32_t index, unsigned vec)
{
	uint32_t bits;

	if (index != MSI || dev->msi_mask == 0)
		return;
	bits = sim_cfg_read(dev, dev->msi_mask + 4, 4) & ~(1u << vec);
	if (dev->vec[MSI][vec].pending)
		bits |= 1u << vec;
	sim_cfg_poke(dev, dev->msi_mask + 4, 4, bits);
}

static void
deliver_pending(struct sim_dev *dev, uint32_t index, unsigned vec)
{
	struct sim_vec *v = &dev->vec[index][vec];

	if (!v->pending || v->masked || cfg_masked(dev, index, vec))
		return;
	v->pending = false;
	show_pending(dev, index, vec);
	ring(dev, v);
}

/* INTx: once per assertion, then masked until the client unmasks. */
static void
intx_check(struct sim_dev *dev)
{
	struct sim_vec *v;

	if (dev->nvec[INTX] == 0)
		return;
	v = &dev->vec[INTX][0];
	if (!dev->level || v->masked || v->fd < 0 ||
	    (sim_cfg_read(dev, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE) != 0)
		return;
	v->masked = true;
	ring(dev, v);
}

void
sim_intr_recheck(struct sim_dev *dev)
{
	intx_check(dev);
	for (unsigned i = MSI; i <= MSIX; i++)
		for (unsigned v = 0; v < dev->nvec[i]; v++)
			deliver_pending(dev, i, v);
}

void
sim_intr_reset(struct sim_dev *dev)
{
	dev->level = false;
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		for (unsigned v = 0; v < dev->nvec[i]; v++) {
			dev->vec[i][v].pending = false;
			/* INTx stays masked: that mask is VFIO's, not the card's. */
			if (i != INTX)
				dev->vec[i][v].masked = false;
		}
}

static void
unwire_one(struct sim_vec *v)
{
	if (v->fd >= 0)
		close(v->fd);
	*v = (struct sim_vec){ .fd = -1 };
}

static void
unwire(struct sim_dev *dev, uint32_t index)
{
	for (unsigned v = 0; v < dev->nvec[index] && dev->vec[index] != NULL; v++)
		unwire_one(&dev->vec[index][v]);
	if (index == INTX && dev->unmask_fd >= 0) {
		close(dev->unmask_fd);
		dev->unmask_fd = -1;
	}
}

void
sim_intr_unwire(struct sim_dev *dev)
{
	for (uint32_t i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		unwire(dev, i);
}

static unsigned
wired(const struct sim_dev *dev, uint32_t index)
{
	unsigned n = 0;

	for (unsigned v = 0; v < dev->nvec[index]; v++)
		n += dev->vec[index][v].fd >= 0;
	return n;
}

enum sim_intr_mode
sim_intr_mode(struct sim_dev *dev)
{
	if (wired(dev, MSIX) > 0)
		return SIM_INTR_MSIX;
	if (wired(dev, MSI) > 0)
		return SIM_INTR_MSI;
	if (dev->nvec[INTX] > 0 &&
	    (sim_cfg_read(dev, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE) == 0)
		return SIM_INTR_INTX;
	return SIM_INTR_NONE;
}

unsigned
sim_intr_vectors(struct sim_dev *dev)
{
	unsigned n = wired(dev, MSIX);

	return n > 0 ? n : wired(dev, MSI);
}

void
sim_intr_msi(struct sim_dev *dev, unsigned vec)
{
	uint32_t index = wired(dev, MSIX) > 0 ? MSIX : MSI;
	struct sim_vec *v;

	/* A message is a memory write: without bus master there is none. */
	if (vec >= dev->nvec[index] || !sim_bus_master(dev) || sim_power_state(dev) != 0)
		return;
	v = &dev->vec[index][vec];
	if (v->fd < 0)
		return;
	v->pending = true;
	show_pending(dev, index, vec);
	deliver_pending(dev, index, vec);
}

void
sim_intr_intx(struct sim_dev *dev, bool level)
{
	uint32_t status = sim_cfg_read(dev, PCI_STATUS, 2) & ~(uint32_t)PCI_STATUS_INTERRUPT;

	dev->level = level;
	sim_cfg_poke(dev, PCI_STATUS, 2, status | (level ? PCI_STATUS_INTERRUPT : 0u));
	intx_check(dev);
}

void
sim_intr_vec_mask(struct sim_dev *dev, uint32_t index, unsigned vec, bool masked)
{
	dev->vec[index][vec].masked = masked;
	if (index == INTX)
		intx_check(dev);
	else
		deliver_pending(dev, index, vec);
}

bool
sim_intr_vec_pending(struct sim_dev *dev, uint32_t index, unsigned vec)
{
	return vec < dev->nvec[index] && dev->vec[index][vec].pending;
}

void
sim_intr_signal(struct sim_dev *dev, uint32_t index)
{
	if (dev->vec[index] != NULL)
		ring(dev, &dev->vec[index][0]);
}

void
sim_intr_unmask_event(struct sim_dev *dev)
{
	struct pollfd p = { .fd = dev->unmask_fd, .events = POLLIN };
	uint64_t n;

	/* Look again: the loop's answer may be old, and a client's eventfd may block us. */
	if (poll(&p, 1, 0) != 1)
		return;
	if ((p.revents & POLLIN) == 0 || read(dev->unmask_fd, &n, sizeof(n)) <= 0) {
		close(dev->unmask_fd);
		dev->unmask_fd = -1;
		return;
	}
	sim_intr_vec_mask(dev, INTX, 0, false);
}

int
sim_irq_info(struct sim_dev *dev, uint32_t index, uint32_t *count, uint32_t *flags)
{
	if (index >= VFIO_PCI_NUM_IRQS)
		return EINVAL;
	*count = dev->nvec[index];
	*flags = VFIO_IRQ_INFO_EVENTFD;
	if (index == INTX)
		*flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else
		*flags |= VFIO_IRQ_INFO_NORESIZE;
	return 0;
}

/* ---- SET_IRQS -------------------------------------------------------------------------- */

/* INTx, MSI and MSI-X exclude each other, as in the kernel. */
static bool
other_type_on(const struct sim_dev *dev, uint32_t index)
{
	for (uint32_t i = INTX; i <= MSIX; i++)
		if (index <= MSIX && i != index && wired(dev, i) > 0)
			return true;
	return false;
}

static int
trigger_fds(struct sim_dev *dev, const struct vfio_irq_set *set, const int *fds, size_t nfds)
{
	if (nfds != 0 && nfds != set->count)
		return EINVAL;
	if (nfds != 0 && other_type_on(dev, set->index)) {
		sim_log(dev, "SET_IRQS: type %u asked for while another type is set up",
		    set->index);
		return EINVAL;
	}
	for (uint32_t i = 0; i < set->count; i++) {
		struct sim_vec *v = &dev->vec[set->index][set->start + i];

		unwire_one(v);
		if (nfds != 0)
			v->fd = fds[i];
	}
	if (set->index == INTX)
		intx_check(dev);
	return 0;
}

static int
set_fds(struct sim_dev *dev, const struct vfio_irq_set *set, const int *fds, size_t nfds)
{
	if (set->count == 0)
		return EINVAL;
	if ((set->flags & VFIO_IRQ_SET_ACTION_TRIGGER) != 0)
		return trigger_fds(dev, set, fds, nfds);
	/* An eventfd that unmasks INTx when the interrupt was served ("resample"). */
	if ((set->flags & VFIO_IRQ_SET_ACTION_UNMASK) == 0 || set->index != INTX || nfds > 1)
		return EINVAL;
	if (dev->unmask_fd >= 0)
		close(dev->unmask_fd);
	dev->unmask_fd = nfds == 1 ? fds[0] : -1;
	return 0;
}

static int
act_on(struct sim_dev *dev, const struct vfio_irq_set *set, const uint8_t *data)
{
	bool masked = (set->flags & VFIO_IRQ_SET_ACTION_MASK) != 0;

	if ((set->flags & VFIO_IRQ_SET_ACTION_TRIGGER) == 0 && set->index > MSIX)
		return EINVAL;
	for (uint32_t i = 0; i < set->count; i++) {
		if (data != NULL && data[i] == 0)
			continue;
		if ((set->flags & VFIO_IRQ_SET_ACTION_TRIGGER) != 0)
			ring(dev, &dev->vec[set->index][set->start + i]);
		else
			sim_intr_vec_mask(dev, set->index, set->start + i, masked);
	}
	return 0;
}

int
sim_irq_set(struct sim_dev *dev, const struct vfio_irq_set *set, const uint8_t *data,
    const int *fds, size_t nfds)
{
	uint32_t act = set->flags & ACTIONS, kind = set->flags & DATA;

	if (set->index >= VFIO_PCI_NUM_IRQS || (set->flags & ~(ACTIONS | DATA)) != 0 ||
	    (act & (act - 1)) != 0 || act == 0 || (kind & (kind - 1)) != 0 || kind == 0)
		return EINVAL;
	if (kind != VFIO_IRQ_SET_DATA_EVENTFD && nfds != 0)
		return EINVAL;
	/* "Nothing from 0 on": takes the whole type away. */
	if (set->count == 0 && kind == VFIO_IRQ_SET_DATA_NONE &&
	    act == VFIO_IRQ_SET_ACTION_TRIGGER) {
		if (set->start != 0)
			return EINVAL;
		unwire(dev, set->index);
		return 0;
	}
	if (set->start >= dev->nvec[set->index] ||
	    set->count > dev->nvec[set->index] - set->start)
		return EINVAL;
	if (kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return set_fds(dev, set, fds, nfds);
	return act_on(dev, set, kind == VFIO_IRQ_SET_DATA_BOOL ? data : NULL);
}
