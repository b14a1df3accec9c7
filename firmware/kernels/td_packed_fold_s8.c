#include "td_packed_fold_s8.h"

typedef struct {
  uint32_t u; /* minus the activation words of four inputs at their zero point */
  uint32_t l;
} negated;

static inline int32_t add_word(negated n, uint32_t word, int32_t acc) {
  return td_smlad(n.l, td_sxtb16(word), td_smlad(n.u, word, acc));
}

uint32_t *td_packed_fold_s8(td_packed_block *b, int32_t input_zero_point, void *folded) {
  const uint32_t low = (uint32_t)(-255 * input_zero_point - 127) & 0xffffu;
  const negated n = {(uint32_t)(127 - input_zero_point) * 0x00010001u, low | (low << 16)};
  const int16_t *bias = (const int16_t *)(const void *)b->bias;
  const int8_t *w = b->filter;
  int32_t *to = (int32_t *)folded;
  b->bias = to;
  for (int32_t left = b->channels; left > 0; left -= 2) {
    const int8_t *const end = w + 8 * b->groups;
    int32_t acc0 = *bias++ * 256;
    int32_t acc1 = *bias++ * 256;
#pragma GCC unroll 4
    while (w != end) {
      acc0 = add_word(n, td_load_word(w), acc0);
      acc1 = add_word(n, td_load_word(w + 4), acc1);
      w += 8;
    }
    *to++ = acc0;
    *to++ = acc1;
  }
  return (uint32_t *)to;
}
