#include "td_prelu_s16.h"

#include "td_fixedpoint.h"

#define TD_PARAMS td_prelu_s16_params
#define TD_ITEM int16_t
#define TD_SECOND int8_t

static inline int16_t value_of(const TD_PARAMS *p, int16_t a, int8_t b) {
  const int32_t scaled =
      a >= 0 ? td_requantize(a, p->multiplier, p->shift)
             : td_requantize(a * (b + p->offset2), p->negative_multiplier, p->negative_shift);
  return (int16_t)td_clamp(scaled, INT16_MIN, INT16_MAX);
}

#include "td_broadcast_body.h"

void td_prelu_s16(const td_prelu_s16_params *p, const int16_t *input1, const int8_t *input2,
                  int16_t *output) {
  broadcast(p, input1, input2, output);
}
