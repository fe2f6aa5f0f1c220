# SPDX-License-Identifier: BSD-2-Clause
#
# Where things are.  S is the kernel's sources, /usr/src/sys if not given.

S?=		/usr/src/sys
NETBSDSRCDIR?=	${S}/..

BUILDDIR:=	${.PARSEDIR}
SHIMDIR!=	cd ${BUILDDIR}/.. && pwd
PDKTOP!=	cd ${BUILDDIR}/../../.. && pwd

CPPFLAGS+=	-I${SHIMDIR} -I${PDKTOP}/shims/include -I${NETBSDSRCDIR}/common/include
CPPFLAGS+=	-DPDK_KMOD=${KMOD}
USE_FORT=	no
WARNS?=		4

.PATH:		${SHIMDIR} ${BUILDDIR}
