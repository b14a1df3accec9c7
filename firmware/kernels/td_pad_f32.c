#include "td_pad_f32.h"

#define TD_PARAMS td_pad_f32_params
#define TD_ITEM float

static TD_ITEM *fill(const TD_PARAMS *p, TD_ITEM *output, int32_t size) {
  for (int32_t i = 0; i < size; i++) {
    output[i] = p->value;
  }
  return output + size;
}

#include "td_pad_body.h"

void td_pad_f32(const td_pad_f32_params *p, const float *input, float *output) {
  pad(p, input, output);
}
