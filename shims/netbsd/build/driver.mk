# SPDX-License-Identifier: BSD-2-Clause
#
# A driver as a module.  Its Makefile says
#	DRIVER	its name, that of its folder in drivers/
#	CLASS	radio, ethernet, or empty
#	KMOD	the module's name: if_DRIVER for an interface
# and, for one that is elsewhere, DRIVERDIR, and DRIVERPATTERN if not all C files there are its own.

.include "paths.mk"

DRIVERDIR?=	${PDKTOP}/drivers/${DRIVER}
DRIVERPATTERN?=	*.c
.PATH:		${DRIVERDIR}

CLASS?=
.if ${CLASS} == "radio"
KIT=		pdk80211
.elif ${CLASS} == "ethernet"
KIT=		pdknet
.elif empty(CLASS)
KIT=		pdk
.else
.error ${DRIVER}: CLASS is "${CLASS}"; it may be radio, ethernet or empty
.endif

IOCONF=		${DRIVER}.ioconf
DRIVERSRCS!=	cd ${DRIVERDIR} && echo ${DRIVERPATTERN}
SRCS=		${DRIVERSRCS} module.c
CPPFLAGS+=	-DPDK_DRIVER=${DRIVER} -DPDK_KIT=${KIT}

_BSD_IOCONF_MK_USER_=1
.include <bsd.ioconf.mk>
.include <bsd.own.mk>
