/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prototypes of pci(9), FreeBSD, for header sets without sys/dev: what shims/freebsd uses.
 * In the system some are inline functions over the interface pci_if.m; to a check of names and
 * types that is the same.
 */
#ifndef PORT_DEV_PCI_PCIVAR_H
#define PORT_DEV_PCI_PCIVAR_H

uint32_t pci_read_config(device_t, int reg, int width);
void	pci_write_config(device_t, int reg, uint32_t val, int width);

uint16_t pci_get_vendor(device_t);
uint16_t pci_get_device(device_t);
uint16_t pci_get_subvendor(device_t);
uint16_t pci_get_subdevice(device_t);
uint8_t	pci_get_revid(device_t);

int	pci_find_cap(device_t, int capability, int *reg);
int	pci_enable_busmaster(device_t);

int	pci_msi_count(device_t);
int	pci_alloc_msi(device_t, int *count);
int	pci_msix_count(device_t);
int	pci_msix_pba_bar(device_t);
int	pci_msix_table_bar(device_t);
int	pci_alloc_msix(device_t, int *count);
int	pci_release_msi(device_t);

#endif
