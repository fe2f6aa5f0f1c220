/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * genl.c - mac80211_hwsim's generic netlink family: see hwsim.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/sim/hwsim/hwsim.h"

#define FAMILY		"MAC80211_HWSIM"
#define RCVBUF		(4 << 20)
#define MSGBUF		(32 << 10)
#define PER_DISPATCH	64u
#define SYSFS		"/sys/class/ieee80211"

/* Numbers that belong to the kernel's interface. */
enum {
	CMD_REGISTER = 1, CMD_FRAME, CMD_TX_INFO_FRAME, CMD_NEW_RADIO, CMD_DEL_RADIO,
	CMD_GET_RADIO, CMD_ADD_MAC_ADDR, CMD_DEL_MAC_ADDR,
};
enum {
	ATTR_ADDR_RECEIVER = 1, ATTR_ADDR_TRANSMITTER, ATTR_FRAME, ATTR_FLAGS, ATTR_RX_RATE,
	ATTR_SIGNAL, ATTR_TX_INFO, ATTR_COOKIE, ATTR_CHANNELS, ATTR_RADIO_ID,
	ATTR_RADIO_NAME = 17, ATTR_FREQ = 19, ATTR_TX_INFO_FLAGS = 21, ATTR_MAX = 40,
};

/* HWSIM_ATTR_TX_INFO and HWSIM_ATTR_TX_INFO_FLAGS: four of these. */
struct wire_rate {
	int8_t		idx;
	uint8_t		count;
} __attribute__((packed));
struct wire_rate_flags {
	int8_t		idx;
	uint16_t	flags;
} __attribute__((packed));

struct hwsim {
	struct nl_sock	*sk;
	struct nl_cb	*cb;
	int		family;
	unsigned	overruns;
	uint32_t	list_seq;		/* of the request for the radios there are */
	bool		listed, unloaded;
	const struct hwsim_ops *ops;
	void		*arg;
};

/* ---- from the kernel ----------------------------------------------------------------------- */

static const uint8_t *
mac_attr(struct nlattr *a)
{
	return a != NULL && nla_len(a) == 6 ? nla_data(a) : NULL;
}

static void
get_rates(struct nlattr **a, struct hwsim_tx *tx)
{
	const struct wire_rate *r = NULL;
	const struct wire_rate_flags *f = NULL;

	if (a[ATTR_TX_INFO] != NULL && nla_len(a[ATTR_TX_INFO]) >= (int)(HWSIM_RATES * sizeof(*r)))
		r = nla_data(a[ATTR_TX_INFO]);
	if (a[ATTR_TX_INFO_FLAGS] != NULL &&
	    nla_len(a[ATTR_TX_INFO_FLAGS]) >= (int)(HWSIM_RATES * sizeof(*f)))
		f = nla_data(a[ATTR_TX_INFO_FLAGS]);
	for (unsigned i = 0; i < HWSIM_RATES; i++) {
		tx->rate[i].idx = r != NULL ? r[i].idx : -1;
		tx->rate[i].count = r != NULL ? r[i].count : 0;
		tx->rate[i].flags = f != NULL ? f[i].flags : 0;
	}
}

static void
got_frame(struct hwsim *h, struct nlattr **a)
{
	const uint8_t *hw = mac_attr(a[ATTR_ADDR_TRANSMITTER]);
	struct hwsim_tx tx;

	if (hw == NULL || a[ATTR_FRAME] == NULL || a[ATTR_COOKIE] == NULL ||
	    a[ATTR_FLAGS] == NULL || a[ATTR_FREQ] == NULL)
		return;
	tx = (struct hwsim_tx){ .cookie = nla_get_u64(a[ATTR_COOKIE]),
	    .flags = nla_get_u32(a[ATTR_FLAGS]), .freq = nla_get_u32(a[ATTR_FREQ]),
	    .frame = nla_data(a[ATTR_FRAME]), .len = (size_t)nla_len(a[ATTR_FRAME]) };
	get_rates(a, &tx);
	h->ops->tx(h->arg, hw, &tx);
}

