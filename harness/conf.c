/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration space for a personality: 32 bits at a time, traced. */
#include "harness/dev.h"
#include "harness/rr.h"
#include "harness/trace.h"

uint32_t
hyp_conf_read(struct hyp_dev *dev, unsigned reg)
{
	uint32_t val;

	if (reg % 4 != 0)
		hyp_violation(dev, "config registers are read 32 bits at a time, aligned",
		    "read at 0x%x", reg);
	if (rr_replays() || vfio_config_read(dev->vfio, reg, 4, &val) != 0)
		val = UINT32_MAX;
	if (turn_mine()) {
		rr_call(RR_CONF_READ, 1, (uint64_t)reg);
		val = (uint32_t)rr_result(val);
		rr_done();
	}
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
	if (!rr_replays())
		vfio_config_write(dev->vfio, reg, 4, val);
	if (turn_mine()) {
		rr_call(RR_CONF_WRITE, 2, (uint64_t)reg, (uint64_t)val);
		rr_done();
	}
}
