#include "td_arg_max_f32.h"

void td_arg_max_f32(const td_arg_max_f32_params *p, const float *input, int32_t *output) {
  for (int32_t a = 0; a < p->outer; a++) {
    for (int32_t c = 0; c < p->inner; c++) {
      const float *value = input + a * p->count * p->inner + c;
      int32_t best = 0;
      for (int32_t b = 1; b < p->count; b++) {
        if (p->sign * value[b * p->inner] > p->sign * value[best * p->inner]) {
          best = b;
        }
      }
      *output++ = best;
    }
  }
}