static void
got_addr(struct hwsim *h, struct nlattr **a, bool add)
{
	const uint8_t *hw = mac_attr(a[ATTR_ADDR_TRANSMITTER]);
	const uint8_t *addr = mac_attr(a[ATTR_ADDR_RECEIVER]);

	if (hw != NULL && addr != NULL)
		h->ops->addr(h->arg, hw, addr, add);
}

/* The two addresses of a radio are not in the kernel's message, but in sysfs, a line each. */
static bool
addresses(const char *name, uint8_t perm[6], uint8_t hw[6])
{
	char path[sizeof(SYSFS) + 96];
	bool ok = true;
	FILE *f;

	if (strchr(name, '/') != NULL)
		return false;
	snprintf(path, sizeof(path), SYSFS "/%.64s/addresses", name);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	for (unsigned line = 0; line < 2 && ok; line++) {
		uint8_t *m = line == 0 ? perm : hw;

		ok = fscanf(f, " %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &m[0], &m[1], &m[2], &m[3],
		    &m[4], &m[5]) == 6;
	}
	fclose(f);
	return ok;
}

static void
got_radio(struct hwsim *h, struct nlattr **a)
{
	uint8_t perm[6], hw[6];
	char name[65];
	int index = -1;

	if (a[ATTR_RADIO_NAME] == NULL)
		return;
	/* Without a NUL at its end from some kernels. */
	snprintf(name, sizeof(name), "%.*s", nla_len(a[ATTR_RADIO_NAME]),
	    (const char *)nla_data(a[ATTR_RADIO_NAME]));
	if (a[ATTR_RADIO_ID] != NULL)
		index = (int)nla_get_u32(a[ATTR_RADIO_ID]);
	if (addresses(name, perm, hw))
		h->ops->radio(h->arg, hw, perm, index);
}

/* rmmod takes the family away first: no radio is reported as gone. */
static void
got_ctrl(struct hwsim *h, struct nlmsghdr *nlh)
{
	struct nlattr *a[CTRL_ATTR_MAX + 1];

	if (genlmsg_parse(nlh, 0, a, CTRL_ATTR_MAX, NULL) == 0 &&
	    genlmsg_hdr(nlh)->cmd == CTRL_CMD_DELFAMILY && a[CTRL_ATTR_FAMILY_ID] != NULL &&
	    nla_get_u16(a[CTRL_ATTR_FAMILY_ID]) == h->family)
		h->unloaded = true;
}

static int
on_message(struct nl_msg *msg, void *arg)
{
	struct hwsim *h = arg;
	struct nlattr *a[ATTR_MAX + 1];
	struct nlmsghdr *nlh = nlmsg_hdr(msg);

	if (nlh->nlmsg_type == GENL_ID_CTRL)
		got_ctrl(h, nlh);
	if (nlh->nlmsg_type != h->family || genlmsg_parse(nlh, 0, a, ATTR_MAX, NULL) != 0)
		return NL_SKIP;
	switch (genlmsg_hdr(nlh)->cmd) {
	case CMD_FRAME:
		got_frame(h, a);
		break;
	case CMD_ADD_MAC_ADDR:
	case CMD_DEL_MAC_ADDR:
		got_addr(h, a, genlmsg_hdr(nlh)->cmd == CMD_ADD_MAC_ADDR);
		break;
	case CMD_NEW_RADIO:
	case CMD_GET_RADIO:
		got_radio(h, a);
		break;
	case CMD_DEL_RADIO:
		if (a[ATTR_RADIO_ID] != NULL)
			h->ops->radio_gone(h->arg, (int)nla_get_u32(a[ATTR_RADIO_ID]));
		break;
	}
	return NL_OK;
}

static void
list_ends(struct hwsim *h)
{
	if (!h->listed)
		h->ops->listed(h->arg);
	h->listed = true;
}

