#include "td_packed_fold_s8.h"

void td_packed_fold_s8(const td_packed_block *b, const int16_t *bias, int32_t input_zero_point,
                       int32_t *folded) {
  /* Minus the activation words of an input at its zero point. */
  const uint32_t u = (uint32_t)(127 - input_zero_point) * 0x00010001u;
  const uint32_t low = (uint32_t)(-255 * input_zero_point - 127) & 0xffffu;
  const uint32_t l = low | (low << 16);
  const int8_t *w = b->filter;
  for (int32_t c = 0; c < b->channels; c += 2) {
    const int32_t words = c + 1 < b->channels ? 2 : 1;
    for (int32_t i = 0; i < words; i++) {
      int32_t acc = bias[c + i] * 256;
      const int8_t *weights = w + 4 * i;
      for (int32_t g = 0; g < b->groups; g++) {
        const uint32_t word = td_load_word(weights);
        acc = td_smlad(u, word, acc);
        acc = td_smlad(l, td_sxtb16(word), acc);
        weights += 4 * words;
      }
      folded[c + i] = acc;
    }
    w += 8 * b->groups;
  }
}
