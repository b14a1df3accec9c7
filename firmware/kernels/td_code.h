/* Filters that lie in flash in a code: a reader of bits, and a decoder of canonical Huffman codes.
 *
 * Past the end of a stream there are zeros, and a table's code is complete, so that any bits are
 * some code's: whatever a stream holds, nothing is read beyond it, its tables or the filter. */
#ifndef TD_CODE_H
#define TD_CODE_H

#include <stdint.h>

#define TD_CODE_BITS 15 /* of the longest code */

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

/* The next 16 bits. */
static inline uint32_t td_bits_peek(td_bits *b) {
  while (b->bits < 16) {
    const uint32_t byte = b->next < b->end ? *b->next++ : 0u;
    b->window |= byte << (24 - b->bits);
    b->bits += 8;
  }
  return b->window >> 16;
}

static inline void td_bits_skip(td_bits *b, int32_t count) {
  b->window <<= count;
  b->bits -= count;
}

static inline uint32_t td_bits_read(td_bits *b, int32_t count) {
  const uint32_t value = td_bits_peek(b) >> (16 - count);
  td_bits_skip(b, count);
  return value;
}

/* Codes of n + 1 bits are those below limit[n], taken as the highest of 16 bits; the symbol of code
 * c is symbols[first[n] + c]. */
typedef struct {
  uint32_t limit[TD_CODE_BITS];
  int32_t first[TD_CODE_BITS];
  const uint8_t *symbols;
} td_huffman;

/* The table of a code that has counts[n] codes of n + 1 bits. */
static inline void td_huffman_start(td_huffman *table, const uint8_t *counts, int32_t lengths,
                                    const uint8_t *symbols) {
  uint32_t code = 0;
  int32_t symbol = 0;
  for (int32_t n = 0; n < lengths; n++) {
    code <<= 1;
    table->first[n] = symbol - (int32_t)code;
    code += counts[n];
    symbol += counts[n];
    table->limit[n] = code << (15 - n);
  }
  table->symbols = symbols;
}

static inline uint8_t td_huffman_read(const td_huffman *table, td_bits *b) {
  const uint32_t bits = td_bits_peek(b);
  int32_t n = 0;
  while (bits >= table->limit[n]) {
    n++;
  }
  td_bits_skip(b, n + 1);
  return table->symbols[table->first[n] + (int32_t)(bits >> (15 - n))];
}

#endif
