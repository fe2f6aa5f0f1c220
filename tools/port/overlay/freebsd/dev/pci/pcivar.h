/* SPDX-License-Identifier: BSD-2-Clause */
/* pcivar.h: pci(9). */
#ifndef OVERLAY_DEV_PCI_PCIVAR_H
#define OVERLAY_DEV_PCI_PCIVAR_H

#include <sys/bus.h>

uint32_t pci_read_config(device_t, int, int);
void	pci_write_config(device_t, int, uint32_t, int);
uint16_t pci_get_vendor(device_t);
uint16_t pci_get_device(device_t);
uint16_t pci_get_subvendor(device_t);
uint16_t pci_get_subdevice(device_t);
uint8_t	pci_get_revid(device_t);
uint8_t	pci_get_class(device_t);
uint8_t	pci_get_subclass(device_t);
uint8_t	pci_get_intpin(device_t);

int	pci_enable_busmaster(device_t);
int	pci_disable_busmaster(device_t);
int	pci_enable_io(device_t, int);
int	pci_disable_io(device_t, int);
int	pci_find_cap(device_t, int, int *);
int	pci_find_extcap(device_t, int, int *);
int	pci_alloc_msi(device_t, int *);
int	pci_alloc_msix(device_t, int *);
int	pci_release_msi(device_t);
int	pci_msi_count(device_t);
int	pci_msix_count(device_t);
int	pci_msix_table_bar(device_t);
int	pci_msix_pba_bar(device_t);
int	pci_set_powerstate(device_t, int);
int	pci_get_powerstate(device_t);
device_t pci_find_dbsf(uint32_t, uint8_t, uint8_t, uint8_t);


#endif /* OVERLAY_DEV_PCI_PCIVAR_H */
