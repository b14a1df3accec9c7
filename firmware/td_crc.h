/* CRC-32 of IEEE 802.3 (as zlib's crc32): start with 0, feed in any pieces. */
#ifndef TD_CRC_H
#define TD_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t td_crc32(uint32_t crc, const void *data, size_t size);

#endif
