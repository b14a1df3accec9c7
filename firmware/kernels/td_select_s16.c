#include "td_select_s16.h"

#define TD_PARAMS td_select_s16_params
#define TD_ITEM int16_t
#include "td_select_body.h"

void td_select_s16(const td_select_s16_params *p, const uint8_t *condition, const int16_t *input1,
                   const int16_t *input2, int16_t *output) {
  select_all(p, condition, input1, input2, output);
}
