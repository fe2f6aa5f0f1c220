/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.c - what is behind the access points: one Ethernet per SSID, with a router on it.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/sim/ap/ap.h"

#define ETHERTYPE_IP	0x0800u
#define PROTO_UDP	17u
#define DHCP_SERVER	67u
#define DHCP_CLIENT	68u
#define DHCP_COOKIE	0x63825363u
#define DHCP_OPT_TYPE	53u
#define DHCP_ACK	5u

struct net *
net_join(struct apd *d, struct ap *ap)
{
	struct net *net;

	LIST_FOREACH(net, &d->nets, link) {
		if (net->ssid_len == ap->conf.ssid_len &&
		    memcmp(net->ssid, ap->conf.ssid, net->ssid_len) == 0) {
			net->naps++;
			return net;
		}
	}
	net = calloc(1, sizeof(*net));
	if (net == NULL)
		return NULL;
	net->d = d;
	net->naps = 1;
	net->ssid_len = ap->conf.ssid_len;
	memcpy(net->ssid, ap->conf.ssid, net->ssid_len);
	if (d->router) {
		net->router = router_new(d, net);
		if (net->router == NULL) {
			free(net);
			return NULL;
		}
	}
	LIST_INSERT_HEAD(&d->nets, net, link);
	return net;
}

void
net_leave(struct ap *ap)
{
	struct net *net = ap->net;

	ap->net = NULL;
	if (net == NULL || --net->naps > 0)
		return;
	LIST_REMOVE(net, link);
	router_free(net->router);
	free(net);
}

/* The ready station of this address on any access point of the network. */
static struct sta *
net_sta(const struct net *net, const uint8_t addr[6])
{
	struct sta *sta;

	for (unsigned i = 0; i < net->d->naps; i++) {
		if (net->d->ap[i]->net != net)
			continue;
		sta = sta_find(net->d->ap[i], addr);
		if (sta != NULL && sta->state == STA_READY)
			return sta;
	}
	return NULL;
}

static void
net_group(struct net *net, const uint8_t *eth, size_t len)
{
	for (unsigned i = 0; i < net->d->naps; i++)
		if (net->d->ap[i]->net == net && net->d->ap[i]->nassoc > 0)
			data_to_sta(net->d->ap[i], NULL, eth, len);
}

void
net_from_sta(struct sta *sta, const uint8_t *eth, size_t len)
{
	struct net *net = sta->ap->net;
	struct sta *to;

	if (dot11_is_group(eth)) {
		net_group(net, eth, len);
	} else {
		to = net_sta(net, eth);
		if (to != NULL) {
			data_to_sta(to->ap, to, eth, len);
			return;
		}
	}
	if (net->router != NULL)
		router_input(net->router, eth, len);
}

/* A DHCP acknowledgement on its way to a station: an address has been leased. */
static void
look_for_lease(struct net *net, const uint8_t *eth, size_t len)
{
	const uint8_t *ip = eth + 14, *udp, *dhcp, *opt, *end = eth + len;
	struct sta *sta;
	char text[16];
	size_t ihl;

	if (len < 14 + 20 || be16(eth + 12) != ETHERTYPE_IP || ip[9] != PROTO_UDP)
		return;
	ihl = (ip[0] & 15u) * 4u;
	if (ihl < 20 || len < 14 + ihl + 8 + 240)
		return;
	udp = ip + ihl;
	dhcp = udp + 8;
	if (be16(udp) != DHCP_SERVER || be16(udp + 2) != DHCP_CLIENT || dhcp[0] != 2 ||
	    be32(dhcp + 236) != DHCP_COOKIE)
		return;
	for (opt = dhcp + 240; opt + 2 < end && *opt != DHCP_OPT_TYPE && *opt != 255;)
		opt += *opt == 0 ? 1 : 2 + opt[1];
	sta = net_sta(net, dhcp + 28);
	if (opt + 2 >= end || *opt != DHCP_OPT_TYPE || opt[2] != DHCP_ACK || sta == NULL)
		return;
	memcpy(&sta->ip, dhcp + 16, 4);
	snprintf(text, sizeof(text), "%u.%u.%u.%u", dhcp[16], dhcp[17], dhcp[18], dhcp[19]);
	ap_event(sta->ap, "ip", "{s:s,s:s}", "sta", mac_text(sta->addr), "ip", text);
}

void
net_from_router(struct net *net, const uint8_t *eth, size_t len)
{
	struct sta *sta;

	if (len < 14 || len > AP_ETH_MAX)
		return;
	look_for_lease(net, eth, len);
	if (dot11_is_group(eth)) {
		net_group(net, eth, len);
		return;
	}
	sta = net_sta(net, eth);
	if (sta != NULL)
		data_to_sta(sta->ap, sta, eth, len);
}

void
net_roamed(struct sta *sta)
{
	struct net *net = sta->ap->net;

	for (unsigned i = 0; i < net->d->naps; i++) {
		struct ap *other = net->d->ap[i];
		struct sta *old = other != sta->ap && other->net == net ?
		    sta_find(other, sta->addr) : NULL;

		if (old == NULL)
			continue;
		sta->ip = old->ip;
		ap_event(other, "roamed", "{s:s,s:s}", "sta", mac_text(sta->addr), "to",
		    sta->ap->conf.name);
		sta_free(old);
	}
}
