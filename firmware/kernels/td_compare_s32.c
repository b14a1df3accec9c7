#include "td_compare_s32.h"

#define TD_PARAMS td_compare_s32_params
#define TD_ITEM int32_t
#define TD_RESULT uint8_t

static inline uint8_t value_of(const TD_PARAMS *p, int32_t a, int32_t b) {
  return a < b ? p->if_less : a > b ? p->if_greater : p->if_equal;
}

#include "td_broadcast_body.h"

void td_compare_s32(const td_compare_s32_params *p, const int32_t *input1, const int32_t *input2,
                    uint8_t *output) {
  broadcast(p, input1, input2, output);
}
