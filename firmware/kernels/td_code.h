/* Filters that lie in flash in a code: a reader of bits, and a decoder of canonical Huffman codes.
 *
 * Past the end of a stream there are zeros, and a table's code is complete, so that any bits are
 * some code's: whatever a stream holds, nothing is read beyond it, its tables or the filter. */
#ifndef TD_CODE_H
#define TD_CODE_H

#include <stdint.h>

typedef struct {
  const uint8_t *next;
  const uint8_t *end;
  uint32_t window; /* the next bits, the first one the highest */
  int32_t bits;    /* how many of them there are */
} td_bits;

static inline td_bits td_bits_of(const uint8_t *stream, int32_t bytes) {
  const td_bits bits = {stream, stream + bytes, 0, 0};
  return bits;
}

/* From here on the window has at least 16 bits. */
static inline void td_bits_fill(td_bits *b) {
  if (b->bits < 16) {
    uint32_t two = 0;
    if (b->end - b->next >= 2) {
      two = (uint32_t)b->next[0] << 8 | b->next[1];
      b->next += 2;
    } else if (b->next < b->end) {
      two = (uint32_t)*b->next++ << 8;
    }
    b->window |= two << (16 - b->bits);
    b->bits += 16;
  }
}

static inline void td_bits_skip(td_bits *b, int32_t count) {
  b->window <<= count;
  b->bits -= count;
}

/* The next `count` bits, at least one, of those that the window has. */
static inline uint32_t td_bits_take(td_bits *b, int32_t count) {
  const uint32_t value = b->window >> (32 - count);
  td_bits_skip(b, count);
  return value;
}

/* What the next bits stand for: a symbol and, in the low 8 bits, how many bits its code takes. */
typedef struct {
  const uint16_t *entries;
  int32_t shift; /* leaves of the window the index of an entry */
} td_huffman;

/* The table of a code that has counts[n] codes of n + 1 bits, of 8 at most: an entry for each of
 * the 1 << lengths that the next bits can be, in `room`. */
static inline td_huffman td_huffman_of(const uint8_t *counts, int32_t lengths,
                                       const uint8_t *symbols, uint16_t *room) {
  const td_huffman table = {room, 32 - lengths};
  for (int32_t n = 0; n < lengths; n++) {
    for (int32_t i = 0; i < counts[n]; i++) {
      const uint16_t entry = (uint16_t)(*symbols++ << 8 | (n + 1));
      for (int32_t same = 1 << (lengths - 1 - n); same > 0; same--) {
        *room++ = entry;
      }
    }
  }
  return table;
}

/* The next symbol, of at most 8 bits, which the window must have. */
static inline uint8_t td_huffman_take(const td_huffman *table, td_bits *b) {
  const uint32_t entry = table->entries[b->window >> table->shift];
  td_bits_skip(b, (int32_t)(entry & 0xff));
  return (uint8_t)(entry >> 8);
}

#endif
