/* SPDX-License-Identifier: BSD-2-Clause */
/* uvm_physseg.h: uvm(9). */
#ifndef OVERLAY_UVM_UVM_PHYSSEG_H
#define OVERLAY_UVM_UVM_PHYSSEG_H

#include <sys/types.h>

typedef int uvm_physseg_t;

#endif /* OVERLAY_UVM_UVM_PHYSSEG_H */
