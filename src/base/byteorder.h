/* SPDX-License-Identifier: ISC */
/*
 * BYTEORDER_FILE: follows the } of a structure that files have, and makes the
 * compiler keep the structure's own numbers with the lowest octet first on
 * every processor.  So a state directory can move to another machine.  It
 * covers no structure within the structure, which says it itself.
 */
#ifndef ONEPOP_BYTEORDER_H
#define ONEPOP_BYTEORDER_H

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define BYTEORDER_FILE
#elif defined(__GNUC__) && !defined(__clang__)
/* Files get these structures whole, by pointers to void. */
#pragma GCC diagnostic ignored "-Wscalar-storage-order"
#define BYTEORDER_FILE __attribute__((scalar_storage_order("little-endian")))
#else
#error On this processor only gcc can give files one order of octets
#endif

#endif
