/* SPDX-License-Identifier: BSD-2-Clause */
/* pdk_os.h - of the toy system: the checked shim's types, and a header of the kernel's. */
#ifndef TOY_PDK_OS_H
#define TOY_PDK_OS_H

#include "../../../shims/linux/pdk_os.h"

#include <sys/device.h>

#endif /* TOY_PDK_OS_H */
