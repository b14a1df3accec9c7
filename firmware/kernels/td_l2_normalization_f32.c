#include "td_l2_normalization_f32.h"

#include <math.h>

void td_l2_normalization_f32(const td_l2_normalization_f32_params *p, const float *input,
                             float *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    float squares = 0.0f;
    for (int32_t i = 0; i < p->depth; i++) {
      squares += input[i] * input[i];
    }
    const float root = sqrtf(squares);
    const float length = root > 1e-6f ? root : 1e-6f;
    for (int32_t i = 0; i < p->depth; i++) {
      output[i] = input[i] / length;
    }
    input += p->depth;
    output += p->depth;
  }
}
