#include "td_maximum_s16.h"

static void maximum_row(const td_maximum_s16_params *p, const int16_t *input1,
                        const int16_t *input2, int16_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    const int32_t first = *input1 ^ p->flip;
    const int32_t second = *input2 ^ p->flip;
    output[i] = (int16_t)((first > second ? first : second) ^ p->flip);
    input1 += p->stride1[3];
    input2 += p->stride2[3];
  }
}

void td_maximum_s16(const td_maximum_s16_params *p, const int16_t *input1, const int16_t *input2,
                    int16_t *output) {
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        maximum_row(p, input1 + a * p->stride1[0] + b * p->stride1[1] + c * p->stride1[2],
                    input2 + a * p->stride2[0] + b * p->stride2[1] + c * p->stride2[2], output);
        output += p->shape[3];
      }
    }
  }
}
