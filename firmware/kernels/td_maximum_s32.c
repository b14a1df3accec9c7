#include "td_maximum_s32.h"

#define TD_PARAMS td_maximum_s32_params
#define TD_ITEM int32_t

static inline int32_t value_of(const TD_PARAMS *p, int32_t a, int32_t b) {
  return (a ^ p->flip) > (b ^ p->flip) ? a : b;
}

#include "td_broadcast_body.h"

void td_maximum_s32(const td_maximum_s32_params *p, const int32_t *input1, const int32_t *input2,
                    int32_t *output) {
  broadcast(p, input1, input2, output);
}
