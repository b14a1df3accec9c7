#include "td_update_slice.h"

#include <string.h>

/* Where the part begins along one dimension. */
static int32_t begin_of(const td_update_slice_params *p, const int32_t *begin, int32_t dimension) {
  const int32_t most = p->shape[dimension] - p->size[dimension];
  const int32_t wanted = dimension < p->missing ? 0 : begin[dimension - p->missing];
  return wanted < 0 ? 0 : wanted > most ? most : wanted;
}

void td_update_slice(const td_update_slice_params *p, const void *input, const void *update,
                     const int32_t *begin, void *output) {
  const int32_t *shape = p->shape;
  const int8_t *from = (const int8_t *)update;
  int8_t *to = (int8_t *)output;
  if (input != output) {
    memcpy(output, input, (size_t)(shape[0] * shape[1] * shape[2] * shape[3] * p->bytes));
  }
  const int32_t first[4] = {begin_of(p, begin, 0), begin_of(p, begin, 1), begin_of(p, begin, 2),
                            begin_of(p, begin, 3)};
  const size_t row = (size_t)(p->size[3] * p->bytes);
  for (int32_t a = first[0]; a < first[0] + p->size[0]; a++) {
    for (int32_t b = first[1]; b < first[1] + p->size[1]; b++) {
      for (int32_t c = first[2]; c < first[2] + p->size[2]; c++) {
        const int32_t at = ((a * shape[1] + b) * shape[2] + c) * shape[3] + first[3];
        memcpy(to + at * p->bytes, from, row);
        from += row;
      }
    }
  }
}
