#include "td_split.h"

#include <string.h>

void td_split(const td_split_params *p, const void *input, int8_t *const *outputs) {
  const int8_t *in = (const int8_t *)input;
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t i = 0; i < p->count; i++) {
      const int32_t size = p->sizes[i];
      memcpy(outputs[i] + outer * size, in, (size_t)size);
      in += size;
    }
  }
}
