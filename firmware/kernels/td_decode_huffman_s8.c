#include "td_decode_huffman_s8.h"

#include <string.h>

#include "td_code.h"

void td_decode_huffman_s8(const td_decode_huffman_s8_params *p, const uint8_t *code, int8_t *filter,
                          void *scratch) {
  uint16_t *room = (uint16_t *)scratch;
  const td_huffman gaps = td_huffman_of(p->gap_counts, p->gap_lengths, p->gap_symbols, room);
  room += 1 << p->gap_lengths;
  const td_huffman weights =
      td_huffman_of(p->weight_counts, p->weight_lengths, p->weight_symbols, room);
  td_bits bits = td_bits_of(code, p->code_bytes);
  const int32_t size = p->size;
  const int32_t longest = p->longest;
  const int32_t lanes = p->lanes;
  memset(filter, 0, (size_t)size);
  for (int32_t at = 0;;) {
    td_bits_fill(&bits);
    const int32_t gap = td_huffman_take(&gaps, &bits);
    at += gap;
    if (at >= size) {
      return;
    }
    if (gap == longest) {
      continue;
    }
    const int8_t weight = (int8_t)td_huffman_take(&weights, &bits);
    filter[at] = (int8_t)(filter[at] + weight);
    if (weight < 0 && lanes && (at & 1) == 0 && at + 1 < size) {
      filter[at + 1] = -1; /* an even weight below zero is 256 too much */
    }
    at++;
  }
}
