#include "td_compare_u8.h"

#define TD_PARAMS td_compare_u8_params
#define TD_ITEM uint8_t

static inline uint8_t value_of(const TD_PARAMS *p, uint8_t a, uint8_t b) {
  return a < b ? p->if_less : a > b ? p->if_greater : p->if_equal;
}

#include "td_broadcast_body.h"

void td_compare_u8(const td_compare_u8_params *p, const uint8_t *input1, const uint8_t *input2,
                   uint8_t *output) {
  broadcast(p, input1, input2, output);
}
