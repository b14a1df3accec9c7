#include "td_add_s32.h"

#define TD_PARAMS td_add_s32_params
#define TD_ITEM int32_t

static inline int32_t value_of(const TD_PARAMS *p, int32_t a, int32_t b) {
  return (int32_t)((uint32_t)a + (uint32_t)b * (uint32_t)p->sign);
}

#include "td_broadcast_body.h"

void td_add_s32(const td_add_s32_params *p, const int32_t *input1, const int32_t *input2,
                int32_t *output) {
  broadcast(p, input1, input2, output);
}
