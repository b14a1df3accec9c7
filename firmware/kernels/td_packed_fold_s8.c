#include "td_packed_fold_s8.h"

#include "td_scaled_multiplier.h"

typedef struct {
  uint32_t u; /* minus the activation words of four inputs at their zero point */
  uint32_t l;
} negated;

static inline int32_t add_word(negated n, uint32_t word, int32_t acc) {
  return td_smlad(n.l, td_sxtb16(word), td_smlad(n.u, word, acc));
}

/* Biases and multipliers of records, to where they will lie; the former are then folded in place.
 */
static void unpack(const uint8_t *record, int32_t channels, int32_t *bias, int32_t *multiplier) {
  const uint32_t ratio = td_load_word(record);
  const uint32_t ratio_low = record[4];
  const uint32_t shift = record[5];
  record += TD_PACKED_FOLD_HEAD_BYTES;
  for (; channels > 0; channels--) {
    const td_scaled scaled = td_scaled_of(record);
    *bias++ = scaled.bias;
    *multiplier++ = td_scaled_multiplier(scaled.scale, ratio, ratio_low) >> (shift + scaled.shift);
    record += TD_SCALED_BYTES;
  }
}

uint32_t *td_packed_fold_s8(td_packed_block *b, int32_t input_zero_point, void *folded) {
  const uint32_t low = (uint32_t)(-255 * input_zero_point - 127) & 0xffffu;
  const negated n = {(uint32_t)(127 - input_zero_point) * 0x00010001u, low | (low << 16)};
  const int32_t channels = td_packed_paired(b->channels);
  const int16_t *plain = (const int16_t *)(const void *)b->bias;
  const int8_t *w = b->filter;
  int32_t *to = (int32_t *)folded;
  int32_t *end_of_folded = to + channels;
  if (b->multiplier == NULL) {
    unpack((const uint8_t *)(const void *)b->bias, channels, to, end_of_folded);
    b->multiplier = end_of_folded;
    end_of_folded += channels;
    plain = NULL;
  }
  b->bias = to;
  for (int32_t left = channels; left > 0; left -= 2) {
    const int8_t *const end = w + 8 * b->groups;
    int32_t acc0 = (plain ? *plain++ : to[0]) * 256;
    int32_t acc1 = (plain ? *plain++ : to[1]) * 256;
#pragma GCC unroll 2
    while (w != end) {
      acc0 = add_word(n, td_load_word(w), acc0);
      acc1 = add_word(n, td_load_word(w + 4), acc1);
      w += 8;
    }
    *to++ = acc0;
    *to++ = acc1;
  }
  return (uint32_t *)end_of_folded;
}
