#include "td_l2_normalization_s8.h"

#include "td_fixedpoint.h"
#include "td_inverse_root.h"

/* Bits of the output's scale. */
#define OUTPUT_BITS 7

static void normalize_row(const td_l2_normalization_s8_params *p, const int8_t *input,
                          int8_t *output) {
  int32_t sum = 0;
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t value = input[i] + p->input_offset;
    sum += value * value;
  }
  int32_t shift = 0;
  const int32_t multiplier = td_inverse_root(sum, &shift);
  for (int32_t i = 0; i < p->depth; i++) {
    const int32_t value = input[i] + p->input_offset;
    const int32_t scaled = td_requantize(value, multiplier, shift + OUTPUT_BITS);
    output[i] = (int8_t)td_clamp(scaled, INT8_MIN, INT8_MAX);
  }
}

void td_l2_normalization_s8(const td_l2_normalization_s8_params *p, const int8_t *input,
                            int8_t *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    normalize_row(p, input + row * p->depth, output + row * p->depth);
  }
}
