#include "td_squared_difference_s16.h"

#include "td_fixedpoint.h"

#define TD_PARAMS td_squared_difference_s16_params
#define TD_ITEM int16_t

static inline int16_t value_of(const TD_PARAMS *p, int16_t a, int16_t b) {
  const int32_t difference =
      td_requantize(a, p->multiplier1, p->shift1) - td_requantize(b, p->multiplier2, p->shift2);
  const int32_t square = difference * difference;
  const int32_t scaled = td_requantize(square, p->output_multiplier, p->output_shift);
  return (int16_t)td_clamp(scaled, INT16_MIN, INT16_MAX);
}

#include "td_broadcast_body.h"

void td_squared_difference_s16(const td_squared_difference_s16_params *p, const int16_t *input1,
                               const int16_t *input2, int16_t *output) {
  broadcast(p, input1, input2, output);
}
