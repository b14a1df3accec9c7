#include "td_reduce_max_s8.h"

static int8_t largest(const td_reduce_max_s8_params *p, const int8_t *input) {
  int32_t max = INT8_MIN;
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    const int8_t *value = input + a * p->reduced_stride[0];
    for (int32_t b = 0; b < p->reduced[1]; b++) {
      const int32_t flipped = *value ^ p->flip;
      max = flipped > max ? flipped : max;
      value += p->reduced_stride[1];
    }
  }
  return (int8_t)(max ^ p->flip);
}

void td_reduce_max_s8(const td_reduce_max_s8_params *p, const int8_t *input, int8_t *output) {
  for (int32_t a = 0; a < p->kept[0]; a++) {
    for (int32_t b = 0; b < p->kept[1]; b++) {
      *output++ = largest(p, input + a * p->kept_stride[0] + b * p->kept_stride[1]);
    }
  }
}
