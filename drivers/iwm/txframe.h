/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * txframe.h - a frame on its way into a queue; txframe.c and txcmd.c only.
 */
#ifndef IWM_TXFRAME_H
#define IWM_TXFRAME_H

#include <pdk.h>
#include <pdk80211.h>

/* Frame Control and what is in a header, 802.11-2016 9.2.4. */
#define FC0_TYPE		0x0c
#define FC0_TYPE_MGMT		0x00
#define FC0_TYPE_CTL		0x04
#define FC0_TYPE_DATA		0x08
#define FC0_QOS			0x80
#define FC0_NODATA		0x40
#define FC0_ASSOC_REQ		0x00
#define FC0_REASSOC_REQ		0x20
#define FC0_BAR			0x84
#define FC0_ACTION		0xd0
#define HDR_ADDR1		4
#define HDR_SEQ			22
#define MIN_HDR			10
#define MIN_QOS_HDR		26
#define MAX_HDR			32
/* A BlockAckReq: control and starting sequence follow the addresses. */
#define BAR_CTL			16
#define BAR_CTL_COMPRESSED	0x04		/* first octet; the TID is in the second */
#define BAR_SEQ			18
#define BAR_LEN			20

/* What was found out about a frame before it is put into a queue. */
struct iwm_txframe {
	const struct pdk80211_txinfo *info;
	uint8_t		hdr[MAX_HDR];
	unsigned	hdrlen, len;		/* len: of the whole frame */
	unsigned	qid;
	uint8_t		tid;			/* IWM_TID_NONE: the firmware numbers it */
	uint16_t	seq;
};

struct iwm_softc;
struct iwm_txd;

/* Into the ring of f->qid, which has room.  Locked. */
void	iwm_tx_enqueue(struct iwm_softc *, const struct iwm_txframe *, struct iwm_txd *);

#endif /* IWM_TXFRAME_H */