/* The only answer of several messages is that list. */
static int
on_finish(struct nl_msg *msg, void *arg)
{
	(void)msg;
	list_ends(arg);
	return NL_OK;
}

/*
 * The kernel refuses a frame for a radio that is off or elsewhere: as on the air. A kernel that
 * refuses the list has its radios known by their first frames.
 */
static int
on_error(struct sockaddr_nl *nla, struct nlmsgerr *err, void *arg)
{
	struct hwsim *h = arg;

	(void)nla;
	if (err->msg.nlmsg_seq == h->list_seq)
		list_ends(h);
	return NL_SKIP;
}

static int
any_seq(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

int
hwsim_dispatch(struct hwsim *h)
{
	for (unsigned i = 0; i < PER_DISPATCH; i++) {
		int error = nl_recvmsgs(h->sk, h->cb);

		if (h->unloaded)
			return ENODEV;
		if (error == -NLE_AGAIN)
			return 0;
		if (error == -NLE_NOMEM)	/* ENOBUFS: messages were lost */
			h->overruns++;
		else if (error < 0 && error != -NLE_INTR && error != -NLE_DUMP_INTR)
			return EIO;
	}
	return 0;
}

unsigned
hwsim_overruns(const struct hwsim *h)
{
	return h->overruns;
}

/* ---- to the kernel ------------------------------------------------------------------------- */

static struct nl_msg *
message(const struct hwsim *h, uint8_t cmd, int flags, size_t body)
{
	struct nl_msg *m = nlmsg_alloc_size(NLMSG_HDRLEN + 256 + body);

	if (m != NULL && genlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, h->family, 0, flags, cmd,
	    1) == NULL) {
		nlmsg_free(m);
		m = NULL;
	}
	return m;
}

static int
send_off(struct hwsim *h, struct nl_msg *m, int put)
{
	int n = -NLE_NOMEM;

	if (m != NULL && put == 0)
		n = nl_send_auto(h->sk, m);
	nlmsg_free(m);
	return n < 0 ? EIO : 0;
}

int
hwsim_rx(struct hwsim *h, const uint8_t hw[6], const struct hwsim_rx *rx, const uint8_t *frame,
    size_t len)
{
	struct nl_msg *m;
	int put;

	if (len < HWSIM_FRAME_MIN || len > HWSIM_FRAME_MAX)
		return EMSGSIZE;
	m = message(h, CMD_FRAME, 0, len);
	if (m == NULL)
		return ENOMEM;
	put = nla_put(m, ATTR_ADDR_RECEIVER, 6, hw) | nla_put(m, ATTR_FRAME, (int)len, frame) |
	    nla_put_u32(m, ATTR_RX_RATE, rx->rate) |
	    nla_put_u32(m, ATTR_SIGNAL, (uint32_t)rx->signal) |
	    nla_put_u32(m, ATTR_FREQ, rx->freq);
	return send_off(h, m, put);
}

int
hwsim_txinfo(struct hwsim *h, const uint8_t hw[6], const struct hwsim_txinfo *info)
{
	struct nl_msg *m = message(h, CMD_TX_INFO_FRAME, 0, 0);
	struct wire_rate r[HWSIM_RATES];
	int put;

	if (m == NULL)
		return ENOMEM;
	for (unsigned i = 0; i < HWSIM_RATES; i++)
		r[i] = (struct wire_rate){ info->rate[i].idx, info->rate[i].count };
	put = nla_put(m, ATTR_ADDR_TRANSMITTER, 6, hw) |
	    nla_put_u32(m, ATTR_FLAGS, info->flags) |
	    nla_put_u32(m, ATTR_SIGNAL, (uint32_t)info->signal) |
	    nla_put(m, ATTR_TX_INFO, sizeof(r), r) | nla_put_u64(m, ATTR_COOKIE, info->cookie);
	return send_off(h, m, put);
}

/* ---- life ---------------------------------------------------------------------------------- */

