# SPDX-License-Identifier: BSD-2-Clause
#
# The portable driver kit as modules of its own, which drivers' modules require: a kernel refuses a
# second module that defines the same global names.  KMOD is
#	pdk		the kit
#	pdk80211	the 802.11 boundary
#	pdknet		the Ethernet boundary

.include "paths.mk"

.if ${KMOD} == "pdk"
KITSRCS!=	cd ${SHIMDIR} && echo pdk_*.c
.elif ${KMOD} == "pdk80211" && exists(${S}/net80211/ieee80211_ratectl.h)
# The kernel has the VAP stack of NetBSD's renewal: FreeBSD's glue, not that of the same names here.
VAPDIR=		${PDKTOP}/shims/vap
KITSRCS!=	cd ${VAPDIR} && echo *.c
KITSRCS+=	pdk80211_thread.c
CPPFLAGS+=	-DPDK_BOUNDARY -I${SHIMDIR}/renewal
.PATH:
.PATH:		${VAPDIR} ${SHIMDIR}/renewal ${BUILDDIR}
.elif ${KMOD} == "pdk80211"
KITSRCS!=	cd ${SHIMDIR} && echo pdk80211_*.c
CPPFLAGS+=	-DPDK_BOUNDARY
.elif ${KMOD} == "pdknet"
KITSRCS!=	cd ${SHIMDIR} && echo pdknet*.c
CPPFLAGS+=	-DPDK_BOUNDARY
.else
.error ${KMOD}: there is no such part of the kit
.endif
SRCS=		${KITSRCS} kit.c

.include <bsd.own.mk>
