#include "td_piecewise_s16.h"

#include "td_fixedpoint.h"

void td_piecewise_s16(const td_piecewise_s16_params *p, const int16_t *input, int16_t *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const int32_t x = input[i] + p->input_offset;
    const int32_t scaled =
        x >= 0 ? td_requantize(x, p->multiplier, p->shift)
               : p->sign * td_requantize(p->flip * x, p->negative_multiplier, p->negative_shift);
    const int32_t raw = td_wrap_add(scaled, p->output_offset);
    output[i] = (int16_t)td_clamp(raw, p->activation_min, p->activation_max);
  }
}
