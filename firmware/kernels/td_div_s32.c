#include "td_div_s32.h"

#define TD_PARAMS td_div_s32_params
#define TD_ITEM int32_t

static inline int32_t value_of(const TD_PARAMS *p, int32_t a, int32_t b) {
  (void)p;
  if (b == -1) {
    return (int32_t)(0u - (uint32_t)a); /* the least number has no opposite */
  }
  return b == 0 ? 0 : a / b;
}

#include "td_broadcast_body.h"

void td_div_s32(const td_div_s32_params *p, const int32_t *input1, const int32_t *input2,
                int32_t *output) {
  broadcast(p, input1, input2, output);
}
