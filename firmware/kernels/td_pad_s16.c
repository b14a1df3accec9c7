#include "td_pad_s16.h"

#define TD_PARAMS td_pad_s16_params
#define TD_ITEM int16_t

static TD_ITEM *fill(const TD_PARAMS *p, TD_ITEM *output, int32_t size) {
  for (TD_ITEM *const end = output + size; output != end;) {
    *output++ = p->value;
  }
  return output;
}

#include "td_pad_body.h"

void td_pad_s16(const td_pad_s16_params *p, const int16_t *input, int16_t *output) {
  pad(p, input, output);
}
