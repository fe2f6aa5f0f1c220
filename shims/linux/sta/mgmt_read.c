/* SPDX-License-Identifier: BSD-2-Clause */
/* Management frames, read; see mgmt.h. */
#include "shims/linux/sta/dot11.h"
#include "shims/linux/sta/mgmt.h"

bool
mgmt_auth_read(struct mgmt_auth_body *a, const uint8_t *body, size_t len)
{
	if (len < 6)
		return false;
	a->alg = dot11_le16(body);
	a->seq = dot11_le16(body + 2);
	a->status = dot11_le16(body + 4);
	return true;
}

bool
mgmt_assoc_read(struct mgmt_assoc_body *a, const uint8_t *body, size_t len)
{
	if (len < 6)
		return false;
	a->capinfo = dot11_le16(body);
	a->status = dot11_le16(body + 2);
	a->aid = dot11_le16(body + 4) & 0x3fff;		/* the two bits above are set */
	a->ies = body + 6;
	a->ies_len = len - 6;
	return true;
}

bool
mgmt_bye_read(uint16_t *reason, const uint8_t *body, size_t len)
{
	if (len < 2)
		return false;
	*reason = dot11_le16(body);
	return true;
}

static void
read_params(struct mgmt_ba *ba, uint16_t v)
{
	ba->amsdu = (v & 1) != 0;
	ba->immediate = (v & 2) != 0;
	ba->tid = v >> 2 & 0x0f;
	ba->window = v >> 6;
}

bool
mgmt_ba_read(struct mgmt_ba *ba, const uint8_t *body, size_t len)
{
	memset(ba, 0, sizeof(*ba));
	if (len < 2 || body[0] != DOT11_CAT_BA)
		return false;
	ba->action = body[1];
	switch (ba->action) {
	case DOT11_ACT_ADDBA_REQ:
		if (len < 9)
			return false;
		ba->token = body[2];
		read_params(ba, dot11_le16(body + 3));
		ba->timeout = dot11_le16(body + 5);
		ba->ssn = dot11_le16(body + 7) >> 4;
		return true;
	case DOT11_ACT_ADDBA_RESP:
		if (len < 9)
			return false;
		ba->token = body[2];
		ba->status = dot11_le16(body + 3);
		read_params(ba, dot11_le16(body + 5));
		ba->timeout = dot11_le16(body + 7);
		return true;
	case DOT11_ACT_DELBA:
		if (len < 6)
			return false;
		ba->initiator = (dot11_le16(body + 2) & 0x0800) != 0;
		ba->tid = (uint8_t)(dot11_le16(body + 2) >> 12);
		ba->reason = dot11_le16(body + 4);
		return true;
	}
	return false;
}
