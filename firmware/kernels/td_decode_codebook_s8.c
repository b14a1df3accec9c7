#include "td_decode_codebook_s8.h"

#include "td_code.h"

void td_decode_codebook_s8(const td_decode_codebook_s8_params *p, const uint8_t *code,
                           int8_t *filter) {
  td_bits bits = td_bits_of(code, p->code_bytes);
  for (int32_t at = 0; at < p->size; at++) {
    td_bits_fill(&bits);
    const int8_t weight = p->book[td_bits_take(&bits, p->bits)];
    const int32_t odd = p->lanes && (at & 1) != 0;
    filter[at] = (int8_t)(weight - (odd && filter[at - 1] < 0));
  }
}
