#include "td_add_s16.h"

#include "td_fixedpoint.h"

/* Bits of headroom that the inputs gain before they are scaled. */
#define INPUT_BITS 15

/* x * multiplier * 2^(shift - 31) with shift <= 0. */
static int32_t scale(int32_t x, int32_t multiplier, int32_t shift) {
  return td_rounding_shift_right(td_doubling_high_mul(x, multiplier), -shift);
}

static void add_row(const td_add_s16_params *p, const int16_t *input1, const int16_t *input2,
                    int16_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const int32_t a = (*input1 + p->offset1) * (1 << INPUT_BITS);
    const int32_t b = (*input2 + p->offset2) * (1 << INPUT_BITS);
    const int32_t sum =
        scale(a, p->multiplier1, p->shift1) + p->sign * scale(b, p->multiplier2, p->shift2);
    const int32_t raw = scale(sum, p->output_multiplier, p->output_shift) + p->output_offset;
    output[i] = (int16_t)td_clamp(raw, p->activation_min, p->activation_max);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_add_s16(const td_add_s16_params *p, const int16_t *input1, const int16_t *input2,
                int16_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        add_row(p, input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2],
                input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
