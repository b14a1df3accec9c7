#include "td_squared_difference_s8.h"

#include "td_fixedpoint.h"

/* Headroom that inputs are given before they are scaled. */
#define INPUT_BITS 7

#define TD_PARAMS td_squared_difference_s8_params
#define TD_ITEM int8_t

static inline int8_t value_of(const TD_PARAMS *p, int8_t a, int8_t b) {
  const int32_t difference =
      td_requantize((a + p->offset1) * (1 << INPUT_BITS), p->multiplier1, p->shift1) -
      td_requantize((b + p->offset2) * (1 << INPUT_BITS), p->multiplier2, p->shift2);
  const int32_t raw =
      td_wrap_add(td_requantize(difference * difference, p->output_multiplier, p->output_shift),
                  p->output_offset);
  return (int8_t)td_clamp(raw, INT8_MIN, INT8_MAX);
}

#include "td_broadcast_body.h"

void td_squared_difference_s8(const td_squared_difference_s8_params *p, const int8_t *input1,
                              const int8_t *input2, int8_t *output) {
  broadcast(p, input1, input2, output);
}
