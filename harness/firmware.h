/* SPDX-License-Identifier: BSD-2-Clause */
/* firmware.h - where firmware files are; private to harness/. */
#ifndef HARNESS_FIRMWARE_H
#define HARNESS_FIRMWARE_H

#include <stdbool.h>

/* Is it the path of a file in one of the folders in which firmware is looked for? */
bool	firmware_is_place(const char *path);

#endif /* HARNESS_FIRMWARE_H */
