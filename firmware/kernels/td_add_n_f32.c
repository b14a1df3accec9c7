#include "td_add_n_f32.h"

void td_add_n_f32(const td_add_n_f32_params *p, const int8_t *const *inputs, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    float sum = 0.0f;
    for (int32_t j = 0; j < p->count; j++) {
      sum += ((const float *)(const void *)inputs[j])[i];
    }
    output[i] = sum;
  }
}
