#include "td_pad_s8.h"

#include <string.h>

#define TD_PARAMS td_pad_s8_params
#define TD_ITEM int8_t

static TD_ITEM *fill(const TD_PARAMS *p, TD_ITEM *output, int32_t size) {
  memset(output, p->value, (size_t)size);
  return output + size;
}

#include "td_pad_body.h"

void td_pad_s8(const td_pad_s8_params *p, const int8_t *input, int8_t *output) {
  pad(p, input, output);
}
