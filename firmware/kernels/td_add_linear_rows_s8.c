#include "td_add_linear_rows_s8.h"

#include "td_add_linear.h"

static void add_row(const td_add_linear_rows_s8_params *p, const int8_t *input1,
                    const int8_t *input2, int8_t *output) {
  const int32_t step1 = p->stride1[3];
  const int32_t step2 = p->stride2[3];
  const int32_t a = p->multiplier1;
  const int32_t b = p->multiplier2;
  const int32_t offset = p->offset;
  const int32_t low = p->activation_min;
  const int32_t high = p->activation_max;
  const int8_t *const end = output + p->shape[3];
  if (low == INT8_MIN && high == INT8_MAX) {
#pragma GCC unroll 4
    while (output != end) {
      *output++ = (int8_t)td_add_linear_output(*input1 * a + (*input2 * b + offset));
      input1 += step1;
      input2 += step2;
    }
  }
  while (output != end) {
    const int32_t value = td_add_linear_output(*input1 * a + (*input2 * b + offset));
    *output++ = (int8_t)td_clamp(value, low, high);
    input1 += step1;
    input2 += step2;
  }
}

void td_add_linear_rows_s8(const td_add_linear_rows_s8_params *p, const int8_t *input1,
                           const int8_t *input2, int8_t *output) {
  for (int32_t i = 0; i < p->shape[0]; i++) {
    for (int32_t j = 0; j < p->shape[1]; j++) {
      for (int32_t k = 0; k < p->shape[2]; k++) {
        add_row(p, input1 + i * p->stride1[0] + j * p->stride1[1] + k * p->stride1[2],
                input2 + i * p->stride2[0] + j * p->stride2[1] + k * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
