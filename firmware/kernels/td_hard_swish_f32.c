#include "td_hard_swish_f32.h"

void td_hard_swish_f32(const td_hard_swish_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const float x = input[i];
    const float raised = x + 3.0f;
    const float factor = raised < 0.0f ? 0.0f : raised > 6.0f ? 6.0f : raised;
    output[i] = x * factor * (1.0f / 6.0f);
  }
}
