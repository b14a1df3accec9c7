#include "td_concatenation_s8.h"

#include <string.h>

void td_concatenation_s8(const td_concatenation_s8_params *p, const int8_t *const *inputs,
                         int8_t *output) {
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t i = 0; i < p->count; i++) {
      const int32_t size = p->sizes[i];
      memcpy(output, inputs[i] + outer * size, (size_t)size);
      output += size;
    }
  }
}
