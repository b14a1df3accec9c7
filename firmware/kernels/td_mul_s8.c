#include "td_mul_s8.h"

#include "td_dsp_dw.h"
#include "td_fixedpoint.h"

#if TD_DSP
/* Returns how many of a row's products it made: all, but none when they are clamped. */
static int32_t multiply_dense(const td_mul_s8_params *p, const int8_t *input1, const int8_t *input2,
                              int8_t *output) {
  const int32_t offset1 = p->offset1;
  const int32_t twice_offset2 = 2 * p->offset2;
  const int32_t multiplier = p->multiplier;
  const int32_t shift = -p->shift;
  const int32_t rounding = (1 << (shift - 1)) + p->output_offset * (1 << shift);
  const int32_t count =
      p->activation_min == INT8_MIN && p->activation_max == INT8_MAX ? p->shape[3] : 0;
  for (const int8_t *end = input1 + count; input1 != end;) {
    const int32_t x = (*input1++ + offset1) * (2 * *input2++ + twice_offset2);
    *output++ = (int8_t)td_ssat8(td_smmlar(x, multiplier, rounding + (x >> 31)) >> shift);
  }
  return count;
}
#endif

static void multiply_row(const td_mul_s8_params *p, const int8_t *input1, const int8_t *input2,
                         int8_t *output) {
  int32_t i = 0;
#if TD_DSP
  if (p->stride1[3] == 1 && p->stride2[3] == 1 && p->shift < 0 && p->shift > -23) {
    i = multiply_dense(p, input1, input2, output);
    input1 += i;
    input2 += i;
  }
#endif
  for (; i < p->shape[3]; i++) {
    const int32_t product = (*input1 + p->offset1) * (*input2 + p->offset2);
    const int32_t raw =
        td_wrap_add(td_requantize(product, p->multiplier, p->shift), p->output_offset);
    output[i] = (int8_t)td_clamp(raw, p->activation_min, p->activation_max);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_mul_s8(const td_mul_s8_params *p, const int8_t *input1, const int8_t *input2,
               int8_t *output) {
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
