#include "td_softmax_s8.h"

#include "td_softmax_row.h"

static int32_t exponential(const td_softmax_s8_params *p, int32_t difference) {
  return difference < p->exp_count ? p->exps[difference] : 0;
}

static void softmax_row(const td_softmax_s8_params *p, const int8_t *input, int8_t *output) {
  const int32_t max = td_softmax_max(input, p->depth);
  int32_t sum = 0;
  for (int32_t i = 0; i < p->depth; i++) {
    sum += td_softmax_term(exponential(p, max - input[i]));
  }
  const td_softmax_scale scale = td_softmax_scale_of(sum);
  for (int32_t i = 0; i < p->depth; i++) {
    output[i] = td_softmax_output(&scale, exponential(p, max - input[i]));
  }
}

void td_softmax_s8(const td_softmax_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t row = 0; row < p->rows; row++) {
    softmax_row(p, input, output);
    input += p->depth;
    output += p->depth;
  }
}
