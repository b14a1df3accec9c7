#include "td_select_f32.h"

#define TD_PARAMS td_select_f32_params
#define TD_ITEM float
#include "td_select_body.h"

void td_select_f32(const td_select_f32_params *p, const uint8_t *condition, const float *input1,
                   const float *input2, float *output) {
  select_all(p, condition, input1, input2, output);
}
