#include "td_select_s8.h"

#define TD_PARAMS td_select_s8_params
#define TD_ITEM int8_t
#include "td_select_body.h"

void td_select_s8(const td_select_s8_params *p, const uint8_t *condition, const int8_t *input1,
                  const int8_t *input2, int8_t *output) {
  select_all(p, condition, input1, input2, output);
}
