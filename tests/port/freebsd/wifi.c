/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wifi.c - does shims/vap call core and stack in the order that both want?  TAP.
 *
 * Stack and core note what they are told in `said'; a state of the stack is S0 (INIT) to S5 (RUN).
 */
#include <pdk.h>
#include <pdk80211.h>

#include "simwifi.h"
#include "tap.h"
#include "radio.h"

static bool protect;

/* As ifconfig(8): first the state, then the radio. */
static void
set_down(void)
{
	(void)ieee80211_new_state(vap, IEEE80211_S_INIT, 0);
	k_set_up(0);
}

static void
drain(void)
{
	k_run();
	k_run();
}

static void
state(enum ieee80211_state ns, int arg)
{
	(void)ieee80211_new_state(vap, ns, arg);
	drain();
}

static void
begin(void)
{
	static const uint8_t mac[6] = { 2 };
	int vnet = k_vnet;

	protect = join_next = false;
	up_error = join_error = key_error = tx_error = ba_error = 0;
	update_error = 0;
	taskqueue_thread = taskqueue_create("thread", M_WAITOK, taskqueue_thread_enqueue, NULL);
	taskqueue_start_threads(&taskqueue_thread, 1, 0, "thread");
	(void)k_attach();
	k_boot();
	k_vnet = vnet0;
	K_CHECK(ic->ic_vap_create(ic, "wlan", 0, IEEE80211_M_STA, 0, mac, mac) != NULL);
	K_CHECK(ic->ic_vap_create(ic, "wlan", 1, IEEE80211_M_STA, 0, mac, mac) == NULL);
	k_vnet = vnet;
	quiet();
	k_set_up(1);
	drain();
}

static void
associate(void)
{
	begin();
	join_next = true;
	pdk80211_scan_done(d, 0);
	drain();
	state(IEEE80211_S_ASSOC, 0);
	state(IEEE80211_S_RUN, 0);
	give_back();
	quiet();
}

static void
end(void)
{
	int error = k_detach();

	taskqueue_free(taskqueue_thread);
	quiet();
	ok(error == 0 && k_live == 0 && bss.refs == 0, "nothing is left: memory, frames, nodes");
}

static int
send_data(unsigned flags)
{
	struct mbuf *m = k_frame(flags & M_EAPOL ? 0x08 : 0x88, protect ? 0x41 : 0x01, 40);
	int error;

	m->m_flags |= flags;
	m->m_pkthdr.rcvif = (struct ifnet *)(void *)ieee80211_ref_node(&bss);
	error = ic->ic_transmit(ic, m);
	if (error != 0) {			/* the caller's still */
		m_freem(m);
		ieee80211_free_node(&bss);
	}
	return error;
}

static void
test_states(void)
{
	begin();
	heard("up S1 scan ", "up, then the scan");
	pdk80211_scan_done(d, 0);
	drain();
	heard("scanned ", "its end reaches the stack");
	state(IEEE80211_S_SCAN, 0);
	heard("S1 scan ", "SCAN to SCAN is another round");
	join_next = true;
	pdk80211_scan_done(d, 0);
	drain();
	heard("scanned join S2 txb0 ", "joined before the stack authenticates");
	ok(memcmp(joined.bssid, "\2\0\0\0\0\1", 6) == 0 && joined.chan.num == 6 &&
	    joined.nrates == 2 && joined.basic_rates == 1, "to this network");
	state(IEEE80211_S_AUTH, 0);
	heard("leave done0 join S2 txb0 ", "AUTH to AUTH reaches the core");
	state(IEEE80211_S_ASSOC, 0);
	heard("S3 ", "associating is the stack's alone");
	state(IEEE80211_S_RUN, 0);
	heard("assoc S5 ", "the core first, then the stack");
	ok(joined.aid == 7 && (joined.flags & PDK_BSS_HT) != 0, "with what was agreed");
	state(IEEE80211_S_AUTH, IEEE80211_FC0_SUBTYPE_AUTH);
	heard("S2 txb0 ", "an authentication frame in RUN leaves the core in the network");
	end();
}

/* RUN to INIT: the stack sends a good-bye first, and for that the core has to be there still. */
static void
test_ends(void)
{
	associate();
	k_event = give_back;
	set_down();
	drain();
	k_event = NULL;
	heard("S0 txc0 done0 leave down ", "the good-bye is sent before the core leaves");
	end();
	associate();
	state(IEEE80211_S_INIT, 0);
	k_clock(1000);
	heard("S0 txc0 leave done0 ", "one that nobody sends is not waited for for ever");
	(void)send_data(0);
	heard("tx88 ", "a frame after leave is the core's to refuse");
	end();
	associate();
	tx_error = ENETDOWN;
	(void)send_data(0);
	heard("tx88? done1 ", "and one that it refuses is freed, with its node, once");
	end();
}

static void
test_restart(void)
{
	associate();
	pdk80211_restart(d);
	drain();
	k_clock(1000);
	heard("S0 txc0 down done0 up S1 scan ",
	    "a dead firmware is not asked to leave; down, up, another scan");
	end();
	associate();
	pdk80211_rfkill(d, 1);
	drain();
	k_clock(1000);
	heard("S0 txc0 leave done0 down radio0 ", "a switch takes the radio down");
	pdk80211_rfkill(d, 0);
	drain();
	heard("radio1 up S1 scan ", "and up again, as it was");
	end();
}

static void
test_failure(void)
{
	begin();
	quiet();
	join_next = true;
	join_error = EIO;
	pdk80211_scan_done(d, 0);
	k_run();
	ok(strncmp(said, "scanned join leave S1 scan ", 27) == 0,
	    "a join that fails is left, and scanned anew");
	end();
	associate();
	update_error = EIO;
	ic->ic_updateslot(ic);
	drain();
	heard("update(1) leave S1 scan ", "so is an update");
	end();
}

static void
test_frames(void)
{
	associate();
	tx_error = ENOBUFS;
	(void)send_data(0);
	heard("tx88? ", "the core is full");
	(void)send_data(0);
	heard("", "the next waits");
	tx_error = 0;
	pdk80211_tx_ready(d);
	heard("tx88 tx88 ", "the frame was kept, and is first");
	(void)send_data(M_EAPOL);
	ok((txinfo.flags & PDK_TX_EAPOL) != 0 && txinfo.hdrlen == 24, "key frames are told");
	give_back();
	tx_error = ENOBUFS;
	(void)send_data(0);
	(void)send_data(0);
	tx_error = 0;
	quiet();
	state(IEEE80211_S_SCAN, 0);
	heard("done1 done1 leave S1 scan ", "what waited for a network is not sent to the next");
	set_down();
	drain();
	quiet();
	ok(send_data(0) == ENETDOWN, "down, a frame is the caller's");
	end();
}

static void
receive(unsigned fc1, unsigned flags)
{
	struct pdk80211_rxinfo info = { .rssi = -50, .chan = 6, .flags = (uint8_t)flags };

	pdk80211_rx(d, k_frame(0x88, (uint8_t)fc1, 60), &info);
}

static void
test_receive(void)
{
	struct pdk80211_rxinfo info = { .chan = 6 };

	associate();
	receive(2, 0);
	heard("in(0,hw,60) ", "a frame goes up");
	ok(rx_stats.c_ieee == 6 && rx_stats.c_freq == 2437 && rx_stats.c_rssi == 90,
	    "with its channel and strength, in halves of a dB above the noise");
	bss.ni_ucastkey = (struct ieee80211_key){ .wk_keylen = 16, .wk_cipher = &k_ccmp };
	(void)ieee80211_crypto_setkey(vap, &bss.ni_ucastkey);
	drain();
	quiet();
	receive(0x42, PDK_RX_DECRYPTED);
	heard("in(2,hw,52) ", "one that the hardware has decrypted, which has no MIC, whole");
	pdk80211_rx(d, k_frame(0x88, 0x42, 256), &(struct pdk80211_rxinfo){ .rssi = -50,
	    .chan = 6, .flags = PDK_RX_DECRYPTED });
	heard("in(2,hw,248) ", "also where its mbuf is full");
	receive(0x42, 0);
	heard("in(0,sw,44) ", "one that it has not is software's");
	receive(0x42, PDK_RX_MICFAIL);
	heard("", "a bad one is dropped");
	pdk80211_rx(d, k_frame(0x88, 0, 10), &info);
	heard("", "so is a short one");
	end();
}

static void
test_keys(void)
{
	struct ieee80211_key *k = &bss.ni_ucastkey;

	associate();
	protect = true;
	*k = (struct ieee80211_key){ .wk_keylen = 16, .wk_cipher = &k_ccmp };
	IEEE80211_LOCK(ic);			/* as the stack: nothing may sleep */
	ok(ieee80211_crypto_setkey(vap, k) == 1, "a key is taken at once");
	IEEE80211_UNLOCK(ic);
	(void)send_data(0);
	heard("enc tx88 ", "software encrypts until the hardware has the key");
	ok((txinfo.flags & PDK_TX_HWENC) == 0, "which is not asked to");
	drain();
	heard("key0 ", "then it has");
	(void)send_data(0);
	heard("tx88 ", "and encrypts");
	ok((txinfo.flags & PDK_TX_HWENC) != 0 && txinfo.key_id == 1 && last_frame[26] == 2,
	    "behind a CCMP header with the next packet number");
	(void)vap->iv_key_delete(vap, k);
	drain();
	heard("nokey ", "what it has it is told to forget");
	key_error = EOPNOTSUPP;
	(void)ieee80211_crypto_setkey(vap, k);
	drain();
	(void)send_data(0);
	heard("key0 enc tx88 ", "a key that is refused stays with software");
	(void)vap->iv_key_delete(vap, k);
	drain();
	heard("", "and is not deleted where it is not");
	key_error = 0;
	vap->iv_nw_keys[2] = (struct ieee80211_key){ .wk_keylen = 16, .wk_cipher = &k_ccmp };
	(void)ieee80211_crypto_setkey(vap, &vap->iv_nw_keys[2]);
	ok(vap->iv_nw_keys[2].k_schedule, "software can work with one, too, until it is there");
	drain();
	heard("key2g ", "a group key has its number");
	end();
}

static void
test_scan_hangs(void)
{
	begin();
	quiet();
	abort_hangs = true;
	ic->ic_scan_end(ic);
	heard("abort ", "a scan that does not end is waited for, for a time");
	ic->ic_scan_start(ic);
	drain();
	heard("scanned abort ", "the next finds the core busy, and has ended");
	abort_hangs = false;
	pdk80211_scan_done(d, 1);
	drain();
	heard("", "which the late end of the former is not taken for");
	end();
}

static void
test_rx_agreement(void)
{
	struct ieee80211_rx_ampdu *rap = &bss.ni_rx_ampdu[2];
	int tid = 2 << IEEE80211_BAPS_TID_S;

	associate();
	ok(ic->ic_ampdu_rx_start(&bss, rap, tid, 0, 10 << 4) == 0 && rap->running,
	    "the stack says yes");
	drain();
	heard("rx ", "the core brings frames into order");
	pdk80211_ba_done(d, PDK_BA_RX_STOP, 2, 0);
	drain();
	heard("delba ", "the core's own end is not told back to it");
	ba_error = ENOSPC;
	(void)ic->ic_ampdu_rx_start(&bss, rap, tid, 0, 0);
	drain();
	heard("rx delba ", "a core that cannot is the peer's DELBA");
	ok(ic->ic_ampdu_rx_start(&bss, rap, tid, 0, 0) == ENOSPC, "and is not asked again");
	ok(ic->ic_ampdu_rx_start(&bss, rap, 9 << 2, 0, 0) == ENOSPC, "there are eight TIDs");
	end();
}

static void
test_tx_agreement(void)
{
	struct ieee80211_tx_ampdu *tap;

	associate();
	tap = &bss.ni_tx_ampdu[0];
	ok(ic->ic_ampdu_enable(&bss, tap) == 0, "not before the core is ready");
	drain();
	heard("tx ask(77) ", "then with the number that the core tells");
	(void)ic->ic_addba_response(&bss, tap, 0, 0, 0);
	drain();
	heard("txrun ", "the peer agrees: the core aggregates");
	ic->ic_addba_stop(&bss, tap);
	drain();
	heard("txstop ", "the peer's end reaches the core");
	(void)ic->ic_ampdu_enable(&bss, tap);
	drain();
	heard("tx ask(77) ", "asked again");
	(void)ic->ic_addba_response(&bss, tap, 37, 0, 0);
	drain();
	heard("txstop ", "a refusal ends the core's waiting");
	(void)ic->ic_ampdu_enable(&bss, tap);
	drain();
	quiet();
	ic->ic_addba_response_timeout(&bss, tap);
	drain();
	heard("txstop ", "so does silence");
	end();
}

static void
test_updates(void)
{
	begin();
	quiet();
	ic->ic_updateslot(ic);
	drain();
	heard("", "what changes before the association is in that");
	end();
	associate();
	IEEE80211_LOCK(ic);			/* as the stack: nothing may sleep */
	ic->ic_updateslot(ic);
	(void)ic->ic_wme.wme_update(ic);
	IEEE80211_UNLOCK(ic);
	heard("", "changes that come with a lock wait");
	drain();
	heard("update(5) ", "and are told together, by WORKER");
	pdk80211_beacon_miss(d);
	heard("miss ", "beacons that were missed are told");
	end();
}

static void
test_sleep(void)
{
	associate();
	k_event = give_back;
	(void)k_suspend();
	k_event = NULL;
	heard("S0 txc0 done0 leave down ", "the system sleeps: good-bye and down");
	(void)k_resume();
	drain();
	heard("up S1 scan ", "it wakes: up again");
	end();
}

static void
test_rate_control(void)
{
	radio_caps &= ~(unsigned)PDK_CAP_RATECTL;
	associate();
	(void)send_data(0);
	ok(txinfo.rate == 108, "the stack's rate control chooses");
	give_back();
	heard("rate0 done0 ", "and learns");
	radio_caps |= PDK_CAP_RATECTL;
	end();
}

int
main(void)
{
	test_states();
	test_ends();
	test_restart();
	test_failure();
	test_frames();
	test_receive();
	test_keys();
	test_scan_hangs();
	test_rx_agreement();
	test_tx_agreement();
	test_updates();
	test_sleep();
	test_rate_control();
	return tap_end();
}
