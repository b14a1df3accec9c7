#include "td_squared_difference_s32.h"

#define TD_PARAMS td_squared_difference_s32_params
#define TD_ITEM int32_t

static inline int32_t value_of(const TD_PARAMS *p, int32_t a, int32_t b) {
  (void)p;
  const uint32_t difference = (uint32_t)a - (uint32_t)b;
  return (int32_t)(difference * difference);
}

#include "td_broadcast_body.h"

void td_squared_difference_s32(const td_squared_difference_s32_params *p, const int32_t *input1,
                               const int32_t *input2, int32_t *output) {
  broadcast(p, input1, input2, output);
}
