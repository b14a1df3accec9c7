#include "td_arg_max_s8.h"

static int32_t first_largest(const td_arg_max_s8_params *p, const int8_t *input) {
  int32_t max = *input ^ p->flip;
  int32_t index = 0;
  for (int32_t i = 1; i < p->count; i++) {
    input += p->inner;
    const int32_t flipped = *input ^ p->flip;
    if (flipped > max) {
      max = flipped;
      index = i;
    }
  }
  return index;
}

void td_arg_max_s8(const td_arg_max_s8_params *p, const int8_t *input, int32_t *output) {
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t inner = 0; inner < p->inner; inner++) {
      *output++ = first_largest(p, input + inner);
    }
    input += p->count * p->inner;
  }
}
