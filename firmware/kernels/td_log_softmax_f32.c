#include "td_log_softmax_f32.h"

#include <math.h>

static void row(const td_log_softmax_f32_params *p, const float *input, float *output) {
  float max = input[0];
  for (int32_t i = 1; i < p->depth; i++) {
    max = input[i] > max ? input[i] : max;
  }
  float sum = 0.0f;
  for (int32_t i = 0; i < p->depth; i++) {
    sum += expf(input[i] - max);
  }
  const float log_sum = logf(sum);
  for (int32_t i = 0; i < p->depth; i++) {
    output[i] = input[i] - max - log_sum;
  }
}

void td_log_softmax_f32(const td_log_softmax_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->rows; i++) {
    row(p, input + i * p->depth, output + i * p->depth);
  }
}
