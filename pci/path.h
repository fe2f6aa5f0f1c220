/* SPDX-License-Identifier: BSD-2-Clause */
/* path.h - build a path in a buffer; private to pci/. */
#ifndef PCI_PATH_H
#define PCI_PATH_H

#include <limits.h>
#include <stdbool.h>

/* As sprintf(3); false, and an empty path, when it does not fit. */
bool	pci_path(char path[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* PCI_PATH_H */
