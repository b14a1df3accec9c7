#include "td_prelu_s8.h"

#include "td_fixedpoint.h"

#define TD_PARAMS td_prelu_s8_params
#define TD_ITEM int8_t

static inline int8_t value_of(const TD_PARAMS *p, int8_t a, int8_t b) {
  const int32_t value = a + p->offset1;
  const int32_t scaled = value >= 0 ? td_requantize(value, p->multiplier, p->shift)
                                    : td_requantize(value * (b + p->offset2),
                                                    p->negative_multiplier, p->negative_shift);
  return (int8_t)td_clamp(td_wrap_add(scaled, p->output_offset), INT8_MIN, INT8_MAX);
}

#include "td_broadcast_body.h"

void td_prelu_s8(const td_prelu_s8_params *p, const int8_t *input1, const int8_t *input2,
                 int8_t *output) {
  broadcast(p, input1, input2, output);
}
