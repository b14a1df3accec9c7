#include "td_split_s8.h"

#include <string.h>

void td_split_s8(const td_split_s8_params *p, const int8_t *input, int8_t *const *outputs) {
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t i = 0; i < p->count; i++) {
      const int32_t size = p->sizes[i];
      memcpy(outputs[i] + outer * size, input, (size_t)size);
      input += size;
    }
  }
}
