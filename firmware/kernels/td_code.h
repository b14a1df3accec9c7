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

#define TD_CODE_ROOT 6 /* bits that are looked up at once; longer codes are rare */

/* `root` has a symbol and, in its low 8 bits, how many bits its code takes; 0 where a code is
 * longer than what was looked up. */
typedef struct {
  uint16_t root[1 << TD_CODE_ROOT];
  const uint8_t *counts;
  const uint8_t *symbols;
  int32_t lengths;
} td_huffman;

/* The table of a code that has counts[n] codes of n + 1 bits, 15 at most. */
static inline void td_huffman_start(td_huffman *table, const uint8_t *counts, int32_t lengths,
                                    const uint8_t *symbols) {
  int32_t at = 0;
  int32_t symbol = 0;
  for (int32_t n = 0; n < lengths && n < TD_CODE_ROOT; n++) {
    for (int32_t i = 0; i < counts[n]; i++) {
      const uint16_t entry = (uint16_t)(symbols[symbol++] << 8 | (n + 1));
      for (int32_t same = 1 << (TD_CODE_ROOT - 1 - n); same > 0; same--) {
        table->root[at++] = entry;
      }
    }
  }
  while (at < 1 << TD_CODE_ROOT) {
    table->root[at++] = 0;
  }
  table->counts = counts;
  table->symbols = symbols;
  table->lengths = lengths;
}

/* The entry of the code that the window begins with, of any length. */
static inline uint32_t td_huffman_search(const td_huffman *table, uint32_t window) {
  uint32_t code = 0; /* the first of this length */
  uint32_t symbol = 0;
  for (int32_t n = 0; n < table->lengths; n++) {
    const uint32_t beyond = (window >> (31 - n)) - code;
    if (beyond < table->counts[n]) {
      return (uint32_t)table->symbols[symbol + beyond] << 8 | (uint32_t)(n + 1);
    }
    symbol += table->counts[n];
    code = (code + table->counts[n]) << 1;
  }
  return 1; /* not reached: the code is complete */
}

/* The next symbol. The window must have TD_CODE_ROOT bits, and of 16 that it had, it still has as
 * many afterwards. */
static inline uint8_t td_huffman_read(const td_huffman *table, td_bits *b) {
  uint32_t entry = table->root[b->window >> (32 - TD_CODE_ROOT)];
  if (entry != 0) {
    td_bits_skip(b, (int32_t)(entry & 0xff));
  } else {
    td_bits_fill(b);
    entry = td_huffman_search(table, b->window);
    td_bits_skip(b, (int32_t)(entry & 0xff));
    td_bits_fill(b);
  }
  return (uint8_t)(entry >> 8);
}

#endif
