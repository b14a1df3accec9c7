#include "td_gather.h"

#include <string.h>

void td_gather(const td_gather_params *p, const void *input, const int32_t *indices, void *output) {
  const int8_t *from = (const int8_t *)input;
  int8_t *to = (int8_t *)output;
  for (int32_t outer = 0; outer < p->outer; outer++) {
    for (int32_t i = 0; i < p->count; i++) {
      const int32_t last = p->size - 1;
      const int32_t index = indices[i] < 0 ? 0 : indices[i] > last ? last : indices[i];
      memcpy(to, from + index * p->bytes, (size_t)p->bytes);
      to += p->bytes;
    }
    from += p->size * p->bytes;
  }
}
