#include "td_cumsum_f32.h"

static void line(const td_cumsum_f32_params *p, const float *input, float *output) {
  float sum = 0.0f;
  for (int32_t i = 0; i < p->count; i++) {
    const int32_t at = (p->reverse ? p->count - 1 - i : i) * p->inner;
    const float before = sum;
    sum += input[at];
    output[at] = p->exclusive ? before : sum;
  }
}

void td_cumsum_f32(const td_cumsum_f32_params *p, const float *input, float *output) {
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t inner = 0; inner < p->inner; inner++) {
      const int32_t at = outer * p->count * p->inner + inner;
      line(p, input + at, output + at);
    }
  }
}
