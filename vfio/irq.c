/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: which eventfd each vector has.  The table is kept here because a kernel that
 * cannot grow an enabled MSI or MSI-X set needs all of it again to add one vector.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfio/priv.h"

int
vfio_irq_info(struct vfio_dev *dev, unsigned index, struct vfio_irq *irq)
{
	if (index >= dev->info.num_irqs)
		return EINVAL;
	*irq = dev->irqs[index].irq;
	return 0;
}

/* Of INTx, MSI and MSI-X only one can be enabled; the name of the one that is. */
static const char *
rival(const struct vfio_dev *dev, unsigned index)
{
	static const char *const names[] = { "INTx", "MSI", "MSI-X" };

	if (index > VFIO_PCI_MSIX_IRQ_INDEX)
		return NULL;
	for (unsigned i = 0; i <= VFIO_PCI_MSIX_IRQ_INDEX && i < dev->info.num_irqs; i++)
		if (i != index && dev->irqs[i].nvec != 0)
			return names[i];
	return NULL;
}

static int
take_down(struct vfio_dev *dev, unsigned index)
{
	struct vfio_irqset *s = &dev->irqs[index];
	int error = 0;

	if (s->nvec != 0 && vfio_gone(dev) == NULL)
		error = dev->ops->set_irqs(dev->self, index,
		    VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, 0, 0, NULL);
	s->nvec = 0;
	for (unsigned i = 0; i < s->irq.count && s->fds != NULL; i++)
		s->fds[i] = -1;
	return error;
}

static int
bring_up(struct vfio_dev *dev, unsigned index, unsigned start, unsigned n, const int *fds)
{
	return dev->ops->set_irqs(dev->self, index,
	    VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, start, n, fds);
}

/* The first enabling, or growth of what cannot grow: all vectors up to the last one. */
static int
set_anew(struct vfio_dev *dev, unsigned index, unsigned start, unsigned n, const int *fds)
{
	struct vfio_irqset *s = &dev->irqs[index];
	unsigned nvec = start + n > s->nvec ? start + n : s->nvec;
	int *all = malloc(s->irq.count * sizeof(*all));
	int error = 0;

	if (all == NULL)
		return ENOMEM;
	memcpy(all, s->fds, s->irq.count * sizeof(*all));
	memcpy(all + start, fds, n * sizeof(*all));
	if (s->nvec != 0)
		error = take_down(dev, index);
	if (error == 0)
		error = bring_up(dev, index, 0, nvec, all);
	if (error == 0) {
		memcpy(s->fds, all, s->irq.count * sizeof(*all));
		s->nvec = nvec;
	}
	free(all);
	return error;
}

static int
enable_locked(struct vfio_dev *dev, unsigned index, unsigned start, unsigned n,
    const int *fds, struct vfio_err *err)
{
	struct vfio_irqset *s = &dev->irqs[index];
	const char *other = rival(dev, index);
	int error;

	if (other != NULL)
		return vfio_fail(err, EBUSY, "%s: interrupt type %u: %s is enabled, disable it "
		    "first", dev->target, index, other);
	if (s->fds == NULL) {
		s->fds = malloc(s->irq.count * sizeof(*s->fds));
		if (s->fds == NULL)
			return vfio_fail(err, ENOMEM, "%s: out of memory", dev->target);
		for (unsigned i = 0; i < s->irq.count; i++)
			s->fds[i] = -1;
	}
	if (s->nvec == 0 ||
	    (start + n > s->nvec && (s->irq.flags & VFIO_IRQ_INFO_NORESIZE) != 0)) {
		error = set_anew(dev, index, start, n, fds);
	} else {
		error = bring_up(dev, index, start, n, fds);
		if (error == 0) {
			memcpy(s->fds + start, fds, n * sizeof(*fds));
			if (start + n > s->nvec)
				s->nvec = start + n;
		}
	}
	error = vfio_errno(dev, error);
	if (error != 0)
		vfio_fail(err, error, "%s: interrupt type %u: vectors %u to %u cannot be "
		    "enabled: %s", dev->target, index, start, start + n - 1,
		    vfio_gone(dev) != NULL ? vfio_gone(dev) : strerror(error));
	return error;
}

int
vfio_irq_enable(struct vfio_dev *dev, unsigned index, unsigned start, unsigned n,
    const int *fds, struct vfio_err *err)
{
	struct vfio_irqset *s;
	int error;

	if (vfio_gone(dev) != NULL)
		return vfio_fail(err, ENODEV, "%s", vfio_gone(dev));
	if (index >= dev->info.num_irqs || dev->irqs[index].irq.count == 0)
		return vfio_fail(err, ENOTSUP, "%s: the device has no interrupt type %u",
		    dev->target, index);
	s = &dev->irqs[index];
	if (n == 0 || start >= s->irq.count || n > s->irq.count - start)
		return vfio_fail(err, EINVAL, "%s: interrupt type %u: %u vectors from %u asked, "
		    "the device has %u", dev->target, index, n, start, s->irq.count);
	pthread_mutex_lock(&dev->irq_lock);
	error = enable_locked(dev, index, start, n, fds, err);
	pthread_mutex_unlock(&dev->irq_lock);
	return error;
}

int
vfio_irq_disable(struct vfio_dev *dev, unsigned index)
{
	int error;

	if (index >= dev->info.num_irqs)
		return EINVAL;
	pthread_mutex_lock(&dev->irq_lock);
	error = take_down(dev, index);
	pthread_mutex_unlock(&dev->irq_lock);
	return vfio_errno(dev, error);
}

static int
action(struct vfio_dev *dev, unsigned index, unsigned vector, uint32_t flags, const int *fd)
{
	if (index >= dev->info.num_irqs || vector >= dev->irqs[index].irq.count)
		return EINVAL;
	if (vfio_gone(dev) != NULL)
		return ENODEV;
	if ((flags & VFIO_IRQ_SET_ACTION_TRIGGER) == 0 &&
	    (dev->irqs[index].irq.flags & VFIO_IRQ_INFO_MASKABLE) == 0)
		return ENOTSUP;
	return vfio_errno(dev, dev->ops->set_irqs(dev->self, index, flags, vector, 1, fd));
}

int
vfio_irq_mask(struct vfio_dev *dev, unsigned index, unsigned vector)
{
	return action(dev, index, vector, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK,
	    NULL);
}

int
vfio_irq_unmask(struct vfio_dev *dev, unsigned index, unsigned vector)
{
	return action(dev, index, vector, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
	    NULL);
}

int
vfio_irq_unmask_eventfd(struct vfio_dev *dev, unsigned index, int fd)
{
	return action(dev, index, 0, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_UNMASK,
	    &fd);
}

int
vfio_irq_trigger(struct vfio_dev *dev, unsigned index, unsigned vector)
{
	return action(dev, index, vector, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
	    NULL);
}

void
vfio_irqs_free(struct vfio_dev *dev)
{
	for (unsigned i = 0; i < VFIO_MAX_IRQS; i++)
		free(dev->irqs[i].fds);
}
