/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reg.h - registers, descriptors and bits of the Intel 82574L by the names of its datasheet
 * (82574 GbE Controller Family, revision 3.4, chapters 3, 6, 7 and 10).
 */
#ifndef TOOLS_SIM_I82574_REG_H
#define TOOLS_SIM_I82574_REG_H

/* What a read or a write of a register is, but for storing: kinds of the list below. */
enum reg_kind {
	K_NONE,			/* there is no such register */
	K_STORE,		/* keeps what was written, as far as its mask goes */
	K_COUNT,		/* a counter: a read clears it, a write does nothing */
	K_SPECIAL,		/* model.c has a case for it */
};

/*
 * X(name, offset, how many, stride, value after reset, bits that can be written, kind)
 */
#define I82574_REGS(X)							\
	X(CTRL,		0x0000, 1, 4, 0x00000201, 0xffffffff, K_SPECIAL)	\
	X(STATUS,	0x0008, 1, 4, 0x00080000, 0x00000000, K_SPECIAL)	\
	X(EEC,		0x0010, 1, 4, 0x00000300, 0x0000004f, K_SPECIAL)	\
	X(EERD,		0x0014, 1, 4, 0x00000002, 0x00000000, K_SPECIAL)	\
	X(CTRL_EXT,	0x0018, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(FLA,		0x001c, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MDIC,		0x0020, 1, 4, 0x10000000, 0x00000000, K_SPECIAL)	\
	X(FCAL,		0x0028, 1, 4, 0x00c28001, 0xffffffff, K_STORE)	\
	X(FCAH,		0x002c, 1, 4, 0x00000100, 0x0000ffff, K_STORE)	\
	X(FCT,		0x0030, 1, 4, 0x00008808, 0x0000ffff, K_STORE)	\
	X(VET,		0x0038, 1, 4, 0x00008100, 0x0000ffff, K_STORE)	\
	X(ICR,		0x00c0, 1, 4, 0x00000000, 0x00000000, K_SPECIAL)	\
	X(ITR,		0x00c4, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(ICS,		0x00c8, 1, 4, 0x00000000, 0x00000000, K_SPECIAL)	\
	X(IMS,		0x00d0, 1, 4, 0x00000000, 0x00000000, K_SPECIAL)	\
	X(IMC,		0x00d8, 1, 4, 0x00000000, 0x00000000, K_SPECIAL)	\
	X(EIAC,		0x00dc, 1, 4, 0x00000000, 0x01f00000, K_STORE)	\
	X(IAM,		0x00e0, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(IVAR,		0x00e4, 1, 4, 0x00000000, 0x800fffff, K_STORE)	\
	X(EITR,		0x00e8, 5, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(RCTL,		0x0100, 1, 4, 0x00000000, 0xffffffff, K_SPECIAL)	\
	X(FCTTV,	0x0170, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(TXCW,		0x0178, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(RXCW,		0x0180, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(TCTL,		0x0400, 1, 4, 0x00000008, 0xffffffff, K_SPECIAL)	\
	X(TIPG,		0x0410, 1, 4, 0x00602008, 0x3fffffff, K_STORE)	\
	X(AIT,		0x0458, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(LEDCTL,	0x0e00, 1, 4, 0x00068302, 0xffffffff, K_STORE)	\
	X(EXTCNF_CTRL,	0x0f00, 1, 4, 0x00000008, 0xffffffff, K_SPECIAL)	\
	X(EXTCNF_SIZE,	0x0f08, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(PBA,		0x1000, 1, 4, 0x00140014, 0x0000ffff, K_STORE)	\
	X(EEMNGCTL,	0x1010, 1, 4, 0x80000000, 0xffffffff, K_STORE)	\
	X(EEWR,		0x102c, 1, 4, 0x00000002, 0x00000000, K_SPECIAL)	\
	X(FLSWCTL,	0x1030, 1, 4, 0xc0000000, 0xffffffff, K_STORE)	\
	X(FLSWDATA,	0x1034, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(FLSWCNT,	0x1038, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(FLOP,		0x103c, 1, 4, 0x0000db00, 0xffffffff, K_STORE)	\
	X(PSRCTL,	0x2170, 1, 4, 0x00040402, 0x3f3f3f7f, K_STORE)	\
	X(FCRTL,	0x2160, 1, 4, 0x00000000, 0x8000fff8, K_STORE)	\
	X(FCRTH,	0x2168, 1, 4, 0x00000000, 0x0000fff8, K_STORE)	\
	X(RDFH,		0x2410, 1, 4, 0x00000000, 0x00001fff, K_STORE)	\
	X(RDFT,		0x2418, 1, 4, 0x00000000, 0x00001fff, K_STORE)	\
	X(RDFHS,	0x2420, 1, 4, 0x00000000, 0x00001fff, K_STORE)	\
	X(RDFTS,	0x2428, 1, 4, 0x00000000, 0x00001fff, K_STORE)	\
	X(RDFPC,	0x2430, 1, 4, 0x00000000, 0x00001fff, K_STORE)	\
	X(RDBAL,	0x2800, 1, 4, 0x00000000, 0xfffffff0, K_SPECIAL)	\
	X(RDBAH,	0x2804, 1, 4, 0x00000000, 0xffffffff, K_SPECIAL)	\
	X(RDLEN,	0x2808, 1, 4, 0x00000000, 0x000fff80, K_SPECIAL)	\
	X(RDH,		0x2810, 1, 4, 0x00000000, 0x0000ffff, K_SPECIAL)	\
	X(RDT,		0x2818, 1, 4, 0x00000000, 0x0000ffff, K_SPECIAL)	\
	X(RDTR,		0x2820, 1, 4, 0x00000000, 0x8000ffff, K_STORE)	\
	X(RXDCTL,	0x2828, 1, 4, 0x00010000, 0x013f3f3f, K_STORE)	\
	X(RADV,		0x282c, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(RDBAL1,	0x2900, 1, 4, 0x00000000, 0xfffffff0, K_STORE)	\
	X(RDBAH1,	0x2904, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(RDLEN1,	0x2908, 1, 4, 0x00000000, 0x000fff80, K_STORE)	\
	X(RDH1,		0x2910, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(RDT1,		0x2918, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(RXDCTL1,	0x2928, 1, 4, 0x00010000, 0x013f3f3f, K_STORE)	\
	X(RSRPD,	0x2c00, 1, 4, 0x00000000, 0x00000fff, K_STORE)	\
	X(RAID,		0x2c08, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(CPUVEC,	0x2c10, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(TDFH,		0x3410, 1, 4, 0x00000600, 0x00001fff, K_STORE)	\
	X(TDFT,		0x3418, 1, 4, 0x00000600, 0x00001fff, K_STORE)	\
	X(TDFHS,	0x3420, 1, 4, 0x00000600, 0x00001fff, K_STORE)	\
	X(TDFTS,	0x3428, 1, 4, 0x00000600, 0x00001fff, K_STORE)	\
	X(TDFPC,	0x3430, 1, 4, 0x00000000, 0x00001fff, K_STORE)	\
	X(TDBAL,	0x3800, 1, 4, 0x00000000, 0xfffffff0, K_SPECIAL)	\
	X(TDBAH,	0x3804, 1, 4, 0x00000000, 0xffffffff, K_SPECIAL)	\
	X(TDLEN,	0x3808, 1, 4, 0x00000000, 0x000fff80, K_SPECIAL)	\
	X(TDH,		0x3810, 1, 4, 0x00000000, 0x0000ffff, K_SPECIAL)	\
	X(TDT,		0x3818, 1, 4, 0x00000000, 0x0000ffff, K_SPECIAL)	\
	X(TIDV,		0x3820, 1, 4, 0x00000000, 0x8000ffff, K_STORE)	\
	X(TXDCTL,	0x3828, 1, 4, 0x00000000, 0x03ffff3f, K_STORE)	\
	X(TADV,		0x382c, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(TARC0,	0x3840, 1, 4, 0x00000403, 0x7fffffff, K_STORE)	\
	X(TDBAL1,	0x3900, 1, 4, 0x00000000, 0xfffffff0, K_STORE)	\
	X(TDBAH1,	0x3904, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(TDLEN1,	0x3908, 1, 4, 0x00000000, 0x000fff80, K_STORE)	\
	X(TDH1,		0x3910, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(TDT1,		0x3918, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(TXDCTL1,	0x3928, 1, 4, 0x00000000, 0x03ffff3f, K_STORE)	\
	X(TARC1,	0x3940, 1, 4, 0x00000403, 0x7fffffff, K_STORE)	\
	X(CRCERRS,	0x4000, 1, 4, 0, 0, K_COUNT)			\
	X(ALGNERRC,	0x4004, 1, 4, 0, 0, K_COUNT)			\
	X(SYMERRS,	0x4008, 1, 4, 0, 0, K_COUNT)			\
	X(RXERRC,	0x400c, 1, 4, 0, 0, K_COUNT)			\
	X(MPC,		0x4010, 1, 4, 0, 0, K_COUNT)			\
	X(SCC,		0x4014, 1, 4, 0, 0, K_COUNT)			\
	X(ECOL,		0x4018, 1, 4, 0, 0, K_COUNT)			\
	X(MCC,		0x401c, 1, 4, 0, 0, K_COUNT)			\
	X(LATECOL,	0x4020, 1, 4, 0, 0, K_COUNT)			\
	X(COLC,		0x4028, 1, 4, 0, 0, K_COUNT)			\
	X(DC,		0x4030, 1, 4, 0, 0, K_COUNT)			\
	X(TNCRS,	0x4034, 1, 4, 0, 0, K_COUNT)			\
	X(SEC,		0x4038, 1, 4, 0, 0, K_COUNT)			\
	X(CEXTERR,	0x403c, 1, 4, 0, 0, K_COUNT)			\
	X(RLEC,		0x4040, 1, 4, 0, 0, K_COUNT)			\
	X(XONRXC,	0x4048, 1, 4, 0, 0, K_COUNT)			\
	X(XONTXC,	0x404c, 1, 4, 0, 0, K_COUNT)			\
	X(XOFFRXC,	0x4050, 1, 4, 0, 0, K_COUNT)			\
	X(XOFFTXC,	0x4054, 1, 4, 0, 0, K_COUNT)			\
	X(FCRUC,	0x4058, 1, 4, 0, 0, K_COUNT)			\
	X(PRC64,	0x405c, 6, 4, 0, 0, K_COUNT)			\
	X(GPRC,		0x4074, 1, 4, 0, 0, K_COUNT)			\
	X(BPRC,		0x4078, 1, 4, 0, 0, K_COUNT)			\
	X(MPRC,		0x407c, 1, 4, 0, 0, K_COUNT)			\
	X(GPTC,		0x4080, 1, 4, 0, 0, K_COUNT)			\
	X(GORCL,	0x4088, 2, 4, 0, 0, K_COUNT)			\
	X(GOTCL,	0x4090, 2, 4, 0, 0, K_COUNT)			\
	X(RNBC,		0x40a0, 1, 4, 0, 0, K_COUNT)			\
	X(RUC,		0x40a4, 1, 4, 0, 0, K_COUNT)			\
	X(RFC,		0x40a8, 1, 4, 0, 0, K_COUNT)			\
	X(ROC,		0x40ac, 1, 4, 0, 0, K_COUNT)			\
	X(RJC,		0x40b0, 1, 4, 0, 0, K_COUNT)			\
	X(MNGPRC,	0x40b4, 1, 4, 0, 0, K_COUNT)			\
	X(MPDC,		0x40b8, 1, 4, 0, 0, K_COUNT)			\
	X(MNGPTC,	0x40bc, 1, 4, 0, 0, K_COUNT)			\
	X(TORL,		0x40c0, 2, 4, 0, 0, K_COUNT)			\
	X(TOTL,		0x40c8, 2, 4, 0, 0, K_COUNT)			\
	X(TPR,		0x40d0, 1, 4, 0, 0, K_COUNT)			\
	X(TPT,		0x40d4, 1, 4, 0, 0, K_COUNT)			\
	X(PTC64,	0x40d8, 6, 4, 0, 0, K_COUNT)			\
	X(MPTC,		0x40f0, 1, 4, 0, 0, K_COUNT)			\
	X(BPTC,		0x40f4, 1, 4, 0, 0, K_COUNT)			\
	X(TSCTC,	0x40f8, 1, 4, 0, 0, K_COUNT)			\
	X(TSCTFC,	0x40fc, 1, 4, 0, 0, K_COUNT)			\
	X(IAC,		0x4100, 1, 4, 0, 0, K_COUNT)			\
	X(ICRXPTC,	0x4104, 9, 4, 0, 0, K_COUNT)			\
	X(RXCSUM,	0x5000, 1, 4, 0x00000300, 0x0000ffff, K_STORE)	\
	X(RFCTL,	0x5008, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MAVTV,	0x5010, 4, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MTA,		0x5200, 128, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(RAL,		0x5400, 16, 8, 0x00000000, 0xffffffff, K_STORE)	\
	X(RAH,		0x5404, 16, 8, 0x00000000, 0x8003ffff, K_STORE)	\
	X(VFTA,		0x5600, 128, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(WUC,		0x5800, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(WUFC,		0x5808, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(WUS,		0x5810, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MRQC,		0x5818, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MANC,		0x5820, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MFVAL,	0x5824, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(IPAV,		0x5838, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(IP4AT,	0x5840, 8, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MANC2H,	0x5860, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(IP6AT,	0x5880, 4, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(MDEF,		0x5890, 8, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(WUPL,		0x5900, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(GCR,		0x5b00, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(FUNCTAG,	0x5b08, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(GSCL,		0x5b10, 4, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(GSCN,		0x5b20, 4, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(FACTPS,	0x5b30, 1, 4, 0x20000004, 0xffffffff, K_STORE)	\
	X(SWSM,		0x5b50, 1, 4, 0x00000000, 0x0000000f, K_SPECIAL)	\
	X(FWSM,		0x5b54, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(GCR2,		0x5b64, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(PBACLR,	0x5b68, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(RETA,		0x5c00, 32, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(RSSRK,	0x5c80, 10, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(FFLT,		0x5f00, 6, 8, 0x00000000, 0x000007ff, K_STORE)	\
	X(FCRTV,	0x5f40, 1, 4, 0x00000000, 0x0000ffff, K_STORE)	\
	X(FFMT,		0x9000, 128, 8, 0x00000000, 0x0000000f, K_STORE)	\
	X(SYSTIML,	0xb600, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(SYSTIMH,	0xb604, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(TIMINCA,	0xb608, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(TIMADJL,	0xb60c, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(TIMADJH,	0xb610, 1, 4, 0x00000000, 0xffffffff, K_STORE)	\
	X(TSYNCTXCTL,	0xb614, 1, 4, 0x00000000, 0xfffffffe, K_STORE)	\
	X(TXSTMPL,	0xb618, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(TXSTMPH,	0xb61c, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(TSYNCRXCTL,	0xb620, 1, 4, 0x00000000, 0xfffffffe, K_STORE)	\
	X(RXSTMPL,	0xb624, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(RXSTMPH,	0xb628, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(RXSATRL,	0xb62c, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(RXSATRH,	0xb630, 1, 4, 0x00000000, 0x00000000, K_STORE)	\
	X(RXCFGL,	0xb634, 1, 4, 0x000088f7, 0xffffffff, K_STORE)	\
	X(RXUDP,	0xb638, 1, 4, 0x00000319, 0x0000ffff, K_STORE)

#define X(name, off, n, stride, value, mask, kind) R_##name = (off),
enum { I82574_REGS(X) };
#undef X

#define BAR_SIZE		0x20000u

#define CTRL_FD			0x00000001u
#define CTRL_MASTER_DISABLE	0x00000004u
#define CTRL_SLU		0x00000040u
#define CTRL_RST		0x04000000u
#define CTRL_VME		0x40000000u
#define CTRL_PHY_RST		0x80000000u

#define STATUS_FD		0x00000001u
#define STATUS_LU		0x00000002u
#define STATUS_PHYRA		0x00000400u	/* the PHY was reset; a write of 0 clears it */
#define STATUS_MASTER		0x00080000u

#define EEC_AUTO_RD		0x00000200u

#define EERD_START		0x00000001u
#define EERD_DONE		0x00000002u

#define MDIC_OP_WRITE		0x04000000u
#define MDIC_OP_READ		0x08000000u
#define MDIC_READY		0x10000000u
#define MDIC_INT		0x20000000u
#define MDIC_ERROR		0x40000000u

#define EXTCNF_MDIO_SW		0x00000020u	/* the MDIO is the driver's; */
#define EXTCNF_MDIO_MNG		0x00000080u	/* the board's firmware's */

#define INT_TXDW		0x00000001u
#define INT_TXQE		0x00000002u
#define INT_LSC			0x00000004u
#define INT_RXDMT0		0x00000010u
#define INT_RXO			0x00000040u
#define INT_RXT0		0x00000080u
#define INT_MDAC		0x00000200u
#define INT_RXQ0		0x00100000u
#define INT_RXQ1		0x00200000u
#define INT_TXQ0		0x00400000u
#define INT_TXQ1		0x00800000u
#define INT_OTHER		0x01000000u
#define INT_MSIX		0x01f00000u	/* what a vector can be for */
#define INT_ASSERTED		0x80000000u
#define INT_CAUSES		0x01ffffffu

#define IVAR_VALID		0x8u
#define IVAR_TX_EVERY_WB	0x80000000u

#define RCTL_EN			0x00000002u
#define RCTL_SBP		0x00000004u
#define RCTL_UPE		0x00000008u
#define RCTL_MPE		0x00000010u
#define RCTL_LPE		0x00000020u
#define RCTL_RDMTS(v)		((v) >> 8 & 3)
#define RCTL_MO(v)		((v) >> 12 & 3)
#define RCTL_BAM		0x00008000u
#define RCTL_BSIZE(v)		((v) >> 16 & 3)
#define RCTL_VFE		0x00040000u
#define RCTL_BSEX		0x02000000u
#define RCTL_SECRC		0x04000000u

#define TCTL_EN			0x00000002u
#define TCTL_PSP		0x00000008u

#define RAH_AV			0x80000000u

#define RXCSUM_IPOFL		0x00000100u
#define RXCSUM_TUOFL		0x00000200u
#define RXCSUM_PCSD		0x00002000u

#define RFCTL_EXSTEN		0x00008000u

/* Status of a received frame, the same bits in both formats; errors in each format's place. */
#define RXS_DD			0x01u
#define RXS_EOP			0x02u
#define RXS_IXSM		0x04u
#define RXS_VP			0x08u
#define RXS_UDPCS		0x10u
#define RXS_TCPCS		0x20u
#define RXS_IPCS		0x40u
#define RXE_TCPE		0x20u
#define RXE_IPE			0x40u
#define RXE_EXT_SHIFT		24		/* in the extended format */

/* Transmit descriptors: the command octet, the type of those with DEXT. */
#define TXC_EOP			0x01u
#define TXC_IFCS		0x02u
#define TXC_IC			0x04u		/* legacy: insert a checksum; else TSE */
#define TXC_TSE			0x04u
#define TXC_RS			0x08u
#define TXC_DEXT		0x20u
#define TXC_VLE			0x40u
#define TXC_IDE			0x80u
#define TX_DTYP_CONTEXT		0u
#define TX_DTYP_DATA		1u
#define TXPO_IXSM		0x01u
#define TXPO_TXSM		0x02u
#define TXCTX_TCP		0x01u		/* TUCMD of a context */
#define TXCTX_IP4		0x02u

#define DESC_SIZE		16u

/* PHY: IEEE 802.3 clause 22, and the page register of its maker. */
#define PHY_ADDR		1u
#define PHY_BMCR		0u
#define PHY_BMSR		1u
#define PHY_ID1			2u
#define PHY_ID2			3u
#define PHY_ANAR		4u
#define PHY_ANLPAR		5u
#define PHY_ANER		6u
#define PHY_GCR			9u
#define PHY_GSR			10u
#define PHY_ESR			15u
#define PHY_SPECIFIC		17u		/* speed, duplex and link as resolved */
#define PHY_RX_ERRORS		21u
#define PHY_PAGE		22u

#define BMCR_AN			0x1000u
#define BMCR_PDOWN		0x0800u
#define BMCR_RESTART_AN		0x0200u
#define BMCR_RESET		0x8000u
#define BMSR_AN_DONE		0x0020u
#define BMSR_LINK		0x0004u

#define NVM_WORDS		64u
#define NVM_SUM			0xbabau

#endif
