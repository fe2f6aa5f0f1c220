/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pdk_media.h - a link of twisted pair in the terms of ifmedia(4), which the BSDs share.  After
 * <net/if_media.h>.
 */
#ifndef PDK_MEDIA_H
#define PDK_MEDIA_H

/* The media type of a link of `mbps`; IFM_AUTO: of a speed without a name. */
static inline int
pdk_media_type(uint32_t mbps)
{
	switch (mbps) {
	case 10:
		return IFM_10_T;
	case 100:
		return IFM_100_TX;
	case 1000:
		return IFM_1000_T;
	case 10000:
		return IFM_10G_T;
	default:
		return IFM_AUTO;
	}
}

#endif /* PDK_MEDIA_H */
