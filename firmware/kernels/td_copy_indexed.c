#include "td_copy_indexed.h"

#include <string.h>

/* The innermost dimension; single bytes are not worth a call of memcpy. */
static int8_t *copy_row(const td_copy_indexed_params *p, const int8_t *input,
                        const int32_t *offsets, int8_t *output) {
  for (int32_t i = 0; i < p->shape[3]; i++) {
    if (p->run == 1) {
      *output = input[offsets[i]];
    } else {
      memcpy(output, input + offsets[i], (size_t)p->run);
    }
    output += p->run;
  }
  return output;
}

void td_copy_indexed(const td_copy_indexed_params *p, const void *input, void *output) {
  const int8_t *in = (const int8_t *)input;
  int8_t *out = (int8_t *)output;
  const int32_t *first = p->offsets;
  const int32_t *second = first + p->shape[0];
  const int32_t *third = second + p->shape[1];
  const int32_t *fourth = third + p->shape[2];
  for (int32_t a = 0; a < p->shape[0]; a++) {
    for (int32_t b = 0; b < p->shape[1]; b++) {
      for (int32_t c = 0; c < p->shape[2]; c++) {
        out = copy_row(p, in + first[a] + second[b] + third[c], fourth, out);
      }
    }
  }
}
