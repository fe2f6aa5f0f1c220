/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dev.c - life of a simulated card: create, settings, start, attach of a client, reset, free;
 * and the regions as a client sees them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/dev_int.h"

int
sim_dev_new(const struct sim_model *model, const struct sim_host_ops *ops, void *arg,
    struct sim_dev **devp)
{
	struct sim_dev *dev = calloc(1, sizeof(*dev));
	int error;

	if (dev == NULL)
		return ENOMEM;
	dev->model = model;
	dev->ops = ops;
	dev->arg = arg;
	dev->unmask_fd = -1;
	dev->rng = 0x9e3779b97f4a7c15u;
	dev->dma_timeout_ms = 5000;
	dev->cap_free = 0x40;
	dev->ext_free = 0x100;
	for (unsigned i = 0; i < SIM_NBARS; i++)
		dev->bars[i].fd = -1;
	for (unsigned i = 0; i < SIM_MAX_WATCH; i++)
		dev->watch[i].fd = -1;
	dev->t0 = sim_wall(dev);
	sim_fault_init(dev);
	error = model->create(dev, &dev->state);
	if (error != 0) {
		free(dev);
		return error;
	}
	*devp = dev;
	return 0;
}

void
sim_dev_free(struct sim_dev *dev)
{
	if (dev == NULL)
		return;
	if (dev->attached)
		sim_dev_detach(dev);
	sim_timers_stop(dev);
	for (unsigned i = 0; i < SIM_MAX_WATCH; i++)
		dev->watch[i].fd = -1;
	dev->model->destroy(dev->state);
	sim_dma_unmap_all(dev, NULL);
	sim_intr_unwire(dev);
	for (unsigned i = 0; i < VFIO_PCI_NUM_IRQS; i++)
		free(dev->vec[i]);
	sim_bars_free(dev);
	free(dev->msix.table);
	free(dev);
}

const struct sim_model *
sim_dev_model(struct sim_dev *dev)
{
	return dev->model;
}

unsigned
sim_dev_violations(struct sim_dev *dev)
{
	return dev->nviolation;
}

unsigned
sim_dev_dma_timeout(struct sim_dev *dev)
{
	return dev->dma_timeout_ms;
}

int
sim_dev_set(struct sim_dev *dev, const char *key, const char *value)
{
	uint64_t v;
	int error;

	if (strncmp(key, "fault.", 6) == 0)
		return sim_fault_set(dev, key + 6, value);
	if (strcmp(key, "sim.dma_timeout_ms") == 0) {
		error = sim_parse_u64(value, 3600 * 1000, &v);
		if (error == 0)
			dev->dma_timeout_ms = (unsigned)v;
		return error;
	}
	if (dev->model->set == NULL)
		return ENOENT;
	return dev->model->set(dev->state, key, value);
}

int
sim_dev_start(struct sim_dev *dev)
{
	int error = dev->model->start(dev->state);

	if (error == 0)
		error = sim_intr_init(dev);
	if (error != 0)
		return error;
	memcpy(dev->init, dev->cfg, sizeof(dev->init));
	dev->started = true;
	sim_dev_reset(dev, SIM_RESET_POWER);
	return 0;
}

static void
reset(struct sim_dev *dev, enum sim_reset why)
{
	sim_conf_reset(dev);
	sim_intr_reset(dev);
	sim_bars_reset(dev);
	dev->model->reset(dev->state, why);
}

void
sim_dev_reset(struct sim_dev *dev, enum sim_reset why)
{
	static const char *const names[] = { [SIM_RESET_CLIENT] = "client left",
	    [SIM_RESET_DEVICE] = "request", [SIM_RESET_FLR] = "FLR", [SIM_RESET_D3] = "D3" };

	reset(dev, why);
	if (names[why] != NULL)
		sim_event_str(dev, "reset", "why", names[why]);
}

/* Once more: it may have been given other settings meanwhile. */
void
sim_dev_attach(struct sim_dev *dev)
{
	reset(dev, SIM_RESET_CLIENT);
	dev->attached = true;
	if (dev->model->peer != NULL)
		dev->model->peer(dev->state, true);
}

void
sim_dev_detach(struct sim_dev *dev)
{
	sim_dma_unmap_all(dev, NULL);
	sim_intr_unwire(dev);
	dev->attached = false;
	dev->fault.act = SIM_FAULT_NONE;
	if (dev->model->peer != NULL)
		dev->model->peer(dev->state, false);
	sim_dev_reset(dev, SIM_RESET_CLIENT);
}

static bool
bar_has_msix(const struct sim_dev *dev, unsigned bar)
{
	return dev->msix.cap != 0 && (dev->msix.table_bar == bar || dev->msix.pba_bar == bar);
}

int
sim_region_info(struct sim_dev *dev, uint32_t index, struct sim_region *r)
{
	const struct sim_bar *b;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	if (index >= VFIO_PCI_NUM_REGIONS)
		return EINVAL;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		r->size = dev->pcie != 0 ? SIM_CFG_SIZE : 256;
	if (index >= SIM_NBARS)
		return 0;
	b = &dev->bars[index];
	r->size = b->size;
	r->fd = b->fd;
	r->areas = b->areas;
	r->nareas = b->nareas;
	r->msix = bar_has_msix(dev, index);
	return 0;
}

int
sim_region_access(struct sim_dev *dev, uint32_t index, uint64_t off, void *buf, size_t len,
    bool write)
{
	struct sim_region r;

	if (sim_region_info(dev, index, &r) != 0 || off > r.size || len > r.size - off)
		return EINVAL;
	if (index == VFIO_PCI_CONFIG_REGION_INDEX && write)
		sim_conf_write(dev, (unsigned)off, buf, (unsigned)len);
	else if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		sim_conf_read(dev, (unsigned)off, buf, (unsigned)len);
	else
		sim_bar_access(dev, index, off, buf, len, write);
	return 0;
}

const struct sim_model *
sim_model_find(const char *name)
{
	for (unsigned i = 0; sim_models[i] != NULL; i++)
		if (strcmp(sim_models[i]->name, name) == 0)
			return sim_models[i];
	return NULL;
}
