#include "td_concatenation.h"

#include <string.h>

void td_concatenation(const td_concatenation_params *p, const int8_t *const *inputs, void *output) {
  int8_t *out = (int8_t *)output;
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t i = 0; i < p->count; i++) {
      const int32_t size = p->sizes[i];
      memcpy(out, inputs[i] + outer * size, (size_t)size);
      out += size;
    }
  }
}
