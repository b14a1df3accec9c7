#include "td_mean_f32.h"

static float reduce(const td_mean_f32_params *p, const float *input) {
  float value = 0.0f;
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    for (int32_t b = 0; b < p->reduced[1]; b++) {
      const float x = input[a * p->reduced_stride[0] + b * p->reduced_stride[1]];
      value += x;
    }
  }
  return value / p->divisor;
}

void td_mean_f32(const td_mean_f32_params *p, const float *input, float *output) {
  for (int32_t a = 0; a < p->kept[0]; a++) {
    for (int32_t b = 0; b < p->kept[1]; b++) {
      *output++ = reduce(p, input + a * p->kept_stride[0] + b * p->kept_stride[1]);
    }
  }
}
