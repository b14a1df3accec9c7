#include "td_decode_codebook_s8.h"

#include "td_code.h"

void td_decode_codebook_s8(const td_decode_codebook_s8_params *p, const uint8_t *code,
                           int8_t *filter) {
  const int8_t *book = p->book;
  const int32_t width = p->bits;
  const int32_t size = p->size;
  const int32_t together = 16 / width; /* indices of which one filling is enough */
  const int32_t lanes = p->lanes;
  td_bits bits = td_bits_of(code, p->code_bytes);
  int32_t below = 0; /* 1: the even weight was below zero, so it is 256 too much */
  for (int32_t at = 0; at < size;) {
    const int32_t end = size - at < together ? size : at + together;
    td_bits_fill(&bits);
    for (; at < end; at++) {
      const int8_t weight = book[td_bits_take(&bits, width)];
      filter[at] = (int8_t)(weight - below);
      below = lanes & ~at & (weight < 0);
    }
  }
}
