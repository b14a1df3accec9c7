#include "td_reduce_all_u8.h"

static uint8_t all(const td_reduce_all_u8_params *p, const uint8_t *input) {
  uint8_t result = 1;
  for (int32_t a = 0; a < p->reduced[0]; a++) {
    for (int32_t b = 0; b < p->reduced[1]; b++) {
      result &= input[a * p->reduced_stride[0] + b * p->reduced_stride[1]];
    }
  }
  return result;
}

void td_reduce_all_u8(const td_reduce_all_u8_params *p, const uint8_t *input, uint8_t *output) {
  for (int32_t a = 0; a < p->kept[0]; a++) {
    for (int32_t b = 0; b < p->kept[1]; b++) {
      *output++ = all(p, input + a * p->kept_stride[0] + b * p->kept_stride[1]);
    }
  }
}
