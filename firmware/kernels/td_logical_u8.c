#include "td_logical_u8.h"

#define TD_PARAMS td_logical_u8_params
#define TD_ITEM uint8_t

static inline uint8_t value_of(const TD_PARAMS *p, uint8_t a, uint8_t b) {
  return p->either ? a | b : a & b;
}

#include "td_broadcast_body.h"

void td_logical_u8(const td_logical_u8_params *p, const uint8_t *input1, const uint8_t *input2,
                   uint8_t *output) {
  broadcast(p, input1, input2, output);
}
