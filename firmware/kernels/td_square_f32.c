#include "td_square_f32.h"

void td_square_f32(const td_square_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    output[i] = input[i] * input[i];
  }
}