static const char *
mend(int nlerror)
{
	switch (-nlerror) {
	case NLE_BUSY:
		return "another program has the radios' air (wmediumd, another voy-hwsim); stop it";
	case NLE_PERM:
		return "not permitted; run as root";
	case NLE_OPNOTSUPP:
		return "radios with several channels cannot be bridged; load mac80211_hwsim with "
		    "channels=1";
	default:
		return nl_geterror(nlerror);
	}
}

static int
say(char *errmsg, size_t errlen, const char *what, const char *text)
{
	snprintf(errmsg, errlen, "mac80211_hwsim: %s: %s", what, text);
	return EIO;
}

static void
join(struct hwsim *h, const char *family, const char *name)
{
	int group = genl_ctrl_resolve_grp(h->sk, family, name);

	if (group >= 0)
		(void)nl_socket_add_membership(h->sk, group);
}

/* The radios there are; the answers come with the rest. */
static int
ask_for_radios(struct hwsim *h)
{
	struct nl_msg *m = message(h, CMD_GET_RADIO, NLM_F_DUMP, 0);

	if (m != NULL) {
		nl_complete_msg(h->sk, m);
		h->list_seq = nlmsg_hdr(m)->nlmsg_seq;
	}
	return send_off(h, m, 0);
}

static int
attach(struct hwsim *h, char *errmsg, size_t errlen)
{
	struct nl_msg *m;
	int n = genl_connect(h->sk);

	if (n != 0)
		return say(errmsg, errlen, "netlink", nl_geterror(n));
	h->family = genl_ctrl_resolve(h->sk, FAMILY);
	if (h->family < 0)
		return say(errmsg, errlen, "no such netlink family",
		    "load the module (modprobe mac80211_hwsim)");
	(void)nl_socket_set_buffer_size(h->sk, RCVBUF, RCVBUF);
	nl_socket_disable_msg_peek(h->sk);
	if (nl_socket_set_msg_buf_size(h->sk, MSGBUF) != 0)
		return say(errmsg, errlen, "netlink", "no memory");
	join(h, FAMILY, "config");
	join(h, "nlctrl", "notify");
	m = message(h, CMD_REGISTER, 0, 0);
	n = m == NULL ? -NLE_NOMEM : nl_send_sync(h->sk, m);
	if (n < 0)
		return say(errmsg, errlen, "register", mend(n));
	nl_socket_disable_auto_ack(h->sk);
	if (nl_socket_set_nonblocking(h->sk) != 0)
		return say(errmsg, errlen, "netlink", "no memory");
	return ask_for_radios(h);
}

int
hwsim_open(const struct hwsim_ops *ops, void *arg, struct hwsim **hp, char *errmsg, size_t errlen)
{
	struct hwsim *h = calloc(1, sizeof(*h));
	int error;

	if (h != NULL) {
		h->ops = ops;
		h->arg = arg;
		h->sk = nl_socket_alloc();
		h->cb = nl_cb_alloc(NL_CB_DEFAULT);
	}
	if (h == NULL || h->sk == NULL || h->cb == NULL) {
		hwsim_close(h);
		return say(errmsg, errlen, "netlink", "no memory");
	}
	nl_cb_set(h->cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, h);
	nl_cb_set(h->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_seq, h);
	nl_cb_set(h->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, h);
	nl_cb_err(h->cb, NL_CB_CUSTOM, on_error, h);
	error = attach(h, errmsg, errlen);
	if (error != 0) {
		hwsim_close(h);
		return error;
	}
	*hp = h;
	return 0;
}

void
hwsim_close(struct hwsim *h)
{
	if (h == NULL)
		return;
	if (h->cb != NULL)
		nl_cb_put(h->cb);
	if (h->sk != NULL)
		nl_socket_free(h->sk);
	free(h);
}

int
hwsim_fd(const struct hwsim *h)
{
	return nl_socket_get_fd(h->sk);
}
