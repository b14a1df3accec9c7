#include "td_maximum_s16.h"

#define TD_PARAMS td_maximum_s16_params
#define TD_ITEM int16_t

static inline int16_t value_of(const TD_PARAMS *p, int16_t a, int16_t b) {
  return (a ^ p->flip) > (b ^ p->flip) ? a : b;
}

#include "td_broadcast_body.h"

void td_maximum_s16(const td_maximum_s16_params *p, const int16_t *input1, const int16_t *input2,
                    int16_t *output) {
  broadcast(p, input1, input2, output);
}
