/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * byteorder.h - byteorder(9) in which every conversion is a visible call, whatever the machine.
 *
 * Only for `voy port`, which reads the syntax tree and never runs what it compiles: forced in
 * front of a driver's source, it shows which values were converted and which were not.  What comes
 * from the device is marked by __extension__, which means nothing to the compiler.
 */
#ifndef PORT_BYTEORDER_H
#define PORT_BYTEORDER_H

#define htole16(x)	__builtin_bswap16(x)
#define htole32(x)	__builtin_bswap32(x)
#define htole64(x)	__builtin_bswap64(x)
#define le16toh(x)	(__extension__ __builtin_bswap16(x))
#define le32toh(x)	(__extension__ __builtin_bswap32(x))
#define le64toh(x)	(__extension__ __builtin_bswap64(x))
#define htobe16(x)	__builtin_bswap16(x)
#define htobe32(x)	__builtin_bswap32(x)
#define htobe64(x)	__builtin_bswap64(x)
#define be16toh(x)	(__extension__ __builtin_bswap16(x))
#define be32toh(x)	(__extension__ __builtin_bswap32(x))
#define be64toh(x)	(__extension__ __builtin_bswap64(x))

#endif /* PORT_BYTEORDER_H */
