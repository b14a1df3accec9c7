#include "td_pad_s32.h"

#define TD_PARAMS td_pad_s32_params
#define TD_ITEM int32_t

static TD_ITEM *fill(const TD_PARAMS *p, TD_ITEM *output, int32_t size) {
  for (TD_ITEM *const end = output + size; output != end;) {
    *output++ = p->value;
  }
  return output;
}

#include "td_pad_body.h"

void td_pad_s32(const td_pad_s32_params *p, const int32_t *input, int32_t *output) {
  pad(p, input, output);
}
