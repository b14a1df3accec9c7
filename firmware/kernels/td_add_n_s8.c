#include "td_add_n_s8.h"

#include "td_fixedpoint.h"

/* Bits of fraction that sums are given before they are scaled. */
#define SUM_BITS 19

void td_add_n_s8(const td_add_n_s8_params *p, const int8_t *const *inputs, int8_t *output) {
  for (int32_t i = 0; i < p->size; i++) {
    int32_t sum = p->input_offset; /* the reference begins with the zero point's own difference */
    for (int32_t j = 0; j < p->count; j++) {
      sum += inputs[j][i] + p->input_offset;
    }
    const int32_t scaled =
        td_requantize(td_wrap_shift_left(sum, SUM_BITS), p->multiplier, p->shift);
    output[i] = (int8_t)td_clamp(td_wrap_add(scaled, p->output_offset), INT8_MIN, INT8_MAX);
  }
}
