#include "td_maximum_f32.h"

#include "td_broadcast.h"

static void row(const td_maximum_f32_params *p, const float *input1, const float *input2,
                float *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const float a = *input1;
    const float b = *input2;
    *output++ = a > b ? a : b;
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_maximum_f32(const td_maximum_f32_params *p, const float *input1, const float *input2,
                    float *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        row(p, input1 + td_place(p->stride1, a, b, c), input2 + td_place(p->stride2, a, b, c),
            output);
        output += p->shape[3];
      }
    }
  }
}
