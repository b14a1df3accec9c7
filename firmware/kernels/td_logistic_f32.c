#include "td_logistic_f32.h"

#include <math.h>

void td_logistic_f32(const td_logistic_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const float x = input[i];
    output[i] = 1.0f / (1.0f + expf(-x));
  }
}
