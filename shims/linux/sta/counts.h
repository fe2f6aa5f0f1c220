/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counts.h - what the station layer counts: COUNT(name, what it means), in the order in which it
 * is shown.  No frame goes without being counted: it is delivered, sent, or under the reason for
 * which it was dropped.
 *
 *	sta_count(st, rx_replay, 1);
 */
#ifndef STA_COUNTS_H
#define STA_COUNTS_H

#include <stdatomic.h>

#define STA_COUNTS(COUNT)							\
	COUNT(rx_frames, "frames from the radio")				\
	COUNT(rx_bytes, "their octets")						\
	COUNT(rx_mgmt, "management frames among them")				\
	COUNT(rx_data, "data frames among them")				\
	COUNT(rx_to_host, "Ethernet frames given to the host")			\
	COUNT(rx_to_host_bytes, "their octets")					\
	COUNT(rx_eapol, "frames of the key handshake")				\
	COUNT(rx_null, "data frames without data")				\
	COUNT(rx_amsdu, "A-MSDUs taken apart")					\
	COUNT(rx_reassembled, "MSDUs put together from fragments")		\
	COUNT(rx_bad, "dropped: cut off, or not 802.11")			\
	COUNT(rx_other, "dropped: of another network, or not for us")		\
	COUNT(rx_early, "dropped: data before there is an association")		\
	COUNT(rx_duplicate, "dropped: received already")			\
	COUNT(rx_mic, "dropped: the MIC is wrong")				\
	COUNT(rx_replay, "dropped: an old packet number")			\
	COUNT(rx_no_key, "dropped: encrypted with a key that is not there")	\
	COUNT(rx_clear, "dropped: in the clear where all is encrypted")		\
	COUNT(rx_port, "dropped: before the keys were there")			\
	COUNT(rx_llc, "dropped: no LLC header")					\
	COUNT(rx_amsdu_bad, "dropped: a malformed or forged A-MSDU")		\
	COUNT(rx_fragment, "dropped: fragments that do not fit together")	\
	COUNT(rx_echo, "dropped: own group addressed frames, sent back")	\
	COUNT(rx_queue, "dropped: management frames faster than looked at")	\
	COUNT(rx_host, "dropped: the host's queue is full, or has no link")	\
	COUNT(rx_long, "dropped: longer than the interface takes")		\
	COUNT(tx_frames, "frames given to the radio")				\
	COUNT(tx_bytes, "their octets")						\
	COUNT(tx_from_host, "Ethernet frames among them")			\
	COUNT(tx_mgmt, "management frames among them")				\
	COUNT(tx_eapol, "frames of the key handshake among them")		\
	COUNT(tx_ok, "frames that were acknowledged, or need not be")		\
	COUNT(tx_failed, "frames that were not acknowledged")			\
	COUNT(tx_stalls, "times the radio's queues were full")			\
	COUNT(tx_bad, "dropped: not what a station sends")			\
	COUNT(tx_closed, "dropped: no network")					\
	COUNT(tx_memory, "dropped: no memory")					\
	COUNT(tx_refused, "dropped: the driver refused it")			\
	COUNT(tx_flushed, "dropped: waited when the network went away")		\
	COUNT(scans, "scans")							\
	COUNT(joins, "tries to join a network")					\
	COUNT(joined, "tries that succeeded")					\
	COUNT(roams, "of these, to another access point")			\
	COUNT(disconnects, "times a network was lost")				\
	COUNT(beacons, "beacons of the own access point")			\
	COUNT(beacon_miss, "times several were missed")				\
	COUNT(channel_switches, "times the access point changed its channel")	\
	COUNT(updates, "times it changed its parameters")			\
	COUNT(ba_rx, "block ack agreements to receive")				\
	COUNT(ba_tx, "block ack agreements to send")

struct sta_counts {
#define COUNT(name, text) atomic_ullong name;
	STA_COUNTS(COUNT)
#undef COUNT
};

#define sta_count(st, name, n)							\
	atomic_fetch_add_explicit(&(st)->counts.name, (n), memory_order_relaxed)

#endif /* STA_COUNTS_H */
