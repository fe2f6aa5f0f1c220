/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * toy.c - see toy.h.
 */
#include "toy.h"
#include "kernel.h"
#include "tap.h"

struct toy *toy;
struct toy_errors toy_error;
struct toy_counts toy_count;
int (*toy_late)(struct pdk_dev *);

static int
attach(struct pdk_dev *d)
{
	toy = (struct toy *)d;
	pdk_printf(d, "hello\n");
	if (toy_error.attach != 0)
		return toy_error.attach;
	return pdk_pci_map_bar(d, 0, &toy->st, &toy->sh, &toy->size);
}

static int
attach_late(struct pdk_dev *d)
{
	toy_count.late++;
	return toy_late != NULL ? toy_late(d) : 0;
}

static int
detach(struct pdk_dev *d)
{
	pdk_intr_disestablish(d);
	pdk_pci_unmap_bar(d, 0);
	return toy_error.detach;
}

static int
sleep_now(struct pdk_dev *d __unused)
{
	toy_count.suspend++;
	return toy_error.suspend;
}

static int
wake_up(struct pdk_dev *d __unused)
{
	toy_count.resume++;
	return 0;
}

static const struct pdk_pci_id ids[] = { { 0x1234, 0x11e8 }, { 0, 0 } };
struct pdk_pci_driver toy_driver = {
	.name = "toy", .ids = ids, .softc_size = sizeof(struct toy), .attach = attach,
	.attach_late = attach_late, .detach = detach, .suspend = sleep_now, .resume = wake_up,
};
PDK_PCI_DRIVER(toy, toy_driver);

void
toy_attach(unsigned dma_bits, uint32_t dma_boundary)
{
	toy_driver.dma_bits = (uint8_t)dma_bits;
	toy_driver.dma_boundary = dma_boundary;
	k_console[0] = '\0';
	ok(k_attach() == 0, "attached");
}

void
toy_detach(void)
{
	ok(k_detach() == 0 && k_live == 0, "detached, and all is given back");
}

struct mbuf *
toy_chain(int n)
{
	struct mbuf *head = NULL, **mp = &head;
	int i, j;

	for (i = 0; i < n; i++, mp = &(*mp)->m_next) {
		*mp = k_mbuf(64);
		(*mp)->m_len = 4;
		for (j = 0; j < 4; j++)
			mtod(*mp, char *)[j] = (char)('0' + 4 * i + j);
	}
	head->m_pkthdr.len = 4 * n;
	return head;
}
