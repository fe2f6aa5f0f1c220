/* SPDX-License-Identifier: BSD-2-Clause */
/* path.h - paths in a buffer, and writing to sysfs; private to pci/. */
#ifndef PCI_PATH_H
#define PCI_PATH_H

#include <limits.h>
#include <stdbool.h>

/* As sprintf(3); false, and an empty path, when it does not fit. */
bool	pci_path(char path[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Write `value` to a file that there is, of sysfs; an errno. */
int	pci_write_file(const char *path, const char *value);

#endif /* PCI_PATH_H */
