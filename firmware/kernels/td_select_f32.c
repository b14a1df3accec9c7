#include "td_select_f32.h"

static int32_t place(const int32_t *stride, int32_t a, int32_t b, int32_t c) {
  return a * stride[0] + b * stride[1] + c * stride[2];
}

static void select_row(const td_select_f32_params *p, const uint8_t *condition, const float *input1,
                       const float *input2, float *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    output[i] = *condition ? *input1 : *input2;
    condition += p->stride1[3];
    input1 += p->stride2[3];
    input2 += p->stride3[3];
  }
}

void td_select_f32(const td_select_f32_params *p, const uint8_t *condition, const float *input1,
                   const float *input2, float *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        select_row(p, condition + place(p->stride1, a, b, c), input1 + place(p->stride2, a, b, c),
                   input2 + place(p->stride3, a, b, c), output);
        output += p->shape[3];
      }
    }
  }
}
