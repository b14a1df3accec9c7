#include "td_rsqrt_s16.h"

#include "td_fixedpoint.h"
#include "td_inverse_root.h"

/* Bits that keep the root an integer until it is scaled. */
#define INTEGER_BITS 20

static int16_t root_of(const td_rsqrt_s16_params *p, int16_t x) {
  if (x <= 0) {
    return INT16_MAX;
  }
  int32_t shift = 0;
  const int32_t multiplier = td_inverse_root(x, &shift);
  const int32_t root = td_requantize(1, multiplier, shift + INTEGER_BITS);
  return (int16_t)td_clamp(td_requantize(root, p->multiplier, p->shift - INTEGER_BITS), INT16_MIN,
                           INT16_MAX);
}

void td_rsqrt_s16(const td_rsqrt_s16_params *p, const int16_t *input, int16_t *output) {
  for (int32_t i = 0; i < p->size; i++) {
    output[i] = root_of(p, input[i]);
  }
}
