#include "td_cumsum_s8.h"

#include "td_fixedpoint.h"

/* Bits of fraction that sums are given before they are scaled. */
#define SUM_BITS 19

static void line(const td_cumsum_s8_params *p, const int8_t *input, int8_t *output) {
  int32_t sum = p->input_offset; /* the reference begins with the zero point's own difference */
  for (int32_t i = 0; i < p->count; i++) {
    const int32_t at = (p->reverse ? p->count - 1 - i : i) * p->inner;
    const int32_t before = sum;
    sum += input[at] + p->input_offset;
    const int32_t raw = td_wrap_shift_left(p->exclusive ? before : sum, SUM_BITS);
    const int32_t scaled = td_requantize(raw, p->multiplier, p->shift);
    output[at] = (int8_t)td_clamp(td_wrap_add(scaled, p->output_offset), INT8_MIN, INT8_MAX);
  }
}

void td_cumsum_s8(const td_cumsum_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t inner = 0; inner < p->inner; inner++) {
      const int32_t at = outer * p->count * p->inner + inner;
      line(p, input + at, output + at);
    }
  }
}
