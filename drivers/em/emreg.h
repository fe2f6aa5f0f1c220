/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * emreg.h - registers and descriptors of the Intel 82574L (82574 GbE Controller Family
 * Datasheet, revision 3.4, chapter 10), by the datasheet's names.
 */
#ifndef EMREG_H
#define EMREG_H

#define EM_BAR			0	/* registers */
#define EM_BAR_SIZE		0x20000

#define EM_CTRL			0x0000
#define EM_CTRL_FD		0x00000001
#define EM_CTRL_GIO_MASTER_DISABLE 0x00000004
#define EM_CTRL_SLU		0x00000040	/* set link up */
#define EM_CTRL_FRCSPD		0x00000800
#define EM_CTRL_FRCDPLX		0x00001000
#define EM_CTRL_RST		0x04000000
#define EM_CTRL_ERRATA		0x20000000	/* bit 29: to be 0 */

#define EM_STATUS		0x0008
#define EM_STATUS_FD		0x00000001
#define EM_STATUS_LU		0x00000002
#define EM_STATUS_SPEED(s)	((s) >> 6 & 3)	/* 0: 10, 1: 100, 2 and 3: 1000 Mb/s */
#define EM_STATUS_GIO_MASTER_ENABLE 0x00080000

#define EM_EEC			0x0010
#define EM_EEC_AUTO_RD		0x00000200	/* the NVM has been read after a reset */

#define EM_EERD			0x0014
#define EM_EERD_START		0x00000001
#define EM_EERD_DONE		0x00000002
#define EM_EERD_ADDR(word)	((uint32_t)(word) << 2)
#define EM_EERD_DATA(v)		((uint16_t)((v) >> 16))
#define EM_NVM_WORDS		0x40		/* that the checksum is of; 6.1 there */
#define EM_NVM_SUM		0xbaba

#define EM_CTRL_EXT		0x0018
#define EM_CTRL_EXT_ERRATA_SET	0x00400000	/* bit 22 is to be 1, bit 23 to be 0 */
#define EM_CTRL_EXT_ERRATA_CLR	0x00800000
#define EM_CTRL_EXT_DRV_LOAD	0x10000000	/* tells the board's firmware of a driver */
#define EM_CTRL_EXT_PBA_CLR	0x80000000	/* MSI-X: clear the pending bit on delivery */

#define EM_MDIC			0x0020
#define EM_MDIC_REG(r)		((uint32_t)(r) << 16)
#define EM_MDIC_PHY(p)		((uint32_t)(p) << 21)
#define EM_MDIC_WRITE		0x04000000
#define EM_MDIC_READ		0x08000000
#define EM_MDIC_READY		0x10000000
#define EM_MDIC_ERROR		0x40000000
#define EM_PHY_ADDR		1

#define EM_ICR			0x00c0
#define EM_ITR			0x00c4
#define EM_ICS			0x00c8
#define EM_IMS			0x00d0
#define EM_IMC			0x00d8
#define EM_EIAC			0x00dc
#define EM_IVAR			0x00e4
#define EM_EITR(n)		(0x00e8 + 4 * (n))
#define EM_INT_TXDW		0x00000001
#define EM_INT_LSC		0x00000004
#define EM_INT_RXDMT0		0x00000010
#define EM_INT_RXO		0x00000040
#define EM_INT_RXT0		0x00000080
#define EM_INT_RXQ0		0x00100000
#define EM_INT_TXQ0		0x00400000
#define EM_INT_OTHER		0x01000000
#define EM_IVAR_RXQ0(v)		((v) | 0x8u)
#define EM_IVAR_TXQ0(v)		(((v) | 0x8u) << 8)
#define EM_IVAR_OTHER(v)	(((v) | 0x8u) << 16)
#define EM_IVAR_TX_EVERY_WB	0x80000000	/* an interrupt for each write-back */

#define EM_RCTL			0x0100
#define EM_RCTL_EN		0x00000002
#define EM_RCTL_UPE		0x00000008
#define EM_RCTL_MPE		0x00000010
#define EM_RCTL_BAM		0x00008000	/* accept broadcasts */
#define EM_RCTL_BSIZE_2048	0x00000000
#define EM_RCTL_SECRC		0x04000000	/* strip the FCS */

#define EM_TCTL			0x0400
#define EM_TCTL_EN		0x00000002
#define EM_TCTL_PSP		0x00000008	/* pad short packets */
#define EM_TCTL_CT		0x000000f0	/* 15 tries, IEEE 802.3 4.2.3.2.3 */
#define EM_TCTL_COLD		0x0003f000	/* 63, full duplex */
#define EM_TIPG			0x0410
#define EM_TIPG_COPPER		0x00602008

#define EM_EXTCNF_CTRL		0x0f00
#define EM_EXTCNF_MDIO_SW	0x00000020	/* MDIO belongs to the driver */

