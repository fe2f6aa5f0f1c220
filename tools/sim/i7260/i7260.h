/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * i7260.h - a simulated Intel Dual Band Wireless AC 7260, at register level.
 *
 *	voy-sim i7260 --socket /tmp/card.sock --set mac=7c:7a:91:12:34:56 \
 *	    --set firmware=/lib/firmware/iwlwifi-7260-17.ucode
 *
 * The card is built from what the hardware and its firmware do as far as a driver can see it, and
 * is held to one standard: Linux's iwlwifi/iwlmvm, unpatched, works on it without a violation.
 * Wrong use is reported (sim_violation) and answered as the hardware would: registers read
 * 0xa5a5a5a2, or the firmware dies of a SYSASSERT with its error table filled in.
 *
 * Its smaller and its younger sister, the 3160 and the 7265, are the same but for the facts in
 * chips.c: voy-sim i3160, voy-sim i7265.
 *
 * PCI: 8086:08b1, subsystem 8086:4070, PM, MSI (64 bit), PCIe endpoint, BAR0 = 8 KB memory.
 *
 * BAR0								who may touch it, and when
 *   0x0000  CSR   configuration, interrupts, power, reset		always
 *   0x0400  HBUS  windows to SRAM and to peripheral registers (PRPH),	MAC awake, and
 *                 queue write pointers					MAC_ACCESS_REQ held
 *   0x1000  FH    flow handler: TX channels, RX channel, RBDs, upload	the same
 * Exception: HBUS_TARG_WRPTR and FH_RSCSR_CHNL0_WPTR need no MAC_ACCESS_REQ; when the MAC may be
 * asleep they need the shadow registers (CSR_MAC_SHADOW_REG_CTRL).
 *
 * Behind the windows
 *   SRAM  0x000000..0x03ffff instructions (0x040000..0x057fff with LMPM_CHICK bit 0),
 *         0x800000..0x813fff data, 0xa20000..0xa20fff the scheduler's own memory
 *   PRPH  20 bits of address: 0x03000 APMG, 0x02c00 SCD, 0x01c30 NMI, 0x01ff8 LMPM_CHICK,
 *         0x04068 OSC_CLK, 0x10000 SHR (also by HEEP_CTRL_WRD_PCIEX_*, without the MAC)
 *
 * Boot, as the driver sees it
 *
 *   HW_IF_CONFIG.NIC_READY ->  granted (at once, or after PREPARE: setting prepare_ms)
 *   CSR_RESET.SW_RESET     ->  all of the MAC forgets, INIT_DONE off, CPU held (bit 0)
 *   GP_CNTRL.INIT_DONE     ->  MAC_CLOCK_READY
 *   APMG_CLK_EN            ->  DMA clock, without it the flow handler moves nothing
 *   FH channel 9           ->  sections by DMA into SRAM, INTA.FH_TX after each chunk
 *   CSR_RESET = 0          ->  CPU runs: the sections must be those of an image of the file
 *                              ... ALIVE in an RX buffer, INTA.ALIVE | INTA.FH_RX
 *   SCD + FH set up        ->  command queue active
 *   INIT image             ->  NVM_ACCESS, PHY_CONFIGURATION -> calibration -> INIT_COMPLETE
 *   (stop, reset, upload)  ->  RUNTIME image: PHY_DB and everything else
 *
 * On the air (setting air=SOCKET of a voy-air hub)
 *
 *   SCAN_OFFLOAD_REQUEST   ->  channel by channel: probe requests, beacons and answers to the
 *                              driver, SCAN_OFFLOAD_COMPLETE (events scan, bss, scan-done)
 *   MAC, PHY, BINDING      ->  a network and its channel; the radio goes there during a
 *   TIME_EVENT or QUOTA        time event, or while the binding has a quota
 *   ADD_STA, SCD_QUEUE_CFG ->  a station and its queues; LQ_CMD gives its rates
 *   TX command             ->  numbered, encrypted, sent with retries; TX response, BA_NOTIF
 *   a frame from the air   ->  filtered, decrypted; REPLY_RX_PHY_CMD, REPLY_RX_MPDU_CMD
 *   MAC_PM_POWER_TABLE     ->  an idle station dozes; it gets its frames by waking up, PS-Poll or
 *                              U-APSD, and says now and then that it is there
 *   several channels       ->  by quota in turns; whoever loses the radio tells its access point
 *   settings temperature, bt   told as they change; what follows from heat is the driver's decision
 *
 * Not modelled: sleep with the host (the WoWLAN image and its commands), and holding back what is
 * in the queues for sleeping stations of an access point that the card itself is.
 *
 * Every host command is an event "hcmd" {group, id, name, len}; what the firmware answers is
 * "reply" {group, id, len}, what it says of itself "notif" (frames and TX responses apart).
 *
 * Files: model.c settings and hooks, chips.c the family, pci.c, csr.c, irq.c, prph.c, sram.c,
 * fh.c, rx.c, tx.c, scd.c, fwfile.c (the firmware file), boot.c (CPU), fwcmd.c (command
 * dispatcher), fw_*.c (what the firmware does, a file per subject; fw.h is its memory), radio.c
 * (the antenna), rate.c, cipher.c, nvm.c (OTP contents), errlog.c (error table). A new command is
 * one line in the table of the fw_*.c file it belongs to.
 */
#ifndef TOOLS_SIM_I7260_I7260_H
#define TOOLS_SIM_I7260_I7260_H

#include "tools/sim/sim.h"

extern const struct sim_model sim_i7260, sim_i3160, sim_i7265;

#endif
