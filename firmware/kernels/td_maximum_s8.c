#include "td_maximum_s8.h"

#define TD_PARAMS td_maximum_s8_params
#define TD_ITEM int8_t

static inline int8_t value_of(const TD_PARAMS *p, int8_t a, int8_t b) {
  return (a ^ p->flip) > (b ^ p->flip) ? a : b;
}

#include "td_broadcast_body.h"

void td_maximum_s8(const td_maximum_s8_params *p, const int8_t *input1, const int8_t *input2,
                   int8_t *output) {
  broadcast(p, input1, input2, output);
}