#define EM_RDBAL		0x2800
#define EM_RDBAH		0x2804
#define EM_RDLEN		0x2808
#define EM_RDH			0x2810
#define EM_RDT			0x2818
#define EM_RDTR			0x2820
#define EM_RXDCTL		0x2828
#define EM_RXDCTL_GRAN		0x01000000	/* thresholds in descriptors */
#define EM_RXDCTL_WTHRESH(n)	((uint32_t)(n) << 16)
#define EM_RADV			0x282c

#define EM_TDBAL		0x3800
#define EM_TDBAH		0x3804
#define EM_TDLEN		0x3808
#define EM_TDH			0x3810
#define EM_TDT			0x3818
#define EM_TIDV			0x3820
#define EM_TXDCTL		0x3828
#define EM_TXDCTL_WTHRESH(n)	((uint32_t)(n) << 16)
#define EM_TXDCTL_ONE		0x00400000	/* bit 22: the datasheet wants it set */
#define EM_TXDCTL_GRAN		0x01000000
#define EM_TARC0		0x3840
#define EM_TARC0_ERRATA		0x04000000	/* bit 26: 82574 specification update */

/* Counters, cleared by a read. */
#define EM_CRCERRS		0x4000
#define EM_ALGNERRC		0x4004
#define EM_RXERRC		0x400c
#define EM_MPC			0x4010
#define EM_COLC			0x4028
#define EM_RLEC			0x4040
#define EM_GPRC			0x4074
#define EM_GPTC			0x4080
#define EM_RNBC			0x40a0
#define EM_RUC			0x40a4
#define EM_ROC			0x40ac

#define EM_RXCSUM		0x5000
#define EM_RXCSUM_IPOFL		0x00000100
#define EM_RXCSUM_TUOFL		0x00000200
#define EM_RFCTL		0x5008
#define EM_RFCTL_ACK_DIS	0x00001000	/* no interrupts ahead of time for TCP's ACKs */
#define EM_MTA(n)		(0x5200 + 4 * (n))	/* 128 words of 32 hashes */
#define EM_NMTA			128
#define EM_RAL(n)		(0x5400 + 8 * (n))
#define EM_RAH(n)		(0x5404 + 8 * (n))
#define EM_NRA			16
#define EM_RAH_AV		0x80000000
#define EM_GCR			0x5b00
#define EM_GCR_L0S_ERRATA	0x00400000	/* bit 22: errata 20, L0s and L1 */
#define EM_GCR2			0x5b64
#define EM_GCR2_ERRATA		0x00000001	/* completions that are lost with ASPM */

#define EM_GONE			0xffffffff	/* what a device reads that is not there */

/* Configuration space. */
#define EM_PCI_COMMAND		0x04
#define EM_PCI_COMMAND_MASTER	0x0004
#define EM_PCI_LNKCTL		0x10		/* of the PCI Express capability */
#define EM_PCI_LNKCTL_ASPM	0x0003

/* IEEE 802.3 clause 22 registers of the PHY, and one of its maker's. */
#define EM_BMCR			0
#define EM_BMCR_RESTART_AN	0x0200
#define EM_BMCR_PDOWN		0x0800
#define EM_BMCR_AN		0x1000
#define EM_BMCR_RESET		0x8000
#define EM_ANAR			4
#define EM_ANAR_PAUSE		0x0c00		/* both ways of it */
#define EM_GSR			10
#define EM_GSR_IDLE_ERRORS	0x00ff
#define EM_PHY_RX_ERRORS	21
#define EM_PHY_RX_ERRORS_MAX	0xffff

/* Legacy receive descriptor, 3.2.3 there; little endian as all the device writes. */
struct em_rxdesc {
	uint64_t	addr;
	uint16_t	length;
	uint16_t	csum;
	uint8_t		status;
	uint8_t		errors;
	uint16_t	special;
} __packed __aligned(16);
#define EM_RXD_DD		0x01
#define EM_RXD_EOP		0x02
#define EM_RXD_IXSM		0x04	/* ignore the two below */
#define EM_RXD_TCPCS		0x20
#define EM_RXD_IPCS		0x40
#define EM_RXD_BAD		0x97	/* CE, SE, SEQ, CXE, RXE: not a good frame */
#define EM_RXD_TCPE		0x20
#define EM_RXD_IPE		0x40

/* Legacy transmit descriptor, 3.3.3 there. */
struct em_txdesc {
	uint64_t	addr;
	uint16_t	length;
	uint8_t		cso;
	uint8_t		cmd;
	uint8_t		status;
	uint8_t		css;
	uint16_t	special;
} __packed __aligned(16);
#define EM_TXD_EOP		0x01
#define EM_TXD_IFCS		0x02	/* insert the FCS */
#define EM_TXD_RS		0x08	/* report status */
#define EM_TXD_DD		0x01

_Static_assert(sizeof(struct em_rxdesc) == 16 && sizeof(struct em_txdesc) == 16,
    "descriptors are 16 octets");

#endif /* EMREG_H */
