/* SPDX-License-Identifier: BSD-2-Clause */
/* What the gallery's drivers have in common; see toy.h.  No bug is in here. */
#include "toy.h"

const struct pdk_pci_id toy_ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };

const struct pdk_reg toy_regs[] = {
	{ 0, EDU_ID, "EDU_ID" },
	{ 0, EDU_LIVENESS, "EDU_LIVENESS" },
	{ 0, EDU_FACTORIAL, "EDU_FACTORIAL" },
	{ 0, EDU_STATUS, "EDU_STATUS" },
	{ 0, EDU_INTR_STATUS, "EDU_INTR_STATUS" },
	{ 0, EDU_INTR_RAISE, "EDU_INTR_RAISE" },
	{ 0, EDU_INTR_ACK, "EDU_INTR_ACK" },
	{ 0, EDU_DMA_SRC, "EDU_DMA_SRC" },
	{ 0, EDU_DMA_DST, "EDU_DMA_DST" },
	{ 0, EDU_DMA_COUNT, "EDU_DMA_COUNT" },
	{ 0, EDU_DMA_CMD, "EDU_DMA_CMD" },
	{ 0, 0, NULL }
};

int
toy_attach_regs(struct toy *t, void (*task)(void *))
{
	bus_size_t size;
	int error;

	error = pdk_pci_map_bar(&t->dev, EDU_BAR, &t->st, &t->sh, &size);
	if (error == 0)
		pdk_task_init(&t->dev, &t->task, task, t);
	return error;
}

void
toy_detach_regs(struct toy *t)
{
	pdk_pci_unmap_bar(&t->dev, EDU_BAR);
}

int
toy_start(struct pdk_dev *dev)
{
	struct toy *t = (struct toy *)dev;

	pdk_lock(dev);
	pdk_task_post(&t->task);
	pdk_unlock(dev);
	return 0;
}

void
toy_stop(struct toy *t)
{
	pdk_lock(&t->dev);
	pdk_task_cancel(&t->task);
	pdk_unlock(&t->dev);
	pdk_worker_drain(&t->dev);
}

int
toy_connect(struct toy *t, int (*filter)(void *), void (*bh)(void *))
{
	unsigned nvec = 1;
	int error;

	error = pdk_intr_alloc(&t->dev, PDK_INTR_ANY, &nvec);
	if (error == 0)
		error = pdk_intr_establish(&t->dev, 0, filter, bh, t);
	return error;
}

uint32_t
toy_cause(struct toy *t)
{
	uint32_t cause = toy_read(t, EDU_INTR_STATUS);

	if (cause == EDU_GONE)
		return 0;
	if (cause != 0)
		toy_write(t, EDU_INTR_ACK, cause);
	return cause;
}
