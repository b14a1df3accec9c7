#include "td_mul_s16.h"

#include "td_fixedpoint.h"

#define TD_PARAMS td_mul_s16_params
#define TD_ITEM int16_t

static inline int16_t value_of(const TD_PARAMS *p, int16_t a, int16_t b) {
  const int32_t scaled = td_requantize(a * b, p->multiplier, p->shift);
  return (int16_t)td_clamp(scaled, p->activation_min, p->activation_max);
}

#include "td_broadcast_body.h"

void td_mul_s16(const td_mul_s16_params *p, const int16_t *input1, const int16_t *input2,
                int16_t *output) {
  broadcast(p, input1, input2, output);
}
