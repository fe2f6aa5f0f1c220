/* SPDX-License-Identifier: BSD-2-Clause */
/* iommu_log_parse(): faults of one device in lines of the kernel's log.  Prints TAP. */
#include <stdio.h>

#include "harness/iommu_log.h"
#include "tests/unit/tap.h"

#define BDF	"0000:03:00.0"

static bool
is(const char *line, uint64_t iova, bool write)
{
	struct iommu_fault f;

	return iommu_log_parse(line, BDF, &f) && f.iova == iova && f.write == write;
}

static bool
is_none(const char *line)
{
	struct iommu_fault f;

	return !iommu_log_parse(line, BDF, &f);
}

int
main(void)
{
	ok(is("3,712,6495413,-;DMAR: [DMA Read NO_PASID] Request device [03:00.0] fault addr "
	    "0x1001000 [fault reason 0x06] PTE Read access is not set\n", 0x1001000, false),
	    "Intel's, a read");
	ok(is("DMAR: [DMA Write NO_PASID] Request device [03:00.0] fault addr 0xdead000 [fault "
	    "reason 0x05] PTE Write access is not set", 0xdead000, true), "Intel's, a write");
	ok(is("DMAR: [DMA Write] Request device [03:00.0] PASID ffffffff fault addr ffde0000 "
	    "[fault reason 05] PTE Write access is not set", 0xffde0000, true),
	    "Intel's, before Linux 5.13");
	ok(is("vfio-pci 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000c "
	    "address=0xdead000 flags=0x0020]", 0xdead000, true), "AMD's, a write");
	ok(is("AMD-Vi: Event logged [IO_PAGE_FAULT device=03:00.0 domain=0x0000 "
	    "address=0x1000 flags=0x0000]", 0x1000, false), "AMD's, a read");
	ok(is_none("DMAR: [DMA Read NO_PASID] Request device [04:00.0] fault addr 0x1000 [fault "
	    "reason 0x06] PTE Read access is not set"), "another device's");
	ok(is_none("vfio-pci 0000:03:00.0: enabling device (0000 -> 0002)"), "no fault");
	ok(is_none("DMAR: [DMA Read NO_PASID] Request device [03:00.0] fault addr"),
	    "one that is cut off");
	ok(is_none(""), "an empty line");
	return done();
}
