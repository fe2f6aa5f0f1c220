/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.c - does shims/openbsd/pdk80211_*.c call core and stack in the order that both want?  TAP.
 *
 * Stack and core note what they are told in `said'; a state of the stack is S0 (INIT) to S4 (RUN).
 */
#include <pdk.h>
#include <pdk80211.h>

#include "simnet.h"
#include "tap.h"
#include "radio.h"

/* ---- scenes ---- */

static void
drain(void)
{
	pdk_worker_drain(d);
	pdk_worker_drain(d);
}

static void
ifconfig(int up)
{
	if (up)
		ic->ic_if.if_flags |= IFF_UP;
	else
		ic->ic_if.if_flags &= (unsigned short)~IFF_UP;
	KASSERT(ic->ic_if.if_ioctl(&ic->ic_if, SIOCSIFFLAGS, NULL) == 0);
	drain();
}

static void
begin(void)
{
	protect = join_next = up_error = join_error = key_error = tx_error = ba_error = 0;
	update_error = 0;
	(void)k_attach();
	k_boot();
	ifconfig(1);
}

static void
associate(void)
{
	begin();
	join_next = 1;
	pdk80211_scan_done(d, 0);
	drain();
	(void)ieee80211_new_state(ic, IEEE80211_S_ASSOC, 0);
	drain();
	(void)ieee80211_new_state(ic, IEEE80211_S_RUN, 0);
	drain();
	give_back();
	quiet();
}

static void
end(void)
{
	ok(k_detach() == 0 && k_live == 0 && bss.ni_refcnt == 0, "nothing is left: memory, frames, nodes");
}

static void
send_ether(uint8_t type)
{
	struct mbuf *m = k_mbuf(64);
	int s = splnet();

	m->m_len = m->m_pkthdr.len = 20;
	m->m_data[12] = (char)type;
	m->m_data[13] = (char)0x8e;
	k_put(&ic->ic_if.if_snd.ifq_list, m);
	ic->ic_if.if_start(&ic->ic_if);
	splx(s);
}

static void
test_states(void)
{
	begin();
	heard("up scan ", "up, then the scan");
	ok((ic->ic_if.if_flags & IFF_RUNNING) != 0, "and the interface runs");
	pdk80211_scan_done(d, 0);
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	heard("end_scan scan ", "nothing found: SCAN to SCAN is another round");
	join_next = 1;
	pdk80211_scan_done(d, 0);
	drain();
	heard("end_scan join S2 txb0 ", "joined before the stack authenticates");
	ok(memcmp(joined.bssid, "\2\0\0\0\0\1", 6) == 0 && joined.chan.num == 6 &&
	    joined.nrates == 2 && joined.basic_rates == 1, "to this network");
	(void)ieee80211_new_state(ic, IEEE80211_S_AUTH, 0xb0);
	drain();
	heard("leave join S2 txb0 ", "AUTH to AUTH reaches the core");
	(void)ieee80211_new_state(ic, IEEE80211_S_ASSOC, 0);
	drain();
	heard("S3 ", "associating is the stack's alone");
	(void)ieee80211_new_state(ic, IEEE80211_S_RUN, 0);
	drain();
	heard("assoc S4 ", "the core first, then the stack");
	ok(joined.aid == 7 && (joined.flags & PDK_BSS_HT) != 0, "with what was agreed");
	(void)ieee80211_new_state(ic, IEEE80211_S_AUTH, 0xc0);
	drain();
	heard("leave join S2 txb0 ", "deauthenticated: joined anew");
	end();
}

static void
test_ends(void)
{
	associate();
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	heard("leave S1 scan ", "RUN to SCAN: left, then scanned once");
	end();
	associate();
	ifconfig(0);
	heard("S0 txc0 down ", "the good-bye goes out before the radio");
	ok((ic->ic_if.if_flags & IFF_RUNNING) == 0, "and the interface does not run");
	end();
	associate();
	pdk80211_restart(d);
	drain();
	heard("S0 down up scan ", "a dead firmware: no good-bye, down, up, another scan");
	pdk80211_rfkill(d, 1);
	drain();
	heard("S0 down ", "a switch takes the radio down");
	pdk80211_rfkill(d, 0);
	drain();
	heard("up scan ", "and up again, as it was");
	end();
}

static void
test_failure(void)
{
	begin();
	join_next = 1;
	join_error = EIO;
	pdk80211_scan_done(d, 0);
	drain();
	heard("up scan end_scan join leave ", "a join that fails is left");
	k_clock(2000);
	drain();
	heard("scan ", "and tried again, later");
	end();
}

static void
test_frames(void)
{
	associate();
	tx_error = ENOBUFS;
	send_ether(0);
	heard("tx88? ", "the core is full");
	ok(ic->ic_if.if_snd.ifq_oactive, "the queue is stopped");
	tx_error = 0;
	pdk80211_tx_ready(d);
	heard("tx88 ", "the frame was kept");
	tx_error = ENETDOWN;
	send_ether(0);
	ok(ic->ic_if.if_oerrors == 1, "one that can never be sent is counted and freed");
	tx_error = 0;
	send_ether(0x88);
	ok((txinfo.flags & PDK_TX_EAPOL) != 0 && txinfo.hdrlen == 24, "key frames are told");
	give_back();
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	quiet();
	send_ether(0);
	heard("", "after leave no data reach the core");
	end();
}

static void
receive(unsigned flags)
{
	struct pdk80211_rxinfo info = { .rssi = -50, .chan = 6, .flags = (uint8_t)flags };

	pdk80211_rx(d, k_frame(0x88, 0x42, 60), &info);
}

static void
test_receive(void)
{
	associate();
	receive(0);
	receive(PDK_RX_DECRYPTED);
	receive(PDK_RX_MICFAIL);
	heard("in(2,60) in(3,60) ", "in order already, and whole; a bad one is dropped");
	drain();
	heard("input(2) ", "the stack gets them at once, at the end of the task");
	ok(ic->ic_stats.is_ccmp_dec_errs == 1, "and counts the bad one");
	end();
}

static void
test_keys(void)
{
	struct ieee80211_key *k = &bss.ni_pairwise_key;
	const struct mbuf *m;
	const uint8_t *p;

	associate();
	protect = 1;
	*k = (struct ieee80211_key){ .k_id = 1, .k_cipher = IEEE80211_CIPHER_CCMP, .k_len = 16 };
	(void)ic->ic_set_key(ic, &bss, k);
	send_ether(0);
	heard("software enc tx88 ", "software encrypts until the hardware has the key");
	ok((txinfo.flags & PDK_TX_HWENC) == 0, "which is not asked to");
	drain();
	heard("key1 ", "then it has");
	send_ether(0);
	heard("tx88 ", "and encrypts");
	m = sent[nsent - 1].m;
	p = mtod(m, const uint8_t *) + 26;
	ok((txinfo.flags & PDK_TX_HWENC) != 0 && txinfo.key_id == 1 && p[0] == 2 && p[1] == 0 &&
	    p[3] == (1 << 6 | 0x20) && m->m_len == 26 + 8 + 6,
	    "behind a CCMP header with the next packet number");
	ic->ic_delete_key(ic, &bss, k);
	drain();
	heard("nokey ", "what it has it is told to forget");
	key_error = EOPNOTSUPP;
	*k = (struct ieee80211_key){ .k_id = 0, .k_cipher = IEEE80211_CIPHER_CCMP, .k_len = 16 };
	(void)ic->ic_set_key(ic, &bss, k);
	drain();
	send_ether(0);
	heard("software key0 enc tx88 ", "a key that is refused stays with software");
	ic->ic_delete_key(ic, &bss, k);
	drain();
	heard("", "and is not deleted where it is not");
	end();
}

static void
test_rx_agreement(void)
{
	struct ieee80211_ba *ba = &bss.ni_rx_ba[2];

	associate();
	*ba = (struct ieee80211_ba){ IEEE80211_BA_REQUESTED, 5000, 10, 32 };
	ok(ic->ic_ampdu_rx_start(ic, &bss, 2) == EBUSY && ba->ba_timeout_val == 0,
	    "the answer comes later; no inactivity timer");
	drain();
	heard("rx yes ", "the core is ready before the peer is told");
	pdk80211_ba_done(d, PDK_BA_RX_STOP, 2, 0);
	drain();
	heard("delba ", "the core's own end is not told back to it");
	ba->ba_state = IEEE80211_BA_REQUESTED;
	ba_error = ENOSPC;
	(void)ic->ic_ampdu_rx_start(ic, &bss, 2);
	drain();
	heard("rx no ", "a core that cannot is the peer's refusal");
	ok(ic->ic_ampdu_rx_start(ic, &bss, 9) == ENOTSUP, "there are eight TIDs");
	end();
}

static void
fill(void)
{
	int i;

	for (i = 0; i < 20; i++)
		send_ether(0);
	quiet();
	drain();
}

static void
test_tx_agreement(void)
{
	struct ieee80211_ba *ba = &bss.ni_tx_ba[0];

	associate();
	k_clock(60000);
	fill();
	heard("tx ask(77) ", "with the number that the core tells");
	ok(ic->ic_ampdu_tx_start(ic, &bss, 0) == EBUSY, "the peer agrees");
	drain();
	heard("txrun agreed ", "the core aggregates, the stack knows");
	ba->ba_state = IEEE80211_BA_INIT;
	ic->ic_ampdu_tx_stop(ic, &bss, 0);
	drain();
	heard("txstop ", "the peer's end reaches the core");
	k_clock(60000);
	fill();
	heard("tx ask(77) ", "asked again");
	ba->ba_state = IEEE80211_BA_INIT;	/* the stack has read a refusal */
	ic->ic_recv_mgmt(ic, NULL, &bss, NULL, 0xd0);
	drain();
	heard("txstop ", "a refusal ends the core's waiting");
	k_clock(60000);
	fill();
	quiet();
	ba->ba_state = IEEE80211_BA_INIT;	/* the stack has given up */
	k_clock(2000);
	drain();
	heard("txstop ", "so does silence");
	end();
}

static void
test_background(void)
{
	associate();
	ok(ic->ic_bgscan_start(ic) == 0, "a background scan");
	ic->ic_flags |= IEEE80211_F_BGSCAN;
	drain();
	ok(strcmp(said, "scan ") == 0 && background, "is one for the core, too");
	(void)ieee80211_new_state(ic, IEEE80211_S_SCAN, -1);
	drain();
	heard("abort leave S1 scan ", "a change of state ends it");
	ok((ic->ic_flags & IEEE80211_F_BGSCAN) == 0 && !background, "and it is forgotten");
	end();
}

static void
test_updates(void)
{
	begin();
	ic->ic_updateslot(ic);
	drain();
	heard("up scan ", "what changes before the association is in that");
	end();
	associate();
	ic->ic_updateslot(ic);
	ic->ic_updateedca(ic);
	drain();
	ok(strcmp(said, "update(5) ") == 0, "changes are told together, by the worker");
	(void)ic->ic_if.if_ioctl(&ic->ic_if, SIOCS80211POWER, NULL);
	drain();
	heard("update(64) ", "power saving does not reset");
	end();
}

static void
test_sleep(void)
{
	associate();
	(void)k_suspend();
	heard("S0 txc0 down ", "the system sleeps: good-bye and down");
	(void)k_resume();
	drain();
	heard("up scan ", "it wakes: up again");
	end();
}

int
main(void)
{
	test_states();
	test_ends();
	test_failure();
	test_frames();
	test_receive();
	test_keys();
	test_rx_agreement();
	test_tx_agreement();
	test_background();
	test_updates();
	test_sleep();
	return tap_end();
}
