/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration space for a personality: 32 bits at a time, traced. */
#include "harness/dev.h"
#include "harness/trace.h"

uint32_t
hyp_conf_read(struct hyp_dev *dev, unsigned reg)
{
	uint32_t val;

	if (reg % 4 != 0)
		hyp_violation(dev, "config registers are read 32 bits at a time, aligned",
		    "read at 0x%x", reg);
	if (vfio_config_read(dev->vfio, reg, 4, &val) != 0)
		val = UINT32_MAX;
	trace_put(TRACE_CONF_READ, 0, 0, reg, val);
	return val;
}

void
hyp_conf_write(struct hyp_dev *dev, unsigned reg, uint32_t val)
{
	if (reg % 4 != 0)
		hyp_violation(dev, "config registers are written 32 bits at a time, aligned",
		    "write at 0x%x", reg);
	trace_put(TRACE_CONF_WRITE, 0, 0, reg, val);
	vfio_config_write(dev->vfio, reg, 4, val);
}
