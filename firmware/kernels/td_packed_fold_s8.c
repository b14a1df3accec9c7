#include "td_packed_fold_s8.h"

typedef struct {
  uint32_t u; /* minus the activation words of four inputs at their zero point */
  uint32_t l;
} negated;

static inline int32_t add_word(negated n, uint32_t word, int32_t acc) {
  return td_smlad(n.l, td_sxtb16(word), td_smlad(n.u, word, acc));
}

void td_packed_fold_s8(const td_packed_block *b, const int16_t *bias, int32_t input_zero_point,
                       int32_t *folded) {
  const uint32_t low = (uint32_t)(-255 * input_zero_point - 127) & 0xffffu;
  const negated n = {(uint32_t)(127 - input_zero_point) * 0x00010001u, low | (low << 16)};
  const int8_t *w = b->filter;
  int32_t c = 0;
  for (; c + 2 <= b->channels; c += 2) {
    const int8_t *const end = w + 8 * b->groups;
    int32_t acc0 = bias[c] * 256;
    int32_t acc1 = bias[c + 1] * 256;
#pragma GCC unroll 4
    while (w != end) {
      acc0 = add_word(n, td_load_word(w), acc0);
      acc1 = add_word(n, td_load_word(w + 4), acc1);
      w += 8;
    }
    folded[c] = acc0;
    folded[c + 1] = acc1;
  }
  if (c < b->channels) {
    const int8_t *const end = w + 4 * b->groups;
    int32_t acc = bias[c] * 256;
    for (; w != end; w += 4) {
      acc = add_word(n, td_load_word(w), acc);
    }
    folded[c] = acc;
  }
}
