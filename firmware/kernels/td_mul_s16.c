#include "td_mul_s16.h"

#include "td_fixedpoint.h"

static void multiply_row(const td_mul_s16_params *p, const int16_t *input1, const int16_t *input2,
                         int16_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const int32_t scaled = td_requantize(*input1 * *input2, p->multiplier, p->shift);
    output[i] = (int16_t)td_clamp(scaled, p->activation_min, p->activation_max);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_mul_s16(const td_mul_s16_params *p, const int16_t *input1, const int16_t *input2,
                int16_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        multiply_row(p, input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2],
                     input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
