#include "td_softmax_s16.h"

#include "td_fixedpoint.h"

/* The function of `x`, saturated to 16 bits. */
static int32_t interpolated(const int16_t *table, int32_t x) {
  const int32_t value = td_clamp(x, INT16_MIN, INT16_MAX);
  const int32_t step = 256 + (value >> 7);
  const int32_t slope = table[step + 1] - table[step];
  return (int16_t)(table[step] + ((slope * (value & 0x7f) + 64) >> 7));
}

static int32_t leading_zeros(uint32_t x) {
  int32_t count = 0;
  while (x < UINT32_C(0x80000000)) {
    x <<= 1;
    count++;
  }
  return count;
}

static void softmax_row(const td_softmax_s16_params *p, const int16_t *input, int16_t *output) {
  int32_t max = INT16_MIN;
  for (int32_t i = 0; i < p->depth; i++) {
    max = input[i] > max ? input[i] : max;
  }
  int32_t sum = 0; /* at least the largest's own, which is not 0 */
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t scaled = td_requantize(input[i] - max, p->multiplier, p->shift);
    const int32_t exponential = interpolated(p->exps, td_wrap_add(scaled, INT16_MAX));
    output[i] = (int16_t)exponential;
    sum += exponential;
  }
  const int32_t headroom = leading_zeros((uint32_t)sum);
  const int32_t fraction = (int32_t)((((uint32_t)sum << (headroom - 1)) + (1u << 13)) >> 14);
  const int32_t reciprocal = interpolated(p->reciprocals, fraction - 3 * (1 << 15));
  const int32_t shift = 31 - headroom;
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t value = (output[i] * reciprocal + (1 << (shift - 1))) >> shift;
    output[i] = (int16_t)td_clamp(value, 0, INT16_MAX);
  }
}

void td_softmax_s16(const td_softmax_s16_params *p, const int16_t *input, int16_t *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    softmax_row(p, input, output);
    input += p->depth;
    output += p->depth;
  }
}
