#include "td_compare_s8.h"

#include "td_fixedpoint.h"

/* Headroom that inputs are given before they are scaled. */
#define INPUT_BITS 8

#define TD_PARAMS td_compare_s8_params
#define TD_ITEM int8_t
#define TD_RESULT uint8_t

static inline uint8_t value_of(const TD_PARAMS *p, int8_t a, int8_t b) {
  const int32_t first =
      td_requantize((a + p->offset1) * (1 << INPUT_BITS), p->multiplier1, p->shift1);
  const int32_t second =
      td_requantize((b + p->offset2) * (1 << INPUT_BITS), p->multiplier2, p->shift2);
  return first < second ? p->if_less : (first > second ? p->if_greater : p->if_equal);
}

#include "td_broadcast_body.h"

void td_compare_s8(const td_compare_s8_params *p, const int8_t *input1, const int8_t *input2,
                   uint8_t *output) {
  broadcast(p, input1, input2, output);
}
