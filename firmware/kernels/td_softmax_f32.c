#include "td_softmax_f32.h"

#include <math.h>

static void row(const td_softmax_f32_params *p, const float *input, float *output) {
  float max = input[0];
  for (int32_t i = 1; i < p->depth; i++) {
    max = input[i] > max ? input[i] : max;
  }
  float sum = 0.0f;
  for (int32_t i = 0; i < p->depth; i++) {
    output[i] = expf((input[i] - max) * p->beta);
    sum += output[i];
  }
  for (int32_t i = 0; i < p->depth; i++) {
    output[i] = output[i] / sum;
  }
}

void td_softmax_f32(const td_softmax_f32_params *p, const float *input, float *output) {
  for (int32_t i = 0; i < p->rows; i++) {
    row(p, input + i * p->depth, output + i * p->depth);
  }
}
