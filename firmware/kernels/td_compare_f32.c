#include "td_compare_f32.h"

#define TD_PARAMS td_compare_f32_params
#define TD_RESULT uint8_t

static inline uint8_t value_of(const TD_PARAMS *p, float a, float b) {
  return (uint8_t)(a < b    ? p->if_less
                   : a > b  ? p->if_greater
                   : a == b ? p->if_equal
                            : p->if_unordered);
}

#include "td_broadcast_body.h"

void td_compare_f32(const td_compare_f32_params *p, const float *input1, const float *input2,
                    uint8_t *output) {
  broadcast(p, input1, input2, output);
}
