#include "td_leaky_relu_f32.h"

void td_leaky_relu_f32(const td_leaky_relu_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const float x = input[i];
    output[i] = x > 0.0f ? x : x * p->alpha;
  }
}
