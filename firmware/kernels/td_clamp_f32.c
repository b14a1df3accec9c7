#include "td_clamp_f32.h"

void td_clamp_f32(const td_clamp_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->size; i++) {
    const float x = input[i];
    const float raised = x < p->low ? p->low : x;
    output[i] = raised > p->high ? p->high : raised;
  }
}
